"""Table of `answer_questions`: the post's open questions."""

from superposition.tables.columns import ESTIMATE, OneOf, Table, number, text, whole

YES, NO, BOTH, UNDECIDED, NOT_TESTED = ANSWERS = ("yes", "no", "both", "undecided", "not yet tested")
"""Both: yes in one part, no in another. Undecided: the data cannot tell."""

TABLES = {
    "questions": Table(
        "Answers to the post's open questions: a row for each question, part and protocol.",
        (
            whole("question", "", "Number of the question."),
            text("quote", "The question as the post asks it."),
            text("part", "What of it the row is about; empty for all of it."),
            text("training", "Training preset; empty where it is that of an experiment on request."),
            text("sampler", "Sampler preset."),
            text("answer", "The answer; both for yes in one part and no in another.", OneOf(ANSWERS)),
            text("measure", "What is measured."),
            *ESTIMATE,
            number("margin_low", "as measured", "Yes from here on; null for no lower end."),
            number("margin_high", "as measured", "Yes up to here; null for no upper end."),
            whole("n_seeds", "seeds", "Seeds that could be read."),
            text("sentence", "The answer with its numbers."),
            text("figure", "File that shows it."),
        ),
    ),
}

"""What a mistake in a row of the registry of activations is answered with, before any job."""

import re

import pytest
from conftest import ROOT
from test_provenance import forget

from superposition.activations import ACTIVATIONS
from superposition.errors import StudyError
from superposition.provenance import dependencies, registry

ROW = r"""    Activation(
        name="added_by_a_test",
        label="A test",
        function=torch.sin,
        formula=r"\sin(x)",
        family=CONTROL,
        reference="Sitzmann et al. 2020",
    ),
)  # fmt: skip

BY_NAME"""


@pytest.fixture
def add(tmp_path, monkeypatch):
    """Add a row to a copy of the module of activations, and return the names that are read from it."""
    module = tmp_path / "superposition" / "activations.py"
    module.parent.mkdir()
    monkeypatch.setattr(dependencies, "PACKAGE", module.parent)

    def added(old: str = "", new: str = "") -> list[str]:
        source = (ROOT / "superposition" / "activations.py").read_text()
        assert old in ROW
        end = ")  # fmt: skip\n\nBY_NAME"
        assert source.count(end) == 1
        module.write_text(source.replace(end, ROW.replace(old, new)))
        forget()
        return list(registry.rows())

    yield added
    forget()


def test_rows_by_comprehension_are_refused_with_the_rule(add):
    rows = 'name=f"a{i}", label="a", function=torch.sin, formula="x", family=CONTROL, reference="r"'
    with pytest.raises(StudyError, match="without running the module: write each of them out"):
        add(ROW.partition("\n)  # ")[0], f"    *(Activation({rows}) for i in range(3)),")


def test_families_that_cannot_be_read_are_named_with_their_line(tmp_path, monkeypatch):
    module = tmp_path / "superposition" / "families" / "rows.py"
    module.parent.mkdir(parents=True)
    module.write_text((ROOT / "superposition/families/rows.py").read_text().replace("FAMILIES", "FAMILIES)", 1))
    monkeypatch.setattr(dependencies, "PACKAGE", tmp_path / "superposition")
    forget()
    with pytest.raises(StudyError, match=r"expected: Python code\n.*\n.* superposition/families/rows.py, line \d+"):
        registry.family_rows()
    forget()


FAMILY = r"""    Family(
        name="added_by_a_test",
        label="A test",
        parameter="α",
        function=held_gelu,
        formula=r"\sin(\alpha x)",
        within=(0.0, 2.0),
        limits={"relu": (1.0, 0.0)},
        question="Does it do?",
    ),
)
# fmt: on
"""


@pytest.mark.parametrize(
    ("old", "new", "expected", "hint"),
    [
        ('        parameter="α",\n', "", "Family(name=..., label=...", "every field once"),
        ('"added_by_a_test"', '"A family"', "lower-case letters", "folders"),
        ('"added_by_a_test"', '"relu_cap"', "a name of its own", "has it already"),
        ('"A test"', '"Capped ReLU"', "a label of its own", "has it already"),
        ('"A test"', '"$x"', "a label that can be printed", "instruction"),
        ('"α"', '"正"', "a parameter that can be printed", "font of figures"),
        ('"α"', '"a" * 3', "parameter as a text", "without running"),
        ('"Does it do?"', f'"{"?" * 101}"', "a question that can be printed", "room for 100"),
        (r"\sin(\alpha x)", r"\oint x", "LaTeX that documents can print", r"\oint is not covered"),
        ("held_gelu", "held_gleu", "a function that the module defines or imports", "did you mean held_gelu"),
        ("(0.0, 2.0)", "(2.0, 0.0)", "within=(smallest, largest)", "in numbers"),
        ("(0.0, 2.0)", "(0.0, TINY)", "within=(smallest, largest)", "in numbers"),
        ("(0.0, 2.0)", "(0.0,)", "within=(smallest, largest)", "in numbers"),
        ('{"relu": (1.0, 0.0)}', '{"relo": (1.0, 0.0)}', "limits={name of an activation", "in numbers"),
        ('{"relu": (1.0, 0.0)}', '{"relu": (1.0,)}', "limits={name of an activation", "in numbers"),
        ('{"relu": (1.0, 0.0)}', '["relu"]', "limits={name of an activation", "in numbers"),
    ],
)
def test_a_mistake_in_a_row_of_a_family_is_named_with_its_line(tmp_path, monkeypatch, old, new, expected, hint):
    (tmp_path / "superposition" / "families").mkdir(parents=True)
    for name in ("activations.py", "families/rows.py"):
        source, end = (ROOT / "superposition" / name).read_text(), ")\n# fmt: on\n"
        assert old in FAMILY and (source.count(end) == 1 or name == "activations.py")
        (tmp_path / "superposition" / name).write_text(source.replace(end, FAMILY.replace(old, new)))
    monkeypatch.setattr(dependencies, "PACKAGE", tmp_path / "superposition")
    forget()
    with pytest.raises(StudyError) as error:
        registry.family_rows()
    forget()
    message = str(error.value)
    assert f"expected: {expected}" in message
    assert hint in message.partition("hint:")[2]
    line = int(re.search(r"where:    superposition/families/rows.py, line (\d+)", message)[1])
    assert line > source[: source.index('name="softplus_hardness"')].count("\n") + 1


@pytest.mark.parametrize("code", ["torch.sin) ,", "lambda x: " + "(" * 300 + "x" + ")" * 300 + ",", "'\0',"])
def test_code_that_cannot_be_read_is_named_with_its_line(add, code):
    with pytest.raises(StudyError, match=r"expected: Python code\n.*\n.* superposition/activations.py, line \d+"):
        add("torch.sin,", code)


@pytest.mark.parametrize(
    ("old", "longest", "room"),
    [
        ('"A test"', f'"{"S" * 40}"', "room for 40"),
        ("Sitzmann et al. 2020", "S" * 100, "room for 100"),
        (r"\sin(x)", "x" * 150, "room for 150"),
        ("added_by_a_test", "a" * 40, "at most 40"),
    ],
)
def test_texts_have_room_for_so_many_characters_and_no_more(add, old, longest, room):
    add(old, longest)
    with pytest.raises(StudyError, match=room):
        add(old, longest.replace(longest[1], longest[1] * 2, 1))


def test_a_row_is_all_that_an_activation_needs(add):
    assert add() == [*(row.name for row in ACTIVATIONS), "added_by_a_test"]
    assert registry.cited("added_by_a_test") == {
        "label": "A test", "family": "control", "formula": r"\sin(x)", "reference": "Sitzmann et al. 2020",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "expected", "hint"),
    [
        (
            '        reference="Sitzmann et al. 2020",\n',
            "",
            "Activation(name=..., label=..., function=",
            "every field once",
        ),
        ('name="added_by_a_test"', '"added_by_a_test"', "Activation(name=...", "by name"),
        ("family=CONTROL", "family=CONTROL, slope=2", "Activation(name=...", "no other"),
        ('"A test"', '"A te" + "st"', "label as a text in quotes", "without running the module"),
        ('"added_by_a_test"', '"Sine/1"', "lower-case letters", "folders"),
        ('"added_by_a_test"', '"relu"', "a name of its own", "has it already"),
        ("CONTROL", '"boundd"', "a family with a colour", "did you mean bounded?"),
        ("CONTROL", "CONTROLS", "family as a text", "without running"),
        (r"\sin(x)", r"\oint x", "LaTeX that documents can print", r"\oint is not covered"),
        (r"\sin(x)", r"\sin(x", "LaTeX that documents can print", "ends too early"),
        ('"A test"', '"ReLU"', "a label of its own", "has it already"),
        ('"A test"', r'r"$\alpha$"', "a label that can be printed", "instruction"),
        ('"A test"', r'"Si\x01ne"', "a label that can be printed", "U+0001"),
        ('"A test"', '"正弦"', "a label that can be printed", "font of figures"),
        ('"A test"', '"S" * 41', "label as a text", "without running"),
        ('"A test"', f'"{"S" * 41}"', "a label that can be printed", "room for 40"),
        ('"A test"', '" "', "a label that can be printed", "empty"),
        ("Sitzmann et al. 2020", r"Sitz\x01", "a reference that can be printed", "U+0001"),
        ("Sitzmann et al. 2020", "[[table]]", "a reference that can be printed", "instruction"),
        (r"\sin(x)", "50% x", "LaTeX that documents can print", "% is not expected"),
        (r"\sin(x)", "x^2^3", "LaTeX that documents can print", "two superscripts"),
        (r"\sin(x)", "x$y", "LaTeX that documents can print", "$ is not expected"),
        (r"\sin(x)", "x # y", "LaTeX that documents can print", "# is not expected"),
        (r"\sin(x)", "", "LaTeX that documents can print", "ends too early"),
        (r"\sin(x)", "(" * 60 + "x" + ")" * 60, "LaTeX that documents can print", "brackets and arguments"),
        (r"\sin(x)", "x" * 151, "LaTeX that documents can print", "room for 150"),
        ("torch.sin", "treshold", "a function that the module defines or imports", "did you mean threshold"),
        (
            *("torch.sin", "zzz", "a function that the module defines or imports"),
            "known: identity, relu_squared, threshold, hardsigmoid, solu, torch, F\n",
        ),
    ],
)
def test_a_mistake_in_a_row_is_named_with_its_line(add, old, new, expected, hint):
    with pytest.raises(StudyError) as error:
        add(old, new)
    message = f"{error.value}\n"
    assert f"expected: {expected}" in message
    assert hint in message.partition("hint:")[2]
    line = int(re.search(r"where:    superposition/activations.py, line (\d+)", message)[1])
    source = (dependencies.PACKAGE / "activations.py").read_text()
    assert line > source[: source.index('name="identity"')].count("\n") + 1

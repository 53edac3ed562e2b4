"""What a configuration is checked for, and what the message says."""

from copy import deepcopy
from dataclasses import asdict
from datetime import date

import pytest
import yaml
from conftest import ROOT, protocols
from snakemake.utils import update_config

from superposition.errors import StudyError
from workflow.checks.planned import STUDIED
from workflow.provenance import registry
from workflow.schema import SCHEMA
from workflow.study import Study


@pytest.fixture
def study_of(config):
    """Return the study of the default configuration with some values changed, given by their dotted paths."""

    def build(changes: dict) -> Study:
        changed = deepcopy(config)
        for path, value in changes.items():
            *parents, key = path.split(".")
            place = changed
            for parent in parents:
                place = place.setdefault(parent, {})
            place[key] = value
        return Study(changed)

    return build


PRESET = "training_presets.mine"


def ends_at(step: int) -> dict:
    """Return changes with which the default study has nothing after a step."""
    return {"checkpoints.last": step, "figures.moments": [0, step]}


# What is wrong: values set in the default configuration; expected, found, where and hint of the message.
WRONG = {
    "unknown_key": ({"sedes": "1-3"}, "a known key", "'sedes'", "the top level", "did you mean seeds"),
    "unknown_key_in_a_preset": (
        {"sampler_presets.notebook.num_chain": 3},
        "a known key",
        "'num_chain'",
        "sampler_presets.notebook",
        "did you mean num_chains",
    ),
    "unknown_activation": (
        {"activations": ["relu", "softmx"]},
        "the name of a known activation",
        "'softmx'",
        "activations",
        "did you mean softmax",
    ),
    "activation_of_no_known_kind": (
        {"activations": ["prelu_with_slope_xyz"]},
        "the name of a known activation",
        "'prelu_with_slope_xyz'",
        "activations",
        "relu",
    ),
    "an_activation_by_its_label": (
        {"activations": ["ReLU"]},
        "the name of a known activation",
        "'ReLU'",
        "activations",
        "did you mean relu?",
    ),
    "several_activations_without_their_list": (
        {"activations": "relu,tanh"},
        "`all`, or names",
        "'relu,tanh'",
        "activations",
        "write a list: [relu, tanh]",
    ),
    "one_unknown_activation_without_a_list": (
        {"activations": "relu, thanh"},
        "`all`, or names",
        "'relu, thanh'",
        "activations",
        "did you mean tanh",
    ),
    "one_of_few_words": (
        {"device": "gpu"},
        "one of ['auto', 'cpu', 'cuda']",
        "'gpu'",
        "device",
        "['auto', 'cpu', 'cuda']: Device",
    ),
    "a_number_that_is_a_text": (
        {"checkpoints.count": "6"},
        "a whole number",
        "'6'",
        "checkpoints.count",
        "write 6 without quotes; --config reads what it has in brackets as texts",
    ),
    "a_fraction_that_is_a_text": (
        {"figures.band": "0.5"},
        "a number",
        "'0.5'",
        "figures.band",
        "write 0.5 without quotes",
    ),
    "a_fraction_for_a_whole_number": (
        {"checkpoints.count": "6.5"},
        "a whole number",
        "'6.5'",
        "checkpoints.count",
        "write a whole number, at least",
    ),
    "null_that_is_a_text": (
        {"comparisons.plain": "null"},
        "keys with values",
        "'null'",
        "comparisons.plain",
        "write null without quotes; --config",
    ),
    "null_at_an_unknown_key": ({"sedes": None}, "a known key", "'sedes'", "the top level", "did you mean seeds"),
    "null_at_an_unknown_key_of_a_preset": (
        {"sampler_presets.sgld.nbetta": None},
        "a known key",
        "'nbetta'",
        "sampler_presets.sgld",
        "did you mean nbeta?",
    ),
    "one_active_feature_as_a_fraction": (
        {"training_presets.notebook.sparsity": 1.0},
        "less than 1",
        "1.0",
        "training_presets.notebook.sparsity",
        "write a whole number, at least 1 and at most 1000, or a number, at least 0 and less than 1: Active features",
    ),
    "no_activation": (
        {"activations": []},
        "at least 1 item",
        "[]",
        "activations",
        "write `all`, or names from superposition/activations.py",
    ),
    "yes_for_a_text": ({"results": True}, "a text", "True", "results", "write a text, or the text in quotes"),
    "duplicate_activation": (
        {"activations": ["relu", "tanh", "relu"]},
        "every value once",
        "['relu', 'tanh', 'relu']",
        "activations",
        "remove",
    ),
    "empty_seeds": ({"seeds": []}, "at least one seed", "[]", "seeds", "such as 1-10"),
    "empty_range_of_seeds": (
        {"seeds": "5-3"},
        "ranges from the first seed to the last",
        "'5-3'",
        "seeds",
        "the first must not exceed the last: 3-5",
    ),
    "seeds_that_are_none": ({"seeds": "one"}, "seeds such as 1-10", "'one'", "seeds", "whole numbers"),
    "duplicate_seeds": ({"seeds": "1-3,2"}, "every value once", "[2] more than once", "seeds", "remove"),
    "duplicate_seeds_in_a_list": ({"seeds": [4, 4]}, "every value once", "[4] more than once", "seeds", "remove"),
    "a_ladder_step_that_changes_several_things_unsaid": (
        {PRESET: {"base": "zero_bias", "lr": 0.02, "momentum": 0.0}, "ladder": ["notebook", "zero_bias", "mine"]},
        "a step of the ladder that changes one value, or says why",
        "lr, momentum changed from zero_bias to mine",
        "training_presets.mine",
        'bundle: "why they belong together"',
    ),
    "a_ladder_step_beside_its_base": (
        {PRESET: {"base": "notebook", "lr": 0.02}, "ladder": ["notebook", "zero_bias", "mine"]},
        "a step of the ladder that changes one value, or says why",
        "lr, bias_std changed from zero_bias to mine",
        "training_presets.mine",
        "a step for each value",
    ),
    "a_ladder_step_whose_bundle_is_about_another_base": (
        {"ladder": ["notebook", "random_start", "full_batch"]},
        "a step of the ladder that changes one value, or says why",
        "initial_polygon, weight_std, bias_std changed from notebook to random_start",
        "training_presets.random_start",
        "base: notebook and bundle",
    ),
    "a_ladder_step_that_changes_nothing": (
        {PRESET: {"base": "notebook", "bundle": "why not"}, "ladder": ["notebook", "mine"]},
        "a step of the ladder that changes one value, or says why",
        "nothing changed from notebook to mine",
        "training_presets.mine",
        "a step for each value",
    ),
    "a_ladder_step_twice": (
        {"ladder": ["notebook", "zero_bias", "notebook"]},
        "every value once",
        "['notebook'] more than once",
        "ladder",
        "remove",
    ),
    "a_bundle_without_a_reason": (
        {"training_presets.zero_bias.bundle": ""},
        "at least 1 character",
        "''",
        "training_presets.zero_bias.bundle",
        "Reason for changing several values",
    ),
    "protocols_with_the_same_presets": (
        {"protocols.again": {"label": "again", "training": "notebook", "sampler": "notebook"}},
        "protocols of which no two have the same training and sampler",
        "notebook × notebook in post and again",
        "protocols.again",
        "remove one of them",
    ),
    "protocols_with_the_same_label": (
        {"protocols.again": {"label": "controlled", "training": "notebook", "sampler": "sgld"}},
        "protocols of which no two have the same label",
        "controlled in controlled and again",
        "protocols.again",
        "remove one of them",
    ),
    "a_protocol_without_a_label": (
        {"protocols.post.label": ""},
        "at least 1 character",
        "''",
        "protocols.post.label",
        "Name in text",
    ),
    "a_label_of_blanks": (
        {"protocols.post.label": "  "},
        "a label that can be printed",
        "'  '",
        "protocols.post.label",
        "it is empty",
    ),
    "a_label_without_room": (
        {"protocols.post.label": "a" * 41},
        "at most 40 characters",
        repr("a" * 41),
        "protocols.post.label",
        "Name in text",
    ),
    "a_label_with_mathematics": (
        {"protocols.post.label": "the $post$"},
        "a label that can be printed",
        "'the $post$'",
        "protocols.post.label",
        "$ is an instruction",
    ),
    "a_protocol_with_an_odd_name": (
        {"protocols": {"the post's": {"label": "a", "training": "notebook", "sampler": "notebook"}}},
        "a name such as my_preset_2",
        '"the post\'s"',
        "protocols",
        "A name of",
    ),
    "a_protocol_without_a_sampler": (
        {"protocols.mine": {"label": "mine", "training": "notebook"}},
        "the key sampler",
        "none",
        "protocols.mine",
        "see config/config.yaml",
    ),
    "a_protocol_without_anything": (
        {"protocols.mine": {}},
        "the keys label, training and sampler",
        "none",
        "protocols.mine",
        "see config/config.yaml",
    ),
    "a_section_without_a_value": (
        {"checkpoints": None},
        "keys with values",
        "checkpoints without a value",
        "checkpoints",
        "write keys with values: Steps at which",
    ),
    "a_key_of_a_section_without_a_value": (
        {"checkpoints.count": None},
        "a whole number",
        "count without a value",
        "checkpoints.count",
        "write a whole number, at least 2 and at most 100000: Log-spaced points",
    ),
    "an_activation_without_a_name": (
        {"activations": ["relu", None]},
        "a text",
        "None",
        "activations.1",
        "write a text",
    ),
    "training_as_before_protocols": (
        {"training": ["notebook"]},
        "a known key",
        "'training'",
        "the top level",
        "did you mean training_presets",
    ),
    "checkpoints_past_the_end": (
        {"checkpoints.last": 20001},
        "a step up to n_steps = 20000 of training preset notebook",
        "20001",
        "checkpoints.last",
        "lower checkpoints.last or raise n_steps",
    ),
    "nbeta_zero": (
        {"sampler_presets.sgld.nbeta": 0},
        "more than 0",
        "0",
        "sampler_presets.sgld.nbeta",
        "temperature",
    ),
    "nbeta_negative": (
        {"sampler_presets.sgld.nbeta": -1.5},
        "more than 0",
        "-1.5",
        "sampler_presets.sgld.nbeta",
        "temperature",
    ),
    "no_chains": (
        {"sampler_presets.notebook.num_chains": 0},
        "at least 1",
        "0",
        "sampler_presets.notebook.num_chains",
        "Chains",
    ),
    "no_seed_that_is_followed": ({"llc_seeds": 0}, "at least 1", "0", "llc_seeds", "First seeds"),
    "no_stride": (
        {"sampler_presets.close.checkpoint_stride": 0},
        "at least 1",
        "0",
        "sampler_presets.close.checkpoint_stride",
        "Chains run",
    ),
    "wrong_type": (
        {"seeds_per_job": "ten"},
        "a whole number",
        "'ten'",
        "seeds_per_job",
        "Seeds that one job computes",
    ),
    "wrong_type_in_a_preset": (
        {"training_presets.notebook.lr": "fast"},
        "a number",
        "'fast'",
        "training_presets.notebook.lr",
        "Learning rate",
    ),
    "unknown_optimizer": (
        {"training_presets.notebook.optimizer": "sgdd"},
        "one of ['sgd', 'adam', 'adamw']",
        "'sgdd'",
        "training_presets.notebook.optimizer",
        "write one of ['sgd', 'adam', 'adamw']: Optimiser.",
    ),
    "missing_training_preset": (
        {"protocols.post.training": "notebok"},
        "the name of a known training preset",
        "'notebok'",
        "protocols.post.training",
        "did you mean notebook",
    ),
    "missing_sampler_preset": (
        {"protocols.post.sampler": "callibrated"},
        "the name of a known sampler preset",
        "'callibrated'",
        "protocols.post.sampler",
        "did you mean calibrated",
    ),
    "unknown_base": (
        {PRESET: {"base": "notbook"}, "protocols": protocols("mine")},
        "the name of a known training preset",
        "'notbook'",
        "training_presets.mine.base",
        "did you mean notebook",
    ),
    "inheritance_loop": (
        {PRESET: {"base": "other"}, "training_presets.other": {"base": "mine"}, "protocols": protocols("mine")},
        "bases that end in a preset without a base",
        "mine -> other -> mine",
        "training_presets.other.base",
        "remove one base",
    ),
    "a_base_of_itself": (
        {PRESET: {"base": "mine"}, "protocols": protocols("mine")},
        "bases that end in a preset without a base",
        "mine -> mine",
        "training_presets.mine.base",
        "remove one base",
    ),
    "preset_without_values": (
        {PRESET: {"lr": 0.1}, "protocols": protocols("mine")},
        "values for n_features, n_hidden",
        "none",
        "training_presets.mine",
        "name a base",
    ),
    "more_active_features_than_there_are": (
        {PRESET: {"base": "notebook", "sparsity": 9}, "protocols": protocols("mine")},
        "at most n_features = 8 active features",
        "9 active features",
        "training_presets.mine.sparsity",
        "a number below 1",
    ),
    "more_corners_than_features": (
        {PRESET: {"base": "notebook", "initial_polygon": 9}, "protocols": protocols("mine")},
        "at most n_features = 8 corners",
        "9 corners",
        "training_presets.mine.initial_polygon",
        "one feature's column",
    ),
    "polygon_in_three_dimensions": (
        {PRESET: {"base": "notebook", "n_hidden": 3}, "protocols": protocols("mine")},
        "no initial polygon where n_hidden is not 2",
        "n_hidden 3 with a polygon of 2 corners",
        "training_presets.mine.initial_polygon",
        "set initial_polygon: 0",
    ),
    "batch_larger_than_sample": (
        {PRESET: {"base": "notebook", "batch_size": 1001}, "protocols": protocols("mine")},
        "batches of at most n_samples = 1000",
        "1001",
        "training_presets.mine.batch_size",
        "without replacement",
    ),
    "sampler_batch_larger_than_sample": (
        {"sampler_presets.notebook.batch_size": 201},
        "batches of at most n_samples = 200",
        "201",
        "sampler_presets.notebook.batch_size",
        "without replacement",
    ),
    "sampler_batch_of_the_population": (
        {"sampler_presets.sgld.batch_size": 10},
        "batch_size 0 with data: population",
        "10",
        "sampler_presets.sgld.batch_size",
        "choose data: sample",
    ),
    "tied_twice_with_independent_streams": (
        {"sampler_presets.sgld.tied_noise": "twice"},
        "streams: library with tied_noise: twice",
        "independent",
        "sampler_presets.sgld.streams",
        "library's behaviour",
    ),
    # A preset is checked whether or not the study runs it.
    "preset_that_is_not_run": (
        {PRESET: {"base": "notebook", "initial_polygon": 9}},
        "an initial polygon with at most n_features = 8 corners",
        "9 corners",
        "training_presets.mine.initial_polygon",
        "one feature's column",
    ),
    "loop_that_is_not_run": (
        {"sampler_presets.mine": {"base": "mine"}},
        "bases that end in a preset without a base",
        "mine -> mine",
        "sampler_presets.mine.base",
        "remove one base",
    ),
    "name_of_a_preset": (
        {"training_presets.Mine": {"base": "notebook"}},
        "a name such as my_preset_2",
        "'Mine'",
        "training_presets",
        "lower-case letters",
    ),
    "preset_that_is_a_number": (
        {"training_presets.mine": 3},
        "keys with values",
        "3",
        "training_presets.mine",
        "without the values that it takes from its base",
    ),
    "presets_that_are_a_text": (
        {"training_presets": "notebook"},
        "keys with values",
        "'notebook'",
        "training_presets",
        "Training presets by name",
    ),
    "text_for_a_list": (
        {"deviations.tied_noise": "notebook"},
        "a list",
        "'notebook'",
        "deviations.tied_noise",
        "write a list: [notebook]",
    ),
    "no_protocol": ({"protocols": {}}, "at least 1 key", "{}", "protocols", "Pairs of a training preset"),
    "all_misspelt": (
        {"activations": "alll"},
        "`all`, or names from superposition/activations.py",
        "'alll'",
        "activations",
        "did you mean all",
    ),
    "negative_count": (
        {"training_presets.notebook.n_steps": -5},
        "at least 1",
        "-5",
        "training_presets.notebook.n_steps",
        "Training steps",
    ),
    "number_without_a_decimal_point": (
        {"training_presets.notebook.lr": "1e-3"},
        "a number",
        "'1e-3'",
        "training_presets.notebook.lr",
        "write 0.001",
    ),
    "not_a_number": (
        {"claims.threshold.value": float("nan")},
        "a finite number",
        "nan",
        "claims.threshold.value",
        "such as 0.1",
    ),
    "half_a_range_of_seeds": ({"seeds": "1-"}, "seeds such as 1-10", "'1-'", "seeds", "whole numbers"),
    "superscript_for_a_seed": ({"seeds": "\u00b2"}, "seeds such as 1-10", "'\u00b2'", "seeds", "whole numbers"),
    "negative_seed": ({"seeds": -3}, "at least 0", "-3", "seeds", "at least 0 and at most 4294967295"),
    "seeds_of_full_length": (
        {"full_length.seeds": "3-1"},
        "ranges from the first seed to the last",
        "'3-1'",
        "full_length.seeds",
        "the first must not exceed the last: 1-3",
    ),
    "moments_past_the_end": (
        {"figures.moments": [0, 20001]},
        "a step up to n_steps = 20000 of training preset notebook",
        "20001",
        "figures.moments",
        "lower figures.moments or raise n_steps",
    ),
    "cross_check_past_the_end": (
        {"cross_check.steps": [30000]},
        "a step up to n_steps = 20000 of training preset notebook",
        "30000",
        "cross_check.steps",
        "lower cross_check.steps",
    ),
    "cross_check_of_other_chains": (
        {"cross_check.sampler": "sgld"},
        "a sampler preset with data: sample and streams: library and tied_noise: twice",
        "sgld with data: population and streams: independent and tied_noise: once",
        "cross_check.sampler",
        "only such chains are the library's",
    ),
    "cross_check_without_a_sample": (
        {"cross_check.sampler": "cold"},
        "a sampler preset with data: sample and streams: library and tied_noise: twice",
        "cold with data: population and streams: library and tied_noise: twice",
        "cross_check.sampler",
        "only such chains are the library's",
    ),
    "ladder_of_annealed_particles": (
        {"leaderboard.samplers": ["calibrated", "sgld"]},
        "a sampler preset with estimator: sgld",
        "calibrated with estimator: tempered_mala",
        "leaderboard.samplers.0",
        "the ladder is one of such chains",
    ),
    "calibration_of_batches_without_batches": (
        {"calibration.batch_size.base": "cold"},
        "a sampler preset with data: sample and streams: library",
        "cold with data: population and streams: library",
        "calibration.batch_size.base",
        "only such chains have batches",
    ),
    "calibration_of_a_temperature_without_one": (
        {"calibration.temperature.base": "calibrated"},
        "a sampler preset with estimator: sgld",
        "calibrated with estimator: tempered_mala",
        "calibration.temperature.base",
        "only its chains have a temperature",
    ),
    "families_with_annealed_particles": (
        {"families.sampler": "calibrated"},
        "a sampler preset with estimator: sgld",
        "calibrated with estimator: tempered_mala",
        "families.sampler",
        "families run no other chains",
    ),
    "covariance_without_batches": (
        {"covariance.sampler": "cold"},
        "a sampler preset with data: sample and streams: library",
        "cold with data: population and streams: library",
        "covariance.sampler",
        "only such chains have batches",
    ),
    "calibration_of_batches_larger_than_the_sample": (
        {"calibration.batch_size.batch_sizes": [10, 300]},
        "batches of at most n_samples = 200",
        "300",
        "calibration.batch_size.batch_sizes",
        "without replacement",
    ),
    "covariance_of_batches_larger_than_the_sample": (
        {"covariance.batch_sizes": [5000]},
        "batches of at most n_samples = 200",
        "5000",
        "covariance.batch_sizes",
        "without replacement",
    ),
    "cross_check_of_batches_larger_than_the_sample": (
        {"cross_check.batch_sizes": [0, 201]},
        "batches of at most n_samples = 200",
        "201",
        "cross_check.batch_sizes",
        "without replacement",
    ),
    "a_ladder_of_temperatures_upside_down": (
        {"leaderboard.settings.sgld_ladder.nbeta": [1e5, 1e4, 1e3]},
        "increasing n beta",
        "10000 after 100000",
        "leaderboard.settings.sgld_ladder.nbeta",
        "extrapolated",
    ),
    "a_temperature_of_the_ladder_twice": (
        {"leaderboard.settings.sgld_ladder.nbeta": [1e3, 1e4, 1e4]},
        "increasing n beta",
        "10000 after 10000",
        "leaderboard.settings.sgld_ladder.nbeta",
        "extrapolated",
    ),
    "a_value_that_levels_of_two_factors_set": (
        {"other_models.factorial.factors.start.xavier": {"initial_weights": "xavier", "lr": 0.1}},
        "values that no level of another factor sets",
        "lr, as in start",
        "other_models.factorial.factors.optimizer.post",
        "leave it to one factor",
    ),
    "a_level_with_a_base": (
        {"other_models.factorial.factors.data.mine": {"base": "chen"}},
        "values of a training preset",
        "base",
        "other_models.factorial.factors.data.mine",
        "write the values themselves",
    ),
    "finer_tools_past_the_end": (
        {"refined.steps": [300, 30000]},
        "a step up to n_steps = 20000 of training preset controlled",
        "30000",
        "refined.steps",
        "lower refined.steps",
    ),
    "a_ladder_of_one_step": (
        {"ladder": ["notebook"]},
        "at least 2 items",
        "['notebook']",
        "ladder",
        "Training presets from the original",
    ),
    "one_variant_of_nothing": (
        {"variants": ["notebook"]},
        "at least 2 items",
        "['notebook']",
        "variants",
        "Training presets whose verdicts",
    ),
    "an_original_that_is_corrected_by_itself": (
        {PRESET: {"base": "notebook"}, "deviations.corrected": "mine"},
        "values other than those of deviations.original",
        "mine, with those of notebook",
        "deviations.corrected",
        "without the large initial bias",
    ),
    "one_resample": (
        {"statistics.resamples": 1},
        "at least 40 resamples with confidence 0.95",
        "1",
        "statistics.resamples",
        "raise resamples or lower confidence",
    ),
    "a_level_beyond_the_resamples": (
        {"statistics.confidence": 0.999999},
        "at least 2,000,000 resamples with confidence 0.999999",
        "2000",
        "statistics.resamples",
        "raise resamples or lower confidence",
    ),
    "an_activation_of_the_calibration_twice": (
        {"calibration.activations": ["relu", "relu"]},
        "every value once",
        "['relu', 'relu']",
        "calibration.activations",
        "remove the repetitions",
    ),
    "an_activation_of_finer_tools_twice": (
        {"refined.activations": ["relu", "relu"]},
        "every value once",
        "['relu', 'relu']",
        "refined.activations",
        "remove the repetitions",
    ),
    "a_batch_size_twice": (
        {"cross_check.batch_sizes": [0, 60, 60]},
        "every value once",
        "[0, 60, 60]",
        "cross_check.batch_sizes",
        "remove the repetitions",
    ),
    "finer_tools_without_draws": (
        {"refined.sampler": "calibrated"},
        "a sampler preset with estimator: sgld",
        "calibrated with estimator: tempered_mala",
        "refined.sampler",
        "only chains at one temperature have draws",
    ),
    "annealing_on_a_sample": (
        {"sampler_presets.calibrated.data": "sample"},
        "data: population and at least two islands",
        "data: sample, num_chains: 8",
        "sampler_presets.calibrated.estimator",
        "it needs the exact loss, and an error",
    ),
    "deviations_of_a_sampler_without_a_sample": (
        {"deviations.sampler": "sgld"},
        "a sampler preset with data: sample",
        "sgld with data: population",
        "deviations.sampler",
        "its loss is that of a sample of inputs",
    ),
    "doubled_noise_without_the_noise_of_both": (
        {"deviations.tied_noise": ["notebook", "sgld"]},
        "a sampler preset with streams: library",
        "sgld with streams: independent",
        "deviations.tied_noise",
        "only such chains have the noise of both parameters",
    ),
    "a_statement_without_its_margin": (
        {"claims.margins": {"most": {"value": 0.75, "others": [], "date": "2026-01-01"}}},
        "a margin for statement G1a",
        "no nearly_always",
        "claims.margins",
        "known: most",
    ),
    "a_margin_without_a_statement": (
        {"claims.margins.mor": {"value": 0.25, "others": [], "date": "2026-01-01"}},
        "the margin of a statement",
        "'mor'",
        "claims.margins",
        "did you mean more",
    ),
    "a_margin_with_an_odd_date": (
        {"claims.margins.more.date": "22.11.2026"},
        "a date such as 2026-11-22",
        "'22.11.2026'",
        "claims.margins.more.date",
        "Date on which the value was fixed",
    ),
    "a_margin_with_a_date_without_quotes": (
        {"claims.margins.more.date": date(2026, 11, 22)},
        "a text",
        "datetime.date(2026, 11, 22)",
        "claims.margins.more.date",
        'write it in quotes: "2026-11-22"',
    ),
    "a_region_for_a_bound": (
        {"claims.margins.more": {"value": 0.25, "others": [[0.0, 0.5]], "date": "2026-01-01"}},
        "one number",
        "[0.0, 0.5]",
        "claims.margins.more",
        "needs a bound",
    ),
    "a_region_upside_down": (
        {"claims.margins.alike": {"value": [1.0, -1.0], "others": [], "date": "2026-01-01"}},
        "two increasing numbers",
        "[1.0, -1.0]",
        "claims.margins.alike",
        "needs a region",
    ),
    "a_share_of_activations_beyond_one": (
        {"claims.margins.most.value": 1.5},
        "a margin that values from 0 to 1 can meet and miss",
        "1.5",
        "claims.margins.most",
        "statement G2a measures such values",
    ),
    "a_share_that_none_can_exceed": (
        {"claims.margins.half.others": [0.25, 1]},
        "a margin that values from 0 to 1 can meet and miss",
        "1",
        "claims.margins.half",
        "statement LK1 measures such values",
    ),
    "a_number_of_pairs_for_a_share_of_them": (
        {"claims.margins.most_in_pairs.value": 5},
        "a margin that values from 0 to 1 can meet and miss",
        "5",
        "claims.margins.most_in_pairs",
        "its verdict would be known before any run",
    ),
    "a_share_that_none_can_undercut": (
        {"claims.margins.least_in_pairs.value": 0.0},
        "a margin that values from 0 to 1 can meet and miss",
        "0.0",
        "claims.margins.least_in_pairs",
        "its verdict would be known before any run",
    ),
    "a_region_of_all_correlations": (
        {"claims.margins.uncorrelated.others": [[-1, 1]]},
        "a margin that values from -1 to 1 can meet and miss",
        "[-1, 1]",
        "claims.margins.uncorrelated",
        "statement G3a measures such values",
    ),
    "a_correlation_beyond_one": (
        {"claims.margins.anticorrelated.value": -3},
        "a margin that values from -1 to 1 can meet and miss",
        "-3",
        "claims.margins.anticorrelated",
        "its verdict would be known before any run",
    ),
    "a_margin_of_no_day": (
        {"claims.margins.most.date": "2026-13-45"},
        "a day of the calendar",
        "'2026-13-45'",
        "claims.margins.most.date",
        "month must be in 1..12",
    ),
    "a_threshold_that_no_run_exceeds": (
        {"claims.threshold.value": 7},
        "less than n_features - n_hidden = 6",
        "7",
        "claims.threshold.value",
        "no run has more superposition than that",
    ),
    "another_threshold_that_no_run_exceeds": (
        {"claims.threshold.others": [0.5, 6]},
        "less than n_features - n_hidden = 6",
        "6",
        "claims.threshold.others",
        "no run has more superposition than that",
    ),
    "a_share_beyond_one": (
        {"superposition.relative_norm": 3},
        "less than 1",
        "3",
        "superposition.relative_norm",
        "write a number, more than 0 and less than 1: Share of the largest norm.",
    ),
    "an_even_window": (
        {"transitions.change_window": 4},
        "one of [1, 3, 5, 7, 9, 11]",
        "4",
        "transitions.change_window",
        "write one of [1, 3, 5, 7, 9, 11]: Recorded steps of a running median",
    ),
    "unknown_transition_setting": (
        {"transitions.slop": 0.1},
        "a known key",
        "'slop'",
        "transitions",
        "did you mean slope",
    ),
    "slope_given_twice": (
        {"transitions.other_slopes": [0.1, 0.1]},
        "every value once",
        "[0.1, 0.1]",
        "transitions.other_slopes",
        "remove the repetitions",
    ),
    "a_slope_that_is_the_base": (
        {"transitions.other_slopes": [0.05, 0.1]},
        "values other than that of transitions.slope",
        "0.1",
        "transitions.other_slopes",
        "remove it",
    ),
    "a_norm_that_is_the_base": (
        {"transitions.other_relative_norms": [0.75], "superposition.relative_norm": 0.75},
        "values other than that of superposition.relative_norm",
        "0.75",
        "transitions.other_relative_norms",
        "remove it",
    ),
    "a_threshold_that_is_the_base": (
        {"claims.threshold.others": [1.5]},
        "values other than that of claims.threshold.value",
        "1.5",
        "claims.threshold.others",
        "remove it",
    ),
    "a_threshold_given_twice": (
        {"claims.threshold.others": [2.5, 2.5]},
        "every value once",
        "[2.5, 2.5]",
        "claims.threshold.others",
        "remove the repetitions",
    ),
    "a_region_that_is_the_base": (
        {"claims.margins.alike.others": [[-0.5, 0.5], [-1, 1]]},
        "values other than that of claims.margins.alike.value",
        "[-1.0, 1.0]",
        "claims.margins.alike.others",
        "remove it",
    ),
    "a_margin_given_twice": (
        {"claims.margins.alike.others": [[-0.5, 0.5], [-0.5, 0.5]]},
        "every value once",
        "[[-0.5, 0.5], [-0.5, 0.5]]",
        "claims.margins.alike.others",
        "remove the repetitions",
    ),
    "folder_with_a_wildcard": (
        {"results": "results/{mine}"},
        "a folder without braces",
        "'results/{mine}'",
        "results",
        "Folder for everything",
    ),
    "a_seed_beyond_what_numpy_takes": ({"seeds": "4294967296"}, "seeds up to", "4294967296", "seeds", "generator"),
    "too_many_seeds": (
        {"seeds": "1-4000000000"},
        "at most 100,000 seeds",
        "4,000,000,000 seeds",
        "seeds",
        "divide the study",
    ),
    "a_range_beyond_all_memory": (
        {"seeds": "1-1000000000000"},
        "seeds up to 4294967295",
        "1000000000000",
        "seeds",
        "the generator",
    ),
    "more_batches_than_can_be_planned": (
        {"seeds": "1-10000", "seeds_per_job": 1, "holdout_seeds": 10001},
        "at most 20,000 batches",
        f"{3 * len(registry.rows()) * 10_000:,}",
        "seeds_per_job",
        "more seeds per job",
    ),
    "checkpoints_without_number": (
        {"checkpoints.count": 1000000000},
        "at most 100000",
        "1000000000",
        "checkpoints.count",
        "Log-spaced",
    ),
    "a_number_beyond_float": (
        {"training_presets.notebook.lr": 10**400},
        "at most 1000000000000.0",
        "a number beyond 1e40",
        "training_presets.notebook.lr",
        "Learning rate",
    ),
    "a_long_name": (
        {"training_presets": {"a" * 41: {}}, "protocols": protocols("a" * 41)},
        "at most 40 characters",
        repr("a" * 41),
        "training_presets",
        "A name of",
    ),
    "seeds_of_full_length_as_a_number": (
        {"full_length.seeds": -5},
        "at least 0",
        "-5",
        "full_length.seeds",
        "at least 0 and at most 4294967295",
    ),
    "one_activation_without_its_list": (
        {"activations": "relu"},
        "`all`, or names",
        "'relu'",
        "activations",
        "write a list: [relu]",
    ),
    "an_exponent_for_a_whole_number": (
        {"checkpoints.last": "1e3"},
        "a whole number",
        "'1e3'",
        "checkpoints.last",
        "write 1000",
    ),
    "a_whole_number_with_a_decimal_point": (
        {"checkpoints.count": 28.0},
        "a whole number",
        "28.0",
        "checkpoints.count",
        "write 28",
    ),
    "on_for_a_number": (
        {"figures.band": True},
        "a number",
        "True",
        "figures.band",
        "as true and false; write a number",
    ),
    "decimal_comma": (
        {"training_presets.notebook.lr": "0,01"},
        "a number",
        "'0,01'",
        "training_presets.notebook.lr",
        "write 0.01",
    ),
}

# Every value of the configuration that names something, and what it names.
NAMES = {
    "activations": "activation",
    "ladder": "training preset",
    "variants": "training preset",
    "protocols.post.training": "training preset",
    "protocols.post.sampler": "sampler preset",
    "leaderboard.estimators": "estimator",
    "leaderboard.samplers": "sampler preset",
    "coefficients.training": "training preset",
    "coefficients.sampler": "sampler preset",
    "calibration.training": "training preset",
    "calibration.activations": "activation",
    "calibration.batch_size.base": "sampler preset",
    "calibration.temperature.base": "sampler preset",
    "cross_check.activations": "activation",
    "cross_check.training": "training preset",
    "cross_check.sampler": "sampler preset",
    "covariance.sampler": "sampler preset",
    "deviations.original": "training preset",
    "deviations.corrected": "training preset",
    "deviations.sampler": "sampler preset",
    "deviations.tied_noise": "sampler preset",
    "deviations.covariance": "activation",
    "deviations.grid.activations": "activation",
    "full_length.training": "training preset",
    "full_length.activations": "activation",
    "families.training": "training preset",
    "families.sampler": "sampler preset",
    "refined.training": "training preset",
    "refined.sampler": "sampler preset",
    "refined.activations": "activation",
    "other_models.experiments.lk_small.training": "training preset",
    "other_models.experiments.lk_small.activations": "activation",
    "other_models.chen.training": "training preset",
    "other_models.factorial.training": "training preset",
    "other_models.factorial.activations": "activation",
    "comparisons.gelu_relu.activations": "activation",
    "training_presets.zero_bias.base": "training preset",
    "sampler_presets.cold.base": "sampler preset",
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_a_value_that_cannot_be_used_is_refused_with_expected_found_where_and_hint(study_of, wrong):
    changes, *contents = WRONG[wrong]
    refused(study_of, changes, contents)


@pytest.mark.parametrize("place", list(NAMES))
def test_an_unknown_name_is_refused_wherever_it_stands(study_of, config, place):
    value = config
    for key in place.split("."):
        value = value[key]
    known = {"activation": "relu", "estimator": "volume"}.get(NAMES[place], "notebook")
    # One misspelt name among known ones, or alone.
    wrong = [known, f"{known}x"] if isinstance(value, list) or place == "activations" else f"{known}x"
    contents = [f"the name of a known {NAMES[place]}", repr(f"{known}x"), place, f"did you mean {known}"]
    refused(study_of, {place: wrong}, contents)


def test_every_name_of_the_configuration_is_in_the_list_above():
    # The schema of training presets is also that of the levels of four factors, whose `base` `checks` refuses.
    assert str(SCHEMA).count("'names': ") == len(NAMES) + 4


def test_of_every_part_of_the_study_it_is_checked_whether_its_model_is_the_study_s():
    # Those of protocols are checked by name; other models are meant for the rest.
    others = ("protocols", "other_models", "training_presets")
    trained = {place for place, what in NAMES.items() if what == "training preset"}
    assert {place for place in trained if not place.startswith(others)} == {*STUDIED}


def refused(study_of, changes: dict, contents: list[str]) -> None:
    """Check that a study is refused with what was expected, what was found as it is, where, and a hint."""
    with pytest.raises(StudyError) as error:
        study_of(changes)
    lines = [line.strip() for line in str(error.value).strip().splitlines()]
    for line, title, content in zip(lines, ("expected:", "found:", "where:", "hint:"), contents, strict=True):
        assert line.startswith(title)
        assert content in line
    assert lines[1].removeprefix("found:").strip() == contents[1]
    assert lines[2].removeprefix("where:").strip() == contents[2]


def test_a_missing_section_is_named(config):
    with pytest.raises(StudyError, match="the key checkpoints\n"):
        Study({key: value for key, value in config.items() if key != "checkpoints"})


def test_a_hidden_layer_larger_than_the_input_is_allowed(study_of):
    wide = {"base": "notebook", "n_features": 3, "n_hidden": 5, "initial_polygon": 0}
    assert study_of({PRESET: wide, "protocols": protocols("mine")}).training["mine"].n_hidden == 5


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_every_configuration_in_the_repository_is_a_study(config, path):
    # Snakemake merges --configfile over the Snakefile's configfile with update_config.
    merged = deepcopy(config)
    update_config(merged, yaml.safe_load(path.read_text()))
    study = Study(merged)
    assert set(study.training_presets) == set(merged["training_presets"])
    assert set(study.sampler_presets) == set(merged["sampler_presets"])


def test_the_default_study_is_everything_that_was_promised(config):
    study = Study(config)
    assert len(study.activations) >= 27  # those of the post and its replication; more may be added
    assert study.activations == list(registry.rows())
    assert study.seeds == list(range(1, 33))
    assert list(study.training) == ["notebook", "zero_bias", "controlled"]
    assert list(study.sampler) == ["notebook", "close"]
    assert list(study.protocols) == ["post", "zero_bias", "controlled"]
    assert study.batches == ["1-32"]


def test_activations_come_in_the_order_of_the_registry(study_of):
    assert study_of({"activations": ["tanh", "relu", "gelu"]}).activations == ["relu", "gelu", "tanh"]


@pytest.mark.parametrize(
    ("seeds", "batches"), [("1-5", ["1-2", "3-4", "5"]), ([9, 1, 3], ["1,3", "9"]), (7, ["7"]), ("3,1,2", ["1-2", "3"])]
)
def test_seeds_are_sorted_and_cut_into_batches(study_of, seeds, batches):
    study = study_of({"seeds": seeds, "seeds_per_job": 2})
    assert study.batches == batches
    assert study.batch_of(study.seeds[-1]) == batches[-1]


def test_seeds_of_the_hold_out_are_none_that_the_study_runs(study_of):
    assert study_of({"holdout_seeds": "33-35"}).holdout == "33-35"
    for given, known in (("32-34", "32"), ("30-34", "30-32"), ("40,3,1", "1,3")):
        with pytest.raises(StudyError) as error:
            study_of({"holdout_seeds": given})
        assert (error.value.found, error.value.where) == (known, "holdout_seeds")
        assert error.value.hint == "name seeds that `seeds` does not"


@pytest.mark.parametrize(("llc_seeds", "followed"), [(2, [1, 3, 1001, 1002]), (9, [1, 3, 5, 1001, 1002, 1003])])
@pytest.mark.parametrize("seeds_per_job", [1, 10])
def test_the_first_seeds_are_followed_whatever_their_batches_or_all_where_there_are_fewer(
    study_of, llc_seeds, followed, seeds_per_job
):
    seeds = {"seeds": "5,3,1", "holdout_seeds": "1001-1003", "seeds_per_job": seeds_per_job}
    assert study_of({**seeds, "llc_seeds": llc_seeds}).followed == followed


def test_every_so_many_checkpoints_are_sampled_counted_back_from_the_last(study_of):
    study = study_of({"checkpoints": {"count": 6, "last": 1000}})
    steps = study.checkpoints("notebook")  # nearest to 0, 1, 3, 15, 63, 251 and 1000
    assert len(steps) == 7
    assert study.sampler_presets["notebook"].sampled(steps) == steps
    assert study.sampler_presets["close"].sampled(steps) == [steps[0], steps[3], steps[6]]
    many = study_of({"sampler_presets.close.checkpoint_stride": 7}).sampler_presets["close"]
    assert many.sampled(steps) == steps[-1:]


def test_quotes_are_proposed_for_texts_alone(study_of):
    with pytest.raises(StudyError) as error:
        study_of({"llc_seeds": True})
    assert "quotes" not in str(error.value)


@pytest.mark.parametrize("given", [["seeds"], "seeds", None])
def test_a_configuration_that_is_no_mapping_is_refused(given):
    with pytest.raises(StudyError, match=r"keys with values[\s\S]*the top level"):
        Study(given)


def test_a_seed_outside_the_study_is_refused(study_of):
    with pytest.raises(StudyError, match=r"a seed of the study[\s\S]*33[\s\S]*seeds: 1-32"):
        study_of({}).batch_of("33")


def test_a_new_preset_needs_nothing_but_its_lines_in_the_configuration(study_of):
    study = study_of(
        {PRESET: {"base": "zero_bias", "optimizer": "adam", "lr": 0.001}, "protocols": protocols("notebook", "mine")}
    )
    changed = {**asdict(study.training["notebook"]), "bias_std": 0.0, "optimizer": "adam", "lr": 0.001}
    assert asdict(study.training["mine"]) == changed


def test_weights_are_recorded_at_the_originals_steps_and_at_200_log_spaced_ones_at_least(study_of):
    study = study_of({})
    steps = study.weight_steps("notebook")
    original = study_of({"recording.weights.count": 2}).weight_steps("notebook")
    assert len(original) == 47
    assert set(original) <= set(steps)
    assert len(steps) >= 200
    assert set(steps) <= set(study.loss_steps("notebook"))
    assert steps[0] == 0
    assert steps[-1] == 20000


def test_a_run_shorter_than_the_originals_is_recorded_to_its_own_end(study_of):
    study = study_of({PRESET: {"base": "notebook", "n_steps": 500}, "protocols": protocols("mine"), **ends_at(500)})
    assert study.weight_steps("mine")[-1] == study.loss_steps("mine")[-1] == 500
    assert study.checkpoint_steps[-1] == 500


def test_null_removes_an_inherited_entry(study_of):
    study = study_of({"comparisons.gelu_relu": None, "sampler_presets.sgld.localization": 1.0, PRESET: None})
    assert "gelu_relu" not in study.config["comparisons"]
    assert "gelu_relu" not in study.comparisons
    assert "mine" not in study.config["training_presets"]


def test_llc_is_estimated_for_the_pairs_of_the_protocols_and_no_others(study_of):
    study = study_of({"protocols": {**protocols("notebook"), **protocols("zero_bias", samplers=["sgld"])}})
    assert {name: study.samplers_of(name) for name in study.training} == {
        "notebook": ["notebook", "sgld"],
        "zero_bias": ["sgld"],
    }
    assert study.samplers_of("full_length") == []


def test_a_ladder_step_that_says_why_it_changes_several_values_is_taken_and_the_reason_is_no_value(study_of):
    mine = {"base": "zero_bias", "lr": 0.02, "momentum": 0.0, "bundle": "one makes up for the other"}
    above = {"base": "mine", "batch_size": 50}  # a reason is not inherited, and this step needs none
    changes = {PRESET: mine, "training_presets.above": above, "ladder": ["notebook", "zero_bias", "mine", "above"]}
    study = study_of(changes)
    assert study.training_preset("mine") == study_of({PRESET: {**mine, "bundle": "another"}}).training_preset("mine")
    with pytest.raises(StudyError, match="batch_size, lr, momentum changed from zero_bias to above"):
        study_of(changes | {"ladder": ["notebook", "zero_bias", "above"]})


def test_a_file_of_ones_own_adds_and_removes_protocols(config):
    merged = deepcopy(config)
    mine = {"label": "mine", "training": "full_length", "sampler": "notebook"}
    update_config(merged, {"protocols": {"zero_bias": None, "mine": mine}})
    study = Study(merged)
    assert list(study.protocols) == ["post", "controlled", "mine"]
    assert list(study.training) == ["notebook", "controlled", "full_length"]


def test_fewer_seeds_than_the_power_asks_for_are_warned_of(study_of):
    assert len(study_of({"seeds": "1-32"}).summary()) == 2
    *_, warning = study_of({"seeds": "1-9"}).summary()
    assert warning.startswith("Warning: 9 seeds of the 32 that verdicts are to rest on")


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"seeds": "1-2"}, "Warning: 2 seeds of at least 3 (claims.min_seeds), so no statement can be tested"),
        (
            {"claims.min_seeds": 33},
            "Warning: 32 seeds of at least 33 (claims.min_seeds), so no statement",
        ),
        ({"activations": ["relu"]}, "Warning: 1 activation of at least 5 (claims.min_activations), so no statement"),
        ({"claims.min_activations": 1000}, "activations of at least 1000 (claims.min_activations), so no statement"),
    ],
)
def test_limits_that_the_study_cannot_meet_are_warned_of_once(study_of, changes, warning):
    lines = study_of(changes).summary()
    assert [warning in line for line in lines] == [False, False, True]


def test_the_summary_says_which_seeds_were_read(study_of):
    first, second, *_ = study_of({"seeds": 40, "activations": ["relu"]}).summary()
    assert first == "3 runs: 1 activation, 1 seed (40), training presets notebook, zero_bias, controlled"
    assert second.startswith("Protocols post (notebook × notebook), zero_bias (zero_bias × notebook), controlled (")


def test_every_number_of_the_schema_has_bounds():
    def numbers(schema):
        if isinstance(schema, dict):
            if schema.get("type") in ("integer", "number"):
                yield schema
            for value in schema.values():
                yield from numbers(value)
        elif isinstance(schema, list):
            for value in schema:
                yield from numbers(value)

    found = list(numbers(SCHEMA))
    assert len(found) > 80
    assert [schema for schema in found if not {"maximum", "exclusiveMaximum"} & set(schema)] == []
    assert [schema for schema in found if not {"minimum", "exclusiveMinimum"} & set(schema)] == []


@pytest.mark.parametrize("title", ["a\x01b", "the $x$", "[[runs]]", " ", "t" * 101])
def test_a_title_that_cannot_be_printed_is_refused(config, title):
    changed = {**config, "comparisons": {"two": {"title": title, "activations": ["relu", "gelu"]}}}
    with pytest.raises(StudyError, match=r"a title that can be printed[\s\S]*comparisons\.two\.title"):
        Study(changed)


def test_steps_and_seeds_of_what_is_made_on_request_follow_from_its_section(study_of):
    refined, chen = (
        {"refined.steps": [0, 900], "checkpoints": {"count": 6, "last": 1000}},
        {"recorded": 3, "seeds": "2-3"},
    )
    study = study_of(refined | {f"other_models.chen.{key}": value for key, value in chen.items()})
    assert study.refined_steps == [0, study.checkpoints("controlled")[-1]]
    assert study.chen_steps[0] == 0
    assert study.chen_steps[-1] == study.training_presets["chen"].n_steps
    assert len(study.chen_steps) <= 4
    assert study.seeds_of("chen") == [2, 3]
    assert study.seeds_of("factorial") == list(range(1, 9))

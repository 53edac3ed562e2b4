"""Which tables the study writes: their columns, types, units and meanings, and how they are written and read.

A column is declared once, here; the declaration is stored in the parquet file's field metadata and printed in
docs/outputs.md. Missing values are nulls.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

INT, FLOAT, STRING, BOOL = pa.int64(), pa.float64(), pa.string(), pa.bool_()
PER_FEATURE = pa.list_(pa.float64())


@dataclass(frozen=True)
class Column:
    """One column: its name, type, unit (empty for pure numbers) and what a value means."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str


_SEED = Column("seed", INT, "", "Seed of the run.")
_STEP = Column("step", INT, "training steps", "Updates made before the values of this row.")
_LOSS = Column("loss", FLOAT, "MSE", "Expected mean squared error over the distribution of inputs.")

_PROTOCOL = (
    Column("id", STRING, "", "Statement; halves of one statement end in a, b."),
    Column("training", STRING, "", "Training preset."),
    Column("sampler", STRING, "", "Sampler preset."),
)
_ESTIMATE = (
    Column("estimate", FLOAT, "as measured", "Mean over seeds."),
    Column("low", FLOAT, "as measured", "Lower end of its bootstrap interval."),
    Column("high", FLOAT, "as measured", "Upper end of its bootstrap interval."),
)
_VERDICT = (
    *_PROTOCOL,
    Column("statement", STRING, "", "The statement in short."),
    Column("measure", STRING, "", "What is measured."),
    Column("unit", STRING, "", "Unit of the measured value."),
    Column("activations", STRING, "", "Activations that the statement is about."),
    Column("margin_low", FLOAT, "as measured", "Lower end of the stated region; null if open."),
    Column("margin_high", FLOAT, "as measured", "Upper end of the stated region; null if open."),
    Column("comparison", STRING, "", "The comparison that decides: the one that speaks most against the statement."),
    *_ESTIMATE,
    Column("effect_size", FLOAT, "standard deviations", "From the margin, over the scatter of seeds; positive inside."),
    Column("p", FLOAT, "", "Sign-flip test against the margin, Holm-corrected; null for regions with two ends."),
    Column("n_comparisons", INT, "comparisons", "Comparisons of the statement."),
    Column("n_used", INT, "runs", "Runs whose values entered."),
    Column("n_excluded", INT, "runs", "Runs with a missing or unreadable value, or outside the statement's scope."),
    Column("verdict", STRING, "", "Whether the interval lies inside the stated region, outside it, or neither."),
    Column("reason", STRING, "", "Why it cannot be tested; empty otherwise."),
    Column("n_variants", INT, "variants", "Other ways of judging the same statement."),
    Column("n_agree", INT, "variants", "Those of them with the same verdict."),
    Column("sentence", STRING, "", "The verdict in one sentence with its numbers."),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "loss": (
        _SEED,
        _STEP,
        _LOSS,
        Column("sample_loss", FLOAT, "MSE", "Mean squared error over the run's training sample."),
        Column("logged_loss", FLOAT, "MSE/100", "What the original logs for this loss: sample_loss / batch_size (N2)."),
    ),
    "superposition": (
        _SEED,
        _STEP,
        Column("status", STRING, "", "ok, or diverged if the weights are not finite; measures are then null."),
        _LOSS,
        Column("n_represented", INT, "features", "Features with a norm above the relative and absolute thresholds."),
        Column("n_recovered", INT, "features", "Features whose own output exceeds all others by the margin."),
        Column("polygon", INT, "corners", "Corners of the convex hull of the represented directions."),
        Column("frobenius_sq", FLOAT, "", "Sum of squared feature norms."),
        Column("feature_norm", PER_FEATURE, "", "Length of each feature's direction."),
        Column("dimensionality", PER_FEATURE, "dimensions", "Share of a dimension that each feature has, 0 to 1."),
        Column("interference", PER_FEATURE, "", "Squared overlap of all other directions with each feature's."),
        Column("leakage", PER_FEATURE, "", "Squared output in other features when each feature is the input."),
    ),
    "llc": (
        _SEED,
        _STEP,
        Column("llc", FLOAT, "", "LLC estimate: n beta times mean loss of the draws minus init_loss, over chains."),
        Column("llc_std", FLOAT, "", "Standard deviation of the estimate over chains."),
        Column("init_loss", FLOAT, "MSE", "The sampler's loss at the checkpoint."),
        Column("status", STRING, "", "ok, not_a_minimum, escaped or diverged; only ok estimates enter statistics."),
        Column("predicted_llc", FLOAT, "", "What the estimate would be if the loss were quadratic around the point."),
        Column("effective_dimension", FLOAT, "dimensions", "Directions with curvature above localization / n beta."),
        Column("gradient_shift", FLOAT, "", "Part of predicted_llc that is due to the gradient, at most 0."),
        Column("gradient_norm", FLOAT, "MSE", "Norm of the gradient of the population loss."),
        Column("hessian_min", FLOAT, "MSE", "Smallest eigenvalue of the Hessian of the population loss."),
        Column("hessian_max", FLOAT, "MSE", "Largest eigenvalue of the Hessian of the population loss."),
        Column("share_below", FLOAT, "", "Share of draws with a loss below init_loss."),
        Column("r_hat", FLOAT, "", "Gelman-Rubin statistic of the loss traces (rank-normalised, split)."),
        Column("ess", FLOAT, "draws", "Effective sample size of the loss traces, all chains together."),
        Column("n_chains_down", INT, "chains", "Chains that escaped to lower loss."),
        Column("n_chains_up", INT, "chains", "Chains that escaped to higher loss."),
        Column("n_chains_nan", INT, "chains", "Chains with a loss that is not finite."),
    ),
    "llc_validation": (
        Column("group", STRING, "", "Kind of case."),
        Column("name", STRING, "", "Loss and point."),
        Column("true_llc", FLOAT, "", "Known learning coefficient."),
        Column("predicted_llc", FLOAT, "", "The estimator's expectation at the sampler's n beta and gamma."),
        Column("llc", FLOAT, "", "Estimate."),
        Column("standard_error", FLOAT, "", "Monte-Carlo error of the estimate, from its chains."),
        Column("allowance", FLOAT, "", "Discretisation error that the step size may cause."),
        Column("status", STRING, "", "Whether the estimate may be read by its diagnostics."),
        Column("verdict", STRING, "", "Which value the estimate meets: true value, finite-temperature value, neither."),
        Column("source", STRING, "", "Where the learning coefficient comes from."),
    ),
    "llc_cross_check": (
        Column("activation", STRING, "", "Output activation."),
        Column("seed", INT, "", "Seed of the run and of the estimator."),
        Column("step", INT, "training steps", "Checkpoint."),
        Column("batch_size", INT, "inputs", "Inputs per SGLD step; 0 for all."),
        Column("optimizer", STRING, "", "SGLD class of the library, deprecated or current."),
        Column("n_draws", INT, "draws", "Compared draws, all chains together."),
        Column("max_difference", FLOAT, "", "Largest relative difference between the loss traces."),
        Column("llc_difference", FLOAT, "", "Difference between the LLC estimates."),
    ),
    "covariance": (
        _SEED,
        _STEP,
        Column("batch_size", INT, "inputs", "Inputs per step of the trajectories; 0 for all."),
        Column("noise_level", FLOAT, "", "Standard deviation of the injected noise: 0 is SGD, 1 is SGLD."),
        Column("rank", INT, "", "1 for the largest eigenvalue."),
        Column("eigenvalue", FLOAT, "", "Eigenvalue of the covariance of the weights over trajectories."),
        Column("status", STRING, "", "ok, or diverged if weights are not finite; the eigenvalue is then null."),
    ),
    "runs": (
        Column("training", STRING, "", "Training preset."),
        Column("activation", STRING, "", "Output activation."),
        _SEED,
        Column("step", INT, "training steps", "Last recorded step, at which the run's values are taken."),
        Column("status", STRING, "", "ok, or diverged if the weights are not finite at the last recorded step."),
        Column("diverged_step", INT, "training steps", "First recorded step at which the weights are not finite."),
        _LOSS,
        Column("sample_loss", FLOAT, "MSE", "Mean squared error over the run's training sample."),
        Column("logged_loss", FLOAT, "MSE/100", "What the original logs for this loss (N2)."),
        Column("n_represented", INT, "features", "Represented features."),
        Column("n_recovered", INT, "features", "Recovered features."),
        Column("polygon", INT, "corners", "Corners of the convex hull of the represented directions."),
        Column("frobenius_sq", FLOAT, "", "Sum of squared feature norms."),
        Column("onset", INT, "training steps", "First step from which a feature outside the initial polygon stays."),
        Column("llc_{sampler}", FLOAT, "", "LLC estimate at the last checkpoint."),
        Column("llc_std_{sampler}", FLOAT, "", "Standard deviation of the estimate over chains."),
        Column("predicted_llc_{sampler}", FLOAT, "", "What the estimate would be if the loss were quadratic."),
        Column("status_{sampler}", STRING, "", "Whether the estimate may be read."),
        Column("commit", STRING, "", "Commit of the code that made the table."),
        Column("torch", STRING, "", "Version of PyTorch."),
        Column("python", STRING, "", "Version of Python."),
        Column("platform", STRING, "", "Operating system and machine."),
    ),
    "summary": (
        Column("training", STRING, "", "Training preset."),
        Column("activation", STRING, "", "Output activation."),
        Column("measure", STRING, "", "Column of the table of runs that is summarised; llc_* over readable estimates."),
        Column("median", FLOAT, "as measure", "Median over the seeds that are used."),
        Column("low", FLOAT, "as measure", "Lower end of the bootstrap interval of the median."),
        Column("high", FLOAT, "as measure", "Upper end of the bootstrap interval of the median."),
        Column("n_used", INT, "runs", "Runs whose value is used."),
        Column("n_excluded", INT, "runs", "Runs that diverged, or whose value is missing or may not be read."),
    ),
    "transitions": (
        Column("training", STRING, "", "Training preset."),
        Column("activation", STRING, "", "Output activation."),
        _SEED,
        Column("kind", STRING, "", "loss_drop, llc_rise or superposition_change."),
        Column("sampler", STRING, "", "Sampler preset of an llc_rise."),
        Column("start", FLOAT, "training steps", "Start of the event."),
        Column("end", FLOAT, "training steps", "End of the event."),
        Column("size", FLOAT, "decades, LLC or features", "Decades of loss lost, LLC gained, or features gained."),
    ),
    "run_transitions": (
        Column("training", STRING, "", "Training preset."),
        Column("activation", STRING, "", "Output activation."),
        _SEED,
        Column("variant", STRING, "", "base, or the one thing that is counted otherwise."),
        Column("n_features", FLOAT, "features", "Represented (or recovered) features at the end."),
        Column(
            "sticky", FLOAT, "", "Share of the represented features with a dimensionality near 1/2 or 1 at the end."
        ),
        Column("onset", FLOAT, "training steps", "First step from which a feature outside the initial polygon stays."),
        Column("onset_after", FLOAT, "training steps", "Last recorded step before the onset."),
        Column("half_formed", FLOAT, "training steps", "First step from which half of the later features stay."),
        Column("loss_range", FLOAT, "decades", "Largest over smallest recorded loss."),
        Column("drop_start", FLOAT, "training steps", "Start of the largest loss drop."),
        Column("drop_half", FLOAT, "training steps", "First recorded step at which half of its decades are lost."),
        Column("drop_end", FLOAT, "training steps", "End of the largest loss drop."),
        Column("drop_size", FLOAT, "decades", "Decades of loss lost in it."),
        Column("order", STRING, "", "Whether the onset lies before, during or after the largest loss drop."),
        Column("distance", FLOAT, "decades of steps", "From the end of the largest loss drop to the onset."),
        Column("n_changes", INT, "events", "Changes of superposition."),
        Column("n_loss_drops", INT, "events", "Loss drops."),
        Column("loss_drop_rate", FLOAT, "", "Share of the changes that coincide with a loss drop."),
        Column("loss_drop_expected", FLOAT, "", "The same under shuffled times."),
        Column("loss_drop_p", FLOAT, "", "Share of shuffles that reach the observed share."),
        Column("n_llc_rises_{sampler}", INT, "events", "LLC rises between readable checkpoints."),
        Column("llc_rise_rate_{sampler}", FLOAT, "", "Share of the changes that coincide with an LLC rise."),
        Column("llc_rise_expected_{sampler}", FLOAT, "", "The same under shuffled times."),
        Column("llc_rise_p_{sampler}", FLOAT, "", "Share of shuffles that reach the observed share."),
    ),
    "claims": _VERDICT,
    "prior_work": _VERDICT,
    "claim_comparisons": (
        *_PROTOCOL,
        Column("comparison", STRING, "", "What is compared; all comparisons of a statement must hold."),
        *_ESTIMATE,
        Column("effect_size", FLOAT, "standard deviations", "As in the table of claims."),
        Column("p", FLOAT, "", "As in the table of claims."),
        Column("n_seeds", INT, "seeds", "Seeds that could be read."),
        Column("verdict", STRING, "", "Verdict of this comparison alone."),
    ),
    "claim_variants": (
        *_PROTOCOL,
        Column("variant", STRING, "", "base, or the one thing that is judged otherwise."),
        Column("margin_low", FLOAT, "as estimate", "Lower end of the stated region; null if open."),
        Column("margin_high", FLOAT, "as estimate", "Upper end of the stated region; null if open."),
        Column("comparison", STRING, "", "The comparison that decides."),
        *_ESTIMATE,
        Column("verdict", STRING, "", "Verdict of this variant."),
        Column("agrees", BOOL, "", "Whether it is the verdict of the base variant."),
    ),
    "claim_changes": (
        Column("id", STRING, "", "Statement."),
        Column("factor", STRING, "", "The single factor in which the two protocols differ."),
        Column("differing", STRING, "", "The values of the presets in which they differ."),
        Column("from", STRING, "", "Protocol before: training × sampler preset."),
        Column("to", STRING, "", "Protocol after."),
        Column("estimate_from", FLOAT, "as in claims", "Estimate before."),
        Column("estimate_to", FLOAT, "as in claims", "Estimate after."),
        Column("verdict_from", STRING, "", "Verdict before."),
        Column("verdict_to", STRING, "", "Verdict after."),
        Column("changed", BOOL, "", "Whether the verdict changes."),
    ),
    "claim_factors": (
        Column("id", STRING, "", "Statement."),
        Column("post", STRING, "", "Verdict under the post's protocol."),
        Column("training_alone", STRING, "", "Verdict if only the training preset is the controlled one."),
        Column("sampler_alone", STRING, "", "Verdict if only the sampler preset is the controlled one."),
        Column("controlled", STRING, "", "Verdict under the controlled protocol."),
        Column("changed_by", STRING, "", "Factors each of which alone gives the controlled verdict; null if it stays."),
    ),
    "deviations": (
        Column("deviation", STRING, "", "Id of the defect, as in docs/deviations.md."),
        Column("quantity", STRING, "", "What is measured, with its unit."),
        Column("activation", STRING, "", "Output activation; null for all of them."),
        Column("setting", STRING, "", "What else distinguishes the row; null for nothing."),
        Column("original", FLOAT, "as quantity", "Value with the defect: median over runs, or over activations."),
        Column("corrected", FLOAT, "as quantity", "Value of the same runs without it."),
        Column("comparison", STRING, "", "ratio: effect is original / corrected; difference: original - corrected."),
        Column("effect", FLOAT, "as comparison", "Median of the effect over runs, or over activations."),
        Column("effect_low", FLOAT, "as comparison", "Lower end of its bootstrap interval."),
        Column("effect_high", FLOAT, "as comparison", "Upper end of its bootstrap interval."),
        Column("n", INT, "", "Runs, chains, estimates or (where activation is null) activations that entered."),
        Column("evidence", STRING, "", "The finding in one sentence with its numbers."),
    ),
    "full_length": (
        Column("activation", STRING, "", "Output activation."),
        _SEED,
        Column("step_seen", INT, "training steps", "Last step that the original shows."),
        Column("step_end", INT, "training steps", "End of its training."),
        Column("loss_seen", FLOAT, "MSE", "Expected mean squared error at the last step that the original shows."),
        Column("loss_end", FLOAT, "MSE", "The same at the end."),
        Column("n_represented_seen", INT, "features", "Represented features at the last step that the original shows."),
        Column("n_represented_end", INT, "features", "The same at the end."),
        Column("n_recovered_seen", INT, "features", "Recovered features at the last step that the original shows."),
        Column("n_recovered_end", INT, "features", "The same at the end."),
        Column("polygon_seen", INT, "corners", "Corners of the represented directions' hull at that step."),
        Column("polygon_end", INT, "corners", "The same at the end."),
        Column("last_change", INT, "training steps", "Last recorded step after it at which a count changes."),
    ),
    "ranking": (
        Column("training", STRING, "", "Training preset."),
        Column("activation", STRING, "", "Output activation."),
        Column("rank", FLOAT, "", "Rank by represented, then recovered features; 1 has most, ties share a rank."),
        Column("rank_low", FLOAT, "", "Lower end of the bootstrap interval of the rank."),
        Column("rank_high", FLOAT, "", "Upper end of the bootstrap interval of the rank."),
        Column("n_represented", FLOAT, "features", "Mean over seeds of represented features at the end."),
        Column("low", FLOAT, "features", "Lower end of its bootstrap interval."),
        Column("high", FLOAT, "features", "Upper end of its bootstrap interval."),
        Column("n_recovered", FLOAT, "features", "Mean over seeds of recovered features at the end."),
        Column("n_used", INT, "runs", "Runs that entered."),
        Column("n_excluded", INT, "runs", "Runs that diverged."),
    ),
    "rank_correlation": (
        Column("training", STRING, "", "Training preset."),
        Column("other_training", STRING, "", "Training preset that it is compared with."),
        Column("coefficient", STRING, "", "kendall (tau-b) or spearman (rho)."),
        *_ESTIMATE,
        Column("n_activations", INT, "activations", "Activations with readable runs in both presets."),
    ),
}

_SETTING = (
    Column("sweep", STRING, "", "batch_size (with step size) or temperature (n beta and localisation)."),
    Column("batch_size", INT, "inputs", "Inputs per SGLD step; 0 for all."),
    Column("lr", FLOAT, "", "Step size epsilon."),
    Column("nbeta", FLOAT, "", "Inverse temperature n beta."),
    Column("localization", FLOAT, "", "Localisation strength gamma."),
    Column("num_chains", INT, "chains", "Chains per point."),
    Column("num_burnin_steps", INT, "SGLD steps", "Steps before the first draw."),
    Column("num_draws", INT, "draws", "Draws per chain."),
    Column("num_steps_bw_draws", INT, "SGLD steps", "Steps per draw."),
)
_WHERE = (
    Column("activation", STRING, "", "Output activation; null for the quadratic loss."),
    Column("point", STRING, "", "Where the chains start."),
)
_RELAXATIONS = Column("relaxations", FLOAT, "relaxation times", "Length of the burn-in in 2 / (lr * localization).")

TABLES |= {
    "llc_calibration": (
        *_SETTING,
        *_WHERE,
        Column("seed", INT, "", "Seed of the run, where there is one, and of the chains."),
        Column("true_llc", FLOAT, "", "Known learning coefficient, null where it is not known."),
        *(column for column in TABLES["llc"] if column.name not in ("seed", "step")),
        _RELAXATIONS,
        Column(
            "discretisation", FLOAT, "", "Part of the estimate that the finite step size adds; infinite if unstable."
        ),
        Column("drift", FLOAT, "", "Estimate from the later half of the draws minus that from the earlier half."),
        Column("drift_std", FLOAT, "", "Standard deviation of the drift over chains."),
    ),
    "llc_calibration_traces": (
        *_SETTING,
        *_WHERE,
        Column("sgld_step", INT, "SGLD steps", "Steps of the chains, burn-in included."),
        Column("mean", FLOAT, "", "n beta times loss above the point's, mean over chains of the first seed."),
        Column("std", FLOAT, "", "Its standard deviation over chains."),
    ),
    "llc_recommendation": (
        *_SETTING,
        Column("truth_error", FLOAT, "", "Largest relative difference from known learning coefficients."),
        Column("prediction_error", FLOAT, "", "Largest relative difference from predicted values."),
        Column("drift_error", FLOAT, "", "Largest relative drift."),
        Column("discretisation_error", FLOAT, "", "Largest relative contribution of the step size."),
        _RELAXATIONS,
        Column("n_readable", INT, "estimates", "Estimates that may be read; errors are over these."),
        Column("n_estimates", INT, "estimates", "All estimates of the setting."),
        Column("n_steps", INT, "SGLD steps", "Length of a chain: the cost of the setting."),
        Column("failed", STRING, "", "Tests that the setting fails, empty for none."),
        Column("recommended", BOOL, "", "Whether this is the recommended setting: at most one is."),
    ),
}
"""Tables of the calibration, which share the columns of a setting and those of LLC estimates."""


def columns(table: str, *, samplers: Sequence[str] = ()) -> list[Column]:
    """Return the columns of a table; those whose name holds `{sampler}` once for each sampler preset."""
    expanded = []
    for column in TABLES[table]:
        names = [column.name.format(sampler=sampler) for sampler in samplers] if "{" in column.name else [column.name]
        expanded += [replace(column, name=name) for name in names]
    return expanded


def write(frame: pd.DataFrame, path: str | Path, table: str, *, samplers: Sequence[str] = ()) -> None:
    """Write a table with its declared schema.

    Args:
        frame: The rows; its columns must be the declared ones.
        path: Target; a path that ends in .csv is written as CSV, any other as parquet.
        table: Name of the declaration in ``TABLES``.
        samplers: Sampler presets, for tables with columns for each of them.

    Raises:
        ValueError: If columns are missing or not declared.
    """
    declared, found = [column.name for column in columns(table, samplers=samplers)], list(frame.columns)
    if set(declared) != set(found):
        missing, unknown = sorted(set(declared) - set(found)), sorted(set(found) - set(declared))
        raise ValueError(f"table {table}: missing {missing}, not declared {unknown}")
    if str(path).endswith(".csv"):
        frame[declared].to_csv(path, index=False)
        return
    pq.write_table(
        pa.Table.from_pandas(frame[declared], schema=schema(table, samplers=samplers), preserve_index=False), path
    )


def schema(table: str, *, samplers: Sequence[str] = ()) -> pa.Schema:
    """Return the declared schema of a table, with unit and meaning in the metadata of each field."""
    return pa.schema(
        [
            pa.field(column.name, column.type, metadata={"unit": column.unit, "meaning": column.meaning})
            for column in columns(table, samplers=samplers)
        ]
    )


def read(path: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a table, or some of its columns; integer columns with missing values come as pandas' nullable integers."""
    return pq.read_table(path, columns=columns).to_pandas(types_mapper={INT: pd.Int64Dtype()}.get)


def read_runs(paths: Iterable[str | Path], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return tables of many batches of runs as one, with key columns `training` and `activation` in front.

    Args:
        paths: Tables in folders ``.../{training}/{activation}/seeds-{seeds}/``, the layout of the study's runs.
        columns: Columns to read, all if None.
    """
    parts = []
    for path in map(Path, paths):
        part = read(path, columns)
        part.insert(0, "activation", path.parent.parent.name)
        part.insert(0, "training", path.parent.parent.parent.name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)

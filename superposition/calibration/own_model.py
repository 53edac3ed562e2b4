"""Recommended settings of the sampler for anybody's module, by trying some."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from torch import Tensor, nn

from superposition.calibration.settings import chain_settings
from superposition.llc.hessian import largest_curvature
from superposition.llc.module_loss import Data, Evaluate, ModuleLoss
from superposition.llc.own_model import default_nbeta, estimate_learning_coeff
from superposition.status import OK

FLAT_SHARES = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
"""Localisations to try: curvatures, relative to the largest, below which a direction counts as flat."""

STEP_ERROR, RELAXATIONS, NUM_DRAWS = 0.05, 2.0, 400
"""As in the study's calibration: share that the step size adds to a variance, length of burn-in and draws, draws."""


@dataclass(frozen=True)
class Calibration:
    """What every setting gave.

    Attributes:
        table: A row for each localisation and checkpoint: the setting, the estimate, its status and reasons.
        settings: The recommended setting, keywords of `estimate_learning_coeff`.
    """

    table: pd.DataFrame
    settings: Mapping[str, Any]


def calibrate(
    model: nn.Module,
    data: Data,
    evaluate: Evaluate,
    *,
    nbeta: float | None = None,
    max_steps: int = 10_000,
    checkpoints: Sequence[Mapping[str, Tensor]] = (),
    **others: Any,
) -> Calibration:
    """Return the setting with the weakest localisation at which all estimates may be read, and what others gave.

    Localisation is no part of the learning coefficient's definition, so as little as will do; with less, chains take
    longer. Step size and length follow. Where no estimate may be read the strongest is recommended; the table says why.

    Args:
        model: A trained module.
        data: All samples.
        evaluate: Mean loss of a model on samples.
        nbeta: Inverse temperature; None for `default_nbeta` of the number of samples.
        max_steps: Longest chain to try.
        checkpoints: State dictionaries; none for the module's own parameters.
        others: Further keywords of `estimate_learning_coeff`, such as ``batch_size``; to be given there again.
    """
    loss = ModuleLoss(model, data, evaluate)
    steepest = largest_curvature(loss, loss.points(checkpoints))
    nbeta = default_nbeta(loss.n_samples) if nbeta is None else nbeta
    limits = {"step_error": STEP_ERROR, "relaxations": RELAXATIONS, "max_steps": sys.maxsize}
    tables, chosen = [], {}
    for share in FLAT_SHARES:
        setting = chain_settings(nbeta, share * nbeta * steepest, steepest, NUM_DRAWS, **limits)
        if chosen and 2 * setting["num_burnin_steps"] > max_steps:
            break
        found = estimate_learning_coeff(model, data, evaluate, **setting, checkpoints=checkpoints, **others)
        tables.append(found.table().assign(**setting))
        if not chosen or (tables[-1].status == OK).all():
            chosen = setting
    return Calibration(pd.concat(tables, ignore_index=True), chosen)

"""Sampler presets as frozen records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from superposition.bounds import (
    Bounds,
    Contradiction,
    Decades,
    NotNegative,
    Positive,
    Ratio,
    Sample,
    Steps,
    batch_contradictions,
)


@dataclass(frozen=True, kw_only=True)
class SamplerPreset:
    """Everything that, with a checkpoint and a seed, determines an LLC estimate."""

    # `population`: their whole distribution, exact where the training preset's is; `training`: the run's own sample;
    # `sample`: a fresh one as the notebook draws it, with the run's seed.
    # `sgld`: chains at one n beta; `tempered_mala`: particles, annealed to ever larger ones and extrapolated, for which
    # most other values are without effect.
    estimator: Annotated[Literal["sgld", "tempered_mala"], "How the LLC is estimated."]
    data: Annotated[Literal["population", "training", "sample"], "Inputs over which the sampled loss is a mean."]
    n_samples: Annotated[Sample, "Size of a fresh sample."]
    batch_size: Annotated[int, Bounds(0, 1_000_000), "Inputs per step, 0 for all."]  # fewer need a fresh sample
    lr: Annotated[Positive, "Step size epsilon."]
    nbeta: Annotated[Positive, "Inverse temperature n beta."]
    localization: Annotated[NotNegative, "Localisation strength gamma."]
    num_chains: Annotated[int, Bounds(1, 10_000), "Chains per checkpoint; for tempered_mala, islands of particles."]
    num_burnin_steps: Annotated[int, Bounds(0, 100_000_000), "Steps before the first draw."]
    num_draws: Annotated[Sample, "Draws per chain."]
    num_steps_bw_draws: Annotated[Steps, "Steps per draw."]
    noise_level: Annotated[NotNegative, "Standard deviation of the noise."]  # 1 for SGLD, 0 for plain SGD
    # `once` as one parameter, `twice` as the library does (deviation N4).
    tied_noise: Annotated[Literal["once", "twice"], "How often the tied weights are sampled per step."]
    # `library`: as in devinterp, the same for every activation (common random numbers); `independent`: every
    # (activation, seed, chain) has its own.
    streams: Annotated[Literal["library", "independent"], "Where random draws come from."]
    checkpoint_stride: Annotated[
        int,
        Bounds(1, 100_000),
        "Chains run at every so many checkpoints, counted back from the last; 1 for all of them.",
    ]
    particles: Annotated[int, Bounds(2, 100_000), "Particles on each island of tempered_mala."]
    decades: Annotated[Decades, "Range of n beta of tempered_mala."]
    ratio: Annotated[Ratio, "Ratio of n beta between its neighbouring rungs."]
    moves: Annotated[int, Bounds(1, 10_000), "Moves on each of its rungs."]

    def sampled(self, checkpoints: Sequence[int]) -> list[int]:
        """Return the steps at which chains run: of increasing ones every `checkpoint_stride`-th, back from the last."""
        return list(checkpoints[:: -self.checkpoint_stride])[::-1]

    @property
    def n_steps(self) -> int:
        """Length of a chain in SGLD steps."""
        return self.num_burnin_steps + self.num_draws * self.num_steps_bw_draws

    @property
    def step_settings(self) -> dict[str, Any]:
        """Settings of a step of SGLD, as keywords of every function that makes them, the library's too."""
        return {name: getattr(self, name) for name in ("lr", "nbeta", "localization")}

    @property
    def draws(self) -> dict[str, Any]:
        """Numbers of steps and draws of a chain, as keywords of the same functions."""
        return {name: getattr(self, name) for name in ("num_burnin_steps", "num_draws", "num_steps_bw_draws")}

    @property
    def chains(self) -> dict[str, Any]:
        """All of these and the number of chains, as keywords of `estimate_llc`."""
        return {"num_chains": self.num_chains, **self.step_settings, **self.draws}

    @property
    def annealing(self) -> dict[str, Any]:
        """Settings of annealed particles, as keywords of `TemperedMala`."""
        named = {name: getattr(self, name) for name in ("localization", "decades", "ratio", "moves", "particles")}
        return named | {"islands": self.num_chains}

    def contradictions(self) -> Iterator[Contradiction]:
        """Yield what cannot be sampled with: values that contradict each other."""
        if self.estimator == "tempered_mala" and (self.data != "population" or self.num_chains < 2):
            expected = "data: population and at least two islands with estimator: tempered_mala"
            found, hint = f"data: {self.data}, num_chains: {self.num_chains}", "it needs the exact loss, and an error"
            yield "estimator", expected, found, hint
        if self.batch_size and self.data != "sample":
            hint = "only a fresh sample is used in batches; choose data: sample"
            yield "batch_size", f"batch_size 0 with data: {self.data}", self.batch_size, hint
        if self.batch_size and self.streams == "independent":
            hint = "only the library's streams say which inputs form a batch"
            yield "streams", "streams: library with mini-batches", self.streams, hint
        yield from batch_contradictions(self.batch_size, self.n_samples)
        if self.tied_noise == "twice" and self.streams == "independent":
            hint = "sampling the tied weights twice is the library's behaviour and uses its noise"
            yield "streams", "streams: library with tied_noise: twice", self.streams, hint

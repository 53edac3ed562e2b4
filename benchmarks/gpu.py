"""Gain from a GPU, part by part; `benchmarks/gpu.sh` runs them all, each as a process of its own.

    python3 benchmarks/gpu.py PART [--device cuda] [--quick] [--folder benchmarks]

| part | what | table |
|---|---|---|
| machine | card, processor and versions | gpu_machine.csv |
| agreement | trajectories of every activation in single and double precision, and the LLC, on both devices | gpu_agreement.csv, gpu_llc.csv |
| steps graph | a step as the study makes it: its operations as a CUDA graph | gpu_steps.csv |
| steps eager | the same operations, started one by one | gpu_steps.csv |
| steps compiled | the same step through torch.compile, as a CUDA graph | gpu_steps.csv |
| steps drawn | as graph, with the noise drawn on the device: other numbers than the study's | gpu_steps.csv |
| steps core | as the study makes it, on one core of the processor | gpu_steps.csv |
| limit | limit.c, a kernel that keeps a model in registers: what no step can beat | gpu_steps.csv |
| sweep | a family of 16 activations, 32 seeds each, trained and sampled on both devices | gpu_sweep.csv, gpu_seconds.csv |
| summary | prints what the tables say | |

Times are medians with the range of five repetitions. Weights of inputs and noise lie on the device before a step is
timed (what it takes to draw and send them is in the sweep's times); every replica has a noise stream of its own.
"""  # noqa: E501

import argparse
import dataclasses
import functools
import importlib.metadata
import itertools
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
import yaml
from torch import Tensor

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation


from superposition.activations import BY_NAME, SMOOTH, Activation  # noqa: E402
from superposition.llc import chains, sampling  # noqa: E402
from superposition.llc.chains import Target, chain_gradient, run_chains  # noqa: E402
from superposition.llc.sampling import sample  # noqa: E402
from superposition.model.autoencoder import REPLICA_MULTIPLE, padded, split  # noqa: E402
from superposition.model.data import population_inputs, training_batches  # noqa: E402
from superposition.model.device import captured, keep_freed_memory  # noqa: E402
from superposition.model.draws import draw_inputs, initial_parameters  # noqa: E402
from superposition.model.replay import record  # noqa: E402
from superposition.model.training import train, training_step  # noqa: E402
from workflow.presets import sampler_preset, training_preset  # noqa: E402

CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
NOTEBOOK, ZERO_BIAS = (training_preset(CONFIG["training_presets"], name) for name in ("notebook", "zero_bias"))
CALIBRATED = sampler_preset(CONFIG["sampler_presets"], "sgld")
N_PARAMETERS = (NOTEBOOK.n_hidden + 1) * NOTEBOOK.n_features
SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
LARGEST_ON_A_CORE = 100_000
TIMED = ("relu", "gelu", "softmax")
BLOCK_BYTES = 200e6
"""Size of the steps' inputs or noise that lie ready on the device; the steps use them again and again."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """Setting of a measurement: what, where, and for how long."""

    device: torch.device
    folder: Path
    quick: bool

    @property
    def seconds(self) -> float:
        """Time for one measurement of five repetitions."""
        return 0.05 if self.quick else 0.6

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of replicas."""
        return SIZES[:2] if self.quick else SIZES

    @property
    def activations(self) -> tuple[str, ...]:
        """Names of the activations whose steps are timed."""
        return TIMED[:1] if self.quick else TIMED

    def write(self, table: str, **row: object) -> None:
        """Add a row to a table at once, and print it."""
        path = self.folder / f"gpu_{table}.csv"
        text = pd.DataFrame([row]).to_csv(index=False, header=not path.exists(), float_format="%.5g")
        with path.open("a") as file:
            file.write(text)
        print(text, end="", flush=True)

    def synchronize(self) -> None:
        """Wait for the device."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def machine(setting: Setting) -> None:
    """Write what the numbers were measured with."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    found = {"processor": next((line.split(": ")[1] for line in lines if line.startswith("model name")), "unknown")}
    if setting.device.type == "cuda":
        card = torch.cuda.get_device_properties(0)
        found |= {"card": card.name, "card_gib": f"{card.total_memory / 2**30:.0f}", "cuda": str(torch.version.cuda)}
        found |= {"multiprocessors": str(card.multi_processor_count), "copy_gb_per_s": f"{copy_rate():.0f}"}
    found |= {"python": platform.python_version(), "system": platform.release()}
    found |= {name: importlib.metadata.version(name) for name in ("torch", "numpy")}
    for name, value in found.items():
        setting.write("machine", what=name, value=value)


def copy_rate() -> float:
    """Return the bandwidth of the card's memory by a large copy, bytes read and written, in GB/s."""
    source = torch.rand(2**29, device="cuda")
    target = torch.empty_like(source)
    times = seconds_per_step(lambda n: [target.copy_(source) for _ in range(n)], torch.cuda.synchronize, 0.5)
    return 2 * source.nbytes / float(np.median(times)) / 1e9


# --------------------------------------------------------------------------------------------------------- agreement --


def agreement(setting: Setting) -> None:
    """Compare trajectories of every activation with those in double precision on the CPU, then the LLC."""
    last = 100 if setting.quick else 1000
    names = list(BY_NAME)[:2] if setting.quick else list(BY_NAME)
    preset = dataclasses.replace(NOTEBOOK, n_steps=last)
    batches = list(itertools.islice(training_batches(draws_of(preset), preset, device=torch.device("cpu")), last))
    cpu = torch.device("cpu")
    kinds = {"cpu_single": (cpu, torch.float32), "device_single": (setting.device, torch.float32)}
    kinds |= {"device_double": (setting.device, torch.float64)}
    for name in names:
        exact = trajectory(name, preset, batches, cpu, torch.float64)
        runs = {kind: trajectory(name, preset, batches, *where) for kind, where in kinds.items()}
        for i, step in enumerate((last // 100, last // 10, last)):
            errors = {kind: float((found[i] - exact[i]).abs().nan_to_num().max()) for kind, found in runs.items()}
            setting.write("agreement", activation=name, step=step, **errors)
    compare_llc(setting)


def draws_of(preset):
    """Return the inputs of two runs."""
    return draw_inputs(preset.inputs, seeds=[1, 2])


def trajectory(name: str, preset, batches: list, device: torch.device, dtype: torch.dtype) -> list[Tensor]:
    """Return the parameters of two runs after 1/100, 1/10 and all of the steps, in double precision on the CPU."""
    starts = [np.concatenate([part.ravel() for part in initial_parameters(preset, seed=seed)]) for seed in (1, 2)]
    w = padded(torch.from_numpy(np.stack(starts, -1))).to(device, dtype)
    torch.set_default_dtype(dtype)
    step = captured(training_step(BY_NAME[name], preset, w), device)
    found = []
    with torch.no_grad():
        for n, batch in enumerate(batches, start=1):
            step(*batch.to(device).to(dtype).tensors)
            if n in (len(batches) // 100, len(batches) // 10, len(batches)):
                found.append(w[:, :2].double().cpu().clone())  # in double precision on the CPU it would be `w` itself
    torch.set_default_dtype(torch.float32)
    return found


def compare_llc(setting: Setting) -> None:
    """Compare estimates of the LLC at checkpoints of two runs, with the sampler of the study."""
    sampler = CALIBRATED
    if setting.quick:
        sampler = dataclasses.replace(sampler, num_burnin_steps=20, num_draws=10)
    last = 50 if setting.quick else 20_000
    steps = [last // 50, last // 4, last]
    preset = dataclasses.replace(ZERO_BIAS, n_steps=last)
    for name in setting.activations:
        inputs = draws_of(preset)
        points, _ = train(BY_NAME[name], preset, inputs, weight_steps=steps, loss_steps=[0], device=torch.device("cpu"))
        each = [
            per_chain(run_chains(Target(BY_NAME[name], preset, sampler, device), points))
            for device in (torch.device("cpu"), setting.device)
        ]
        for (i, seed), (j, step) in itertools.product(enumerate((1, 2)), enumerate(steps)):
            cpu, gpu = (of_chains[i, j] for of_chains in each)
            row = {"activation": name, "seed": seed, "step": step, "cpu": cpu.mean(), "device": gpu.mean()}
            setting.write("llc", **row, standard_error=cpu.std(ddof=1) / len(cpu) ** 0.5)


def per_chain(found: chains.Chains) -> np.ndarray:
    """Return the LLC by each chain, shape (seed, step, chain)."""
    return CALIBRATED.nbeta * (found.losses.mean(-1, dtype=np.float64) - found.init_loss[..., None])


# ------------------------------------------------------------------------------------------------------------- steps --


def seconds_per_step(run: Callable[[int], object], synchronize: Callable[[], None], budget: float) -> np.ndarray:
    """Return the times of one step in five repetitions, which together take about `budget` seconds.

    Args:
        run: Makes some steps.
        synchronize: Waits for them.
        budget: In seconds; a repetition has at least one step.
    """

    def elapsed(n: int) -> float:
        synchronize()
        start = time.perf_counter()
        run(n)
        synchronize()
        return time.perf_counter() - start

    elapsed(3)  # compiles, captures
    n, taken = 1, elapsed(1)
    while taken < budget / 10 and n < 1_000_000:
        n = max(n + 1, int(n * min(8, budget / 8 / taken)))
        taken = elapsed(n)
    return np.array([elapsed(n) for _ in range(5)]) / n


@torch.no_grad()
def steps(setting: Setting, variant: str) -> None:
    """Write the time of a step of training and of SGLD for every size and activation."""
    if variant == "core":
        setting = dataclasses.replace(setting, device=torch.device("cpu"))
    if variant == "eager":
        for module in (chains, sampling):
            mock.patch.object(module, "captured", lambda function, device: function).start()
    for kind, make in (("sgld", sgld), ("training", training)):
        if (kind, variant) == ("training", "drawn"):
            continue  # training has no noise
        for name, size in itertools.product(setting.activations, setting.sizes):
            if variant == "core" and size > LARGEST_ON_A_CORE:
                continue
            if setting.device.type == "cuda":
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
            run = make(setting, BY_NAME[name], variant, size + -size % REPLICA_MULTIPLE)
            times = seconds_per_step(run, setting.synchronize, setting.seconds)
            peak = torch.cuda.max_memory_allocated() / 2**20 if setting.device.type == "cuda" else np.nan
            write_times(setting, kind, name, variant, size, times, peak_mib=peak)


def write_times(
    setting: Setting, kind: str, activation: str, variant: str, size: int, times: np.ndarray, *, peak_mib: float
) -> None:
    """Write a row of the table of steps; `times` are those of a step of all replicas, in seconds."""
    row = {"kind": kind, "activation": activation, "variant": variant, "replicas": size}
    row |= {"us_per_step": 1e6 * np.median(times)}
    for name, value in (("ns", np.median(times)), ("ns_low", times.min()), ("ns_high", times.max())):
        row[f"{name}_per_model_step"] = 1e9 * value / size
    setting.write("steps", **row, peak_mib=peak_mib)


def parameters(setting: Setting, n_replicas: int) -> Tensor:
    """Return parameters that lie about as after training."""
    torch.manual_seed(0)
    return torch.randn(N_PARAMETERS, n_replicas, device=setting.device) * 0.5


def training(setting: Setting, activation: Activation, variant: str, n_replicas: int) -> Callable[[int], None]:
    """Return what makes some steps of training; the steps of a block have relative frequencies of their own."""
    w = parameters(setting, n_replicas)
    n_features = NOTEBOOK.n_features
    length = max(1, min(50, int(BLOCK_BYTES / (4 * n_features * n_replicas))))
    counts = torch.rand(length, n_features, 1, n_replicas, device=setting.device)
    weights = counts / counts.sum(1, keepdim=True)
    if variant == "compiled":
        function, velocity = compiled_training(activation, setting.device), torch.zeros_like(w)
        step = functools.partial(function, w, velocity)
    else:
        step = training_step(activation, NOTEBOOK, w)
    if variant != "eager":
        step = captured(step, setting.device)

    def run(n: int) -> None:
        for i in range(n):
            step(weights[i % length])

    return run


def sgld(setting: Setting, activation: Activation, variant: str, n_replicas: int) -> Callable[[int], object]:
    """Return what makes some steps of SGLD at the population loss."""
    w = parameters(setting, n_replicas)
    length = max(1, min(sampling.NOISE_BLOCK, int(BLOCK_BYTES / (4 * len(w) * n_replicas))))
    shape = (length, len(w), n_replicas)
    block = torch.randn(shape, device=setting.device)
    weight = population_inputs(NOTEBOOK).to(setting.device).weight
    if variant == "compiled":
        function = compiled_sgld(activation, setting.device)
        step = captured(functools.partial(function, w, w.clone(), weight), setting.device)
        return lambda n: [step(block[i % length]) for i in range(n)]
    gradient = chain_gradient(Target(activation, NOTEBOOK, CALIBRATED, setting.device), w)
    stream = torch.arange(n_replicas, device=setting.device)
    settings = {"lr": CALIBRATED.lr, "nbeta": CALIBRATED.nbeta, "localization": CALIBRATED.localization}

    def run(n: int) -> None:
        noise = itertools.repeat(block)
        if variant == "drawn":
            noise = (torch.randn(shape, device=setting.device) for _ in itertools.count())
        sample(
            w,
            lambda step, with_loss: gradient[with_loss](weight),
            noise,
            stream=stream,
            blocks=[slice(0, len(w))],
            **settings,
            num_burnin_steps=n - 1,
            num_draws=1,
            num_steps_bw_draws=1,
        )

    return run


# ------------------------------------------------------------------------------------------ steps through a compiler --


torch._dynamo.config.recompile_limit = 64  # steps of several activations share the code of one function


@functools.cache  # compiled once for all sizes
def compiled_training(activation: Activation, device: torch.device) -> Callable[[Tensor, Tensor, Tensor], None]:
    """Return a step of training, compiled as a whole: a function of w, velocity and the weights of its inputs."""
    gradient = gradient_formula(activation, device)

    def step(w: Tensor, velocity: Tensor, weight: Tensor) -> None:
        velocity.mul_(NOTEBOOK.momentum).add_(gradient(w, weight))
        w.add_(velocity, alpha=-NOTEBOOK.lr)

    return torch.compile(step, dynamic=True, fullgraph=True)


@functools.cache
def compiled_sgld(activation: Activation, device: torch.device) -> Callable[[Tensor, Tensor, Tensor, Tensor], None]:
    """Return a step of SGLD, compiled as a whole: a function of w, start, weights and standard normal noise."""
    gradient, lr = gradient_formula(activation, device), CALIBRATED.lr
    pull, slope = lr * CALIBRATED.localization / 2, -lr * CALIBRATED.nbeta / 2

    def step(w: Tensor, start: Tensor, weight: Tensor, noise: Tensor) -> None:
        slopes = gradient(w, weight)
        w.lerp_(start, pull).add_(slopes, alpha=slope).add_(noise, alpha=lr**0.5)

    return torch.compile(step, dynamic=True, fullgraph=True)


def gradient_formula(activation: Activation, device: torch.device) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the gradient at unit vectors as an expression of parameters and weights, which a compiler can fuse."""
    n_features = NOTEBOOK.n_features
    target = torch.eye(n_features, device=device)[:, :, None]

    def error_gradient(z: Tensor, weight: Tensor, target: Tensor) -> tuple[Tensor]:
        with torch.enable_grad():
            output = activation.function(z.requires_grad_().permute(2, 0, 1)).permute(1, 2, 0)
        error = (output.detach() - target) * (weight * (2 / n_features))
        return torch.autograd.grad(output, z, error)

    example = torch.rand(n_features, n_features, 32, device=device)
    recorded = record(error_gradient, example, torch.full((n_features, 1, 1), 1 / n_features, device=device), target)

    def gradient(w: Tensor, weight: Tensor) -> Tensor:
        W, b = split(w, NOTEBOOK.n_hidden)
        z = b[None] + W[0][:, None] * W[0][None] + W[1][:, None] * W[1][None]
        (g,) = recorded(z, weight, target)
        products = (g + g.transpose(0, 1)) * W[:, None]
        return torch.cat([products.sum(2).flatten(0, 1), g.sum(0)])

    return gradient


# ------------------------------------------------------------------------------------------------ limit and a family --


def limit(setting: Setting) -> None:
    """Build limit.c for the device, compare its parameters after ten steps with the study's, and time it."""
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/limit"
        subprocess.run(build_command(setting.device.type, program), check=True)
        check_limit(subprocess.run([program, "check"], check=True, capture_output=True, text=True).stdout)
        arguments = ["measure", str(setting.seconds), *map(str, setting.sizes)]
        with subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True) as process:
            # Sizes in the order they were asked for, as two may be padded to the same.
            for line, asked in zip(process.stdout or (), itertools.cycle(setting.sizes)):
                kind, activation, size, *times = line.strip().split(",")
                assert asked + -asked % REPLICA_MULTIPLE == int(size)
                write_times(setting, kind, activation, "limit", asked, np.array(times, dtype=float), peak_mib=np.nan)
            assert process.wait() == 0


def build_command(device: str, program: str) -> list[str]:
    """Return the command that builds limit.c for a kind of device."""
    source = str(ROOT / "benchmarks" / "limit.c")
    if device == "cpu":
        return ["cc", "-O3", "-march=native", "-ffast-math", "-o", program, source, "-lm"]
    nvcc = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    return [nvcc, "-x", "cu", "-O3", "-use_fast_math", "-arch=native", "-o", program, source]


@torch.no_grad()
def check_limit(printed: str) -> None:
    """Compare what limit.c prints with ten steps of the study's code: the same but for rounding."""
    for line in printed.splitlines():
        kind, name, *found = line.split(",")
        expected = ten_steps(kind, BY_NAME[name])
        torch.testing.assert_close(torch.tensor([float(value) for value in found]), expected, rtol=0, atol=1e-4)


def ten_steps(kind: str, activation: Activation) -> Tensor:
    """Return the parameters of replica 3 after ten steps from the start that limit.c has."""
    replica, row = torch.arange(32.0), torch.arange(N_PARAMETERS)[:, None]
    w = 0.5 * torch.cos(row + replica)
    if kind == "training":
        waves = torch.cos(5.0 * torch.arange(80)[:, None] + replica).view(10, 8, 1, 32)
        step = training_step(activation, NOTEBOOK, w)
        for weight in (1 + waves) / 16:
            step(weight)
    else:
        waves = torch.cos((5 * torch.arange(240) % 1000)[:, None] + replica).view(10, N_PARAMETERS, 32)
        gradient, start = chain_gradient(Target(activation, NOTEBOOK, CALIBRATED, w.device), w)[False], w.clone()
        for noise in waves:
            _, slope = gradient(torch.full((8, 1, 1), 1 / 8))
            w.add_(1e-3 * (start - w) - 0.1 * slope + 4.472136e-3 * noise)
    return w[:, 3]


def sweep(setting: Setting) -> None:
    """Train softplus(beta x) / beta for 16 values of beta and 32 seeds in one tensor, and estimate the LLC at the end.

    The devices take turns with the same draws. Runs of the two part in the course of 20,000 steps where rounding grows,
    so medians over seeds are compared, for each beta.
    """
    n_betas, n_seeds = (4, 8) if setting.quick else (16, 32)
    sampler = dataclasses.replace(CALIBRATED, num_burnin_steps=50, num_draws=10) if setting.quick else CALIBRATED
    preset = dataclasses.replace(ZERO_BIAS, n_steps=100) if setting.quick else ZERO_BIAS
    betas = torch.logspace(-1, 4, n_betas, base=2)
    start = time.perf_counter()
    drawn = draw_inputs(preset.inputs, seeds=range(1, n_seeds + 1))
    setting.write("seconds", what="drawing inputs", device="cpu", seconds=time.perf_counter() - start)
    inputs = dataclasses.replace(
        drawn,
        sample=np.tile(drawn.sample, (n_betas, 1, 1)),
        epoch_seeds=np.tile(drawn.epoch_seeds, (n_betas, 1)),
        counts=np.tile(drawn.counts, (1, 1, n_betas)),
        seeds=np.tile(drawn.seeds, n_betas),
    )
    rows = pd.DataFrame({"beta": betas.numpy()})
    for device in dict.fromkeys((setting.device, torch.device("cpu"))):
        losses, llc = on_device(setting, preset, sampler, inputs, betas.repeat_interleave(n_seeds), device)
        rows[f"loss_{device.type}"] = np.median(losses.reshape(n_betas, n_seeds), axis=1)
        rows[f"llc_{device.type}"] = np.median(llc.reshape(n_betas, n_seeds), axis=1)
        rows.to_csv(setting.folder / "gpu_sweep.csv", index=False, float_format="%.5g")
    print(rows.to_string(index=False))


def on_device(
    setting: Setting,
    preset,
    sampler,
    inputs,
    betas: Tensor,
    device: torch.device,
) -> tuple[np.ndarray, np.ndarray]:
    """Return final loss and LLC of every run, and write how long it took."""
    last = preset.n_steps

    def timed(what: str, run: Callable[[], tuple]) -> tuple:
        start = time.perf_counter()
        result = run()  # ends with copies to the CPU, which wait for the device
        setting.write("seconds", what=what, device=device.type, seconds=time.perf_counter() - start)
        return result

    steps = {"weight_steps": [last], "loss_steps": [last]}
    points, losses = timed(
        "training", lambda: train(softplus_of(betas, device), preset, inputs, **steps, device=device)
    )
    target = Target(softplus_of(betas.repeat_interleave(sampler.num_chains), device), preset, sampler, device)
    (found,) = timed("sampling", lambda: (run_chains(target, points),))
    return losses.population[:, 0], per_chain(found).mean(-1)[:, 0]


def softplus_of(betas: Tensor, device: torch.device) -> Activation:
    """Return softplus(beta x) / beta with a beta for every replica."""
    beta = betas.to(device)[:, None, None]
    return Activation(
        name="softplus",
        label="Softplus",
        function=lambda x: F.softplus(beta * x) / beta,
        formula=r"\log(1 + e^{\beta x}) / \beta",
        family=SMOOTH,
        reference="benchmark",
    )


# ----------------------------------------------------------------------------------------------------------- summary --


def summary(setting: Setting) -> None:
    """Print the tables in short: nanoseconds per model-step, and how many times one core's."""
    for name in ("machine", "llc", "seconds", "sweep", "parts"):
        if (path := setting.folder / f"gpu_{name}.csv").exists():
            print(pd.read_csv(path).to_string(index=False), "\n")
    if (path := setting.folder / "gpu_agreement.csv").exists():
        errors = pd.read_csv(path).drop(columns="activation").groupby("step")
        print("largest and median error of a parameter\n", errors.max(), "\n", errors.median(), "\n")
    if (path := setting.folder / "gpu_steps.csv").exists():
        table = pd.read_csv(path)
        wide = table.pivot_table(
            index=["kind", "activation", "replicas"], columns="variant", values="ns_per_model_step", aggfunc="last"
        )
        if {"core", "graph"} <= set(wide):
            wide["core/graph"] = wide.core / wide.graph
        print(wide.to_string(float_format="{:.4g}".format))


PARTS = {"machine": machine, "agreement": agreement, "steps": steps, "limit": limit, "sweep": sweep, "summary": summary}


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("variant", nargs="?", choices=["graph", "eager", "compiled", "drawn", "core"])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()  # as jobs do
    setting = Setting(torch.device(arguments.device), arguments.folder, arguments.quick)
    PARTS[arguments.part](setting, *filter(None, [arguments.variant]))


if __name__ == "__main__":
    main()

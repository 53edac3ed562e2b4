"""The loss of a module as a function of its parameter vectors; a StudyError says at once what is wrong with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils.data import DataLoader, SequentialSampler

from superposition.errors import StudyError, closest
from superposition.llc.sampling import Gradient, value_and_slope
from superposition.model.replay import ValueDependentError, record

Evaluate = Callable[[Callable[..., Any], Any], Any]
"""Mean loss of a model on samples, ``(model, data) -> loss``, or a tuple that begins with it, as in devinterp."""

Data = Tensor | Sequence[Tensor] | DataLoader
"""One tensor, or several with a row for each sample, or a loader of batches of either in a fixed order."""


class ModuleLoss:
    """Loss of a module's parameter vectors over all `n_samples`, many at once; the module is not changed."""

    def __init__(self, model: nn.Module, data: Data, evaluate: Evaluate):
        if not isinstance(model, nn.Module):
            raise _error("an nn.Module", type(model).__name__, "the model", "give the module, not its forward function")
        self._model, self._evaluate = model, evaluate
        self._single, self._data = _samples(data)
        self.n_samples = len(self._data[0])
        self._parameters, self._buffers = dict(model.named_parameters()), dict(model.named_buffers())
        self._check()

    def __call__(self, w: Float[Tensor, "parameter replica"]) -> Float[Tensor, " replica"]:
        """Return the loss of every replica over all samples."""
        return torch.func.vmap(lambda w: self._of_one(self.named(w), self._data), in_dims=1)(w)

    def gradient(
        self,
        w: Float[Tensor, "parameter replica"],
        *,
        batch_size: int,
        num_chains: int,
        seed: int,
        on_step: Callable[[], object],
    ) -> Gradient:
        """Return loss and gradient of all replicas, at parameters that change in place, over each step's samples.

        They are recorded once, as all steps execute the same operations. Each chain draws its samples anew, wherever it
        is, so that their mean loss is unbiased; it draws the same at all points.

        Args:
            w: Parameters; the chains of one point follow one another.
            batch_size: Samples of each step, 0 for all.
            num_chains: Chains at each point.
            seed: Seed of the samples.
            on_step: Called at each step.
        """
        generator, chain = Generator().manual_seed(seed), torch.arange(w.shape[1]) % num_chains

        def rows() -> tuple[Tensor, ...]:
            if not 0 < batch_size < self.n_samples:
                return ()
            drawn = torch.randint(self.n_samples, (num_chains, batch_size), generator=generator)
            return (drawn[chain].to(w.device),)

        def of_rows(w: Tensor, rows: Tensor) -> Tensor:
            return self._of_one(self.named(w), tuple(values[rows] for values in self._data))

        def over(w: Tensor, *rows: Tensor) -> tuple[Tensor, ...]:
            batched = torch.func.vmap(of_rows, in_dims=(1, 0))
            return value_and_slope((lambda w: batched(w, *rows)) if rows else self, w)

        try:
            recorded = record(over, w, *rows())
        except ValueDependentError:
            recorded = over

        def gradient(step: int, with_loss: bool) -> tuple[Tensor, ...]:
            on_step()
            return recorded(w, *rows())

        return gradient

    def points(self, checkpoints: Sequence[Mapping[str, Tensor]]) -> Float[Tensor, "parameter point"]:
        """Return the parameters of checkpoints as vectors, or the module's own.

        Raises:
            StudyError: If a checkpoint is no state dictionary or another module's, or has other buffers.
        """
        wanted, usual = "a list of state dictionaries of this model", "[model.state_dict(), ...]"
        if not isinstance(checkpoints, Iterable):
            raise _error(wanted, type(checkpoints).__name__, "checkpoints", usual)
        states, parameters = list(checkpoints) or [self._model.state_dict()], self._parameters
        for number, state in enumerate(states):
            given = state if isinstance(state, Mapping) else {}
            shapes = {name: getattr(given.get(name), "shape", None) for name in parameters}
            if wrong := [name for name, shape in shapes.items() if shape != parameters[name].shape]:
                raise _error(wanted, f"another {wrong[0]!r}, or none, in checkpoint {number}", "checkpoints", usual)
            if more := [name for name in given if name not in self._model.state_dict()]:
                raise _error(wanted, f"{more[0]!r}, which it lacks, in checkpoint {number}", "checkpoints", usual)
            if moved := [name for name, kept in self._buffers.items() if not torch.equal(state.get(name, kept), kept)]:
                found, hint = f"another {moved[0]!r} in checkpoint {number}", "one call for each of them"
                raise _error("the model's buffers in all checkpoints", found, "checkpoints", hint)
        like = next(iter(parameters.values()))
        vectors = [torch.cat([state[name].detach().flatten().to(like) for name in parameters]) for state in states]
        return torch.stack(vectors, 1)

    def moving(self, optimize_over: Mapping[str, Tensor | bool] | None) -> Bool[Tensor, " parameter"] | None:
        """Return which parameters may move, None for all; those of names that are not given stay.

        Raises:
            StudyError: If there is none of a name, it has no gradient, its mask is none of its shape, or none may move.
        """
        chosen = {name: True for name in self._parameters} if optimize_over is None else optimize_over
        if not isinstance(chosen, Mapping):
            found, hint = type(chosen).__name__, '{"0.weight": True}, with names as in model.named_parameters()'
            raise _error("a mapping of parameters' names", found, "optimize_over_per_model_param", hint)
        for name in chosen:
            if name not in self._parameters:
                hint = closest(name, list(self._parameters))
                raise _error("names of the model's parameters", name, "optimize_over_per_model_param", hint)
            if not isinstance(chosen[name], Tensor | bool):
                found, hint = f"{type(chosen[name]).__name__} for {name}", "torch.tensor([True, False, ...])"
                raise _error("True, False or a mask", found, "optimize_over_per_model_param", hint)
            parameter, mask = self._parameters[name], torch.as_tensor(chosen[name])
            if mask.any() and not parameter.requires_grad:
                hint = "model.requires_grad_(), or leave it out of optimize_over_per_model_param"
                raise _error("parameters with a gradient", f"requires_grad=False of {name}", "the model", hint)
            if mask.shape not in ((), parameter.shape):
                found, hint = f"shape {tuple(mask.shape)} for {name}", f"{tuple(parameter.shape)}, or one for all"
                raise _error("a mask of the parameter's shape", found, "optimize_over_per_model_param", hint)
        if optimize_over is None:
            return None
        shapes = {name: parameter.shape for name, parameter in self._parameters.items()}
        masks = [torch.as_tensor(chosen.get(name, False)).expand(shape).flatten() for name, shape in shapes.items()]
        moving = torch.cat(masks).bool()
        if not moving.any():
            hint = '{"0.weight": True}; without this setting all move'
            raise _error("at least one parameter that moves", "none", "optimize_over_per_model_param", hint)
        return moving

    def named(self, w: Float[Tensor, "*batch parameter"]) -> dict[str, Tensor]:
        """Return the parameters of vectors by name, each in its shape."""
        parts = w.split([parameter.numel() for parameter in self._parameters.values()], dim=-1)
        parts_of = zip(self._parameters.items(), parts, strict=True)
        return {name: part.reshape(*w.shape[:-1], *parameter.shape) for (name, parameter), part in parts_of}

    def _of_one(
        self, weights: Mapping[str, Tensor], data: tuple[Tensor, ...], buffers: Mapping[str, Tensor] | None = None
    ) -> Any:
        state = {**(self._buffers if buffers is None else buffers), **weights}

        def model(*inputs: Any, **named: Any) -> Any:
            return torch.func.functional_call(self._model, state, inputs, named)

        loss = self._evaluate(model, data[0] if self._single else data)
        return loss[0] if isinstance(loss, tuple) else loss

    def _check(self) -> None:
        """Raise StudyError unless the loss is one number with a gradient, and changes and draws nothing."""
        if not self._parameters or any(map(is_lazy, self._parameters.values())):
            hint = "give what was trained; a lazy module has its parameters once it has seen data"
            raise _error("a module with parameters", "none, or none yet", "the model", hint)
        weights = {name: parameter.detach().clone().requires_grad_() for name, parameter in self._parameters.items()}
        data = tuple(values.clone() for values in self._data)
        buffers = {name: values.clone() for name, values in self._buffers.items()}
        random = self._random_states()
        try:
            loss = self._of_one(weights, data, buffers)
        except Exception as error:  # whatever a user's function raises
            shown = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            hint = "evaluate(model, data) is called with all of the data; no change in place"
            raise _error("a loss of the model on the data", shown, EVALUATE, hint) from error
        if changed := [i for i, values in enumerate(data) if not torch.equal(values, self._data[i])]:
            shown = f"tensor {changed[0]} changed in place"
            raise _error("data that stay as they are", shown, EVALUATE, "x * 2, not x.mul_(2)")
        if not all(torch.equal(buffers[name], kept) for name, kept in self._buffers.items()):
            raise _error("buffers that stay as they are", "a layer that updates them", "the model", "model.eval()")
        if not all(map(torch.equal, self._random_states(), random)):
            raise _error("the same loss each time", "a loss that draws random numbers", "the model", "model.eval()")
        if not isinstance(loss, Tensor) or loss.numel() != 1 or loss.is_complex():
            shown = f"{loss.dtype} of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
            raise _error("a real scalar loss", shown, EVALUATE, "such as its mean over samples and outputs")
        slopes = torch.autograd.grad(loss, list(weights.values()), allow_unused=True) if loss.requires_grad else ()
        if all(slope is None for slope in slopes):
            hint = "evaluate the model that evaluate is given, without detach and no_grad"
            raise _error("a loss that depends on the parameters", "no gradient of any", EVALUATE, hint)

    def _random_states(self) -> list[Tensor]:
        """Return the states of the generators that layers draw from: the CPU's, and those of all GPUs in use."""
        cards = dict.fromkeys(values.device for values in (*self._parameters.values(), *self._data) if values.is_cuda)
        return [torch.get_rng_state(), *map(torch.cuda.get_rng_state, cards)]


def _samples(data: Data) -> tuple[bool, tuple[Tensor, ...]]:
    """Return whether data are one tensor, and all samples as tensors."""
    if isinstance(data, DataLoader) and not isinstance(data.sampler, SequentialSampler):
        hint = "shuffle=False: chains draw their own mini-batches, by batch_size and seed"
        raise _error("batches in a fixed order", "a loader that shuffles", "data", hint)
    batches = list(data) if isinstance(data, DataLoader) else [data]
    single = bool(batches) and isinstance(batches[0], Tensor)
    parts = [tuple(batch) if isinstance(batch, Sequence) else (batch,) for batch in batches]
    if others := [type(values).__name__ for part in parts for values in part if not isinstance(values, Tensor)]:
        raise _error("a tensor, or several such as (x, y)", others[0], "data", "torch.as_tensor(x)")
    shapes = [[values.shape[1:] for values in part] for part in parts]
    if unlike := [number for number, each in enumerate(shapes) if each != shapes[0]]:
        found, hint = f"others in batch {unlike[0]}", "samples of one shape, such as padded ones"
        raise _error("as many tensors in every batch, of the same shapes", found, "data", hint)
    tensors = tuple(part[0] if len(part) == 1 else torch.cat(part) for part in zip(*parts, strict=True))
    lengths = [len(values) if values.ndim else 0 for values in tensors]
    if not lengths or min(lengths) == 0 or len(set(lengths)) > 1:
        raise _error("tensors with a row for each sample, at least one", f"lengths {lengths}", "data", "such as (x, y)")
    if broken := [i for i, values in enumerate(tensors) if not values.isfinite().all()]:
        raise _error("finite data", f"NaN or infinite values in tensor {broken[0]}", "data", "leave out such samples")
    return single, tensors


EVALUATE = "evaluate, the loss of a model on data"  # how messages name the user's function


def _error(expected: str, found: str, where: str, hint: str) -> StudyError:
    return StudyError(expected=expected, found=found, where=where, hint=hint)

"""Recorded operations of a function and its derivative, run many times without differentiating anew.

One training or sampling step is a dozen operations on small tensors, and autograd's bookkeeping costs more than all of
them. `record` runs a function once, notes the ATen operations that it and its backward pass execute, and returns a
plain function of just these operations. It is what ``torch.fx.experimental.proxy_tensor.make_fx`` does; that one loads
TorchDynamo and SymPy first, two seconds in each of a study's hundreds of processes.

It also undoes permutations of axes. Activations take tensors whose last axis is the feature axis, while the replica
axis comes last in memory. Some kernels, softmax's above all, copy a permuted tensor before they compute. The recording
therefore computes in the order of the memory wherever that gives the same: element by element, or with another number
for the axis.
"""

import operator
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, fx
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

TensorFunction = Callable[..., tuple[Tensor, ...]]


class ValueDependentError(Exception):
    """The operations of a function depend on the values of its arguments, so they cannot be recorded."""


_ATEN = torch.ops.aten

ALONG_AXIS = {
    _ATEN._softmax.default: 1,
    _ATEN._log_softmax.default: 1,
    _ATEN._softmax_backward_data.default: 2,
    _ATEN._log_softmax_backward_data.default: 2,
}
"""Operations that act along one axis, with the position of that argument; they treat all other axes alike."""

UNTAGGED = {
    *(_ATEN.elu_backward.default, _ATEN.leaky_relu_backward.default, _ATEN.hardtanh_backward.default),
    *(_ATEN.hardshrink_backward.default, _ATEN.softshrink_backward.default, _ATEN.softplus_backward.default),
    *(_ATEN.hardswish.default, _ATEN.hardswish_backward.default, _ATEN.mish_backward.default),
}
"""Operations that act element by element but do not have PyTorch's tag for it."""


class _Recorder(TorchDispatchMode):
    """Notes every ATen operation as a node of an fx graph."""

    def __init__(self, inputs: tuple[Tensor, ...]):
        super().__init__()
        self.graph = fx.Graph()
        self.constants: dict[str, Tensor] = {}
        self._alive: list[Tensor] = []  # ids identify tensors only while these exist
        self._nodes: dict[int, tuple[fx.Node, tuple[int, ...]]] = {}
        for i, tensor in enumerate(inputs):
            self._note(tensor, self.graph.placeholder(f"input_{i}"))

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # this mode is never compiled, and asking TorchDynamo to leave it alone would import it

    def _note(self, tensor: Tensor, node: fx.Node, order: Sequence[int] | None = None) -> None:
        """Note that a tensor is the result of `node` with its axes in the given order."""
        self._alive.append(tensor)
        self._nodes[id(tensor)] = node, tuple(range(tensor.ndim) if order is None else order)

    def _stored(self, tensor: Tensor) -> tuple[fx.Node, tuple[int, ...]]:
        """Return the node of a tensor and the order of its axes; a tensor that no operation has made is a constant."""
        if id(tensor) not in self._nodes:
            name = f"constant_{len(self.constants)}"
            self.constants[name] = tensor
            self._note(tensor, self.graph.get_attr(name))
        return self._nodes[id(tensor)]

    def node(self, value):
        """Return the node that computes a tensor with its axes in its own order; other values as they are."""
        if not isinstance(value, Tensor):
            return value
        node, order = self._stored(value)
        if order == tuple(range(value.ndim)):
            return node
        return self.graph.call_function(_ATEN.permute.default, (node, list(order)))

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if isinstance(result, bool | int | float):  # a value read out of a tensor, as Python's control flow does
            raise ValueDependentError
        if func is _ATEN.detach.default:  # the same values: autograd's saved tensors come back through it
            self._note(result, *self._stored(args[0]))
        elif func is _ATEN.permute.default:
            node, order = self._stored(args[0])
            self._note(result, node, [order[axis] for axis in args[1]])
        elif (order := self._common_order(func, args, kwargs)) is not None:
            self._note(result, self._in_memory_order(func, args, kwargs, order), order)
        else:
            node = self.graph.call_function(func, *pytree.tree_map(self.node, (args, kwargs)))
            if isinstance(result, Tensor):
                self._note(result, node)
            for i, part in enumerate(() if isinstance(result, Tensor) else result):
                if isinstance(part, Tensor):
                    self._note(part, self.graph.call_function(operator.getitem, (node, i)))
        return result

    def _common_order(self, func, args, kwargs) -> tuple[int, ...] | None:
        """Return the order of axes that all arguments share, if the operation can be computed without it."""
        if not (torch.Tag.pointwise in func.tags or func in UNTAGGED or func in ALONG_AXIS):
            return None
        tensors = [value for value in pytree.tree_leaves((args, kwargs)) if isinstance(value, Tensor) and value.ndim]
        orders = {self._stored(tensor)[1] for tensor in tensors}
        return orders.pop() if len(orders) == 1 else None

    def _in_memory_order(self, func, args, kwargs, order: tuple[int, ...]) -> fx.Node:
        """Add the operation on the arguments as they lie in memory."""
        if func in ALONG_AXIS:
            args = list(args)
            args[ALONG_AXIS[func]] = order[args[ALONG_AXIS[func]]]
        in_memory = pytree.tree_map(lambda value: self._stored(value)[0] if isinstance(value, Tensor) else value, args)
        return self.graph.call_function(func, tuple(in_memory), pytree.tree_map(self.node, kwargs))


def record(function: TensorFunction, *example: Tensor) -> TensorFunction:
    """Return a function that executes the operations of ``function(*example)`` on other tensors of the same shapes.

    Its Python control flow must not depend on their values; all later calls have the example's strides, dtypes, device.

    Raises:
        ValueDependentError: If the function reads a value out of a tensor, or the recorded operations do not give what
            the function gives on other arguments.
    """
    recorder = _Recorder(example)
    with recorder:
        result = function(*example)
    recorder.graph.output(tuple(recorder.node(tensor) for tensor in result))
    recorder.graph.eliminate_dead_code()
    replay = fx.GraphModule(recorder.constants, recorder.graph).forward
    probe = [tensor.cos().mul_(3) if tensor.is_floating_point() else tensor for tensor in example]
    with torch.no_grad():
        if not all(map(_same, replay(*probe), function(*probe))):
            raise ValueDependentError
    return replay


def _same(replayed: Tensor, expected: Tensor) -> bool:
    """Whether two tensors are equal but for rounding: along another axis, kernels add in another order."""
    scale = float(expected.abs().nan_to_num().max())
    return torch.allclose(replayed, expected, rtol=0, atol=1e-5 * scale, equal_nan=True)

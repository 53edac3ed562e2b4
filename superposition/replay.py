"""How a function and its derivative are run many times without differentiating anew each time.

One training or sampling step is a dozen operations on small tensors, and autograd's bookkeeping costs more than all of
them. `record` runs a function once, notes the ATen operations that it and its backward pass execute, and returns a
plain function of just these operations. It is what ``torch.fx.experimental.proxy_tensor.make_fx`` does; that one loads
TorchDynamo and SymPy first, two seconds in each of a study's hundreds of processes.
"""

import operator
from collections.abc import Callable

import torch
from torch import Tensor, fx
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

Function = Callable[..., tuple[Tensor, ...]]

VALUE_DEPENDENT = "the operations of the function depend on the values of its arguments"


class _Recorder(TorchDispatchMode):
    """Notes every ATen operation as a node of an fx graph."""

    def __init__(self, inputs: tuple[Tensor, ...]):
        super().__init__()
        self.graph = fx.Graph()
        self.constants: dict[str, Tensor] = {}
        self._alive: list[Tensor] = []  # ids identify tensors only while these exist
        self._nodes: dict[int, fx.Node] = {}
        for i, tensor in enumerate(inputs):
            self._note(tensor, self.graph.placeholder(f"input_{i}"))

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # this mode is never compiled, and asking TorchDynamo to leave it alone would import it

    def _note(self, tensor: Tensor, node: fx.Node) -> None:
        self._alive.append(tensor)
        self._nodes[id(tensor)] = node

    def node(self, value):
        """Return the node of a tensor; one that no operation has made is a constant."""
        if not isinstance(value, Tensor):
            return value
        if id(value) not in self._nodes:
            name = f"constant_{len(self.constants)}"
            self.constants[name] = value
            self._note(value, self.graph.get_attr(name))
        return self._nodes[id(value)]

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if isinstance(result, bool | int | float):  # a value read out of a tensor, as Python's control flow does
            raise ValueError(VALUE_DEPENDENT)
        if func is torch.ops.aten.detach.default:  # the same values: autograd's saved tensors come back through it
            self._note(result, self.node(args[0]))
            return result
        node = self.graph.call_function(func, *pytree.tree_map(self.node, (args, kwargs or {})))
        if isinstance(result, Tensor):
            self._note(result, node)
        else:
            for i, part in enumerate(result):
                if isinstance(part, Tensor):
                    self._note(part, self.graph.call_function(operator.getitem, (node, i)))
        return result


def record(function: Function, *example: Tensor) -> Function:
    """Return a function that executes the operations of ``function(*example)`` on other tensors of the same shapes.

    Args:
        function: Map from tensors to a tuple of tensors. Its Python control flow must not depend on their values.
        example: Arguments with the shapes, strides, dtypes and device of all later calls.

    Raises:
        ValueError: If the function reads a value out of a tensor, or the recorded operations do not give exactly what
            the function gives on other arguments.
    """
    recorder = _Recorder(example)
    with recorder:
        result = function(*example)
    recorder.graph.output(tuple(recorder.node(tensor) for tensor in result))
    recorder.graph.eliminate_dead_code()
    replay = fx.GraphModule(recorder.constants, recorder.graph).forward
    probe = [tensor.cos().mul_(3) for tensor in example]
    if not all(map(torch.equal, function(*probe), replay(*probe))):
        raise ValueError(VALUE_DEPENDENT)
    return replay

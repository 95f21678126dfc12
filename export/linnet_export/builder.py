"""Writes ONNX graphs a line at a time."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from linnet.controls.model_info import StateSpec

OPSET = 17
"""Old enough for every onnxruntime since 1.12; nothing newer is needed."""

IR_VERSION = 8

_TYPES = {"float32": TensorProto.FLOAT, "uint8": TensorProto.UINT8}


class Builder:
    """A step graph in the making: `constant` and `add` return names, which later nodes take as inputs."""

    def __init__(self, *, width: int, vocabulary: int, exact: bool) -> None:
        """Begins with the input `features` (batch, width) and the output `logits` (batch, vocabulary)."""
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._inputs = [helper.make_tensor_value_info("features", TensorProto.INT64, ["batch", width])]
        self._outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", vocabulary])]
        self.exact = exact
        self.states: list[StateSpec] = []

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """A tensor that is part of the file."""
        assert name not in self._constants
        self._constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def add(self, op: str, *inputs: str, out: str, **attributes: Any) -> str:
        """A node with one output; attributes are whatever the op takes."""
        self._nodes.append(helper.make_node(op, inputs, [out], **attributes))
        return out

    def split(self, value: str, *outs: str, sizes: str = "") -> tuple[str, ...]:
        """Cuts (batch, n) into columns: equal shares, or sizes from a constant."""
        self._nodes.append(helper.make_node("Split", [value, sizes] if sizes else [value], outs, axis=1))
        return outs

    def state(self, name: str, dtype: Any, size: int, initial: float) -> str:
        """A tensor (batch, size) that the caller hands back at the next step, under the name `name`_next."""
        spec = StateSpec(name, f"{name}_next", dtype, (size,), initial)
        for values, value_name in ((self._inputs, spec.input), (self._outputs, spec.output)):
            values.append(helper.make_tensor_value_info(value_name, _TYPES[dtype], ["batch", size]))
        self.states.append(spec)
        return name

    def latent(self, size: int) -> str:
        """The input `latent` (batch, size) of a variational model."""
        self._inputs.append(helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", size]))
        return "latent"

    def model(self, metadata: Mapping[str, Any]) -> onnx.ModelProto:
        """The finished model; each entry of the metadata becomes JSON under linnet.<key>."""
        graph = helper.make_graph(
            self._nodes, "step", self._inputs, self._outputs, list(self._constants.values())
        )
        model = helper.make_model(
            graph,
            producer_name="linnet",
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        helper.set_model_props(
            model, {f"linnet.{key}": json.dumps(value, ensure_ascii=False) for key, value in metadata.items()}
        )
        onnx.checker.check_model(model, full_check=True)
        return model

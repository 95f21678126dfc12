"""Runs the network of a model file, one step at a time, through onnxruntime."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from linnet import modelfile
from linnet.errors import ModelError, ModelFormatError

Array = NDArray[Any]
"""A state tensor, float32 or uint8."""

_TYPES = {"float32": "tensor(float)", "uint8": "tensor(uint8)"}


class Engine:
    """An open model. It keeps no music in itself, so threads and pieces can share one.

    `step` is a function: states go in and the next states come out, for any number of pieces side by side.
    """

    def __init__(self, data: bytes, *, source: str) -> None:
        """Opens a model from the bytes of its file; `source` is named in errors."""
        self._session = _session(data, source)
        self.info = modelfile.parse(
            self._session.get_modelmeta().custom_metadata_map,
            source=source,
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
        )
        self._outputs = ["logits", *(state.output for state in self.info.states)]
        self._check_tensors()

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Opens a model file."""
        return cls(Path(path).read_bytes(), source=str(path))

    def start(self, batch: int = 1) -> tuple[Array, ...]:
        """The states before the first token of so many pieces."""
        return tuple(state.first(batch) for state in self.info.states)

    def step(
        self, features: NDArray[np.int64], states: Sequence[Array]
    ) -> tuple[NDArray[np.float32], tuple[Array, ...]]:
        """Logits (batch, vocabulary) and the next states, from bags (batch, width) and the states."""
        feed = {state.input: array for state, array in zip(self.info.states, states, strict=True)}
        logits, *following = self._session.run(self._outputs, {"features": features, **feed})
        return logits, tuple(following)

    def _check_tensors(self) -> None:
        """The states that the metadata promises are there, with the promised types and shapes."""
        inputs = {tensor.name: tensor for tensor in self._session.get_inputs()}
        outputs = {tensor.name: tensor for tensor in self._session.get_outputs()}
        states = self.info.states
        right = set(inputs) == {"features", *(s.input for s in states)} and set(outputs) == set(self._outputs)
        for state in states if right else ():
            for tensor in (inputs[state.input], outputs[state.output]):
                right &= tensor.type == _TYPES[state.dtype] and tuple(tensor.shape[1:]) == state.shape
        if not right:
            raise ModelFormatError(f"{self.info.source}: its graph and its linnet.states do not fit together")


def _session(data: bytes, source: str) -> Any:  # onnxruntime ships no types
    if not data:
        raise ModelFormatError(f"{source}: the file is empty")
    # The Linux wheel opens sockets and writes files as soon as it is imported, unless told not to.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(f"models need the onnxruntime package: pip install onnxruntime ({error})") from error
    options = onnxruntime.SessionOptions()
    # A step is a few small products: handing them to other threads costs more than it saves, and idle
    # threads that spin take the CPU from the game around us.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no narrower base
        reason = " ".join(str(error).split())
        raise ModelFormatError(f"{source}: not a model file, or a damaged one: {reason}") from error

"""The network of a plan model: opens it from a model file, and asks it one question after the other."""

from __future__ import annotations

from array import array
from typing import Any, Self

from linnet.controls.plan_layout import ANSWERS, WIDTH
from linnet.engine.network import EngineName, open_network
from linnet.errors import ModelFormatError
from linnet.tools.lazy import np

__all__ = ["PlanNetwork", "PlanState"]

_MIDDLE = 128
"""What stands for 0 in a hidden state of bytes."""

_FORMATS = {"uint8": "B", "float32": "f"}
_INT64 = "l" if array("l").itemsize == 8 else "q"
"""As numpy names them."""


class PlanNetwork:
    """An open plan model. It keeps no plan in itself: `start` gives a state, and that is what is stepped."""

    def __init__(self, data: bytes, *, source: str, engine: EngineName = "auto") -> None:
        """Opens the network from the bytes of its ONNX file.

        Args:
            data: The whole file.
            source: The model around it, to be named in errors.
            engine: What runs it, as for models.

        Raises:
            ModelFormatError: For data that are no plan model.
            ModelError: Where the engine is not here, or does not play such a network.
        """
        self.session = open_network(data, source=f"{source}: its plan model", engine=engine)
        inputs, outputs = self.session.inputs(), self.session.outputs()
        kind, shape = inputs.get("h_0", (None, ()))
        self.units = shape[-1] if shape else 0
        right = set(inputs) == {"features", "h_0", "c_0"} and set(outputs) == {
            "logits",
            "h_0_next",
            "c_0_next",
        }
        right = right and inputs["features"][1][1:] == (WIDTH,) and outputs["logits"][1][1:] == (ANSWERS,)
        if not right or kind not in ("uint8", "float32") or self.units < 1:
            raise ModelFormatError(f"{source}: its plan model is not one that this linnet asks")
        self.kind = kind

    def start(self) -> PlanState:
        """The state before the first question."""
        begin = bytes([_MIDDLE]) if self.kind == "uint8" else bytes(4)
        return PlanState(self, begin * self.units, bytes(4 * self.units))

    def state(self, saved: bytes) -> PlanState:
        """The state that `PlanState.save` kept. ValueError for what is none of this network."""
        hidden = self.units * (1 if self.kind == "uint8" else 4)
        if len(saved) != hidden + 4 * self.units:
            raise ValueError("no state of this plan model")
        return PlanState(self, saved[:hidden], saved[hidden:])


class PlanState:
    """Where a plan model is in a plan. `ask` moves it on; `copy` is how one goes back."""

    def __init__(self, network: PlanNetwork, h: bytes, c: bytes) -> None:
        """`h`, bytes or floats, and `c`, floats, of the network's units."""
        self._network = network
        kind = _FORMATS[network.kind]
        self._h, self._c = _row(kind, h), _row("f", c)
        self._features = _row(_INT64, bytes(8 * WIDTH))
        self._ids = self._features.cast("B").cast(_INT64)
        self._logits = _row("f", bytes(4 * ANSWERS))
        self._answers: memoryview[float] = self._logits.cast("B").cast("f")
        self._next = _row(kind, bytes(len(h))), _row("f", bytes(len(c)))
        self._feeds = self._feed(), self._feed_back()  # one question reads what the other wrote

    def _feed(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Inputs and outputs of a question."""
        inputs = {"features": self._features, "h_0": self._h, "c_0": self._c}
        outputs = {"logits": self._logits, "h_0_next": self._next[0], "c_0_next": self._next[1]}
        return inputs, outputs

    def _turn(self) -> None:
        (self._h, self._c), self._next = self._next, (self._h, self._c)

    def _feed_back(self) -> tuple[dict[str, Any], dict[str, Any]]:
        self._turn()
        feed = self._feed()
        self._turn()
        return feed

    def ask(self, ids: list[int]) -> memoryview[float]:
        """The logits of all answers, ANSWERS floats, valid until the next question; the state moves on."""
        self._ids[:] = array(_INT64, ids)
        self._network.session.run(*self._feeds[0])
        self._feeds = self._feeds[1], self._feeds[0]
        self._turn()
        return self._answers

    @property
    def hidden(self) -> Any:  # an array of numpy's, as the graph has it, bytes or floats
        """The hidden state, (units,), as a copy."""
        return np.array(self._h)[0]

    def copy(self) -> Self:
        """The same place, to be moved on by itself."""
        return type(self)(self._network, bytes(self._h), bytes(self._c))

    def save(self) -> bytes:
        """For `PlanNetwork.state`."""
        return bytes(self._h) + bytes(self._c)


def _row(kind: Any, data: bytes) -> Any:  # typeshed knows formats one by one
    """A writable tensor (1, n) of numbers of that format."""
    flat = memoryview(bytearray(data))
    return flat.cast(kind, (1, len(data) // array(kind).itemsize))

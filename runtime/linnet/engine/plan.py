"""The network of a plan model: opens it from a model file, and asks it one question after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from linnet.controls.plan_layout import ANSWERS, WIDTH
from linnet.engine.network import EngineName, open_network
from linnet.errors import ModelFormatError
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PlanNetwork", "PlanState"]

_MIDDLE = 128
"""What stands for 0 in a hidden state of bytes."""


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
        begin = _MIDDLE if self.kind == "uint8" else 0
        return PlanState(
            self, np.full((1, self.units), begin, self.kind), np.zeros((1, self.units), np.float32)
        )

    def state(self, saved: bytes) -> PlanState:
        """The state that `PlanState.save` kept. ValueError for what is none of this network."""
        hidden = self.units * (1 if self.kind == "uint8" else 4)
        if len(saved) != hidden + 4 * self.units:
            raise ValueError("no state of this plan model")
        h = np.frombuffer(saved[:hidden], self.kind).reshape(1, -1).copy()
        c = np.frombuffer(saved[hidden:], np.float32).reshape(1, -1).copy()
        return PlanState(self, h, c)


class PlanState:
    """Where a plan model is in a plan. `ask` moves it on; `copy` is how one goes back."""

    def __init__(self, network: PlanNetwork, h: NDArray[Any], c: NDArray[np.float32]) -> None:
        """`h`, (1, units) of bytes or floats, and `c`, (1, units)."""
        self._network = network
        self._h, self._c = h, c
        self._features = np.zeros((1, WIDTH), np.int64)
        self._logits = np.empty((1, ANSWERS), np.float32)
        self._next = np.empty_like(h), np.empty_like(c)
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

    def ask(self, ids: list[int]) -> NDArray[np.float32]:
        """The logits of all answers, (ANSWERS,), valid until the next question; the state moves on."""
        self._features[0] = ids
        self._network.session.run(*self._feeds[0])
        self._feeds = self._feeds[1], self._feeds[0]
        self._turn()
        logits: NDArray[np.float32] = self._logits[0]
        return logits

    @property
    def hidden(self) -> NDArray[Any]:  # as the graph has it, bytes or floats
        """The hidden state, (units,), as a copy."""
        hidden: NDArray[Any] = self._h[0].copy()
        return hidden

    def copy(self) -> Self:
        """The same place, to be moved on by itself."""
        return type(self)(self._network, self._h.copy(), self._c.copy())

    def save(self) -> bytes:
        """For `PlanNetwork.state`."""
        return self._h.tobytes() + self._c.tobytes()

"""Opens the network of a model file, and starts loops that play it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from linnet import _core
from linnet.controls.model_info import ModelInfo
from linnet.engine import modelfile
from linnet.engine.network import EngineName, engine_of, open_network
from linnet.engine.plan import PlanNetwork
from linnet.errors import ModelFormatError
from linnet.tokens import vocabulary
from linnet.tools.chance import Streams
from linnet.tools.files import sha256
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    """A state tensor, float32 or uint8."""


def read_info(path: str | Path) -> ModelInfo:
    """What a model file says about itself."""
    return Engine.open(path).info


class Engine:
    """An open model. It keeps no music in itself, so threads and pieces can share one."""

    def __init__(
        self,
        data: bytes | mmap,
        *,
        source: str,
        engine: EngineName = "auto",
        threads: int = 1,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Opens a model from the bytes of its file.

        A step is a few small products: handing them to other threads costs more than it saves, unless the
        model is large.

        Args:
            data: The whole file, as bytes or mapped into memory.
            source: What the file is called in errors.
            engine: "onnxruntime", "native" for linnet's own, or "auto": see `linnet.load`.
            threads: How many share the work of a step, in onnxruntime.
            settings: Session settings of onnxruntime, by key, such as `{"session.disable_prepacking": "1"}`.

        Raises:
            ModelFormatError: For data that are no model of linnet, or a damaged one.
            ModelVersionError: For one of another format.
            ModelError: Where the engine is not here, or does not play such a model.
        """
        hashed = sha256(data)
        _forget(data)
        self._session = open_network(data, source=source, engine=engine, threads=threads, settings=settings)
        _forget(data)
        self.runs_on: EngineName = engine_of(self._session)
        """Which engine plays it, "onnxruntime" or "native"."""
        self.info = modelfile.parse(
            self._session.metadata(),
            source=source,
            sha256=hashed,
            size=len(data),
        )
        if isinstance(self._session, _core.Native):
            self._session.forget_metadata()
        self._heads = _core.Heads(self.info.heads)
        self._outputs = self._check_tensors()
        self._width = self._session.inputs()["features"][1][1]

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        engine: EngineName = "auto",
        threads: int = 1,
        settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Opens a model file."""
        with Path(path).open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise ModelFormatError(f"{path}: the file is empty")
            with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
                return cls(data, source=str(path), engine=engine, threads=threads, settings=settings)

    def loop(self, *pieces: _core.Piece, guidance: float = 1.0) -> _core.Loop:
        """Plays new pieces together, each from before bos."""
        states = [(state.input, state.output, state.row()) for state in self.info.states]
        latent = self.info.latent.size if self.info.latent else 0
        return _core.Loop(
            self._session,
            states,
            pieces,
            guidance=guidance,
            latent=latent,
            width=self._width,
            heads=self._heads,
        )

    @cached_property
    def plan(self) -> PlanNetwork | None:
        """The network that composes plans; None where the model has none."""
        about = self.info.plan
        return (
            None
            if about is None
            else PlanNetwork(about.network, source=self.info.source, engine=self.runs_on)
        )

    def candidates(self, loop: _core.Loop, count: int, *, guidance: float = 1.0) -> _core.Candidates:
        """So many ways on from wherever a loop of one piece is, which was begun with this guidance."""
        pieces = [_core.Piece(_core.Tracker(self.info.time_base), _core.Rng(0)) for _ in range(count)]
        return _core.Candidates(loop, self.loop(*pieces, guidance=guidance), stream=Streams.CANDIDATES)

    def start(self, batch: int = 1) -> tuple[Array, ...]:
        """The states before the first token of so many pieces."""
        return tuple(state.first(batch) for state in self.info.states)

    def step(
        self,
        features: NDArray[np.int64],
        states: Sequence[Array],
        latent: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.float32], tuple[Array, ...]]:
        """One step of so many pieces.

        Args:
            features: What the network sees, (batch, width).
            states: One tensor for each of `info.states`, (batch, *shape).
            latent: Of a variational model, (batch, latent); zeros unless given.

        Returns:
            Logits of home pitches, (batch, vocabulary), and the next states.
        """
        specs, batch = self.info.states, len(features)
        feed = {spec.input: array for spec, array in zip(specs, states, strict=True)} | {
            "features": features[:, : self._width]
        }
        if self.info.latent is not None:
            feed["latent"] = (
                np.zeros((batch, self.info.latent.size), np.float32) if latent is None else latent
            )
        raw = np.empty((batch, self._outputs), np.float32)
        following = tuple(np.empty((batch, *spec.shape), spec.dtype) for spec in specs)
        self._session.run(
            {name: np.ascontiguousarray(array) for name, array in feed.items()},
            {spec.output: array for spec, array in zip(specs, following, strict=True)} | {"logits": raw},
        )
        if not self._heads.count:
            return raw, following
        for row, numbers in zip(np.ascontiguousarray(feed["features"]), raw, strict=True):
            self._heads.add(row, numbers)
        return np.ascontiguousarray(raw[:, : vocabulary.SIZE]), following

    def _check_tensors(self) -> int:
        """The states that the metadata promises are there, with the promised types and shapes.

        Returns how many numbers there are in its output.
        """
        inputs, outputs = self._session.inputs(), self._session.outputs()
        states, latent = self.info.states, self.info.latent
        conditions = {} if latent is None else {"latent": ("float32", (-1, latent.size))}
        right = set(inputs) == {"features", *conditions, *(s.input for s in states)} and set(outputs) == {
            "logits",
            *(s.output for s in states),
        }
        right = right and all(inputs[name] == tensor for name, tensor in conditions.items())
        for state in states if right else ():
            for dtype, shape in (inputs[state.input], outputs[state.output]):
                right &= dtype == state.dtype and shape[1:] == state.shape
        dtype, shape = outputs.get("logits", (None, ()))
        if not right or dtype != "float32" or len(shape) != 2 or shape[1] < 1:
            raise ModelFormatError(f"{self.info.source}: its graph and its linnet.states do not fit together")
        width = inputs["features"][1][1]
        if self._heads.count and (shape[1] != self._heads.outputs or width < self._heads.width):
            raise ModelFormatError(f"{self.info.source}: its graph and its linnet.heads do not fit together")
        return shape[1]


def _forget(data: bytes | mmap) -> None:
    """A mapped file need not stay in memory beside what is made of it."""
    if isinstance(data, mmap):
        _core.forget_mapped(data)

"""The loop as a slow, obvious Python program, over the Python package onnxruntime: the oracle of csrc/loop.c.

It shares sampler and tracker with the loop in C, which have oracles of their own.
"""

from pathlib import Path

import numpy as np
import onnxruntime

from linnet import _core
from linnet.controls.settings import Sampling
from linnet.engine import modelfile
from linnet.tokens import features, vocabulary


class PythonLoop:
    """One piece in the making: its tokens, the tracker, the network's states and the random numbers."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tracker: _core.Tracker,
        rng: _core.Rng,
        sampling: Sampling,
        *,
        guidance: float = 1.0,
    ) -> None:
        """Stands before bos."""
        self.tracker = tracker
        self.tokens: list[int] = []
        self._session, self._rng, self._sampling = session, rng, sampling
        self._guidance = np.float32(guidance)
        info = modelfile.parse(session.get_modelmeta().custom_metadata_map, source="the oracle's model")
        self._rows = 1 if guidance == 1 else 2  # told the wishes, and blank
        self._states = {state.input: state.first(self._rows) for state in info.states}
        self._outputs = ["logits", *(state.output for state in info.states)]
        self._bag = np.zeros((self._rows, features.WIDTH), np.int64)
        self._mask = np.zeros(vocabulary.SIZE, np.uint8)
        self._logits = np.zeros(vocabulary.SIZE, np.float32)
        self._due = False  # the network has yet to read the last token

    def append(self, token: int) -> None:
        """Goes on with a token that is given."""
        self._read()
        self.tracker.advance(token)
        self.tokens.append(token)
        self._due = True

    def step(self) -> int:
        """Goes on with a token that network, rules and chance agree on."""
        self._read()
        self.tracker.mask(self._mask)
        chosen = self._sampling
        token, _ = _core.sample(
            self._logits,
            mask=self._mask,
            temperature=chosen.temperature,
            top_k=chosen.top_k,
            top_p=chosen.top_p,
            min_p=chosen.min_p,
            rng=self._rng,
        )
        self.append(token)
        return token

    def _read(self) -> None:
        if not self._due:
            return
        self.tracker.features(self._bag[0])
        if self._rows == 2:
            self._bag[1] = self._bag[0]
            for family in features.FAMILIES:
                if family.name.startswith("wish_") and family.name not in ("wish_bars_left", "wish_likeness"):
                    self._bag[1, family.first_column] = family.first_id
        logits, *states = self._session.run(self._outputs, {"features": self._bag, **self._states})
        self._states = dict(zip(self._states, states, strict=True))
        self._logits = logits[0]
        if self._rows == 2:
            self._logits = logits[1] + self._guidance * (logits[0] - logits[1])
        self._due = False


def session(path: Path) -> onnxruntime.InferenceSession:
    """An open model, in one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

"""The loop as a slow, obvious Python program, over the Python package onnxruntime: the oracle of csrc/loop.c.

It shares sampler and tracker with the loop in C, which have oracles of their own.
"""

from pathlib import Path

import numpy as np
import onnxruntime

from linnet import _core
from linnet.controls.sampling import Sampling
from linnet.engine import modelfile
from linnet.tokens import features, vocabulary
from tests.csrc.heads_oracle import headed

PLACES = ("wish_bars_left", "wish_likeness", "wish_phrase_left")
"""Wishes that tell the place in the piece: guidance leaves them alone."""


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
        ticks: int = 0,
    ) -> None:
        """Stands before bos. `ticks`: the rule, in the performance base."""
        self._ticks = ticks
        self.tracker = tracker
        self.tokens: list[int] = []
        self._session, self._rng, self._sampling = session, rng, sampling
        self._guidance = np.float32(guidance)
        info = modelfile.parse(session.get_modelmeta().custom_metadata_map, source="the oracle's model")
        self._rows = 1 if guidance == 1 else 2  # conditional, and unconditional
        self._states = {state.input: state.first(self._rows) for state in info.states}
        self._outputs = ["logits", *(state.output for state in info.states)]
        self._features = np.zeros((self._rows, features.WIDTH), np.int64)
        self._width = session.get_inputs()[0].shape[1]  # an older model reads fewer
        self._heads = info.heads
        self.mask = np.zeros(vocabulary.SIZE, np.uint8)
        self.logits = np.zeros(vocabulary.SIZE, np.float32)
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
        self.tracker.mask(self.mask)
        chosen, read_as = self._sampling, self._readings()
        self.mask[list(read_as)] = 1
        token, _ = _core.sample(
            self.logits,
            mask=self.mask,
            temperature=chosen.temperature,
            top_k=chosen.top_k,
            top_p=chosen.top_p,
            min_p=chosen.min_p,
            rng=self._rng,
        )
        token = read_as.get(token, token)
        self.append(token)
        return token

    def _readings(self) -> dict[int, int]:
        """Tokens that cannot be, and as what they are read; see csrc/piece.h."""
        families = vocabulary.FAMILIES
        durations = [*families["duration_fine"].ids, *families["duration_big"].ids]
        if self.tokens and self.tokens[-1] in families["note"].ids:
            longest = max(token for token in durations if self.mask[token])
            return {token: longest for token in durations if token > longest}
        bar, eos = families["bar"].first, families["eos"].first
        if self.tracker.time_base == "performance":
            return dict.fromkeys(self._too_far(), eos)
        if self.mask[bar] == self.mask[eos]:
            return {}
        return {bar: eos} if self.mask[eos] else {eos: bar}

    def _too_far(self) -> list[int]:
        """Shifts past the end of the time there is, where a shift may stand."""
        families, left = vocabulary.FAMILIES, self._ticks - self.tracker.now - 1
        name = vocabulary.family_of(self.tokens[-1]).name if self.tokens else "pad"
        names = {vocabulary.family_of(token).name for token in self.tokens}
        in_header = names <= {"bos", "slot", "program"}
        if not self._ticks or left < 0 or name in ("shift_fine", "shift_big", "velocity", "eos", "pad"):
            return []
        if in_header or name == "slot":
            return []
        steps = [*families["shift_fine"].ids, *families["shift_big"].ids]
        return [token for token in steps if vocabulary.family_of(token).value_of(token) > left]

    def _read(self) -> None:
        if not self._due:
            return
        self.tracker.features(self._features[0])
        if self._rows == 2:
            self._features[1] = self._features[0]
            for family in features.FAMILIES:
                columns = slice(family.first_column, family.first_column + family.columns)
                if family.name.startswith("wish_") and family.name not in PLACES:
                    self._features[1, columns] = family.first_id
                if family.name in ("chord", "next_chord", "chord_change", "over_root", "cadence_due"):
                    self._features[1, columns] = 0
        read = self._features[:, : self._width]
        logits, *states = self._session.run(self._outputs, {"features": read, **self._states})
        self._states = dict(zip(self._states, states, strict=True))
        logits = [headed(self._heads, row, raw) for row, raw in zip(read.tolist(), logits, strict=True)]
        found = logits[0]
        if self._rows == 2:
            found = logits[1] + self._guidance * (logits[0] - logits[1])
        self.logits = found.copy()
        shift, note = self.tracker.shift or 0, vocabulary.FAMILIES["note"].first
        for pitch in range(128):
            home = pitch - shift
            self.logits[note + pitch] = found[note + home + 12 * ((home < 0) - (home > 127))]
        self._due = False


def session(path: Path) -> onnxruntime.InferenceSession:
    """An open model, in one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

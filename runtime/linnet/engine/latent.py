"""Encodes phrases: finds the latent of a variational model that stands for one.

The model file holds an encoder, a step network like the decoder. It reads the notes of a phrase forwards in
one row and backwards in another. Its logits at all steps of both add up to the latent, over the root of how
many steps there were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.music import upbeat
from linnet.tokens import codec, features
from linnet.tokens.quantise import check_meter
from linnet.tokens.vocabulary import FAMILIES
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.controls.model_info import Latent, ModelInfo
    from linnet.engine.engine import Engine
    from linnet.music.score import Score

_NEXT_ONSET = next(family for family in features.FAMILIES if family.name == "earlier_next_onset")

WIDTH = _NEXT_ONSET.first_column + 1
"""Columns of a reading: those of the features that say what was struck and where, then the direction."""

COUNT = _NEXT_ONSET.first_id + 1
"""Ids of a reading; the last one says that it goes backwards."""

_COMPLETING = ("tempo", "duration_fine", "duration_big", "drum")


def readings(tokens: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The notes of a phrase as the encoder reads them, (2, n, WIDTH): forwards, and backwards.

    A step for each token that completes a note, a stroke or a tempo: about a quarter of the tokens.
    """
    completes = np.zeros(len(tokens), np.bool_)
    for family in (FAMILIES[name] for name in _COMPLETING):
        completes |= (tokens >= family.first) & (tokens < family.first + family.count)
    rows = features.compute(tokens, "grid")[completes, : WIDTH - 1]
    both = np.zeros((2, len(rows), WIDTH), np.int64)
    both[0, :, :-1], both[1, :, :-1] = rows, rows[::-1]
    both[1, :, -1] = COUNT - 1
    return both


def encode(encoder: Engine, score: Score, info: ModelInfo, about: Latent) -> NDArray[np.float32]:
    """The latent that stands for a phrase in a model. ValueError for what the encoder has not learnt to
    read.
    """
    phrase = codec.quantise(upbeat.pad(score), "grid")
    fewest, most = about.bars
    if not len(phrase.notes):
        raise ValueError("a phrase to encode must have notes")
    for signature in score.time_signatures:
        check_meter(signature, "the phrase is", info.meters, info.name)
    if not fewest <= phrase.bars <= most:
        raise ValueError(f"a phrase to encode must have {fewest} to {most} bars, got {phrase.bars}")
    return read(encoder, readings(codec.encode(phrase, "grid")))


def read(encoder: Engine, both: NDArray[np.int64]) -> NDArray[np.float32]:
    """The latent that an encoder makes of the readings of a phrase."""
    states, steps = encoder.start(2), both.transpose(1, 0, 2)
    outputs = []
    for step in steps:
        logits, states = encoder.step(step, states)
        outputs += [logits[0], logits[1]]
    latent: NDArray[np.float32] = outputs[0]
    for each in outputs[1:]:  # one by one: numpy adds many in an order of the CPU's liking
        latent = latent + each
    latent /= np.sqrt(np.float32(len(steps)))
    return latent

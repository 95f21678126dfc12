"""Score to tokens and back, without loss on the grid: decode(encode(score)) == quantise(score).

Two time bases share the vocabulary. **grid** has 24 ticks a quarter, bars and tempo. **performance** has
ticks of 10 ms and keeps human timing; it has neither bars nor tempo. csrc/tracker.h states the grammar.

What the tokens cannot hold is lost: track names, texts, pitch bends and controllers (reading a file folds the
sustain pedal into durations), drums outside pitches 27..87, drum durations, and whatever `quantise` rounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet._core import write_tokens
from linnet.music.score import Score
from linnet.tokens.decoder import Reader
from linnet.tokens.quantise import TimeBase, quantise
from linnet.tokens.vocabulary import FAMILIES, SIGNATURE_INDEX, TEMPOS
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["TimeBase", "decode", "encode", "encode_quantised", "quantise"]


BIG = FAMILIES["shift_big"].step
MOST_BIG = FAMILIES["shift_big"].count

_BPM = {round(60e6 / bpm): i for i, bpm in enumerate(TEMPOS)}
_BOS, _EOS = FAMILIES["bos"].first, FAMILIES["eos"].first
_FIRST = {name: family.first for name, family in FAMILIES.items()}


def encode(score: Score, time_base: TimeBase = "grid") -> NDArray[np.uint16]:
    """The tokens of a score, from bos to eos. ValueError for a piece beyond 2**24 ticks."""
    return encode_quantised(quantise(score, time_base), time_base)


def encode_quantised(score: Score, time_base: TimeBase = "grid") -> NDArray[np.uint16]:
    """The tokens of a score as `quantise` gives it for this time base."""
    head = [_BOS]
    for slot, track in enumerate(track for track in score.tracks if not track.is_drum):
        head += _FIRST["slot"] + slot, _FIRST["program"] + track.program
    notes = _struck(score)
    bars = tempos = np.zeros((2, 0), np.int64)
    if time_base == "grid":
        bars, tempos = _bars(score), _tempos(score)
    # At most seven tokens for a note with the time before it, fewer for a bar or a tempo; and time that is
    # longer than one token can say.
    room = 7 * (notes.shape[1] + bars.shape[1] + tempos.shape[1]) + score.end // (BIG * MOST_BIG) + 8
    tokens = np.empty(room, np.uint16)
    count = write_tokens(notes, bars, tempos, end=score.end, tokens=tokens)
    return np.concatenate([np.array(head, np.uint16), tokens[:count], np.array([_EOS], np.uint16)])


def decode(tokens: ArrayLike, time_base: TimeBase = "grid") -> Score:
    """The score of a token sequence. It may stop anywhere: what is unfinished is left out.

    VocabularyError names the first token that cannot stand where it does.
    """
    reader = Reader(time_base)
    for position, token in enumerate(tokens if isinstance(tokens, list) else np.asarray(tokens).tolist()):
        reader.read(token, position)
    return reader.score()


def _struck(score: Score) -> NDArray[np.int64]:
    """Everything that is struck, in canonical order: drums ascending, slots ascending, pitches descending.

    Tick, slot or -1 for drums, pitch, velocity, duration. (5, notes)
    """
    columns = [np.zeros((5, 0), np.int64)]
    for place, track in enumerate(score.tracks):
        notes, slot = track.notes, -1 if track.is_drum else place
        column = (notes.onset, np.full(len(notes), slot), notes.pitch, notes.velocity, notes.duration)
        columns.append(np.stack(column).astype(np.int64))
    table = np.concatenate(columns, axis=1)
    downwards = np.where(table[1] < 0, table[2], -table[2])
    return np.ascontiguousarray(table[:, np.lexsort((downwards, table[1], table[0]))])


def _bars(score: Score) -> NDArray[np.int64]:
    """Where each bar starts, and the signature that begins there or -1. (2, bars)"""
    signatures = {s.tick: SIGNATURE_INDEX[s.numerator, s.denominator] for s in score.time_signatures}
    starts = score.bar_ticks()
    return np.stack([starts, [signatures.get(start, -1) for start in starts.tolist()]]).astype(np.int64)


def _tempos(score: Score) -> NDArray[np.int64]:
    """(2, changes)"""
    changes = [(change.tick, _BPM[change.tempo]) for change in score.tempos]
    return np.array(changes, np.int64).reshape(-1, 2).T.copy()

"""The same piece, a little different each time it is read: other key, other tempo, some wishes left out."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from linnet.controls.wishes import INDEX, REGISTER_EDGES, texture
from linnet.music.score import Notes, Score
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES, SIGNATURE_TOKENS, Family
from linnet_train.network.config import RunConfig
from linnet_train.network.plan import GROUPS, NAMES

Tokens = NDArray[np.uint16]
Wishes = NDArray[np.uint8]

_NOTE, _TEMPO, _BAR = (FAMILIES[name] for name in ("note", "tempo", "bar"))
_TEMPO_WISHES = dict(features.WISHES)["tempo"]


def varied(
    tokens: Tokens, wishes: Wishes, time_base: TimeBase, rng: np.random.Generator, run: RunConfig
) -> tuple[Tokens, Wishes]:
    """A piece as training reads it once, in another key and tempo, all of its rows known; the stored piece
    stays as it is.
    """
    semitones = int(rng.integers(-run.transpose, run.transpose, endpoint=True))
    if rng.random() < run.transpose_share:
        tokens, wishes = transposed(tokens, wishes, semitones)
    if time_base == "grid":
        bins = int(rng.integers(-run.tempo_bins, run.tempo_bins, endpoint=True))
        tokens, wishes = retempoed(tokens, wishes, bins)
    elif run.stretch:
        tokens, wishes = stretched(tokens, wishes, (1 + run.stretch) ** rng.uniform(-1, 1))
    return tokens, wishes


def transposed(tokens: Tokens, wishes: Wishes, semitones: int) -> tuple[Tokens, Wishes]:
    """Moves every note by so many semitones, or as far as pitches 0..127 allow; drums stay.

    The wishes for key and register go along. Done on tokens: it takes microseconds and keeps their order.
    """
    notes = _in_family(tokens, _NOTE)
    if not semitones or not notes.any():
        return tokens, wishes
    semitones = _within(semitones, tokens[notes], _NOTE)
    tokens, wishes = _moved(tokens, notes, semitones), wishes.copy()
    key = wishes[:, INDEX["key"]].astype(np.int64) - 1  # 12 major keys, then 12 minor ones
    wishes[:, INDEX["key"]] = np.where(key < 0, 0, key // 12 * 12 + (key + semitones) % 12 + 1)
    register = _register(tokens, notes, len(wishes))
    wishes[:, INDEX["register"]] = np.where(wishes[:, INDEX["register"]] == 0, 0, register)
    return tokens, wishes


def retempoed(tokens: Tokens, wishes: Wishes, bins: int) -> tuple[Tokens, Wishes]:
    """Moves every tempo, and the wish for it, by so many steps, or as far as there are tempos."""
    tempos = _in_family(tokens, _TEMPO)
    if not bins or not tempos.any():
        return tokens, wishes
    bins = _within(bins, tokens[tempos], _TEMPO)
    tokens, wishes = _moved(tokens, tempos, bins), wishes.copy()
    tempo = wishes[:, INDEX["tempo"]].astype(np.int64)
    wishes[:, INDEX["tempo"]] = np.where(tempo == 0, 0, np.clip(tempo + bins, 1, _TEMPO_WISHES - 1))
    return tokens, wishes


def stretched(tokens: Tokens, wishes: Wishes, factor: float) -> tuple[Tokens, Wishes]:
    """The performance slowed down (factor above 1) or sped up; the wish for density follows."""

    def scaled(notes: Notes) -> Notes:
        onset, end = (np.floor(ticks * factor + 0.5).astype(np.int64) for ticks in (notes.onset, notes.end))
        return Notes(onset, np.maximum(end - onset, 1), notes.pitch, notes.velocity)

    score = codec.decode(tokens, "performance")
    tracks = tuple(replace(track, notes=scaled(track.notes)) for track in score.tracks)
    score = codec.quantise(Score(score.ticks_per_beat, tracks), "performance")
    wishes = wishes.copy()
    density = INDEX["density"]
    wishes[:, density] = np.where(wishes[:, density] == 0, 0, texture(score)[0, density])
    return codec.encode(score, "performance"), wishes


def drop_controls(
    wishes: Wishes, rng: np.random.Generator, *, each: float, together: float, span: int
) -> Wishes:
    """Leaves out at random what rows say, so that any subset works in play, and guidance has an unconditional
    side.

    Args:
        wishes: rows of wishes and of the plan; row 0 is the header's, which shares the choice of the first
            bars. (rows, ROW_WIDTH)
        rng: decides.
        each: the probability that something is left out, for each of `NAMES` by itself: all chords together,
            and all who play.
        together: the probability that all are.
        span: the mean number of bars until it is chosen again, since a player may change wishes at any time.

    Returns:
        A copy, with 0 (no wish) for what is left out.
    """
    rows = len(wishes)
    anew: NDArray[np.bool_] = np.less(rng.random(rows), 1 / span)
    anew[0], anew[1:2] = True, False  # a performance has no second row
    draw = np.cumsum(anew) - 1
    draws = int(draw[-1]) + 1
    stays = (rng.random((draws, len(NAMES))) >= each) & (rng.random((draws, 1)) >= together)
    return np.where(stays[draw][:, GROUPS], wishes, 0).astype(np.uint8)


def _in_family(tokens: Tokens, family: Family) -> NDArray[np.bool_]:
    return (tokens >= family.first) & (tokens < family.first + family.count)


def _within(steps: int, tokens: Tokens, family: Family) -> int:
    """The steps nearest to `steps` that keep these tokens inside their family."""
    lowest, highest = int(tokens.min()) - family.first, int(tokens.max()) - family.first
    return min(max(steps, -lowest), family.count - 1 - highest)


def _moved(tokens: Tokens, where: NDArray[np.bool_], steps: int) -> Tokens:
    return (tokens + np.where(where, steps, 0)).astype(np.uint16)


def _register(tokens: Tokens, notes: NDArray[np.bool_], rows: int) -> NDArray[np.int64]:
    """The register of each row of wishes, as `linnet.wishes.measure` finds it; meant for rows with notes."""
    # A bar begins at a bar token, and at a time signature that cuts the running bar short.
    bar = tokens == _BAR.first
    cut = np.isin(tokens, SIGNATURE_TOKENS)
    cut[1:] &= ~bar[:-1]
    row = np.minimum(np.cumsum(bar | cut), rows - 1)[notes]
    pitches = tokens[notes] - float(_NOTE.first)
    mean = np.bincount(row, pitches, rows) / np.maximum(np.bincount(row, minlength=rows), 1)
    return np.searchsorted(REGISTER_EDGES, mean, "right") + 1

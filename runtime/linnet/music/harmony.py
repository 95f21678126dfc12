"""The chord under each beat of any piece.

The likeliest path through all chords is taken (Viterbi). A beat speaks for a chord by what sounds in it
(`sounding`: passing notes and suspensions count for less) and by its bass; a chord is likely by what is usual
in the key of the moment and after the chord before; and a change costs little at a bar line, more inside the
bar. So a chord is found from what comes after it as well, and a broken chord may take two beats to say `C`.

All scores are whole numbers and all pitch classes count from the lowest note of the piece. So the same music
has the same chords on every machine, and moved up a third it has chords a third higher.
"""

from __future__ import annotations

from bisect import bisect
from functools import cache
from typing import TYPE_CHECKING

from linnet._core import chord_path, key_path
from linnet.music import chord_tables as tables
from linnet.music.beats import BAR, HALF, WEAK, BeatGrid, beat_grid
from linnet.music.chord import NO_CHORD, Beat, Chord
from linnet.music.key import KEYS
from linnet.music.sounding import Sounding, sounding
from linnet.music.theory import QUALITIES
from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.score import Score

    Whole = NDArray[np.int64]

__all__ = ["Beat", "Chord", "chords_of", "keys_of", "lead_sheet"]

UNIT = 4096
"""Scores are natural logarithms in whole numbers of 1/UNIT."""

NAMES = tuple(QUALITIES)
STATES = 12 * len(NAMES)
"""Chords as 12 * quality + root; one more is none."""
NONE = STATES

# What was tuned on half of the lead sheets (benchmarks.music.chords), as multiples of logarithms.
EVIDENCE = 1.6
"""How much the notes of a beat say."""
LINE = 1.1
"""How much more those of a single line say."""
SATURATION = 0.15
"""Many notes say more than one, but four don't say four times as much."""
DOWNBEAT = 1.2
BASS = 1.1
HELD_BASS, PEDAL = 0.5, 0.15
"""How much of that a bass says which was struck before this beat, or before this bar: a pedal."""
PEDAL_NOTE = 0.6
"""How much a pedal counts for as a note."""
FOURTH_TONE = 0.2
"""What each note that sounds says for a chord of four tones, which has more to explain it; log(4/3)."""
MISSING = 1.2
"""Against a seventh chord in a beat without its seventh."""
USUAL = 0.7
MOTION = 0.9
CHANGE = {BAR: -0.83, HALF: -1.9, WEAK: -3.8}
LINE_CHANGE = 0.8
"""Added to CHANGE at a bar line where a single line sounds, which says less against a change."""
EASE = 0.5
"""How much less a change costs where chords sound, not a line that has to imply them."""
INTO_NOTHING = -1.0
NOTHING_THERE = 20.0
"""What a beat says for there being no chord that lies in a silence of two bars or more."""
CLOSE = 0.8
"""How much more likely the tonic is at the end."""
KEY_CHANGE = -7.8


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of `chord_tables` as scores; pitch classes from the reference up."""

    notes: Whole
    """What a pitch class says for each chord. (12, STATES + 1)"""
    bass: Whole
    """What a bass says for each chord. (12, STATES + 1)"""
    fourth: Whole
    """UNIT for chords of four tones. (STATES + 1,)"""
    seventh: Whole
    """UNIT for the chords whose seventh is a pitch class. (12, STATES + 1)"""
    caution: Whole
    """Against the qualities that are heard too easily. (STATES + 1,)"""
    usual: Whole
    """How usual each chord is in each key. (24, STATES + 1)"""
    motion: Whole
    """From a root to the next, by the kind of the chord that is left. (kinds, 12, 12)"""
    kinds: bytes
    """The kind of each quality."""
    keys: Whole
    """What a pitch class says for each key. (12, 24)"""


def chords_of(score: Score) -> tuple[Beat, ...]:
    """The chord under each beat of a piece: the work of `Score.chords`."""
    grid = beat_grid(score)
    chords: list[Chord | None] = [None] * len(grid)
    music = _music(score, grid)
    if music is not None:
        found = _with_basses(_likeliest(music), music)
        chords = [found[place] for place in music.place.tolist()]
    columns = (grid.tick.tolist(), grid.bar.tolist(), grid.beat.tolist(), chords)
    return tuple(Beat(*row) for row in zip(*columns, strict=True))


def keys_of(score: Score) -> tuple[int | None, ...]:
    """The key of each bar, in `linnet.music.key.KEYS`; None without pitched notes.

    A key goes on until another fits so much better that it is worth a modulation.
    """
    grid = beat_grid(score)
    music = _music(score, grid)
    if music is None:
        return (None,) * score.bars
    keys = _keys(music)
    first_beats = np.flatnonzero(grid.beat == 0)
    return tuple(((keys + music.reference) % 12 + keys // 12 * 12)[music.place[first_beats]].tolist())


@dataclass(frozen=True, slots=True)
class _Music:
    """What sounds under the beats of a piece; a long silence is one beat."""

    beats: BeatGrid
    sounding: Sounding
    classes: NDArray[np.float64]
    """`sounding.classes` from the reference up. (beats, 12)"""
    empty: NDArray[np.bool_]
    """Long silences, in which there is no chord. (beats,)"""
    place: Whole
    """Where each beat of the piece is among these. (all beats,)"""
    reference: int
    """Pitch class of the lowest note of the piece, from which all others count."""


def _music(score: Score, grid: BeatGrid) -> _Music | None:
    """None where no pitched note sounds before the end."""
    notes = score.pitched_notes
    change = np.zeros(len(grid) + 1, np.int64)
    np.add.at(change, np.searchsorted(grid.tick, notes.onset, "right") - 1, 1)
    np.add.at(change, np.searchsorted(grid.tick, notes.end, "left"), -1)
    silent = np.cumsum(change)[:-1] == 0
    if silent.all():
        return None
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]])))
    in_bar = np.bincount(grid.bar)
    starts, empty = np.ones(len(grid), bool), np.zeros(len(grid), bool)
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if first == 0 or after - first >= 2 * in_bar[grid.bar[first]]:
            starts[first + 1 : after] = False
            empty[first] = True
    beats = grid.joined(starts)
    heard = sounding(score, beats)
    reference = int(notes.pitch.min()) % 12
    classes = np.roll(heard.classes, -reference, 1)
    return _Music(beats, heard, classes, empty[starts], np.cumsum(starts) - 1, reference)


def lead_sheet(score: Score) -> list[str]:
    """The chords of each bar as one writes them, spelt in the key of the bar: `C`, `F G7`, `Am . . D7`.

    One word for a bar of one chord, words alike in length where that is how they last, else one for each
    beat with `.` where a chord goes on. `linnet.music.chord.chord_bars` reads them.
    """
    by_bar: dict[int, list[str]] = {}
    keys = keys_of(score)
    for beat in score.chords():
        key = keys[beat.bar]
        symbol = NO_CHORD[0] if beat.chord is None else beat.chord.symbol(None if key is None else KEYS[key])
        by_bar.setdefault(beat.bar, []).append(symbol)
    return [" ".join(_shortest(symbols)) for symbols in by_bar.values()]


def _shortest(symbols: list[str]) -> list[str]:
    """The fewest words for the chords of a bar's beats that say how long each lasts."""
    for count in range(1, len(symbols)):
        length, rest = divmod(len(symbols), count)
        if not rest and all(
            len(set(symbols[part * length : (part + 1) * length])) == 1 for part in range(count)
        ):
            symbols = symbols[::length]
            break
    return [word if i == 0 or word != symbols[i - 1] else "." for i, word in enumerate(symbols)]


def _likeliest(music: _Music) -> Whole:
    """The state of each beat on the best path. (beats,)"""
    scores = _tables()
    beats, heard, keys = music.beats, music.sounding, _keys(music)
    line = np.clip(2 - heard.voices, 0, 1)  # 1 for a single line, 0 from two voices on
    fit = _fit(music, line)
    usual = scores.usual[keys]
    change = np.array([_whole(CHANGE[strength]) for strength in (WEAK, HALF, BAR)])[beats.strength]
    change = change - np.rint(EASE * change * (1 - line)).astype(np.int64)
    change = change + np.where(beats.strength == BAR, np.rint(LINE_CHANGE * UNIT * line).astype(np.int64), 0)
    entry = usual + change[:, None]
    entry[heard.lowest < 0, :STATES] -= _whole(NOTHING_THERE)  # nothing to hear, nothing new
    fit[0] += usual[0]
    fit[-1, keys[-1]] += _whole(CLOSE)  # states begin with the major triads, then the minor ones, as keys do
    path = np.empty(len(beats), np.int64)
    chord_path(fit, entry, path, motion=scores.motion, kinds=scores.kinds, nothing=_whole(INTO_NOTHING))
    return path


def _fit(music: _Music, line: NDArray[np.float64]) -> Whole:
    """How well each chord explains each beat. (beats, STATES + 1)"""
    scores, beats, heard, reference = _tables(), music.beats, music.sounding, music.reference
    struck = np.maximum.accumulate(np.where(heard.struck, np.arange(len(beats)), 0))
    pedal = (beats.bar[struck] < beats.bar) & (heard.voices >= 2)
    classes = music.classes.copy()
    classes[pedal, (heard.lowest[pedal] - reference) % 12] *= PEDAL_NOTE
    total = classes.sum(1)
    strength = np.where(beats.strength == BAR, DOWNBEAT, 1.0) * (1 + (LINE - 1) * line)
    weight = EVIDENCE * strength * np.maximum(total, 1e-9) ** -SATURATION
    fit: Whole = np.rint(UNIT * classes * weight[:, None]).astype(np.int64) @ scores.notes
    chords = np.rint(UNIT * total * weight * FOURTH_TONE * (1 - line)).astype(np.int64)
    fit += chords[:, None] * scores.fourth
    present = np.minimum(3 * classes, 1)
    missing = np.rint(UNIT * MISSING * (1 - line[:, None]) * (1 - present)).astype(np.int64)
    fit -= missing @ scores.seventh
    has_bass = np.clip(heard.voices - 1, 0, 1) * (heard.lowest >= 0)
    has_bass *= np.select([heard.struck, ~pedal], [1, HELD_BASS], PEDAL)
    fit += (
        np.rint(UNIT * BASS * has_bass).astype(np.int64)[:, None]
        * scores.bass[(heard.lowest - reference) % 12]
    )
    caution = tables.CAUTION_LINE * line + tables.CAUTION_CHORDS * (1 - line)
    fit += np.rint(UNIT * caution).astype(np.int64)[:, None] * scores.caution
    fit //= UNIT
    fit[heard.lowest < 0] = 0  # in a short rest the chord goes on
    fit[music.empty, NONE] = _whole(NOTHING_THERE)
    return fit


def _with_basses(states: Whole, music: _Music) -> list[Chord | None]:
    """The chords of the states, with the notes in their basses.

    A bass that has the root keeps it while the chord lasts: a broken chord or a bass that alternates with
    the fifth is no inversion. It is one where the chord begins so, or the bass itself moves there. A note
    foreign to the chord is its bass when it is held through several beats: a pedal.
    """
    chords: list[Chord | None] = []
    beats, heard, reference = music.beats, music.sounding, music.reference
    lowest, struck, voices = heard.lowest.tolist(), heard.struck.tolist(), heard.voices.tolist()
    strong = (beats.strength != WEAK).tolist()
    last, bass, begins = NONE, -1, True
    for i, state in enumerate(states.tolist()):
        if state == NONE:
            chords.append(None)
            last = state
            continue
        if state != last:
            quality, place = divmod(state, 12)
            root = bass = (place + reference) % 12
            classes, begins = _chord(root, quality).pitch_classes, True
        low = lowest[i] % 12
        if lowest[i] >= 0 and (voices[i] > 1.5 or low == root):
            if low in classes:
                alike = i > 0 and voices[i] >= 3 and abs(voices[i] - voices[i - 1]) <= 0.5
                moves = struck[i] and (strong[i] or alike)
                if low != root:
                    moves = moves and low != classes[2] and lowest[i - 1] % 12 == bass
                elif i > 0:
                    moves = moves or lowest[i] < lowest[i - 1]
                if begins or moves:
                    bass = low
            elif lowest[i] in (lowest[i + 1 : i + 2] or [-1]) and states[i + 1] == state:
                bass = low
            begins = False
        last = state
        chords.append(_chord(root, quality, bass))
    return chords


@cache
def _chord(root: int, quality: int, bass: int = -1) -> Chord:
    """The same object for the same chord: a piece has many beats and few chords."""
    return Chord(root, NAMES[quality], bass)


def _keys(music: _Music) -> Whole:
    """The key of the bar of each beat: 12 major ones from the reference up, then minor. (beats,)"""
    bars, bar = np.unique(music.beats.bar, return_inverse=True)
    weights = np.zeros((len(bars), 12))
    np.add.at(weights, bar, music.classes)
    weights /= np.maximum(weights.sum(1, keepdims=True) / 8, 1)
    fit = np.rint(weights * UNIT).astype(np.int64) @ _tables().keys // UNIT
    keys = np.empty(len(fit), np.int64)
    key_path(fit, keys, keys=fit.shape[1], change=_whole(KEY_CHANGE))
    return keys[bar]


def _whole(score: float) -> int:
    return round(score * UNIT)


@cache
def _tables() -> _Tables:
    def logs(rows: object) -> NDArray[np.float64]:
        table = np.array(rows, np.float64)
        logarithms: NDArray[np.float64] = np.log(table / table.sum(-1, keepdims=True))
        return logarithms

    def turned(rows: NDArray[np.float64], none: float) -> Whole:
        """Scores by interval above the root, for all roots. (12, STATES + 1)"""
        columns = [np.roll(row, root) for row in rows for root in range(12)]
        table: Whole = np.rint(np.stack([*columns, np.full(12, none)], 1) * UNIT).astype(np.int64)
        return table

    def in_keys(rows: tuple[tuple[float, ...], ...]) -> NDArray[np.float64]:
        """Scores of all chords in the twelve keys of a mode. (12, STATES + 1)"""
        table = np.log(np.array(rows) / np.sum(rows)) * USUAL
        keys = [np.roll(table, tonic, 1).ravel() for tonic in range(12)]
        return np.pad(np.stack(keys), ((0, 0), (0, 1)), constant_values=np.log(tables.NO_CHORD) * USUAL)

    root = np.arange(12)
    motion = logs(tables.MOTION)[:, (root[None] - root[:, None]) % 12] + np.log(12)
    usual = np.concatenate([in_keys(tables.IN_MAJOR), in_keys(tables.IN_MINOR)])
    profiles = logs((tables.MAJOR_KEY, tables.MINOR_KEY))
    keys = np.stack([np.roll(profile, tonic) for profile in profiles for tonic in range(12)], 1)
    uniform = -float(np.log(12))
    sevenths = np.concatenate(
        [np.roll(np.eye(12, dtype=np.int64), -each[-1], 0) * (len(each) == 4) for each in QUALITIES.values()],
        1,
    )
    return _Tables(
        turned(logs(tables.NOTES), uniform),
        turned(logs(tables.BASSES), uniform),
        np.append(np.repeat([UNIT * (len(intervals) == 4) for intervals in QUALITIES.values()], 12), 0),
        np.pad(sevenths, ((0, 0), (0, 1))) * UNIT,
        -np.rint(UNIT * np.append(np.repeat(tables.CAUTION, 12), 0)).astype(np.int64),
        np.rint(usual * UNIT).astype(np.int64),
        np.rint(MOTION * motion * UNIT).astype(np.int64, order="C"),
        bytes(bisect(tables.KINDS, quality) - 1 for quality in range(len(NAMES))),
        np.rint(keys * UNIT).astype(np.int64),
    )

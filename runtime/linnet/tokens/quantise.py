"""Brings a score onto the grid of the codec: what tokens can say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from linnet.music.roles import roles
from linnet.music.score import Notes, Score, TempoChange, TimeSignature, Track
from linnet.tokens import vocabulary
from linnet.tokens.vocabulary import (
    FAMILIES,
    LONGEST_DURATION,
    METERS,
    SIGNATURE_INDEX,
    TEMPOS,
    TIME_SIGNATURES,
    WHOLE_NOTE,
    common_meter,
)
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TimeBase = Literal["grid", "performance"]

TICKS_PER_BEAT = {"grid": vocabulary.TICKS_PER_BEAT, "performance": 50}
"""The performance base beats at 120 BPM, which makes its tick 10 ms."""

TICKS_PER_SECOND = 2 * TICKS_PER_BEAT["performance"]
"""Of the performance base: two beats a second."""

MOST_TICKS = 1 << 24
"""The longest piece: 97 hours on the grid at 120 BPM. A broken file cannot ask for a billion bars."""

DRUM_DURATION = {"grid": 6, "performance": 10}
"""Ticks a drum stroke lasts, unless the drum is struck again or the piece ends (grid)."""

_DRUMS = FAMILIES["drum"]
_VELOCITY = FAMILIES["velocity"]
_SLOTS = FAMILIES["slot"].count
_Listing = Mapping[tuple[int, int], int]
"""Ticks of a bar by numerator and denominator."""

_LISTED = {row[:2]: row[2] for row in TIME_SIGNATURES}
_SHORTEST_BAR = 6  # ticks; a signature with shorter bars says nothing about bars
_TEMPOS_US = [round(60e6 / bpm) for bpm in TEMPOS]


def quantise(score: Score, time_base: str = "grid", meters: Sequence[str] = METERS) -> Score:
    """The score as the codec keeps it, in these meters of the vocabulary. Quantising again changes nothing.

    - Times go to the nearest tick, velocities to 32 steps, tempos to 32 (grid), durations to at most 1535.
    - Equal pitches of one track do not overlap: a note ends where its pitch is struck again; of two struck
      together the longer stays. Drum tracks become one, drums outside 27..87 go.
    - There are at most 16 melodic tracks: of more, empty ones go, those of one program and role join, then
      those of one program, those of one role (`linnet.music.roles`), and at last the last ones.
    - Time signatures are these meters, or bars of one of them cut to length; the last bar is whole
      (grid).
    """
    if time_base not in TICKS_PER_BEAT:
        raise ValueError(f"time_base must be 'grid' or 'performance', got {time_base!r}")
    grid = time_base == "grid"
    longest = max(score.end, int(score.notes.end.max(initial=0)))
    seconds = score.seconds(longest)
    if (longest * TICKS_PER_BEAT["grid"] // score.ticks_per_beat if grid else seconds * 100) > MOST_TICKS:
        raise ValueError(f"score is too long for the codec: {seconds / 3600:.1f} hours")
    score = score.resample(TICKS_PER_BEAT["grid"]) if grid else _in_hundredths(score)
    melodic = _at_most_sixteen([track for track in score.tracks if not track.is_drum], score.ticks_per_beat)
    tracks = [Track(_separate(_rounded(track.notes)), track.program) for track in melodic]
    kit = _strokes(_join([track.notes for track in score.tracks if track.is_drum]))
    result = Score(score.ticks_per_beat, tuple(tracks))
    if grid:
        result = _with_bars(score, result, int(kit.onset.max(initial=-1)) + 1, _listing(meters))
    if not kit:
        return result
    kit = drum_durations(kit, time_base, result.end)
    end = result.end if grid else max(result.end, int(kit.end.max()))
    return replace(result, tracks=(*result.tracks, Track(kit, is_drum=True)), end=end)


def unlisted_meters(score: Score, meters: Sequence[str] = METERS) -> list[str]:
    """The meters of a piece that are not among these."""
    found = dict.fromkeys(
        f"{s.numerator}/{s.denominator}" for s in score.time_signatures if s.tick < max(score.end, 1)
    )
    return [meter for meter in found if meter not in meters]


def check_meter(signature: TimeSignature, what: str, meters: Sequence[str], name: str) -> None:
    """`ValueError` where a model of that name does not know a meter: which it knows, and which is nearest."""
    meter = signature.numerator, signature.denominator
    known = _listing(meters)
    if meter in known:
        return
    length = WHOLE_NOTE * meter[0] / meter[1]
    nearest = min(known, key=lambda each: (abs(known[each] - length), each[1] != meter[1]))
    if meter in SIGNATURE_INDEX:
        nearest = TIME_SIGNATURES[common_meter(SIGNATURE_INDEX[meter])][:2]
    raise ValueError(
        f"{what} in {meter[0]}/{meter[1]}, which {name} does not know: it knows "
        f"{', '.join(meters)}; the nearest is {nearest[0]}/{nearest[1]}"
    )


def drum_durations(strokes: Notes, time_base: str, end: int) -> Notes:
    """Drum strokes with the durations the codec gives them in a piece that ends there."""
    again: dict[int, int] = {}  # where each drum is struck next
    rows = []
    for onset, _, pitch, velocity in reversed(strokes.rows()):
        duration = min(DRUM_DURATION[time_base], again.get(pitch, onset + DRUM_DURATION[time_base]) - onset)
        if time_base == "grid":
            duration = min(duration, end - onset)
        rows.append((onset, duration, pitch, velocity))
        again[pitch] = onset
    return Notes.of_rows(rows)


def tempo_bin(tempo: int) -> int:
    """The tempo token nearest in ratio to this many microseconds a quarter."""
    return sum(tempo * tempo < slower * faster for slower, faster in pairwise(_TEMPOS_US))


def _in_hundredths(score: Score) -> Score:
    def moved(notes: Notes) -> Notes:
        onset, end = (
            np.floor(score.seconds(t) * 100 + 0.5).astype(np.int64) for t in (notes.onset, notes.end)
        )
        return Notes(onset, np.maximum(end - onset, 1), notes.pitch, notes.velocity)

    tracks = tuple(replace(track, notes=moved(track.notes)) for track in score.tracks)
    return Score(TICKS_PER_BEAT["performance"], tracks)


def _join(parts: list[Notes]) -> Notes:
    if not parts:
        return Notes()
    return Notes(
        *(
            np.concatenate([getattr(p, name) for p in parts])
            for name in ("onset", "duration", "pitch", "velocity")
        )
    )


def _at_most_sixteen(tracks: list[Track], ticks_per_beat: int) -> list[Track]:
    if len(tracks) <= _SLOTS:
        return tracks
    tracks = [track for track in tracks if track.notes]
    parts = list(zip(tracks, roles(Score(ticks_per_beat, tuple(tracks))), strict=True))
    # From the last ones on, so that the first of an orchestra's parts keep what is their own.
    for same in (
        lambda a, b: (a[0].program, a[1]) == (b[0].program, b[1]),
        lambda a, b: a[0].program == b[0].program,
        lambda a, b: a[1] == b[1],
    ):
        parts = _joined(parts, same)
    if len(parts) > _SLOTS:
        rest = _join([track.notes for track, _ in parts[_SLOTS - 1 :]])
        parts[_SLOTS - 1 :] = [(replace(parts[_SLOTS - 1][0], notes=rest), 0)]
    return [track for track, _ in parts]


_Part = tuple[Track, int]
"""A track and its role."""


def _joined(parts: list[_Part], same: Callable[[_Part, _Part], bool]) -> list[_Part]:
    """Parts that are the same joined to the first of them, as long as there are too many."""
    for i in range(len(parts) - 1, 0, -1):
        if len(parts) <= _SLOTS:
            break
        twin = next((j for j in range(i) if same(parts[j], parts[i])), None)
        if twin is not None:
            track, role = parts[twin]
            parts[twin] = replace(track, notes=_join([track.notes, parts.pop(i)[0].notes])), role
    return parts


def _rounded(notes: Notes) -> Notes:
    steps = (notes.velocity.astype(np.int64) - 1) // _VELOCITY.step
    duration = np.minimum(notes.duration, LONGEST_DURATION)
    return Notes(notes.onset, duration, notes.pitch, steps * _VELOCITY.step + _VELOCITY.value)


def _strokes(drums: Notes) -> Notes:
    pitch = drums.pitch.astype(np.int64)
    known = (pitch >= _DRUMS.value) & (pitch < _DRUMS.value + _DRUMS.count)
    return _separate(_rounded(drums.select(known)))


def _separate(notes: Notes) -> Notes:
    """No pitch overlaps itself."""
    order = np.lexsort((notes.velocity, notes.duration, notes.onset, notes.pitch))
    onset, pitch = notes.onset[order], notes.pitch[order]
    last_of_its_kind = np.ones(len(order), np.bool_)
    last_of_its_kind[:-1] = (onset[1:] != onset[:-1]) | (pitch[1:] != pitch[:-1])
    kept = notes.select(np.sort(order[last_of_its_kind]))
    return Notes(kept.onset, np.minimum(kept.duration, _until_struck_again(kept)), kept.pitch, kept.velocity)


def _until_struck_again(notes: Notes) -> NDArray[np.int64]:
    """Ticks from each note to the next of its pitch; a very large number for the last one."""
    gap = np.full(len(notes), np.int64(1) << 60)
    order = np.lexsort((notes.onset, notes.pitch))
    same = notes.pitch[order[1:]] == notes.pitch[order[:-1]]
    gap[order[:-1][same]] = (notes.onset[order[1:]] - notes.onset[order[:-1]])[same]
    return gap


def _with_bars(score: Score, tracks: Score, drums_end: int, listed: _Listing) -> Score:
    """The quantised tracks under the score's meter and tempo, the last bar whole."""
    stop = max(score.end, tracks.end, drums_end, 1)
    signatures = tuple(s for s in _listed(score, stop, listed) if s.tick < stop)
    last = Score(score.ticks_per_beat, time_signatures=signatures).time_signatures[-1]
    bar = listed[last.numerator, last.denominator]
    end = last.tick + -(-(stop - last.tick) // bar) * bar
    tempos = tuple(TempoChange(t.tick, _TEMPOS_US[tempo_bin(t.tempo)]) for t in score.tempos if t.tick < stop)
    return replace(tracks, time_signatures=signatures, tempos=tempos, end=end)


def _listed(score: Score, stop: int, listed: _Listing) -> Iterator[TimeSignature]:
    """Signatures of the listed ones that draw the score's bar lines."""
    ends = [*(s.tick for s in score.time_signatures[1:]), stop]
    for signature, end in zip(score.time_signatures, ends, strict=True):
        tick, meter = signature.tick, (signature.numerator, signature.denominator)
        if meter in listed:
            yield signature
            continue
        length, rest = divmod(WHOLE_NOTE * meter[0], meter[1])
        if rest or length < _SHORTEST_BAR:
            continue  # bars run on as before
        fitting, repeats = _stand_in(length, meter[1], listed)
        for start in range(tick, end, length) if repeats else (tick,):
            yield TimeSignature(start, *fitting)


def _listing(meters: Sequence[str]) -> _Listing:
    return {meter: ticks for meter, ticks in _LISTED.items() if f"{meter[0]}/{meter[1]}" in meters}


def _stand_in(length: int, denominator: int, listed: _Listing) -> tuple[tuple[int, int], bool]:
    """The listed signature for bars of another one, and whether every bar repeats it to be cut to length."""

    def preference(meter: tuple[int, int]) -> bool:
        return meter[1] != min(denominator, 8)

    same = sorted((m for m, ticks in listed.items() if ticks == length), key=preference)
    if same:
        return same[0], False
    parts = sorted(
        (m for m, ticks in listed.items() if length % ticks == 0), key=lambda m: (preference(m), -listed[m])
    )
    if parts:
        return parts[0], False
    longer = sorted(
        (m for m, ticks in listed.items() if ticks > length), key=lambda m: (listed[m], preference(m))
    )
    return (longer[0] if longer else (4, 4)), True

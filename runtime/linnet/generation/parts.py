"""From requests to finished scores: pieces that are begun, played together by one loop, and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from linnet._core import SAMPLE, SAMPLE_TO_BAR, Piece, Rng, Tracker
from linnet.controls import loudness, moods
from linnet.controls.request import Request
from linnet.controls.wishes import INDEX
from linnet.engine.engine import Engine
from linnet.generation import continuing, harmony, timing
from linnet.music import upbeat
from linnet.music.key import home_shift
from linnet.music.score import KeySignature, Notes, Score, TempoChange, Track
from linnet.tokens import codec
from linnet.tokens.quantise import TICKS_PER_BEAT, TICKS_PER_SECOND, TimeBase, tempo_bin
from linnet.tokens.vocabulary import FAMILIES, METERS, tempo_index, time_signature_token
from linnet.tools.chance import Streams
from linnet.tools.dataclass import asdict, dataclass, replace
from linnet.tools.lazy import np

__all__ = [
    "Counts",
    "GridPart",
    "Part",
    "Progress",
    "TimePart",
    "begin_piece",
    "compose",
    "follow_form",
    "new_part",
    "tempo_token",
    "with_programs",
]

Progress = Callable[[int, int], None]
"""Called with (done, wanted): bars on the grid, hundredths of a second in the performance base."""

STRETCH = 2 * TICKS_PER_SECOND
"""Hundredths of a second that count as a bar where there are none."""

UPBEAT_COUNTED, UPBEAT_UNCOUNTED, UPBEAT_DUE = 0, 1, 2
"""See csrc/tracker.h."""

_BAR, _BOS = FAMILIES["bar"].first, FAMILIES["bos"].first


class Part(Protocol):
    """A piece in the making: to be played until its tracker is finished, and then to become a score."""

    request: Request
    piece: Piece

    def done(self) -> int:
        """How much of the length that was asked for is there."""

    def score(self) -> Score:
        """The finished music."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted while a piece was made."""

    interventions: int
    """How often the watchdog stepped in."""

    parallel_moves: int
    """Parallel fifths and octaves, unless they were allowed."""

    crossed_notes: int
    """Notes that crossed another voice, likewise."""

    @classmethod
    def of(cls, tracker: Tracker) -> Counts:
        """Since the piece began."""
        return cls(tracker.interventions, tracker.parallels, tracker.crossings)


def compose(
    engine: Engine, requests: Sequence[Request], *, together: int = 64, progress: Progress | None = None
) -> tuple[list[Score], list[Counts]]:
    """Makes pieces, so many at a time in one loop; each as if it were alone.

    Args:
        engine: The network that plays them.
        requests: What to make, all with the same guidance.
        together: How many rows one loop has at most.
        progress: Called now and then.

    Returns:
        The scores, and what was counted in each.
    """
    wanted = sum(request.length for request in requests)
    scores: list[Score] = []
    counts: list[Counts] = []
    for first in range(0, len(requests), together):
        parts = [new_part(request, engine.info.time_base) for request in requests[first : first + together]]
        loop = engine.loop(*[part.piece for part in parts], guidance=parts[0].request.guidance)
        before = sum(request.length for request in requests[:first])
        while not all(piece.tracker.finished for piece in loop.pieces):
            loop.play(seconds=None if progress is None else 0.05)
            if progress is not None:
                progress(before + sum(part.done() for part in parts), wanted)
        scores += [part.score() for part in parts]
        counts += [Counts.of(part.piece.tracker) for part in parts]
    return scores, counts


def new_part(request: Request, time_base: TimeBase) -> Part:
    """A piece before its first token."""
    return GridPart(request) if time_base == "grid" else TimePart(request)


class GridPart:
    """Exactly so many full bars after an upbeat, every note closed inside them."""

    def __init__(self, request: Request) -> None:
        """`request`: what to make."""
        self.piece, self.played = begin_piece(request, "grid")
        due = bool(request.plan and request.plan.upbeat)
        self.request = replace(request, first=self.played + 1, chords_first=self.played + due + 1)
        last = self.played + due + request.length
        counted = UPBEAT_COUNTED if self.played else UPBEAT_UNCOUNTED
        self.piece.tracker.restrict(bars=last, upbeat=UPBEAT_DUE if due else counted)
        _answer(self.piece.tracker, request, first=self.played + due + 1)
        follow_form(self.piece, self.request)
        harmony.follow_chords(self.piece, self.request)
        self.close(request)

    def close(self, request: Request) -> None:
        """Makes the piece close, if it is to, on the root of what closes it, or on its triad where there are
        chords; if it is not, it comes to an end in its last bar.
        """
        due = bool(self.request.plan and self.request.plan.upbeat)
        last = self.played + due + request.length
        triad = harmony.closing(request) if request.closes else ()
        allowed = [each for each in triad if each in request.limits.scale]
        line, chord = (triad[:1], allowed) if triad and triad[0] in allowed else ((), ())
        self.piece.cadence(last, line=line, chord=chord, notes=request.limits.last_bar, given=self.played)

    def done(self) -> int:
        """Bars."""
        return min(max(self.piece.tracker.bars - self.played, 0), self.request.length)

    def score(self) -> Score:
        """The finished music."""
        request, played = self.request, self.played
        score = _as_in_primer(codec.decode(self.piece.tokens, "grid"), request)
        tempos: list[TempoChange] = []
        if request.primer is not None:
            join = score.bar_tick(played)
            tempos = [replace(c, tick=c.tick - join) for c in score.tempos if c.tick >= join]
            score = _with_tempo_of(upbeat.pad(request.primer), score, played).slice_bars(played)
        if request.bpm is not None:
            score = _at(request.bpm, score, 0)
            tempos = [*score.tempos]
        score = loudness.as_told(_with_heard_programs(score, request), request)
        score = _signed(moods.played(score, request.mood), request)
        rules = loudness.loudness_of(request.options)
        if not rules.is_free:  # bar lines are counted with numpy, which a piece without rules does not need
            score = loudness.played(score, rules, score.bar_ticks().tolist())
        if request.options.fade is not None:
            score = loudness.faded(score, score.bar_tick(max(score.bars - request.options.fade, 0)))
        begins_late = min((row[0] for track in score.tracks for row in track.notes.rows()), default=0) > 0
        if request.timing is not None:
            score = timing.played(score, request.timing, request.seed)
        if request.primer is None:  # a first stroke that a drummer plays late is no upbeat
            return upbeat.cut(score) if begins_late else score
        return continuing.joined(request.primer, score, tempos) if request.options.with_primer else score


def _answer(tracker: Tracker, request: Request, *, first: int) -> None:
    """Calls and their responses begin with a bar; in short pieces they have one bar each."""
    bars = request.limits.exercise.answer
    if bars and 0 < request.length < 2:
        raise ValueError("call_and_response takes two bars at least")
    if bars and 0 < request.length < 2 * bars:
        bars = request.length // 2
    tracker.restrict(answer=bars, answer_from=first)


class TimePart:
    """Exactly so many hundredths of a second, every note closed inside them."""

    def __init__(self, request: Request) -> None:
        """`request`: what to make."""
        self.request = request
        self.piece, self.start = begin_piece(request, "performance")
        self.piece.tracker.restrict(ticks=self.start + request.length)  # the end of time ends the piece

    def done(self) -> int:
        """Hundredths of a second."""
        return min(max(self.piece.tracker.now - self.start, 0), self.request.length)

    def score(self) -> Score:
        """The finished music."""
        score = _as_in_primer(codec.decode(self.piece.tokens, "performance"), self.request)
        start, end = self.start, self.start + self.request.length
        tracks = tuple(replace(track, notes=_between(track.notes, start, end)) for track in score.tracks)
        new = moods.played(Score(score.ticks_per_beat, tracks, end=end - start), self.request.mood)
        new = _signed(_with_heard_programs(new, self.request), self.request)
        lines = range(0, self.request.length, STRETCH)
        new = loudness.played(new, loudness.loudness_of(self.request.options), lines)
        if self.request.primer is None or not self.request.options.with_primer:
            return new
        return continuing.joined_in_time(self.request.primer, new, start / 100, end / 100)


def _as_in_primer(score: Score, request: Request) -> Score:
    """With the tracks in the order that they have in the primer, if there is one."""
    return score if request.players is None else request.players.as_in_primer(score)


def _signed(score: Score, request: Request) -> Score:
    """With the key that was asked for or drawn, else that of the primer."""
    key = request.wishes[INDEX["key"]] - 1
    if request.options.key is not None:
        return replace(score, key_signatures=(KeySignature.named(request.options.key),))
    if key >= 0:
        return replace(score, key_signatures=(KeySignature.of_key(key),))
    signs = request.primer.key_signatures[-1:] if request.primer is not None else ()
    return replace(score, key_signatures=tuple(replace(sign, tick=0) for sign in signs))


def _with_heard_programs(score: Score, request: Request) -> Score:
    """The score, played by those who are allowed to."""
    tracks = (
        track if track.is_drum else replace(track, program=request.heard_program(track.program))
        for track in score.tracks
    )
    return replace(score, tracks=tuple(tracks))


def begin_piece(request: Request, time_base: TimeBase) -> tuple[Piece, int]:
    """A new piece that obeys the request, and how much of it the primer is: bars, or else ticks."""
    primer = request.primer
    if primer is not None:
        meters = [METERS[number] for number in request.limits.meters]
        primer = continuing.quantised(primer, time_base, meters)
        primer = primer if request.players is None else request.players.in_order(primer)
    tracker = Tracker(time_base)
    request.limits.restrict(tracker)
    tracker.wish(request.wishes)
    tracker.set_shift(request.shift)
    tracker.set_roles(request.roles)
    if time_base == "grid":
        tracker.restrict(
            fixed_meter=True,
            fixed_tempo=request.bpm is not None,
            downbeat=request.plan is not None and not request.plan.upbeat,  # bars as they are planned
        )
        script, played = _script_on_grid(request, primer), primer.bars if primer else 0
    else:
        tracker.restrict(endless=True)
        script, played = _script_in_time(primer), primer.end if primer else 0
    piece = Piece(tracker, Rng(request.seed, Streams.TOKENS), script=script, **asdict(request.sampling))
    piece.set_latent(request.latent)
    if request.primer_key is not None:
        _read_in(request.primer_key, piece, request)
    return piece, played


def _read_in(key: int, piece: Piece, request: Request) -> None:
    """The script is in one key, what follows in that of the request."""
    column = INDEX["key"]
    piece.turn(request.wishes[column], request.shift)
    wishes = list(request.wishes)
    wishes[column] = key + 1 if wishes[column] else 0
    piece.tracker.wish(wishes)
    piece.tracker.set_shift(home_shift(key))


def _script_on_grid(request: Request, primer: Score | None) -> list[int]:
    """Up to the first note. The grammar wants a meter and a tempo: the player's, or the network's choice."""
    if primer is not None:
        tokens = codec.encode(primer, "grid")[:-1].tolist()
        if all(track.is_drum for track in primer.tracks) and not (primer.notes and request.limits.drums):
            # Nobody in it could go on: the network says who plays.
            tokens = [_BOS, SAMPLE_TO_BAR, *tokens[tokens.index(_BAR) + 1 :]]
        return [*tokens, _BAR, *_changed_meter_and_tempo(request, primer)]
    meter = tempo = SAMPLE
    if request.time_signature is not None:
        meter = time_signature_token(request.time_signature)
    told = request.wishes[INDEX["tempo"]]
    if request.bpm is not None:
        tempo = tempo_token(request.bpm)
    elif told:  # by people's form, which has a style; networks hardly heard it
        lowest, highest = request.limits.exercise.tempos
        tempo = FAMILIES["tempo"].first + min(max(told - 1, lowest), highest)
    if request.players is None and request.options.hands is None:
        return [_BOS, SAMPLE_TO_BAR, meter, tempo]
    slots = range(2 if request.players is None else len(request.roles))
    players = [word for slot in slots for word in (FAMILIES["slot"].first + slot, SAMPLE)]
    return [_BOS, *players, _BAR, meter, tempo]


def _script_in_time(primer: Score | None) -> list[int]:
    if primer is None:
        return [_BOS]
    tokens = codec.encode(primer, "performance")[:-1].tolist()
    reader = Tracker("performance")
    for token in tokens:
        reader.advance(token)
    return [*tokens, *_shift(primer.end - reader.now)]


def tempo_token(bpm: float) -> int:
    """The tempo token nearest to so many quarter notes a minute."""
    return FAMILIES["tempo"].first + tempo_index(bpm)


def follow_form(piece: Piece, request: Request) -> None:
    """Makes a piece follow the form of a request, but for wishes about which the player has a say; if any."""
    if request.plan is None:
        return
    held = request.held
    bars = [
        (
            bar.source,
            bar.quarters,
            {wish: value for wish, value in bar.wishes.items() if wish not in held},
            bar.returns,
        )
        for bar in request.plan.bars
    ]
    piece.plan(
        bars,
        again=request.plan.again,
        first=request.first,
        returns=request.returns,
        beat=request.beat,
        in_register=request.in_register,
    )


def _changed_meter_and_tempo(request: Request, primer: Score) -> list[int]:
    """What the player asks for takes over from the primer, and is said only where it differs."""
    tokens = []
    meter = primer.time_signatures[-1]
    if request.time_signature not in (None, f"{meter.numerator}/{meter.denominator}"):
        tokens.append(time_signature_token(request.time_signature))
    if request.bpm is not None and tempo_index(request.bpm) != tempo_bin(primer.tempos[-1].tempo):
        tokens.append(tempo_token(request.bpm))
    return tokens


def _with_tempo_of(primer: Score, score: Score, bars: int) -> Score:
    """The primer's own tempos in place of the nearest tokens, for as long as they rule."""
    exact = primer.resample(TICKS_PER_BEAT["grid"]).tempos
    join = score.bar_tick(bars)
    later = tuple(change for change in score.tempos if change.tick >= join)
    return replace(score, tempos=tuple(change for change in exact if change.tick < join) + later)


def _at(bpm: float, score: Score, bar: int) -> Score:
    """The player's tempo to the microsecond, from this bar on."""
    tick = score.bar_tick(bar)
    before = tuple(change for change in score.tempos if change.tick < tick)
    return replace(score, tempos=(*before, TempoChange(tick, round(60e6 / bpm))))


def _shift(ticks: int) -> list[int]:
    fine, big = FAMILIES["shift_fine"], FAMILIES["shift_big"]
    longest = big.count * big.step
    whole, rest = divmod(ticks, longest)
    tokens = [big.token(longest)] * whole
    if rest >= big.step:
        tokens.append(big.token(rest // big.step * big.step))
    return [*tokens, fine.token(rest % big.step)] if rest % big.step else tokens


def _between(notes: Notes, begin: int, end: int) -> Notes:
    inside = notes.select(notes.onset >= begin)
    duration = np.minimum(inside.duration, end - inside.onset)
    return Notes(inside.onset - begin, duration, inside.pitch, inside.velocity)


def with_programs(score: Score, programs: tuple[int, ...]) -> Score:
    """The tracks played by these instruments, in order; the last one plays the rest. Drums stay."""
    tracks: list[Track] = []
    slot = 0
    for track in score.tracks:
        if not track.is_drum:
            track = replace(track, program=programs[min(slot, len(programs) - 1)])
            slot += 1
        tracks.append(track)
    return replace(score, tracks=tuple(tracks))

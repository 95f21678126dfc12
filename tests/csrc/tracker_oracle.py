"""The tracker once more, slow and obvious, written from csrc/tracker.h: it keeps everything and searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from linnet.tokens.features import WISHES
from linnet.tokens.vocabulary import TIME_SIGNATURES, family_of

WINDOW, SOUNDING_MOST = 16384, 256
SUFFIX_LENGTHS = (4, 8, 16, 32)
DOTTED = {(3, 8), (6, 8), (9, 8), (12, 8)}
FINE, BIG, LONGEST_BIG = range(1, 96), range(96, 1441, 96), 1440
LONGEST_PERIOD, TIMES, CALM = 64, 3, 16
_PLACE_BASE = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Rules:
    """The arguments of Tracker.restrict."""

    scale: Sequence[int] = range(12)
    ranges: Sequence[tuple[int, int]] = ((0, 127),)
    polyphony: Sequence[int] = (0,)
    programs: Sequence[int] = range(128)
    drums: Sequence[int] = range(27, 88)
    slots: int = 16
    bars: int = 0
    ticks: int = 0
    longest: int = 0
    stuck_after: int = 0
    meters: Sequence[int] = range(17)
    fixed_meter: bool = False
    fixed_tempo: bool = False
    downbeat: bool = False
    endless: bool = False
    program_ranges: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    onsets: tuple[Sequence[int], Sequence[int]] = ((), ())
    durations: Sequence[int] = ()
    upbeat: int = 0
    parallels: int = 0
    crossing: int = 0
    slot_programs: Sequence[Sequence[int]] = ()

    def programs_of(self, slot: int) -> Sequence[int]:
        own = self.slot_programs[slot] if slot < len(self.slot_programs) else range(128)
        return sorted(set(own).intersection(self.programs)) or self.programs

    def pitches(self, slot: int, program: int | None) -> list[int]:
        lowest, highest = self.ranges[min(slot, len(self.ranges) - 1)]
        low, high = self.program_ranges.get(-1 if program is None else program, (0, 127))
        if max(low, lowest) <= min(high, highest):
            lowest, highest = max(low, lowest), min(high, highest)
        return [pitch for pitch in range(lowest, highest + 1) if pitch % 12 in self.scale]

    def voices(self, slot: int) -> int:
        return self.polyphony[min(slot, len(self.polyphony) - 1)] or SOUNDING_MOST


@dataclass
class Bar:
    start: int
    signature: int | None

    @property
    def end(self) -> int:
        return self.start + (96 if self.signature is None else TIME_SIGNATURES[self.signature][2])

    @property
    def is_long(self) -> bool:
        return self.end - self.start > 144

    @property
    def beat(self) -> int:
        if self.signature is not None and TIME_SIGNATURES[self.signature][:2] in DOTTED:
            return 36
        return 48 if self.is_long else 24


@dataclass
class Onset:
    """A note or, without a slot, a drum stroke; `sound` is the pitch, or 128 + drum."""

    tick: int
    bar: int
    slot: int | None
    sound: int
    velocity: int
    end: int
    home: int
    """`sound` at home, when it was struck."""


class Music:
    """Reads legal tokens one by one and keeps all of them, and what they said."""

    def __init__(
        self, time_base: str, rules: Rules | None = None, wishes: Sequence[int] = (0,) * len(WISHES)
    ) -> None:
        self.grid = time_base == "grid"
        self.rules = rules or Rules()
        self.wishes = wishes
        self.chords: Sequence[Sequence[int]] = ()
        self.roles: Sequence[int] = ()
        self.shift: int | None = None
        self.tokens: list[int] = []
        self.musical: list[int] = []
        self.places: dict[int, list[int]] = {length: [] for length in SUFFIX_LENGTHS}
        self.now = 0
        self.bars: list[Bar] = []
        self.tempo: int | None = None
        self.programs: list[int | None] = []
        self.header = True
        self.slot: int | None = None
        self.onsets: list[Onset] = []
        self.heard: list[tuple[int, int]] = []
        """(ticks since the onset before, what was struck) of each onset."""

        self.loop, self.calm, self.interventions = 0, 0, 0
        self.began_late = False
        """Whether the first note was an upbeat."""

    # ---- reading -------------------------------------------------------------------------------------------

    def advance(self, token: int) -> None:
        name, value = named(token)
        if name == "slot" and self.header and value == len(self.programs):
            self.programs.append(None)
        elif name == "program":
            self.programs[-1] = value
        elif name == "slot":
            self.slot = value
        elif name == "note":
            self._strike(self.slot, value)
        elif name == "drum":
            self._strike(None, 128 + value)
        elif name == "duration_big":
            self.onsets[-1].end = self.now + BIG[value]
        elif name == "duration_fine":
            big = BIG[self.last[1]] if self.last[0] == "duration_big" else 0
            self.onsets[-1].end = self.now + big + FINE[value]
        elif name == "shift_fine":
            self.now += FINE[value]
        elif name == "shift_big":
            self.now += BIG[value]
        elif name == "bar":
            self.now = self.bars[-1].end if self.bars else 0
            self.bars.append(Bar(self.now, self.bars[-1].signature if self.bars else None))
        elif name == "time_signature" and self.now > self.bars[-1].start:
            self.bars.append(Bar(self.now, value))
        elif name == "time_signature":
            self.bars[-1].signature = value
        elif name == "tempo":
            self.tempo = value
        self.tokens.append(token)
        self.header = self.header and name in ("bos", "slot", "program") and self.slot is None
        if name not in ("bos", "velocity", "tempo"):
            self.musical.append(token if name != "note" else token - value + self.home(value))
            for length, places in self.places.items():
                places.append(place(self.musical[-length:]))

    def home(self, sound: int) -> int:
        """The home pitch; a drum as it is."""
        pitch = sound - (self.shift or 0) if sound < 128 else sound
        return pitch if sound >= 128 else pitch + 12 if pitch < 0 else pitch - 12 if pitch > 127 else pitch

    @property
    def last(self) -> tuple[str, int]:
        return named(self.tokens[-1])

    @property
    def pending(self) -> int | None:
        """The velocity just written, which waits for its note or stroke."""
        return self.last[1] if self.last[0] == "velocity" else None

    @property
    def slot_just_named(self) -> bool:
        at = -1 if self.pending is None else -2
        return self.slot is not None and named(self.tokens[at])[0] == "slot"

    def _strike(self, slot: int | None, sound: int) -> None:
        velocity = self.velocity_of(slot) if self.pending is None else self.pending
        assert velocity is not None
        if self.rules.stuck_after:
            self._watch(sound)
        if self.grid and len(self.bars) == 1 and not self.onsets:
            bar = self.bars[0]
            self.began_late = 2 * (self.now - bar.start) >= bar.end - bar.start
        self.onsets.append(
            Onset(self.now, len(self.bars), slot, sound, velocity, self.now + 1, self.home(sound))
        )

    # ---- the watchdog --------------------------------------------------------------------------------------

    @property
    def last_onset(self) -> int:
        return self.onsets[-1].tick if self.onsets else 0

    @property
    def repeats(self) -> bool:
        return dict(zip(dict(WISHES), self.wishes, strict=True))["likeness"] > 1

    @property
    def recovers(self) -> bool:
        return self.calm > 0 and not self.repeats

    def _watch(self, sound: int) -> None:
        until, stuck_after = self.last_onset + self.rules.stuck_after, self.rules.stuck_after
        if (self.bars[-1].end if self.grid else self.now + 96) > until:
            self.interventions += 1
        self.heard.append((self.now - self.last_onset, sound))
        if self.grid:
            stuck_after = min(stuck_after, 3 * (self.bars[-1].end - self.bars[-1].start))
        periods = range(1, LONGEST_PERIOD + 1)
        loops = [n for n in periods if self._played(n) >= max(TIMES, stuck_after / self._length(n))]
        before, self.loop = self.loop, 0 if self.repeats or not loops else loops[0]
        if self.loop and not before:
            self.calm, self.interventions = CALM, self.interventions + 1
        else:
            self.calm = max(self.calm - 1, 0)

    def _length(self, period: int) -> float:
        return sum(ticks for ticks, _ in self.heard[-period:]) or 1e-9

    def _played(self, period: int) -> int:
        """How many times the last so many notes were played."""
        pairs = list(zip(reversed(self.heard), reversed(self.heard[:-period]), strict=False))
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        begun = same < len(pairs) and pairs[same][0][1] == pairs[same][1][1]
        return (same + begun) // period + 1

    @property
    def before_upbeat(self) -> bool:
        if not self.grid or len(self.bars) != 1 or self.onsets:
            return False
        bar = self.bars[0]
        return 2 * (self.now - bar.start) < bar.end - bar.start

    @property
    def bar_count(self) -> int:
        """Bars of the rule, and an upbeat on top of them; 0 for any number."""
        uncounted = self.grid and self.rules.upbeat == 1 and bool(self.onsets) and self.began_late
        return self.rules.bars + uncounted if self.rules.bars else 0

    # ---- looking back --------------------------------------------------------------------------------------

    def velocity_of(self, slot: int | None) -> int | None:
        return next((onset.velocity for onset in reversed(self.onsets) if onset.slot == slot), None)

    def sounding(self, tick: int, slot: int | None = None) -> list[Onset]:
        """Notes that sound at a tick, of one slot or of all, the latest first."""
        return [
            onset for onset in reversed(self.onsets)
            if onset.slot is not None and onset.end > tick and slot in (None, onset.slot)
        ]  # fmt: skip

    def simultaneous(self) -> list[Onset]:
        return [onset for onset in self.onsets if onset.tick == self.now]


def named(token: int) -> tuple[str, int]:
    """Family and number within it; all meters are of one family."""
    family = family_of(token)
    if family.name == "rare_time_signature":
        return "time_signature", family.value_of(token)
    return family.name, token - family.first


def place(suffix: Sequence[int]) -> int:
    """Where the look-up remembers a suffix: one of WINDOW places."""
    total: int = sum((token + 1) * _PLACE_BASE ** (len(suffix) - i) for i, token in enumerate(suffix))
    return total % (1 << 64) >> 50

"""The tracker once more, slow and obvious, written from csrc/tracker.h: it keeps everything and searches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from linnet.tokens.features import FAMILIES as FEATURE_FAMILIES
from linnet.tokens.features import WIDTH, WISHES
from linnet.tokens.vocabulary import FAMILIES, TIME_SIGNATURES, family_of

WINDOW, HISTORY_ONSETS, SOUNDING_MOST = 16384, 192, 256
BARS_AGO = (1, 2, 4, 8)
SUFFIX_LENGTHS = (4, 8, 16, 32)
DOTTED = {(3, 8), (6, 8), (9, 8), (12, 8)}
SHORTEST_BAR = min(row[2] for row in TIME_SIGNATURES)
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
    fixed_meter: bool = False
    fixed_tempo: bool = False
    downbeat: bool = False
    endless: bool = False
    program_ranges: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    onsets: tuple[Sequence[int], Sequence[int]] = ((), ())
    durations: Sequence[int] = ()

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


@dataclass
class Onset:
    """A note or, without a slot, a drum stroke; `sound` is the pitch, or 128 + drum."""

    tick: int
    bar: int
    slot: int | None
    sound: int
    velocity: int
    end: int


class Oracle:
    """Reads legal tokens one by one; says what may follow and what the network sees."""

    def __init__(self, time_base: str, rules: Rules | None = None, wishes: Sequence[int] = (0,) * 11) -> None:
        self.grid = time_base == "grid"
        self.rules = rules or Rules()
        self.wishes = wishes
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
            self.musical.append(token)
            for length, places in self.places.items():
                places.append(place(self.musical[-length:]))

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
        self.onsets.append(Onset(self.now, len(self.bars), slot, sound, velocity, self.now + 1))

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
            stuck_after = min(stuck_after, 4 * (self.bars[-1].end - self.bars[-1].start))
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

    def without_what_is_stuck(self, tokens: set[int]) -> set[int]:
        if not self.rules.stuck_after:
            return tokens
        if not self.grid or self.bars:
            tokens = self._without_silence(tokens)
        if not self.loop or self.repeats or len(tokens) == 1:
            return tokens
        ticks, sound = self.heard[-self.loop]
        if self.last_onset + ticks != self.now:
            return tokens
        return tokens - set(ids("drum", [sound - 128]) if sound >= 128 else ids("note", [sound]))

    def _without_silence(self, tokens: set[int]) -> set[int]:
        left = self.last_onset + self.rules.stuck_after - self.now

        def too_far(token: int) -> bool:
            name = family_of(token).name
            if name == "bar":
                return self.bars[-1].end - self.now > left
            return name.startswith("shift") and amount(token) > left

        def goes_on(token: int) -> bool:
            name = family_of(token).name
            return name in ("slot", "velocity", "note", "drum") or name.startswith("shift")

        near = {token for token in tokens if not too_far(token)}
        return near if any(goes_on(token) for token in near) else tokens

    # ---- looking back --------------------------------------------------------------------------------------

    def velocity_of(self, slot: int | None) -> int | None:
        return next((onset.velocity for onset in reversed(self.onsets) if onset.slot == slot), None)

    def sounding(self, tick: int, slot: int | None = None) -> list[Onset]:
        """Notes that sound at a tick, of one slot or of all, the latest first."""
        return [
            onset for onset in reversed(self.onsets)
            if onset.slot is not None and onset.end > tick and slot in (None, onset.slot)
        ]  # fmt: skip

    def here(self) -> list[Onset]:
        return [onset for onset in self.onsets if onset.tick == self.now]

    # ---- what may follow -----------------------------------------------------------------------------------

    def allowed(self) -> set[int]:
        return self.without_what_is_stuck(self.allowed_by_rules())

    def allowed_by_rules(self) -> set[int]:
        if not self.tokens:
            return {FAMILIES["bos"].first}
        name = self.last[0]
        if name == "eos":
            return set()
        if name == "note":
            return self.durations()
        tokens: set[int] = set()
        if self.header:
            if name == "slot":
                return set(ids("program", self.rules.programs))
            if len(self.programs) < self.rules.slots and self.rules.programs:
                tokens.update(ids("slot", [len(self.programs)]))
            if self.grid:
                return tokens | {FAMILIES["bar"].first}
        if self.grid and self.bars[-1].signature is None:
            return set(FAMILIES["time_signature"].ids)
        if self.grid and self.tempo is None:
            return set(FAMILIES["tempo"].ids)
        return tokens | self.body() or self.escape()

    def body(self) -> set[int]:
        more = self.more() if self.last[0] == "duration_big" else set()
        if more and self.rules.durations and BIG[self.last[1]] not in self.rules.durations:
            return more
        if self.last[0] == "shift_big" and not self.is_place(0) and (shifts := self.shifts()):
            return shifts
        strikes = self.strikes()
        if self.pending is not None or self.slot_just_named:
            return strikes
        if self.rules.downbeat and strikes and self.now == 0 and not self.here():
            return strikes
        name = self.last[0]
        after_shift = name in ("shift_fine", "shift_big")
        tokens = strikes | self.shifts()
        if after_shift and not strikes:
            return tokens
        if self.grid and (after_shift or name == "bar"):
            tokens |= self.signatures()
        if self.grid and (after_shift or name in ("bar", "time_signature")) and not self.rules.fixed_tempo:
            tokens |= set(FAMILIES["tempo"].ids) - set(ids("tempo", [self.tempo]))
        if after_shift:
            return tokens
        tokens |= more
        if self.grid and not 0 < self.rules.bars <= len(self.bars):
            tokens.add(FAMILIES["bar"].first)
        if self.may_end():
            tokens.add(FAMILIES["eos"].first)
        return tokens

    def escape(self) -> set[int]:
        if self.grid and not 0 < self.rules.bars <= len(self.bars):
            return {FAMILIES["bar"].first}
        if not self.grid and self.rules.endless and not self.rules.ticks:
            return set(steps("shift", lambda ticks: True))
        return {FAMILIES["eos"].first}

    def strikes(self) -> set[int]:
        """Notes and strokes that may stand here, and the slots and velocities that lead to them."""
        tokens: set[int] = set()
        voices = [] if self.slot_just_named else [None]  # the kit, and the running slot
        for slot in voices if self.slot is None else [*voices, self.slot]:
            sounds = self.drums() if slot is None else self.notes(slot)
            running = self.velocity_of(slot)
            if not sounds:
                continue
            if self.pending is None:
                others = set(range(FAMILIES["velocity"].count)) - {running}
                tokens.update(ids("velocity", others))
            if (running is not None) if self.pending is None else (self.pending != running):
                tokens.update(ids("drum" if slot is None else "note", sounds))
        if self.pending is None and not self.slot_just_named:
            for slot in range(len(self.programs)):
                if slot != self.slot and self.notes(slot):
                    tokens.update(ids("slot", [slot]))
        return tokens

    def drums(self) -> list[int]:
        here = self.here()
        if any(onset.slot is not None for onset in here) or 0 < self.rules.ticks <= self.now:
            return []
        lowest = max((onset.sound - 127 for onset in here), default=0)
        return [drum - 27 for drum in self.rules.drums if drum - 27 >= lowest]

    def notes(self, slot: int) -> list[int]:
        written = [onset for onset in self.here() if onset.slot is not None]
        if any(onset.slot > slot for onset in written if onset.slot is not None):
            return []
        if 0 < self.rules.ticks <= self.now:
            return []
        below = min((onset.sound for onset in written if onset.slot == slot), default=128)
        return [pitch for pitch in self.room(slot, self.now) if pitch < below]

    def room(self, slot: int, tick: int) -> list[int]:
        """Pitches that may be struck in a slot at a tick, were nothing struck before."""
        sounding = {onset.sound for onset in self.sounding(tick, slot)}
        if len(sounding) >= self.rules.voices(slot) or len(self.sounding(tick)) >= SOUNDING_MOST:
            return []
        return [pitch for pitch in self.rules.pitches(slot, self.programs[slot]) if pitch not in sounding]

    def shifts(self) -> set[int]:
        name, value = self.last
        limit = self.bars[-1].end - 1 if self.grid else 1 << 60
        if self.rules.ticks:
            limit = min(limit, self.rules.ticks - 1)
        ticks = [self.now + 1, *sorted(onset.end for onset in self.sounding(self.now + 1))]
        playable = (
            t for t in ticks if self.rules.drums or any(self.room(s, t) for s in range(len(self.programs)))
        )
        goal = next(playable, None)
        if goal is None or goal > limit or name == "shift_fine":
            return set()

        def arrives(ticks: int) -> bool:
            if self.now + ticks > limit:
                return False
            further = LONGEST_BIG if ticks == LONGEST_BIG else 95 if ticks in BIG else 0
            ways = range(96) if ticks in BIG else [0]
            if not any(self.now + ticks + more <= limit and self.is_place(ticks + more) for more in ways):
                return False
            return self.now + ticks + further >= goal or ticks == LONGEST_BIG

        after_big = name == "shift_big" and BIG[value] != LONGEST_BIG
        return {t for t in steps("shift", arrives) if not (after_big and amount(t) in BIG)}

    def is_place(self, ticks: int) -> bool:
        """Whether something may begin so many ticks from now."""
        signature = self.bars[-1].signature if self.grid and self.bars else None
        if signature is None:
            return True
        dotted = TIME_SIGNATURES[signature][:2] in DOTTED
        places = self.rules.onsets[dotted]
        place = (self.now + ticks - self.bars[-1].start) % (36 if dotted else 24)
        return not places or place == 0 or place in places

    def durations(self) -> set[int]:
        longest, known = self.longest(), self.rules.durations
        if not known:
            return set(steps("duration", lambda ticks: ticks <= longest))
        short = [ticks for ticks in known if ticks <= longest] or [longest]
        return {
            t
            for t in steps("duration", lambda ticks: True)
            if amount(t) in {step_of(ticks) for ticks in short}
        }

    def more(self) -> set[int]:
        """Fine durations after a big one."""
        big, known = BIG[self.last[1]], self.rules.durations
        return {
            t for t in FAMILIES["duration_fine"].ids
            if big + amount(t) <= self.longest() and (not known or big + amount(t) in known)
        }  # fmt: skip

    def signatures(self) -> set[int]:
        bar = self.bars[-1]
        cut = self.now > bar.start
        if self.rules.fixed_meter or (cut and self.rules.bars):
            return set()
        running = [] if cut else [bar.signature]
        return set(FAMILIES["time_signature"].ids) - set(ids("time_signature", running))

    def longest(self) -> int:
        """Ticks a note that begins now may last."""
        ends = [self.now + (self.rules.longest or 1535)]
        if self.rules.ticks:
            ends.append(self.rules.ticks)
        if self.grid and self.rules.bars:
            bar = self.bars[-1]
            shortest = bar.end - bar.start if self.rules.fixed_meter else SHORTEST_BAR
            ends.append(bar.end + (self.rules.bars - len(self.bars)) * shortest)
        return max(min(ends) - self.now, 1)

    def may_end(self) -> bool:
        if self.rules.endless:
            return False
        if not self.grid:
            return True
        return len(self.bars) >= self.rules.bars and not self.sounding(self.bars[-1].end)

    # ---- what the network sees -----------------------------------------------------------------------------

    def bag(self) -> list[int]:
        bag = [0] * WIDTH
        for name, values in self.facts():
            family = next(f for f in FEATURE_FAMILIES if f.name == name)
            share = family.columns // family.tables
            for column, value in values:
                bag[family.first_column + column] = family.first_id + column // share * family.count + value
        return bag

    def facts(self) -> Iterator[tuple[str, Iterable[tuple[int, int]]]]:
        """(family, its columns and their values), where there is something to say."""
        if self.tokens:
            yield "last_token", [(0, self.tokens[-1])]
        if self.bars:
            yield from self.place_facts()
        if self.slot is not None:
            yield "slot", [(0, self.slot)]
            yield "program", [(0, self.programs[self.slot] or 0)]
            own = [onset for onset in self.onsets if onset.slot == self.slot]
            if own:
                yield "last_pitch", [(0, own[-1].sound)]
                yield "last_velocity", [(0, own[-1].velocity)]
        sounding = self.sounding(self.now)
        if sounding:
            yield "next_release", [(0, min(min(o.end for o in sounding) - self.now, 96) - 1)]
        yield "sounding", enumerate(onset.sound for onset in sounding[:8])
        yield "simultaneous", [(n % 6, onset.sound) for n, onset in enumerate(self.here())]
        for column, length in enumerate(() if self.recovers else SUFFIX_LENGTHS):
            if (token := self.followed(length)) is not None:
                yield "suffix_match", [(column, token)]
        for (name, count), value in zip(WISHES, self.wishes, strict=True):
            if name == "bars_left" and self.rules.bars and self.grid:
                value = 1 + min(max(self.rules.bars - len(self.bars), 0), 16)
            yield f"wish_{name}", [(0, value if value < count else 0)]
        yield from self.grammar_facts()

    def grammar_facts(self) -> Iterator[tuple[str, Iterable[tuple[int, int]]]]:
        if self.slot is not None:
            yield "voice_sounding", enumerate(onset.sound for onset in self.sounding(self.now, self.slot)[:6])
        if (velocity := self.velocity_of(None)) is not None:
            yield "kit_velocity", [(0, velocity)]
        if self.programs:
            yield "slots", [(0, len(self.programs) - 1)]
        if self.bars and self.grid:
            line = self.bars[-1].end
            yield "to_bar_line", [(0, line - self.now - 1)]
            if self.sounding(line):
                yield "ties", [(0, 0)]

    def place_facts(self) -> Iterator[tuple[str, Iterable[tuple[int, int]]]]:
        bar = self.bars[-1]
        position = self.now - bar.start
        yield "bar_position", [(0, position)]
        if bar.signature is not None and TIME_SIGNATURES[bar.signature][:2] in DOTTED:
            yield "beat_position", [(0, 24 + position % 36)]
        else:
            yield "beat_position", [(0, position % 24)]
        yield "bar_modulo_8", [(0, (len(self.bars) - 1) % 8)]
        if bar.signature is not None:
            yield "time_signature", [(0, bar.signature)]
        for column, ago in enumerate(() if self.recovers else BARS_AGO):
            number = len(self.bars) - ago  # bars count from 1
            if number < 1:
                continue
            start = self.bars[number - 1].start
            onsets = [onset for onset in self.onsets if onset.bar == number][:HISTORY_ONSETS]
            ahead = [o.tick - start - position for o in onsets if o.tick - start > position]
            yield "earlier_next_onset", [(column, min(*ahead, 96) if ahead else 0)]
            back = [onset.sound for onset in onsets if onset.tick - start == position]
            yield "earlier_bars", [(4 * column + i, sound) for i, sound in enumerate(back[:4])]

    def followed(self, length: int) -> int | None:
        """The token after the latest earlier occurrence of the last `length` musical tokens."""
        at = len(self.musical) - 1
        places = self.places[length]
        if at + 1 < length:
            return None
        for earlier in range(at - 1, length - 2, -1):
            if places[earlier] == places[at]:
                same = all(self.musical[earlier - i] == self.musical[at - i] for i in range(length))
                return self.musical[earlier + 1] if same and at - earlier < WINDOW - length else None
        return None


def step_of(ticks: int) -> int:
    """The first step of so many ticks: the big one, or all of it."""
    return ticks if ticks < 96 else ticks // 96 * 96


def named(token: int) -> tuple[str, int]:
    """Family and number within it."""
    family = family_of(token)
    return family.name, token - family.first


def ids(name: str, numbers: Iterable[int | None]) -> list[int]:
    return [FAMILIES[name].first + number for number in numbers if number is not None]


def amount(token: int) -> int:
    """Ticks a shift or a duration stands for."""
    return family_of(token).value_of(token)


def steps(kind: str, fits: Callable[[int], bool]) -> list[int]:
    """Shifts or durations whose ticks fit."""
    return [t for size in ("fine", "big") for t in FAMILIES[f"{kind}_{size}"].ids if fits(amount(t))]


def place(suffix: Sequence[int]) -> int:
    """Where the look-up remembers a suffix: one of WINDOW places."""
    total: int = sum((token + 1) * _PLACE_BASE ** (len(suffix) - i) for i, token in enumerate(suffix))
    return total % (1 << 64) >> 50

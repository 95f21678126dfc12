"""What may follow, slow and obvious, written from csrc/tracker.h."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from linnet.tokens.vocabulary import FAMILIES, SIGNATURE_TOKENS, TIME_SIGNATURES, family_of
from tests.csrc.tracker_oracle import BIG, DOTTED, LONGEST_BIG, SOUNDING_MOST
from tests.csrc.voice_leading_oracle import VoiceLeading

SHORTEST_BAR = min(row[2] for row in TIME_SIGNATURES)


class Grammar(VoiceLeading):
    """Says what may follow."""

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
                return set(ids("program", self.rules.programs_of(self.last[1])))
            if len(self.programs) < self.rules.slots and self.rules.programs:
                tokens.update(ids("slot", [len(self.programs)]))
            if self.grid:
                return tokens | {FAMILIES["bar"].first}
        if self.grid and self.bars[-1].signature is None:
            return {SIGNATURE_TOKENS[i] for i in self.rules.meters}
        if self.grid and self.tempo is None:
            return set(FAMILIES["tempo"].ids)
        return tokens | self.body() or self.escape()

    def body(self) -> set[int]:
        more = self.more() if self.last[0] == "duration_big" else set()
        if more and self.rules.durations and BIG[self.last[1]] not in self.rules.durations:
            return more
        if self.rules.upbeat == 2 and self.before_upbeat and (late := self.shifts_to_upbeat()):
            return late
        if self.last[0] == "shift_big" and not self.is_place(0) and (shifts := self.shifts()):
            return shifts
        strikes = self.strikes()
        if self.pending is not None or self.slot_just_named:
            return strikes
        if self.rules.downbeat and strikes and self.now == 0 and not self.simultaneous():
            return strikes
        name = self.last[0]
        after_shift = name in ("shift_fine", "shift_big")
        early = self.rules.upbeat == 1 and self.before_upbeat
        tokens = strikes | (self.shifts_to_upbeat() if early else self.shifts())
        if after_shift and not strikes:
            return tokens
        if self.grid and (after_shift or name == "bar"):
            tokens |= self.signatures()
        if self.grid and (after_shift or name in ("bar", "time_signature")) and not self.rules.fixed_tempo:
            tokens |= set(FAMILIES["tempo"].ids) - set(ids("tempo", [self.tempo]))
        if after_shift:
            return tokens
        tokens |= more
        if self.grid and not 0 < self.bar_count <= len(self.bars):
            tokens.add(FAMILIES["bar"].first)
        if self.may_end():
            tokens.add(FAMILIES["eos"].first)
        return tokens

    def escape(self) -> set[int]:
        if self.grid and not 0 < self.bar_count <= len(self.bars):
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
        struck = self.simultaneous()
        if any(onset.slot is not None for onset in struck) or 0 < self.rules.ticks <= self.now:
            return []
        lowest = max((onset.sound - 127 for onset in struck), default=0)
        return [drum - 27 for drum in self.rules.drums if drum - 27 >= lowest]

    def notes(self, slot: int) -> list[int]:
        written = [onset for onset in self.simultaneous() if onset.slot is not None]
        if any(onset.slot > slot for onset in written if onset.slot is not None):
            return []
        if 0 < self.rules.ticks <= self.now:
            return []
        below = min((onset.sound for onset in written if onset.slot == slot), default=128)
        return self.led(slot, [pitch for pitch in self.room(slot, self.now) if pitch < below])

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

    def shifts_to_upbeat(self) -> set[int]:
        bar = self.bars[0]
        middle = bar.start + (bar.end + 1 - bar.start) // 2
        return self.shifts() - {t for t in FAMILIES["shift_fine"].ids if self.now + amount(t) < middle}

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
        return {SIGNATURE_TOKENS[i] for i in self.rules.meters if i not in running}

    def longest(self) -> int:
        """Ticks a note that begins now may last."""
        ends = [self.now + (self.rules.longest or 1535)]
        if self.rules.ticks:
            ends.append(self.rules.ticks)
        if self.grid and self.rules.bars:
            bar = self.bars[-1]
            shortest = bar.end - bar.start if self.rules.fixed_meter else SHORTEST_BAR
            ends.append(bar.end + (self.bar_count - len(self.bars)) * shortest)
        return max(min(ends) - self.now, 1)

    def may_end(self) -> bool:
        if self.rules.endless:
            return False
        if not self.grid:
            return True
        return len(self.bars) >= self.bar_count and not self.sounding(self.bars[-1].end)

    # ---- the watchdog --------------------------------------------------------------------------------------

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


def step_of(ticks: int) -> int:
    """The first step of so many ticks: the big one, or all of it."""
    return ticks if ticks < 96 else ticks // 96 * 96


def ids(name: str, numbers: Iterable[int | None]) -> list[int]:
    return [FAMILIES[name].first + number for number in numbers if number is not None]


def amount(token: int) -> int:
    """Ticks a shift or a duration stands for."""
    return family_of(token).value_of(token)


def steps(kind: str, fits: Callable[[int], bool]) -> list[int]:
    """Shifts or durations whose ticks fit."""
    return [t for size in ("fine", "big") for t in FAMILIES[f"{kind}_{size}"].ids if fits(amount(t))]

"""What the network sees, slow and obvious, written from csrc/feature_layout.h."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from linnet.tokens.features import FAMILIES as FEATURE_FAMILIES
from linnet.tokens.features import WIDTH, WISHES
from linnet.tokens.vocabulary import TIME_SIGNATURES
from tests.csrc.grammar_oracle import Grammar
from tests.csrc.tracker_oracle import DOTTED, SUFFIX_LENGTHS, WINDOW, Onset

HISTORY_ONSETS = 192
BARS_AGO = (1, 2, 4, 8)


class GivenNote(NamedTuple):
    onset: int
    duration: int
    slot: int | None  # None: the kit
    sound: int | None  # pitch, or 128 + drum; None: not given


class GivenMusic(NamedTuple):
    notes: list[GivenNote]
    slots: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


def order_of(slot: int | None, sound: int | None) -> tuple[int, int]:
    """Where a note stands among those of its tick; one without a pitch as the first that there can be."""
    if slot is None:
        return 0, 0 if sound is None else sound - 128
    return 1 + slot, 0 if sound is None else 127 - sound


class Oracle(Grammar):
    """The whole tracker: what may follow, and what the network sees."""

    given: GivenMusic | None = None

    def features(self) -> list[int]:
        return self.row(self.facts())

    def row(self, facts: Iterable[tuple[str, Iterable[tuple[int, int]]]]) -> list[int]:
        row = [0] * WIDTH
        for name, values in facts:
            family = next(f for f in FEATURE_FAMILIES if f.name == name)
            share = family.columns // family.tables
            for column, value in values:
                row[family.first_column + column] = family.first_id + column // share * family.count + value
        return row

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
                yield "last_pitch", [(0, self.home(own[-1].sound))]
                yield "last_velocity", [(0, own[-1].velocity)]
        sounding = self.sounding(self.now)
        if sounding:
            yield "next_release", [(0, min(min(o.end for o in sounding) - self.now, 96) - 1)]
        yield "sounding", enumerate(self.home(onset.sound) for onset in sounding[:8])
        yield "simultaneous", [(n % 6, self.home(onset.sound)) for n, onset in enumerate(self.simultaneous())]
        for column, length in enumerate(() if self.recovers else SUFFIX_LENGTHS):
            if (token := self.suffix_match(length)) is not None:
                yield "suffix_match", [(column, token)]
        for (name, count), value in zip(WISHES, self.wishes, strict=True):
            if name == "bars_left" and self.rules.bars and self.grid:
                value = 1 + min(max(self.bar_count - len(self.bars), 0), 16)
            if name == "key" and value and self.shift is not None:
                mode, tonic = divmod(value - 1, 12)
                value = 1 + 12 * mode + (tonic - self.shift) % 12
            yield f"wish_{name}", [(0, value if value < count else 0)]
        yield from self.grammar_facts()
        yield from self.harmony_facts(sounding)
        if self.given is not None and self.bars:
            yield from self.given_facts(self.given)

    def grammar_facts(self) -> Iterator[tuple[str, Iterable[tuple[int, int]]]]:
        if self.slot is not None:
            yield (
                "voice_sounding",
                enumerate(self.home(onset.sound) for onset in self.sounding(self.now, self.slot)[:6]),
            )
        if (velocity := self.velocity_of(None)) is not None:
            yield "kit_velocity", [(0, velocity)]
        if self.programs:
            yield "slots", [(0, len(self.programs) - 1)]
        if self.bars and self.grid:
            line = self.bars[-1].end
            ahead = line - self.now - 1
            yield "to_bar_line", [(0, ahead % 96 if self.bars[-1].is_long else ahead)]
            if self.sounding(line):
                yield "ties", [(0, 0)]

    def harmony_facts(self, sounding: Sequence[Onset]) -> Iterator[tuple[str, Iterable[tuple[int, int]]]]:
        pitches = [onset.sound for onset in sounding]
        struck = [onset.sound for onset in self.simultaneous() if onset.sound < 128]
        if self.shift is not None:
            yield "home_shift", [(0, self.shift + 6)]
        if pitches:
            yield "lowest_sounding", [(0, self.home(min(pitches)))]
            yield "highest_sounding", [(0, self.home(max(pitches)))]
        if struck:
            yield "top_struck", [(0, self.home(max(struck)))]
        if self.slot is not None and self.slot < len(self.roles) and self.roles[self.slot]:
            yield "role", [(0, self.roles[self.slot])]
        if not self.bars:
            return
        bar = self.bars[-1]
        beat = bar.beat
        beats = -(-(bar.end - bar.start) // beat)
        told = dict(zip(dict(WISHES), self.wishes, strict=True))
        if told["cadence"] and told["phrase_left"] == 1:
            left = beats - (self.now - bar.start) // beat
            yield "cadence_due", [(0, 8 * (told["cadence"] - 1) + min(left, 8) - 1)]
        cells = [cell for chords in self.chords for cell in (*chords, *[0] * 8)[:beats]]
        cells += [0] * (4 * beats - len(cells))
        now = (self.now - bar.start) // beat
        if cells[now]:
            yield "chord", [(0, cells[now] - 1)]
        if 0 < cells[now] < 85:
            own = [o.sound for o in self.onsets if o.slot is not None and o.slot == self.slot]
            references = [own[-1:], [min(pitches)] if pitches else [], [max(pitches)] if pitches else []]
            root = (cells[now] - 1) // 7
            yield "over_root", [(n, (self.home(p[0]) - root) % 12) for n, p in enumerate(references) if p]
        for ahead in range(1, len(cells) - now):
            if cells[now + ahead] not in (0, cells[now]):
                yield "next_chord", [(0, cells[now + ahead] - 1)]
                yield "chord_change", [(0, min(ahead, 8) - 1)]
                return

    def given_facts(self, given: GivenMusic) -> Iterator[tuple[str, Iterable[tuple[int, int]]]]:
        """What lies ahead; `given` has at most REACH notes, so that all of them are in reach."""
        bar = self.bars[-1]
        beat = bar.beat
        struck = [onset for onset in self.onsets if onset.tick == self.now]
        written = order_of(struck[-1].slot, struck[-1].sound) if struck else (-1, 0)
        ahead = [
            note
            for note in given.notes
            if note.onset > self.now or (note.onset == self.now and order_of(note.slot, note.sound) > written)
        ]
        for column, part in enumerate(
            ([n for n in ahead if n.slot is not None], [n for n in ahead if n.slot is None])
        ):
            if part:
                yield "given_time", [(column, min(part[0].onset - self.now, 96))]
                sounds = [n.sound for n in part if n.onset == part[0].onset and n.sound is not None]
                if sounds and column:
                    yield "given_drum", [(0, sounds[0] - 128)]
                elif sounds:
                    low, high = min(sounds), max(sounds)
                    yield "given_next", [(0, self.home(low)), (1, self.home(high))]
                    inner = [sound for sound in sounds if sound not in (low, high)]
                    inner = [sound for i, sound in enumerate(inner) if i == 0 or inner[i - 1] != sound]
                    yield "given_inner", enumerate(self.home(sound) for sound in inner[:2])
        if self.slot is not None:
            inside = not given.spans or any(begin <= self.now < end for begin, end in given.spans)
            yield "given_slot", [(0, int(self.slot in given.slots or not inside))]
            own = [note for note in ahead if note.slot == self.slot]
            if own and own[0].sound is not None:
                yield "given_own", [(0, self.home(own[0].sound))]
        for name, tick in (
            ("given_beat", min(bar.end, bar.start + ((self.now - bar.start) // beat + 1) * beat)),
            ("given_bar", bar.end),
        ):
            on = [
                note.sound
                for note in given.notes
                if note.slot is not None
                and note.sound is not None
                and note.onset <= tick < note.onset + note.duration
            ]
            if on:
                yield name, [(0, self.home(min(on))), (1, self.home(max(on)))]
        for begin, end in given.spans:
            if begin <= self.now < end < 2**31 - 1:
                left = -(-(end - bar.start) // (bar.end - bar.start))
                yield "given_left", [(0, min(left, 8) - 1)]

    def place_facts(self) -> Iterator[tuple[str, Iterable[tuple[int, int]]]]:
        bar = self.bars[-1]
        position = self.now - bar.start
        if bar.is_long:
            yield "whole_note", [(0, position // 96)]
        yield "bar_position", [(0, position % 96 if bar.is_long else position)]
        if bar.signature is not None and TIME_SIGNATURES[bar.signature][:2] in DOTTED:
            yield "beat_position", [(0, 24 + position % 36)]
        else:
            yield "beat_position", [(0, position % 24)]
        yield "bar_modulo_8", [(0, (len(self.bars) - 1) % 8)]
        if bar.signature is not None and bar.signature < 12:
            yield "time_signature", [(0, bar.signature)]
        elif bar.signature is not None:
            yield "rare_time_signature", [(0, bar.signature - 12)]
        for column, ago in enumerate(() if self.recovers else BARS_AGO):
            number = len(self.bars) - ago  # bars count from 1
            if number < 1:
                continue
            start = self.bars[number - 1].start
            onsets = [onset for onset in self.onsets if onset.bar == number][:HISTORY_ONSETS]
            ahead = [o.tick - start - position for o in onsets if o.tick - start > position]
            yield "earlier_next_onset", [(column, min(*ahead, 96) if ahead else 0)]
            back = [onset.home for onset in onsets if onset.tick - start == position]
            yield "earlier_bars", [(4 * column + i, sound) for i, sound in enumerate(back[:4])]

    def suffix_match(self, length: int) -> int | None:
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

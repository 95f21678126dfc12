"""What the network sees, slow and obvious, written from csrc/feature_layout.h."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linnet.tokens.features import FAMILIES as FEATURE_FAMILIES
from linnet.tokens.features import WIDTH, WISHES
from linnet.tokens.vocabulary import TIME_SIGNATURES
from tests.csrc.grammar_oracle import Grammar
from tests.csrc.tracker_oracle import DOTTED, SUFFIX_LENGTHS, WINDOW

HISTORY_ONSETS = 192
BARS_AGO = (1, 2, 4, 8)


class Oracle(Grammar):
    """The whole tracker: what may follow, and what the network sees."""

    def features(self) -> list[int]:
        row = [0] * WIDTH
        for name, values in self.facts():
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
                yield "last_pitch", [(0, own[-1].sound)]
                yield "last_velocity", [(0, own[-1].velocity)]
        sounding = self.sounding(self.now)
        if sounding:
            yield "next_release", [(0, min(min(o.end for o in sounding) - self.now, 96) - 1)]
        yield "sounding", enumerate(onset.sound for onset in sounding[:8])
        yield "simultaneous", [(n % 6, onset.sound) for n, onset in enumerate(self.simultaneous())]
        for column, length in enumerate(() if self.recovers else SUFFIX_LENGTHS):
            if (token := self.suffix_match(length)) is not None:
                yield "suffix_match", [(column, token)]
        for (name, count), value in zip(WISHES, self.wishes, strict=True):
            if name == "bars_left" and self.rules.bars and self.grid:
                value = 1 + min(max(self.bar_count - len(self.bars), 0), 16)
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

"""A piece as a piano roll: rows of bars, pitch upwards, a colour for each voice, drums in lanes beneath."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from linnet.music.notes import Row
from linnet.music.theory import pitch_name
from linnet.music.timeline import bar_length
from linnet.picture.drawing import COLOURS, Box, Boxes, Drawing, Lines, Text, text_width
from linnet.picture.view import Lane, System, View
from linnet.tools.text import printable

__all__ = ["roll"]

WIDTH = 1200
RIGHT = 18
MOST_SYSTEMS = 8
"""A long piece gets more bars in a row, not more rows."""

SHADES = 8
DRUM_PAINT = "ink"
LEAST_WIDTH = 1.6
"""No note is narrower."""

LEAST_REST = 2
"""Nor is one shown again in the next row for less."""

BLACK_KEYS = (1, 3, 6, 8, 10)
LANE = 9
"""Height of a drum's lane."""

MOST_LANES = 24
"""On the whole page; with more, drums of one kind share a lane."""


def roll(view: View, bars_per_row: int | None = None) -> Drawing:
    """The whole page. Bars are as wide as they are long, on one scale."""
    if bars_per_row is None:
        bars_per_row = _bars_per_row(view.last - view.first)
    return _Page(view, view.systems(bars_per_row)).drawing()


def _bars_per_row(bars: int) -> int:
    """Eight, or more where that takes too many rows: phrases have a power of two."""
    per_row = 8
    while bars > per_row * MOST_SYSTEMS:
        per_row *= 2
    return min(per_row, bars)


class _Page:
    """One drawing in the making; `y` is how far down it has come."""

    def __init__(self, view: View, systems: list[System]) -> None:
        self.view, self.systems = view, systems
        self.shapes: list[Boxes | Lines | Text] = []
        self.y = 0.0
        self.left = 80 if view.drums else 44  # the longest name of a drum, or that of a pitch
        self.scale = (WIDTH - self.left - RIGHT) / max(system.end - system.begin for system in systems)
        low, high = view.pitches or (60, 60)
        low, high = (low - 1, high + 1) if view.pitches or not view.drums else (0, -1)
        missing = max(0, 12 - (high - low)) if high >= low else 0
        self.low, self.high = max(0, low - missing // 2), min(127, high + (missing + 1) // 2)
        height = min(240, max(130, 700 // len(systems)))
        self.semitone = min(10.0, max(2.0, round(2 * height / max(1, self.high - self.low + 1)) / 2))
        self.lanes: list[Lane] = view.lanes(MOST_LANES // len(systems))
        self.lane_of = {pitch: i for i, lane in enumerate(self.lanes) for pitch in lane.pitches}
        self.pieces = self._pieces_by_system()

    def drawing(self) -> Drawing:
        self._head()
        for i, system in enumerate(self.systems):
            self._system(i, system)
        view = self.view
        names = ", ".join([voice.name for voice in view.voices] + (["drums"] if view.drums else []))
        described = f"Piano roll: {', '.join(view.words())}. Played by: {names or 'nobody'}."
        return Drawing(WIDTH, self.y + 4, view.title or "Piano roll", described, self.shapes)

    # what stands above

    def _head(self) -> None:
        view = self.view
        self.y = 16
        if view.title:
            self.y += 10
            self.shapes.append(Text(self.left, self.y, view.title, "ink", 17, bold=True))
            self.y += 20
        words = view.words()
        if len(view.voices) == 1 and not view.drums:
            words.append(view.voices[0].name)
        self.shapes.append(Text(self.left, self.y, "  ·  ".join(words), "quiet", 12))
        self._loudness()
        if len(view.voices) + bool(view.drums) > 1:
            self._legend()
        self.y += 14

    def _legend(self) -> None:
        self.y += 20
        names = [(f"voice{i % COLOURS}", voice.name) for i, voice in enumerate(self.view.voices)]
        x: float = self.left
        for paint, name in [*names, *([(DRUM_PAINT, "Drums")] if self.view.drums else [])]:
            width = 16 + text_width(name, 11) + 14
            if x > self.left and x + width > WIDTH - RIGHT:
                x, self.y = self.left, self.y + 17
            self.shapes.append(Boxes(paint, [(x, self.y - 9, 11, 10)]))
            self.shapes.append(Text(x + 16, self.y, name, "ink", 11))
            x += width

    def _loudness(self) -> None:
        """What the shades say, where there is more than one."""
        rows = [row for voice in self.view.voices for row in voice.rows] + self.view.drums
        shades = sorted({_shade(row) for row in rows})
        if len(shades) < 2:
            return
        x = WIDTH - RIGHT - text_width("loud", 11)
        self.shapes.append(Text(WIDTH - RIGHT, self.y, "loud", "quiet", 11, "end"))
        for shade in reversed(shades):
            x -= 13
            self.shapes.append(Boxes("ink", [(x, self.y - 9, 12, 10)], _opacity(shade)))
        self.shapes.append(Text(x - 5, self.y, "soft", "quiet", 11, "end"))

    # a row of bars

    def _system(self, index: int, system: System) -> None:
        self._marks(system)
        self.y += 12
        top = self.y
        right = self._x(system, system.end)
        roll_height = (self.high - self.low + 1) * self.semitone
        bottom = top + roll_height
        lanes_top = bottom + (6 if self.lanes and roll_height else 0)
        end = lanes_top + LANE * len(self.lanes)
        if roll_height:
            self._pitches(top, bottom, right)
        self._lanes(lanes_top, right)
        spans = [(top, bottom)] * bool(roll_height) + [(lanes_top, end)] * bool(self.lanes)
        self._grid(system, spans)
        for (paint, shade), boxes in self._boxes(index, system, top, lanes_top).items():
            self.shapes.append(Boxes(paint, boxes, _opacity(shade), notes=True))
        self.y = end + 14

    def _x(self, system: System, tick: float) -> float:
        return self.left + (tick - system.begin) * self.scale

    def _pitches(self, top: float, bottom: float, right: float) -> None:
        def y(pitch: int) -> float:
            return top + (self.high - pitch) * self.semitone

        black = [pitch for pitch in range(self.low, self.high + 1) if pitch % 12 in BLACK_KEYS]
        if self.semitone >= 3:
            stripes = [(self.left, y(pitch), right - self.left, self.semitone) for pitch in black]
            self.shapes.append(Boxes("stripe", stripes))
        else:
            self.shapes.append(Boxes("stripe", [(self.left, top, right - self.left, bottom - top)]))
        octaves = [pitch for pitch in range(self.low, self.high + 1) if pitch % 12 == 0]
        self.shapes.append(
            Lines("octave", level=[(y(pitch) + self.semitone, self.left, right) for pitch in octaves])
        )
        for pitch in octaves or [self.low]:
            middle = y(pitch) + self.semitone / 2
            self.shapes.append(Text(self.left - 6, middle + 3.5, pitch_name(pitch), anchor="end"))

    def _lanes(self, top: float, right: float) -> None:
        stripes = [(self.left, top + LANE * i, right - self.left, LANE - 1) for i in range(len(self.lanes))]
        if stripes:
            self.shapes.append(Boxes("stripe", stripes))
        for i, lane in enumerate(self.lanes):
            self.shapes.append(Text(self.left - 6, top + LANE * i + 7.5, lane.name, size=8.5, anchor="end"))

    def _grid(self, system: System, spans: list[tuple[float, float]]) -> None:
        """Bars and, where there is room, beats; as many numbers as are easily read."""
        score = self.view.score
        narrowest = (system.end - system.begin) * self.scale / (system.last - system.first)
        line_step, number_step = _step(narrowest, 6), _step(narrowest, 40)

        def places(step: int) -> list[float]:
            return [self._x(system, score.bar_tick(bar)) for bar in range(system.first, system.last, step)]

        if line_step == 1:
            beats = list(self._beats(system))
            self.shapes.append(Lines("beat", [(x, *span) for x in beats for span in spans]))
        if line_step < number_step:  # the more lines, the paler
            self.shapes.append(Lines("octave", [(x, *span) for x in places(line_step) for span in spans]))
        bars = places(number_step)
        ends = [*bars, self._x(system, system.end)]
        self.shapes.append(Lines("bar", [(x, *span) for x in ends for span in spans]))
        for x, bar in zip(bars, range(system.first, system.last, number_step), strict=True):
            self.shapes.append(Text(x + 3, spans[0][0] - 3, str(bar + 1)))

    def _beats(self, system: System) -> Iterator[float]:
        """Where beats are: dotted quarters in 6/8, 9/8 and 12/8, else notes of the signature's kind."""
        score = self.view.score
        signatures = score.time_signatures
        starts = [signature.tick for signature in signatures]
        for bar in range(system.first, system.last):
            begin = score.bar_tick(bar)
            end = score.bar_tick(bar + 1) if bar + 1 < system.last else system.end
            signature = signatures[bisect_right(starts, begin) - 1]
            ticks, parts = bar_length(signature, score.ticks_per_beat)
            compound = signature.denominator >= 8 and signature.numerator % 3 == 0 and signature.numerator > 3
            beats = signature.numerator // 3 if compound else signature.numerator
            step = ticks / parts / beats
            if step * self.scale >= 9:
                inside = (begin + step * beat for beat in range(1, beats))
                yield from (self._x(system, tick) for tick in inside if tick < end)

    def _marks(self, system: System) -> None:
        """Markers, and changes of meter and tempo, above the bar numbers; only those that there is room for
        get words.
        """
        score = self.view.score
        meters = [(s.tick, f"{s.numerator}/{s.denominator}") for s in score.time_signatures]
        tempos = [(change.tick, f"{round(change.bpm, 1):g} bpm") for change in score.tempos]
        tempos = [mark for i, mark in enumerate(tempos) if not i or mark[1] != tempos[i - 1][1]]
        markers = [(mark.tick, words) for mark in score.markers if (words := printable(mark.text))]
        changing = [markers, *(marks for marks in (meters, tempos) if len(marks) > 1)]
        at: dict[int, list[str]] = defaultdict(list)
        for marks in changing:
            for tick, words in marks:
                if system.begin <= tick < system.end:
                    at[tick].append(words)
        if not at:
            return
        self.y += 13
        free, poles = 0.0, []
        for tick in sorted(at):
            x, words = self._x(system, tick), "  ".join(at[tick])
            if x >= free:
                self.shapes.append(Text(x + 3, self.y - 1, words, "ink"))
                free = x + 3 + text_width(words, 10) + 8
                poles.append((x, self.y - 9, self.y + 12))
            elif x >= poles[-1][0] + 3:
                poles.append((x, self.y + 2, self.y + 12))
        self.shapes.append(Lines("bar", poles))

    # notes

    def _pieces_by_system(self) -> list[list[tuple[str, Row]]]:
        """The notes that each row shows, the first voice last, to lie on top."""
        begins = [system.begin for system in self.systems]
        found: list[list[tuple[str, Row]]] = [[] for _ in self.systems]
        for i, voice in reversed(list(enumerate(self.view.voices))):
            for row in voice.rows:
                first = max(bisect_right(begins, row[0]) - 1, 0)
                for index in range(first, bisect_right(begins, row[0] + row[1] - 1)):
                    found[index].append((f"voice{i % COLOURS}", row))
        for row in self.view.drums:
            found[max(bisect_right(begins, row[0]) - 1, 0)].append((DRUM_PAINT, row))
        return found

    def _boxes(
        self, index: int, system: System, top: float, lanes_top: float
    ) -> dict[tuple[str, int], list[Box]]:
        """Rectangles by paint and shade."""
        thickness = self.semitone - (1 if self.semitone >= 5 else 0.5 if self.semitone >= 3 else 0)
        beat = self.view.score.ticks_per_beat * self.scale
        found: dict[tuple[str, int], list[Box]] = defaultdict(list)
        for paint, row in self.pieces[index]:
            onset, duration, pitch, _ = row
            x = self._x(system, max(onset, system.begin))
            if paint == DRUM_PAINT:
                y = lanes_top + LANE * self.lane_of[pitch] + 0.5
                room = self._x(system, system.end) - x
                box = (x, y, max(LEAST_WIDTH, min(5.0, beat / 5, room)), LANE - 2.0)
            else:
                width = self._x(system, min(onset + duration, system.end)) - x
                if onset < system.begin and width < LEAST_REST:
                    continue  # of a note that ends just behind the line: all is said where it began
                y = top + (self.high - pitch) * self.semitone + (self.semitone - thickness) / 2
                box = (x, y, max(LEAST_WIDTH, width - min(1.0, 0.15 * width)), thickness)
            found[paint, _shade(row)].append(box)
        return found


def _shade(row: Row) -> int:
    return row[3] * SHADES // 128


def _opacity(shade: int) -> float:
    return round(0.3 + 0.7 * shade / (SHADES - 1), 2)


def _step(bar_width: float, least: float) -> int:
    """Every how many bars there is room for something so wide: a power of two."""
    step = 1
    while step * bar_width < least:
        step *= 2
    return step

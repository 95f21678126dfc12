"""A piece as a piano roll of block characters: two pitches to a line, as wide as the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby

from linnet.music.theory import pitch_name
from linnet.music.timeline import bar_length
from linnet.picture.view import System, View

__all__ = ["blocks"]

MARGIN = 8
NARROWEST = 24
EARLY = Fraction(1, 8)
FINEST, USUAL = 16, 4
"""Columns of a quarter note: at most, and at most where that takes more than one row of bars."""

MOST_LINES = 60
"""A piece that would take more is drawn smaller, down to one row of bars."""

UPPER, LOWER, BOTH, BAR, TICK, DRUM = "▀▄█┊╵x"
PLAIN = str.maketrans("▀▄█┊╵■…", "\"_#:'#.")
"""For terminals that lack block characters."""

COLOURS = (34, 33, 32, 35, 36, 31)
"""Blue, yellow, green, magenta, cyan, red: the terminal's own, which its owner can read."""
DIM = "2"

Cell = tuple[str, str]
"""A character and the codes of its colours."""
Grid = dict[tuple[int, int], int]
"""Which voice is seen at (pitch, column)."""


def blocks(view: View, width: int = 80, *, colour: bool = False, encoding: str = "utf-8") -> str:
    """The lines, none longer than `width`; a column is the same time everywhere."""
    if width < NARROWEST:
        raise ValueError(f"width must be at least {NARROWEST} columns, got {width}")
    sheet = _Sheet(view, width - MARGIN)
    lines: list[list[Cell]] = [
        [(character, "") for character in line]
        for words in (view.title, ", ".join(view.words()))
        for line in textwrap.wrap(words, width)
    ]
    lines += _legend(view, width, colour)
    for system in sheet.systems():
        lines += [[], *sheet.draw(system)]
    text = "\n".join(_joined(line, colour) for line in lines)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(PLAIN)
    return text


class _Sheet:
    """How much time a column is, how many bars a row holds, and which pitches are seen."""

    def __init__(self, view: View, width: int) -> None:
        self.view, self.width = view, width
        low, high = view.pitches or (60, 59)
        self.low, self.high = low // 2 * 2, high | 1  # a C is always the lower half of its line
        self.lanes = view.lanes(0)
        height = (self.high - self.low + 1) // 2 + len(self.lanes) + 2
        score, bars = view.score, view.last - view.first
        longest = max(Fraction(*bar_length(s, score.ticks_per_beat)) for s in score.time_signatures)
        columns = Fraction(FINEST)  # of a quarter note
        while True:
            in_bar = longest / score.ticks_per_beat * columns
            per_row = min(int(width / in_bar), bars)
            if 4 < per_row < bars:
                per_row -= per_row % 4
            rows = -(-bars // per_row) if per_row else 0
            if rows == 1 or (rows and columns <= USUAL and rows * height <= MOST_LINES):
                break
            columns /= 2
        self.per_row, self.pace = per_row, columns / score.ticks_per_beat

    def systems(self) -> list[System]:
        return self.view.systems(self.per_row)

    def draw(self, system: System) -> Iterator[list[Cell]]:
        width = max(1, self._column(system, system.end))
        bars = [
            (self._column(system, self.view.score.bar_tick(bar)), bar + 1)
            for bar in range(system.first, system.last, self._step(system))
        ]
        lines = {column for column, _ in bars}
        grid = self._grid(system)
        for pitch in range(self.high, self.low, -2):
            name = pitch_name(pitch - 1) if (pitch - 1) % 12 == 0 else ""
            yield [*_label(name), *(_cell(grid, pitch, column, column in lines) for column in range(width))]
        for lane in self.lanes:
            struck = {
                self._column(system, row[0])
                for row in self.view.drums
                if row[2] in lane.pitches and system.begin <= row[0] < system.end
            }
            cells = dict.fromkeys(lines, (BAR, DIM)) | dict.fromkeys(struck, (DRUM, ""))
            yield [*_label(lane.name), *(cells.get(column, (" ", "")) for column in range(width))]
        yield _ruler(bars, self.width)

    def _column(self, system: System, tick: int) -> int:
        """Players are early now and then: an eighth of a column is forgiven."""
        return int((tick - system.begin) * self.pace + EARLY)

    def _step(self, system: System) -> int:
        """Every how many bars there is room for a number: a power of two."""
        in_bar = self.pace * (system.end - system.begin) / (system.last - system.first)
        step = 1
        while step * in_bar < len(str(system.last)) + 2:
            step *= 2
        return step

    def _grid(self, system: System) -> Grid:
        """The first voice lies on top."""
        grid: Grid = {}
        for i, voice in reversed(list(enumerate(self.view.voices))):
            rows = [row for row in voice.rows if row[0] < system.end and row[0] + row[1] > system.begin]
            begins = {(row[2], self._column(system, max(row[0], system.begin))) for row in rows}
            for onset, duration, pitch, _ in rows:
                first = self._column(system, max(onset, system.begin))
                last = max(first + 1, self._column(system, min(onset + duration, system.end)))
                if last - first > 1 and (pitch, last) in begins:
                    last -= 1  # air between notes of one pitch
                grid.update(dict.fromkeys(((pitch, column) for column in range(first, last)), i))
        return grid


def _cell(grid: Grid, pitch: int, column: int, bar: bool) -> Cell:
    """What stands for this pitch and the one below."""
    upper, lower = grid.get((pitch, column)), grid.get((pitch - 1, column))
    if upper is None and lower is None:
        return (BAR, DIM) if bar else (" ", "")
    if upper is None or lower is None:
        voice = upper if lower is None else lower
        assert voice is not None
        return UPPER if lower is None else LOWER, _code(voice)
    if _code(upper) == _code(lower):
        return BOTH, _code(upper)
    return UPPER, f"{_code(upper)};{int(_code(lower)) + 10}"


def _code(voice: int) -> str:
    return str(COLOURS[voice % len(COLOURS)])


def _label(name: str) -> Iterator[Cell]:
    short = name if len(name) < MARGIN else f"{name[: MARGIN - 2]}."
    return ((character, DIM) for character in f"{short:>{MARGIN - 1}} ")


def _ruler(bars: Sequence[tuple[int, int]], width: int) -> list[Cell]:
    """A short last bar may leave no room for its number."""
    text = " " * MARGIN
    for column, number in bars:
        if column + len(f"{TICK}{number}") <= width:
            text = f"{text:<{MARGIN + column}}{TICK}{number}"
    return [(character, DIM) for character in text]


def _legend(view: View, width: int, colour: bool) -> list[list[Cell]]:
    """Who plays, where there are several; with colours, in theirs."""
    names = [(voice.name, _code(i)) for i, voice in enumerate(view.voices)]
    names += [("Drums", "")] if view.drums else []
    lines: list[list[Cell]] = []
    for name, code in names if len(names) > 1 else []:
        entry: list[Cell] = [("■", code), (" ", "")] if colour and code else []
        entry += [(character, "") for character in name[: width - 4]]
        if not lines or len(lines[-1]) + 2 + len(entry) > width:
            lines.append(entry)
        else:
            lines[-1] += [(" ", ""), (" ", ""), *entry]
    return lines


def _joined(line: Sequence[Cell], colour: bool) -> str:
    if not colour:
        return "".join(character for character, _ in line).rstrip()
    parts = []
    for code, run in groupby(line, key=lambda cell: cell[1]):
        text = "".join(character for character, _ in run)
        parts.append(f"\033[{code}m{text}\033[0m" if code else text)
    return "".join(parts).rstrip()

"""The figures of a benchmark: the table for people, and the JSON for programs."""

import json
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures -->", "<!-- end of the figures -->"
HEADER = ("benchmark", "size", "linnet", "beside it", "", "ratio", "to reach", "")
PEERS = ("numpy", "onnxruntime", "torch", "openvino", "ai-edge-litert", "transformers", "miditok")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure has to reach."""

    text: str
    met: bool


def at_least(bound: float, value: float) -> Goal:
    """A goal for a ratio that should be large."""
    return Goal(f">= {bound:g}x", value >= bound)


def at_most(bound: float, value: float, unit: str = "x") -> Goal:
    """A goal for something that should be small."""
    return Goal(f"<= {bound:g}{unit}", value <= bound)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    benchmark: str
    size: str
    ours: float
    unit: str
    beside: str = ""
    """What stands beside linnet."""

    theirs: float | None = None
    ratio: float | None = None
    """How many times as good as what stands beside it; in `limit`, how many times its time."""

    goal: Goal | None = None

    @property
    def value(self) -> float:
        """What the JSON has for it."""
        return self.ours if self.ratio is None else self.ratio

    def cells(self) -> tuple[str, ...]:
        """As text, a cell for each column of HEADER."""
        theirs = "" if self.theirs is None else number(self.theirs, self.unit)
        ratio = (
            "" if self.ratio is None else f"{self.ratio:.1f}x" if self.ratio < 100 else f"{self.ratio:.0f}x"
        )
        goal = ("", "") if self.goal is None else (self.goal.text, "met" if self.goal.met else "missed")
        return (self.benchmark, self.size, number(self.ours, self.unit), self.beside, theirs, ratio, *goal)


def faster(
    benchmark: str, size: str, beside: str, rates: dict[str, float], *, goal: float | None = None
) -> Figure:
    """Tokens a second of linnet against those of another in the same run."""
    ours, theirs = rates["linnet"], rates[beside]
    ratio = ours / theirs
    reach = None if goal is None else at_least(goal, ratio)
    return Figure(benchmark, size, ours, "tokens/s", beside, theirs, ratio, reach)


def times(ratio: float) -> str:
    """A ratio; near one and below with a digit more, for that is where goals are missed by little."""
    return f"{ratio:.2f}x" if ratio < 2 else f"{ratio:.1f}x" if ratio < 100 else f"{ratio:.0f}x"


def number(value: float, unit: str) -> str:
    """With three digits that count, or as a whole number above a hundred."""
    text = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".rstrip()


def lines(figures: Iterable[Figure], *, markdown: bool = False) -> Iterator[str]:
    """The table."""
    rows = [HEADER, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = (False, False, True, False, True, True, True, False)
    for i, row in enumerate(rows):
        cells = [
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        ]
        if not markdown:
            yield "  ".join(cells).rstrip()
            continue
        yield f"| {' | '.join(cells)} |"
        if i == 0:
            rules = ["-" * (w - 1) + ":" if r else "-" * w for w, r in zip(widths, right, strict=True)]
            yield f"| {' | '.join(rule.rjust(2, '-') for rule in rules)} |"


def markdown(cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """Any table; the first row is its header."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for i, row in enumerate(cells):
        yield f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        if i == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"


def machine() -> dict[str, str]:
    """Where the figures come from."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.is_file() else []
    cpu = names[0].split(":")[1].strip() if names else platform.processor() or platform.machine()
    found = {"cpu": f"{cpu}, {os.cpu_count()} cores", "python": platform.python_version()}
    for name in PEERS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def as_json(figures: Iterable[Figure]) -> dict[str, Any]:  # Any: nested by benchmark, size and peer
    """Ratios by benchmark, size and peer; under "absolute" what they were computed from."""
    ratios: dict[str, Any] = {}
    absolute: dict[str, Any] = {}
    for figure in figures:
        key = figure.beside or figure.unit
        ratios.setdefault(figure.benchmark, {}).setdefault(figure.size, {})[key] = figure.value
        absolute.setdefault(figure.benchmark, {}).setdefault(figure.size, {})[key] = {
            "linnet": figure.ours,
            "beside": figure.theirs,
            "unit": figure.unit,
            "goal": figure.goal and figure.goal.text,
            "met": figure.goal and figure.goal.met,
        }
    return {**ratios, "absolute": absolute, "machine": machine()}


def write_json(path: Path, figures: Iterable[Figure]) -> None:
    """Writes the file that programs read."""
    path.write_text(json.dumps(as_json(figures), indent=2) + "\n", encoding="utf-8")


def put_into(path: Path, text: str) -> None:
    """Replaces what stands between the two marks of a Markdown file."""
    page = path.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"{path} must have one line {BEGIN} and one line {END}")
    head, rest = page.split(BEGIN)
    path.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")

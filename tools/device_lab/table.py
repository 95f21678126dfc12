"""The table of platforms, and what a token costs on boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from device_lab.work import Result


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that was tried."""

    ok: bool
    text: str

    def __str__(self) -> str:
        return self.text if self.ok else f"FAILED: {self.text}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table as Markdown has it, in straight columns."""
    lines = [list(map(str, head)), *(list(map(str, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def sizes(wheels: dict[str, dict[str, int]]) -> str:
    """Bytes of each wheel by what they are for; models come last and are not in the sum."""
    names = sorted({part for parts in wheels.values() for part in parts} - {"models"})
    rows = [(name, *(f"{parts.get(name, 0):,}" for parts in wheels.values())) for name in [*names, "models"]]
    sums = [sum(parts.values()) - parts.get("models", 0) for parts in wheels.values()]
    rows.insert(-1, ("without models", *(f"{number:,}" for number in sums)))
    return markdown(("bytes in the wheel", *wheels), rows)


def least(wheels: dict[str, dict[str, int]]) -> str:
    """Bytes that the Python of each wheel would take in other ways."""
    names = list(next(iter(wheels.values()), {}))
    rows = [(name, *(f"{ways[name]:,}" for ways in wheels.values())) for name in names]
    return markdown(("bytes of its Python", *wheels), rows)


@dataclass(frozen=True, slots=True)
class Board:
    """A board, with what is assumed about it."""

    name: str
    cpu: str
    ghz: float
    per_cycle: float
    """Instructions a cycle."""

    gigabytes_per_second: float
    """At which a core reads memory."""

    impsy: str = "not published"
    """What IMPSY, an LSTM that plays along by TensorFlow Lite, published of a step of its models there."""


BOARDS = (
    Board("Raspberry Pi Zero 2 W", "cortex-a53", 1.0, 0.7, 1.5, "2 layers: less than 5 ms"),
    Board("Raspberry Pi 3 B+", "cortex-a53", 1.4, 0.7, 2.0),
    Board("Raspberry Pi 4", "cortex-a72", 1.8, 1.3, 3.5),
    Board("Raspberry Pi 5", "cortex-a76", 2.4, 2.2, 8.0, "small ones: less than 0.5 ms"),
)
"""Clocks are the boards' own. Instructions a cycle and memory are low guesses for integer code
on these cores; nothing was run on a board. IMPSY's figures are from the paper on IMPSYpi, "Opening the Design
Space" (github.com/cpmpercussion/impsypi-opening-design-space-paper)."""

CPUS = {board.cpu for board in BOARDS}


def estimate(board: Board, instructions: int, model_bytes: int) -> float:
    """Milliseconds a token: all instructions, and then the whole model read from memory once."""
    computing = instructions / (board.per_cycle * board.ghz * 1e9)
    return 1e3 * (computing + model_bytes / (board.gigabytes_per_second * 1e9))


def boards(found: dict[tuple[str, str], Result], model_bytes: int) -> str:
    """The estimates for each board and engine, from what was counted on its processor, by (cpu, engine)."""
    rows = []
    for board in BOARDS:
        for engine in [engine for cpu, engine in found if cpu == board.cpu]:
            figures = found[board.cpu, engine]
            count = figures["a_token"]
            memory = f"{figures['memory']:.0f} MB ({figures['private']:.0f} its own)"
            assumed = f"{board.ghz} GHz, {board.per_cycle} a cycle, {board.gigabytes_per_second} GB/s"
            time = f"{estimate(board, count, model_bytes):.1f} ms"
            rows.append((board.name, board.cpu, engine, f"{count:,}", assumed, time, board.impsy, memory))
    counted = ("board", "processor", "engine", "instructions a token", "assumed")
    head = (*counted, "estimated time a token", "a step of IMPSY", "memory")
    return markdown(head, rows)

"""A picture of a corpus: pitches, durations, density and length, each collection in its own colour."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure  # not pyplot: no window system is asked for, no global state is kept
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from linnet.tokens.quantise import TimeBase
from linnet.tools.text import counted
from linnet_train import storage
from linnet_train.corpus import shards
from linnet_train.corpus.assemble import Assembled
from linnet_train.corpus.files import Collection
from linnet_train.corpus.scan import DURATION_BINS
from linnet_train.drawing import draws, label

COLOURS = ("#3a6ea5", "#e39a4f", "#5aa17f", "#b65a72", "#8474b4", "#cdb34a", "#5fb0bf", "#9a7560")
"""The largest collections in this order."""

OTHERS, INK, PALE = "#b4bac2", "#2c3238", "#e3e6ea"
BINS = 48
NOTE_VALUES = {-3: "1/32", -2: "1/16", -1: "1/8", 0: "1/4", 1: "1/2", 2: "1", 3: "2", 4: "4"}
SECONDS = {-6: "16 ms", -4: "63 ms", -2: "250 ms", 0: "1 s", 2: "4 s", 4: "16 s"}
LENGTHS: Mapping[float, str] = {
    1: "1 s",
    2: "2",
    5: "5",
    10: "10 s",
    20: "20",
    30: "30 s",
    60: "1 min",
    120: "2",
    300: "5",
    600: "10 min",
    1800: "30",
    3600: "1 h",
}
DENSITIES = {x: f"{x:g}" for x in (0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50)}

Heights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    edges: NDArray[np.floating[Any]]  # (bins + 1,); Any: numpy's own type of a float array of some width
    heights: Heights  # (colours, bins)
    ticks: Mapping[float, str]
    remark: str


@draws
def plot(
    path: Path,
    assembled: Assembled,
    collections: Sequence[Collection],
    time_base: TimeBase,
    counts: Sequence[int],
) -> None:
    """Writes the picture as a PNG."""
    index = assembled.index
    names, colours, colour_of = _legend(index, collections)
    kind = colour_of[index["source"]]
    pitches, durations = _histograms(path.parent, assembled, counts, kind, len(names))
    seconds = np.maximum(index["seconds"].astype(np.float64), 0.01)
    density = index["notes"] / seconds
    usual, typical = f"median {np.median(density):.1f}", f"median {np.median(seconds):.0f} s"
    panels = (
        _pitch_panel(pitches),
        _duration_panel(durations, time_base),
        _log_panel("notes a second, by piece", density, kind, len(names), DENSITIES, usual),
        _log_panel("length of pieces", seconds, kind, len(names), LENGTHS, typical),
    )
    figure = Figure(
        figsize=(11, 7.6), layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12), facecolor="white"
    )
    figure.suptitle(
        f"{label(path.resolve().parent.name)}   {counted(len(index), 'piece')}, "
        f"{counted(int(index['notes'].sum()), 'note')}, {seconds.sum() / 3600:,.1f} hours",
        fontsize=14,
        color=INK,
        fontweight="bold",
    )
    for axes, panel in zip(figure.subplots(2, 2).flat, panels, strict=True):
        _paint(axes, panel, names, colours)
    if len(names) > 1:
        handles, labels = figure.axes[0].get_legend_handles_labels()
        columns = min(5, len(names))
        figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, frameon=False, labelcolor=INK
        )
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=130, format="png", metadata={"Software": None})
    storage.store(path, buffer.getvalue())


def _paint(axes: Axes, panel: _Panel, names: Sequence[str], colours: Sequence[str]) -> None:
    share = 100 * panel.heights / max(1.0, panel.heights.sum())
    bottom = np.zeros(share.shape[1])
    for row, name, colour in zip(share, names, colours, strict=True):
        axes.bar(
            panel.edges[:-1], row, np.diff(panel.edges), bottom,
            align="edge", color=colour, label=name, linewidth=0.4, edgecolor="white",
        )  # fmt: skip
        bottom += row
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    axes.set_title(panel.remark, loc="right", fontsize=9.5, color="#767e87")
    axes.set_xlim(panel.edges[0], panel.edges[-1])
    axes.set_xticks(list(panel.ticks), list(panel.ticks.values()))
    axes.yaxis.set_major_formatter("{x:g} %")
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.tick_params(colors=INK, labelsize=9.5, length=0)
    axes.grid(axis="y", color=PALE, lw=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(PALE)


def _legend(
    index: NDArray[np.void], collections: Sequence[Collection]
) -> tuple[list[str], list[str], NDArray[np.int64]]:
    """Names and colours, the largest collection first, and the number of the colour for each collection."""
    notes = np.bincount(index["source"], index["notes"], len(collections))
    order = [source for source in np.argsort(-notes, kind="stable").tolist() if notes[source] > 0]
    own = len(order) if len(order) <= len(COLOURS) else len(COLOURS) - 1
    colour_of = np.full(len(collections), own, np.int64)
    colour_of[order[:own]] = np.arange(own)
    names = [label(collections[source].name) for source in order[:own]]
    if own == len(order):
        return names, list(COLOURS[:own]), colour_of
    return [*names, f"{len(order) - own} others"], [*COLOURS[:own], OTHERS], colour_of


def _histograms(
    folder: Path, assembled: Assembled, counts: Sequence[int], kind: NDArray[np.int64], colours: int
) -> tuple[Heights, Heights]:
    """Notes by pitch and by duration, for each colour."""
    total = np.zeros((colours, 128 + DURATION_BINS))
    file = 0
    for number, count in enumerate(counts):
        rows = iter(shards.array(folder, number, "histograms"))
        for i in range(file, file + count):
            row = None if assembled.records[i].reason else next(rows)
            if row is not None and i in assembled.piece_of:
                total[kind[assembled.piece_of[i]]] += row
        file += count
    return total[:, :128], total[:, 128:]


def _pitch_panel(pitches: Heights) -> _Panel:
    low, high = _span(pitches)
    ticks = {float(pitch): f"C{pitch // 12 - 1}" for pitch in range(0, 128, 12) if low <= pitch <= high}
    edges = np.arange(low, high + 2) - 0.5
    return _Panel("pitch of notes", edges, pitches[:, low : high + 1], ticks, "C4 is middle C")


def _duration_panel(durations: Heights, time_base: TimeBase) -> _Panel:
    low, high = _span(durations)
    # in powers of two of a quarter note, or of a second
    edges = (np.arange(low, high + 2) - 0.5 - DURATION_BINS // 2) / 4
    known = NOTE_VALUES if time_base == "grid" else SECONDS
    ticks = {float(x): name for x, name in known.items() if edges[0] <= x <= edges[-1]}
    return _Panel("duration of notes", edges, durations[:, low : high + 1], ticks, "")


def _log_panel(
    title: str,
    values: Heights,
    kind: NDArray[np.int64],
    colours: int,
    known: Mapping[float, str],
    remark: str,
) -> _Panel:
    """A histogram on a logarithmic axis, without the outermost half per cent on each side."""
    logs = np.log10(values)
    low, high = np.quantile(logs, [0.005, 0.995])
    low, high = low - 0.1, high + 0.1
    edges = np.linspace(low, high, BINS + 1)
    inside = logs.clip(low, high)
    heights = np.stack([np.histogram(inside[kind == colour], edges)[0] for colour in range(colours)])
    ticks = {float(np.log10(x)): name for x, name in known.items() if low <= np.log10(x) <= high}
    return _Panel(title, edges, heights.astype(np.float64), ticks, remark)


def _span(heights: Heights) -> tuple[int, int]:
    """First and last bin worth showing: those with at least 0.01 % of everything, and a little air."""
    total = heights.sum(axis=0)
    seen = np.flatnonzero(total > 1e-4 * total.sum())
    if not len(seen):
        return 0, len(total) - 1
    return max(0, int(seen[0]) - 1), min(len(total) - 1, int(seen[-1]) + 1)

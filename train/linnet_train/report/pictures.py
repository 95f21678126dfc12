"""Pictures of a report card."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure  # not pyplot: no window system is asked for, no global state is kept

from linnet.music.similarity import bar_contents, likeness
from linnet_train.drawing import draws, label
from linnet_train.evaluation.compare import Table
from linnet_train.evaluation.figures import SIXTEEN
from linnet_train.evaluation.reference import COPYING, Sample
from linnet_train.evaluation.words import words as in_words
from linnet_train.report import rolls
from linnet_train.report.card import Card, Column
from linnet_train.report.rolls import INK, QUIET, Roll

PEOPLE, SHIPPED, FREE = "#b9c0c8", "#c2334d", "#3a6ea5"
PLOTTED = (*SIXTEEN, "key_nearness", "self_similarity_9_16", *COPYING[1::2])
"""Figures whose distributions are plotted."""

ACROSS = 5
BINS = 16
SHOWN = 10


@draws
def chosen(card: Card, column: Column) -> list[tuple[str, Sample]]:
    """The most usual piece of a column, the one in the middle and the oddest, with these words."""
    ranked = card.reference.most_typical_first(column.samples)
    return [
        ("nearest to people", ranked[0]),
        ("in the middle", ranked[len(ranked) // 2]),
        ("farthest from people", ranked[-1]),
    ]


@draws
def distributions(card: Card) -> str:
    """An SVG with the histograms of the figures: people as a grey shape, the model as lines."""
    names = [name for name in PLOTTED if not np.isnan(card.people.values(name)).all()]
    down = -(-len(names) // ACROSS)
    figure = Figure(figsize=(2.75 * ACROSS, 1.75 * down + 0.4), facecolor="white")
    grid = figure.subplots(down, ACROSS, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        _plot_figure(axes, name, card)
    for axes in grid[len(names) :]:
        axes.axis("off")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.32 / figure.get_figheight()), h_pad=1.1, w_pad=0.9)
    figure.legend(handles, labels, loc="upper left", ncols=3, frameon=False, fontsize=9.5, labelcolor=INK)
    buffer = io.StringIO()
    # the same pieces give the same bytes; letters stay letters, which can be searched
    with mpl.rc_context({"svg.hashsalt": "linnet", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _plot_figure(axes: Axes, name: str, card: Card) -> None:
    values = [column.values(name) for column in (card.people, card.shipped, card.unconstrained)]
    values = [each[~np.isnan(each)] for each in values]
    edges = _edges(values)
    shapes = [np.histogram(each.clip(edges[0], edges[-1]), edges)[0] / max(len(each), 1) for each in values]
    axes.stairs(shapes[0], edges, fill=True, color=PEOPLE, label=label(card.people.title))
    axes.stairs(shapes[1], edges, color=SHIPPED, lw=1.6, label=label(card.shipped.title))
    axes.stairs(shapes[2], edges, color=FREE, lw=1.2, label=label(card.unconstrained.title))
    axes.set_title(in_words(name), loc="left", fontsize=9.5, color=INK, pad=4)
    axes.set_yticks([])
    axes.tick_params(labelsize=8, colors=QUIET, length=2)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(QUIET)
    axes.set_ylim(0, None)


def _edges(values: Sequence[Table]) -> Table:
    """Bins over nearly all values, whole numbers in the middle of theirs; stray ones count at the edge."""
    everything = np.concatenate(values)
    low, high = np.percentile(everything, [0.5, 99.5])
    if (everything == np.rint(everything)).all() and high - low > 1:
        low, high = np.floor(low), np.ceil(high)
        step = max(1, int(np.ceil((high - low + 1) / BINS)))
        return np.arange(low - 0.5, high + step, step)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)


@draws
def matrices(card: Card) -> bytes:
    """A PNG with the self-similarity matrices of the chosen pieces: how alike each two bars are."""
    columns = (card.shipped, card.people)
    figure = Figure(figsize=(14.2, 2.8), facecolor="white")
    grid = figure.subplots(1, 7, gridspec_kw={"width_ratios": [1, 1, 1, 0.16, 1, 1, 1]})
    grid[3].axis("off")
    figure.subplots_adjust(left=0.022, right=0.995, bottom=0.09, top=0.83, wspace=0.13)
    colours = mpl.colormaps["Blues"]
    for column, places in zip(columns, (grid[:3], grid[4:]), strict=True):
        for axes, (words, sample) in zip(places, chosen(card, column), strict=True):
            alike = likeness(bar_contents(sample.score))
            size = len(alike)
            axes.imshow(
                alike, cmap=colours, vmin=0, vmax=1, extent=(0, size, size, 0), interpolation="nearest"
            )
            axes.set_title(words, loc="left", fontsize=8.5, color=QUIET, pad=3)
            ticks = range(0, size + 1, 8)
            axes.set_xticks(ticks)
            axes.set_yticks(ticks if axes is places[0] else [])
            axes.tick_params(labelsize=7, colors=QUIET, length=2)
            for spine in axes.spines.values():
                spine.set_visible(False)
        left = places[0].get_position().x0
        figure.text(left, 0.945, column.title, fontsize=11.5, color=INK, weight="bold")
    return _png(figure)


@draws
def piano_rolls(card: Card) -> bytes:
    """A PNG with the chosen pieces as piano rolls, the model's beside people's."""
    return rolls.plot(
        [
            (
                column.title,
                [Roll(sample.score, f"{words}: {sample.name}") for words, sample in chosen(card, column)],
            )
            for column in (card.shipped, card.people)
        ],
        card.reference.bars,
    )


def first_ten(card: Card) -> list[Sample]:
    """The model's first pieces as shipped: nothing chosen."""
    return card.shipped.samples[:SHOWN]


@draws
def many_rolls(card: Card) -> bytes:
    """A PNG with the model's first ten pieces beside ten of people's, evenly spread: nothing chosen."""
    people = card.people.samples
    spread = [people[i] for i in np.linspace(0, len(people) - 1, min(SHOWN, len(people))).round().astype(int)]
    sides = ((card.shipped, first_ten(card)), (card.people, spread))
    headings = {
        card.shipped.name: f"{card.model.file.stem} (made by linnet)",
        card.people.name: "people (held out)",
    }
    return rolls.plot(
        [(headings[column.name], [Roll(s.score, s.name) for s in samples]) for column, samples in sides],
        card.reference.bars,
    )


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=120, format="png", metadata={"Software": None})
    return rolls.fewer_colours(buffer.getvalue())

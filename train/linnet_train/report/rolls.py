"""Pictures of pieces as piano rolls, side by side: what to look at before believing any figure."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure  # not pyplot: no window system is asked for, no global state is kept
from matplotlib.patches import Rectangle
from PIL import Image  # matplotlib brings it

from linnet.controls.wishes import ALIKE
from linnet.music.chord import Chord
from linnet.music.key import KEYS, estimate_key
from linnet.music.score import Notes, Score
from linnet.music.similarity import Bar, bar_contents
from linnet.music.theory import SCALES
from linnet_train.drawing import draws
from linnet_train.evaluation.musician.cadence import phrase_ends

INK, QUIET, PALE, STRIPE = "#2c3238", "#767e87", "#e3e6ea", "#f5f6f8"
LINE = "#a3abb4"
NOTE, TONIC, OUTSIDE, DRUM = "#3a6ea5", "#e39a4f", "#c2334d", "#8d8478"
FORM = 3.0
"""Height of the strip below the roll, in semitones, with the air above it."""

NAMES = 2.6
"""Height of the strip above the roll in which chords are named, in semitones."""

PHRASE = 8
"""Bars; a darker line stands where a new phrase usually begins."""


@dataclass(frozen=True, slots=True)
class Roll:
    """One piece and what is written above it."""

    score: Score
    title: str


@draws
def plot(columns: Sequence[tuple[str, Sequence[Roll]]], bars: int) -> bytes:
    """A PNG with one column of piano rolls for each heading, all at the same scale.

    Above each roll stand its chords (`Score.chords`) where they change, in the tonic's colour in bars that
    end four full bars with a cadence (`musician.cadence`).

    A bar is equally wide everywhere, whatever its meter. Tonics of the estimated key have their own colour,
    and so have notes outside its scale (major, or any of the minors). Drums have a line each, at the bottom.
    """
    rows = max(len(rolls) for _, rolls in columns)
    low, high = _pitch_span([roll.score for _, rolls in columns for roll in rolls])
    figure = Figure(figsize=(8.6 * len(columns), 0.95 + 1.3 * rows), facecolor="white")
    grid = figure.subplots(rows, len(columns), squeeze=False)
    top = 1 - 0.82 / figure.get_figheight()
    figure.subplots_adjust(left=0.008, right=0.992, bottom=0.006, top=top, wspace=0.035, hspace=0.3)
    for column, (heading, rolls) in enumerate(columns):
        for row in range(rows):
            axes = grid[row, column]
            axes.axis("off")
            if row < len(rolls):
                _paint(axes, rolls[row], bars, low, high)
        place = grid[0, column].get_position()
        figure.text(
            place.x0, top + 0.36 / figure.get_figheight(), heading, fontsize=14, color=INK, weight="bold"
        )
    _legend(figure, drums=any(_drums(roll.score) for _, rolls in columns for roll in rolls))
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=120, format="png", metadata={"Software": None})
    return fewer_colours(buffer.getvalue())


def _paint(axes: Axes, roll: Roll, bars: int, low: int, high: int) -> None:
    score = roll.score
    starts = np.append(score.bar_ticks(), max(score.end, 1))
    notes = score.pitched_notes
    axes.set_xlim(-0.15, bars + 0.15)
    axes.set_ylim(low - FORM, high + 0.5 + NAMES)
    upbeat = int(len(starts) > 1 and len(notes) > 0 and notes.onset[0] * 2 >= starts[1])
    for bar in range(len(starts)):
        new_phrase = (bar - upbeat) % PHRASE == 0
        axes.vlines(bar, low - 0.5, high + 0.5, LINE if new_phrase else PALE, lw=1.1 if new_phrase else 0.7)
    axes.add_patch(Rectangle((0, low - 0.5), bars, high - low + 1, color=STRIPE, lw=0, zorder=0))
    key = estimate_key(notes)
    begin, end = (np.interp(ticks, starts, np.arange(len(starts))) for ticks in (notes.onset, notes.end))
    end = np.maximum(end - 0.03, begin + 0.04)  # air between equal pitches
    pitch = notes.pitch.astype(np.float64).clip(low, high)
    corners = np.stack(
        [
            np.stack([begin, pitch - 0.62], 1),
            np.stack([begin, pitch + 0.62], 1),
            np.stack([end, pitch + 0.62], 1),
            np.stack([end, pitch - 0.62], 1),
        ],
        axis=1,
    )  # (notes, corners, x and y)
    axes.add_collection(
        PolyCollection(list(corners), facecolors=_colours(notes, key), linewidths=0, zorder=2)
    )
    _paint_drums(axes, score, low, high)
    _paint_chords(axes, score, key, high + 0.5)
    _paint_form(axes, score, low)
    meters = ", ".join(dict.fromkeys(f"{s.numerator}/{s.denominator}" for s in score.time_signatures))
    described = f"{meters}  {'no key' if key is None else KEYS[key]}"
    axes.set_title(roll.title, loc="left", fontsize=9.5, color=INK, pad=3)
    axes.set_title(described, loc="right", fontsize=9.5, color=QUIET, pad=3)


def _colours(notes: Notes, key: int | None) -> list[str]:
    if key is None:
        return [NOTE] * len(notes)
    modes = ("major", "mixolydian") if key < 12 else ("minor", "dorian", "harmonic minor")
    scale = {(key + step) % 12 for mode in modes for step in SCALES[mode]}
    return [
        TONIC if pitch % 12 == key % 12 else NOTE if pitch % 12 in scale else OUTSIDE
        for pitch in notes.pitch.tolist()
    ]


def _paint_drums(axes: Axes, score: Score, low: int, high: int) -> None:
    """A line for each drum, the lowest pitch at the bottom; all of the height where there is nothing else."""
    drums, starts = _drums(score), np.append(score.bar_ticks(), max(score.end, 1))
    lines = sorted({pitch for notes in drums for pitch in notes.pitch.tolist()})
    height = min((high - low) * (0.35 if len(score.pitched_notes) else 1) / max(len(lines), 1), 2.5)
    for notes in drums:
        place = np.interp(notes.onset, starts, np.arange(len(starts)))
        bottom = low + height * np.searchsorted(lines, notes.pitch)
        axes.vlines(place, bottom, bottom + 0.75 * height, DRUM, lw=1.8, zorder=1.5)


def _paint_chords(axes: Axes, score: Score, key: int | None, bottom: float) -> None:
    """The name of the chord at each beat at which another one begins."""
    starts = np.append(score.bar_ticks(), max(score.end, 1))
    closing = [bar for bar, closes in phrase_ends(score) if closes]
    before = None
    for beat in score.chords():
        name = beat.chord and Chord(beat.chord.root, beat.chord.quality).symbol(
            None if key is None else KEYS[key]
        )
        if name and name != before:
            closes = any(begin <= beat.tick < end for begin, end in closing)
            axes.text(
                np.interp(beat.tick, starts, np.arange(len(starts))), bottom, name, fontsize=4.6,
                color=TONIC if closes else QUIET, weight="bold" if closes else "normal", va="bottom",
            )  # fmt: skip
        before = name


def _paint_form(axes: Axes, score: Score, low: int) -> None:
    """A strip with a block for each bar: bars that are alike share a colour, bars that never return are
    pale.
    """
    first = _first_alike(bar_contents(score))
    returns = {place for bar, place in enumerate(first) if place is not None and place != bar}
    shade = colormaps["viridis"]
    order = {place: i for i, place in enumerate(sorted(returns))}
    for bar, place in enumerate(first):
        if place is not None:
            colour = shade(0.12 + 0.84 * order[place] / max(1, len(order) - 1)) if place in returns else PALE
            block = Rectangle((bar + 0.06, low - FORM), 0.88, FORM - 1.3, color=colour, lw=0)
            axes.add_patch(block)


def _first_alike(bars: Sequence[Bar]) -> list[int | None]:
    """The first bar like each bar, perhaps itself; None for one in which nothing begins."""
    found: list[int | None] = []
    for number, bar in enumerate(bars):
        likeness = [
            len(bar & other) / len(bar | other) if other else 0 for other in bars[: number + 1] if bar
        ]
        alike = (i for i, value in enumerate(likeness) if value >= ALIKE)
        found.append(next(alike, None))
    return found


def _pitch_span(scores: Sequence[Score]) -> tuple[int, int]:
    """Lowest and highest pitch of nearly all notes; a stray one is plotted at the edge."""
    pitches = np.concatenate([np.array([60, 72]), *(score.pitched_notes.pitch for score in scores)])
    low, high = np.quantile(pitches, [0.003, 0.997])
    return int(low) - 1, int(high) + 1


def _drums(score: Score) -> list[Notes]:
    return [track.notes for track in score.tracks if track.is_drum]


def _legend(figure: Figure, *, drums: bool) -> None:
    """What the colours say, at the top right."""
    names = {TONIC: "tonic", NOTE: "in the scale", OUTSIDE: "outside it"}
    names |= {DRUM: "drum"} if drums else {}
    handles = [Rectangle((0, 0), 1, 1, color=colour, label=name) for colour, name in names.items()]
    figure.legend(
        handles=handles, loc="upper right", bbox_to_anchor=(0.995, 1), ncols=len(handles), frameon=False,
        fontsize=10, labelcolor=INK, handlelength=1.2, handleheight=0.8, borderaxespad=0.4,
        title="strip: bars of one colour are alike; orange chord: a cadence",
        title_fontproperties={"size": 9.5},
    )  # fmt: skip


def fewer_colours(png: bytes) -> bytes:
    """The same picture with a palette: a third of the size, and no eye sees the difference."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(192, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()

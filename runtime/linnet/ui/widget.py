"""A score in a notebook that is heard and changed: the studio's roll as a widget (anywidget)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from linnet import sound
from linnet.errors import LinnetError, in_one_line
from linnet.model import Model, models
from linnet.music.score import Score
from linnet.studio import takes
from linnet.studio.models import Models
from linnet.ui.shown import module, playable, style

__all__ = ["Studio"]

_FIRST, _MORE = 2, 8
"""Fifths of a second of sound that are sent at once: the first ones soon, then not too many messages."""

_DONE = {
    "fill": "New notes in {0}.",
    "vary": "The same rhythm, other notes in {0}.",
    "add": "Added: {1}.",
    "continue": "Eight bars more.",
}

Json = dict[str, Any]
"""What the page says and is told."""


class Studio(anywidget.AnyWidget):
    """A piece as a roll that plays it, on which bars are chosen and composed anew.

    What is chosen and changed on the roll is here at once, and what is set here shows on the roll:

    - `score`: the piece as it is now. Another one that is set can be undone on the roll.
    - `selection`: the bars that are chosen, `(5, 8)`, as people count; empty without.
    - `position`: where the music stands, in seconds.

    The sound is that of a saved file, with a SoundFont where there is one. While another cell keeps the
    kernel busy, the plain tone plays.
    """

    _esm = module("widget.js")
    _css = style()

    roll = traitlets.Dict().tag(sync=True)
    """What is drawn: `linnet.picture.data.roll_data`, and how it sounds."""

    selection = traitlets.Tuple().tag(sync=True)
    position = traitlets.Float(0.0).tag(sync=True)
    steps = traitlets.Tuple((0, 0)).tag(sync=True)
    """How often it can be undone, and redone."""

    def __init__(self, score: Score, *, model: str | Path | Model | None = None) -> None:
        """The piece, and who changes it.

        Args:
            score: the piece.
            model: a packaged model by its name, a file, or an open model; unless given, the one that made
                what was made here, or one that plays such pieces.
        """
        super().__init__()
        file = model.file if isinstance(model, Model) else Path(model or "")
        packaged = file.stem in models() and (isinstance(model, Model) or str(model) == file.stem)
        self._models = Models([] if model is None or packaged else [file])
        self._model = "" if model is None else file.stem
        self._past: list[Json] = []
        self._at = -1
        self._sounds: dict[int, Iterator[bytes]] = {}
        self._put(score, [])
        self.on_msg(self._asked)

    @property
    def score(self) -> Score:
        """The piece as it is now."""
        found: Score = self._past[self._at]["score"]
        return found

    @score.setter
    def score(self, score: Score) -> None:
        self._put(score, [])

    @property
    def python(self) -> str:
        """What was done, as Python that does it again; empty before anything was."""
        found: str = self._past[self._at]["python"]
        return found

    def fill(self, bars: str | None = None, **options: Any) -> None:  # options of Model.fill
        """Other notes in the bars that are chosen, or in these."""
        self._change("fill", bars, options)

    def vary(self, bars: str | None = None, **options: Any) -> None:  # options of Model.vary
        """Other notes to the same rhythm."""
        self._change("vary", bars, options)

    def add(self, parts: str, **options: Any) -> None:  # options of Model.add
        """Another part: bass, chords, drums, second or melody."""
        self._change("add", None, options, parts=parts)

    def go_on(self, bars: int = 8, **options: Any) -> None:  # options of Model.generate
        """So many bars more."""
        self._change("continue", None, options, length=bars)

    def undo(self) -> None:
        """Back to the piece before."""
        self._go(-1)

    def redo(self) -> None:
        """To the piece after, where that was undone."""
        self._go(1)

    def play(self, start: float | None = None) -> None:
        """Plays it, from so many seconds on, wherever the roll is shown and somebody has clicked before."""
        self.send({"do": "play"} if start is None else {"do": "play", "start": start})

    def pause(self) -> None:
        """Stops it where it is."""
        self.send({"do": "pause"})

    def _change(self, what: str, bars: str | None, options: Json, **more: Any) -> None:
        """One more piece, made of the one that is here."""
        now = self._past[self._at]
        if bars is None and self.selection:
            bars = "{}-{}".format(*self.selection)
        midi_file = takes.as_text(now["score"])
        asked = {"do": what, "midi": midi_file, "steps": now["steps"], "options": options, **more}
        asked |= ({"bars": bars} if bars else {}) | ({"model": self._model} if self._model else {})
        (made,) = takes.change(self._models, asked)["takes"]
        self._put(takes.score_of(made["midi"]), made["steps"], made["recipe"]["python"])

    def _put(self, score: Score, steps: list[Json], python: str = "") -> None:
        self._past[self._at + 1 :] = [{"score": score, "steps": steps, "python": python}]
        self._at = len(self._past) - 1
        self._show()

    def _go(self, step: int) -> None:
        if 0 <= self._at + step < len(self._past):
            self._at += step
            self._show()

    def _show(self) -> None:
        score, bars = self.score, self.score.full_bars
        with self.hold_sync():
            self.roll = playable(score)
            self.steps = (self._at, len(self._past) - 1 - self._at)
            if self.selection and self.selection[1] > bars:
                self.selection = ()

    def _asked(self, _: object, asked: Json, __: object) -> None:
        """What somebody does on the page."""
        what = asked.get("do")
        if what == "sound":
            self._sounds.clear()  # one is heard at a time
            self._sounds[asked["number"]] = sound.pcm(
                self.score, start=float(asked["start"]), silent=asked["silent"]
            )
            self._sound(asked["number"], _FIRST)
        elif what == "more":
            self._sound(asked["number"], _MORE)
        elif what in ("undo", "redo"):
            self._go(-1 if what == "undo" else 1)
            self.send({"do": "told", "words": ""})
        elif what in _DONE:
            before, selection = self.score, self.selection
            bars = "bars {}-{}".format(*selection) if selection else "all bars"
            parts = str(asked.get("parts", ""))
            more: Json = {"parts": parts} if what == "add" else {"length": 8} if what == "continue" else {}
            try:
                self._change(what, None, {}, **more)
            except (LinnetError, ValueError) as error:
                self.send({"do": "told", "words": in_one_line(error)})
                return
            place = before.end if what == "continue" else 0
            if selection and what in ("fill", "vary"):
                place = self.score.bar_tick(selection[0] - (0 if self.score.upbeat else 1))
            self.send({"do": "told", "words": _DONE[what].format(bars, parts)})
            self.play(max(0.0, float(self.score.seconds(place)) - 1))  # what is new is heard at once

    def _sound(self, number: int, blocks: int) -> None:
        """The next frames; none at the end."""
        frames = b"".join(islice(self._sounds.get(number, iter(())), blocks))
        self.send({"do": "sound", "number": number}, buffers=[frames])

"""Takes: pieces as the page keeps them, and what it asks to be done with them.

The server keeps no piece. A take travels as its MIDI file with all that was done to it, so that a server that
was ended and started again goes on where the page is.
"""

from __future__ import annotations

import base64
import binascii
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from linnet import midi
from linnet.model import DEFAULT, Model
from linnet.music.score import SHEETS, Score
from linnet.picture.data import roll_data
from linnet.studio.models import Models
from linnet.studio.recipe import recipe
from linnet.tools.chance import new_seed

__all__ = ["change", "compose", "opened", "score_of", "take"]

Json = dict[str, Any]
"""What the page sends and gets."""

MOST_TAKES, MOST_BARS, MOST_SECONDS, MOST_NOTES, MOST_STEPS = 12, 400, 600, 60_000, 200
"""Of one request. Whoever wants more has the commands."""

_OPTIONS = (
    *("bars", "seconds", "form", "key", "scale", "mood", "chords", "bpm", "time_signature", "density"),
    *("register", "texture", "style", "temperature", "candidates", "instrument", "seed", "loop"),
)
_AROUND = ("key", "chords", "density", "register", "temperature", "candidates", "seed")
"""Of options, what a change takes."""

_MANY = "band"
"""The model that plays with any number of others, and drums."""

_SHEETS = (*SHEETS, ".mid", ".midi")


def score_of(text: object) -> Score:
    """The piece of a take, from its MIDI file as base64; ValueError or MidiError where there is none."""
    if not isinstance(text, str):
        raise ValueError("a request about a piece needs its MIDI file as base64, under the name midi")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"midi is no base64: {error}") from None
    return _bounded(midi.loads(data, name="the piece"))


def as_text(score: Score) -> str:
    """The piece as a MIDI file, as base64."""
    return base64.b64encode(midi.dumps(score)).decode()


def take(score: Score, steps: Sequence[Json], models: Models, **more: Any) -> Json:  # Any: JSON
    """A piece for the page: its MIDI file, what a picture of it needs, and how it was made."""
    return {
        "midi": as_text(score),
        "roll": roll_data(score),
        "steps": list(steps),
        "recipe": recipe(steps, models.path),
        **more,
    }


def compose(models: Models, asked: Json) -> Json:
    """New pieces: `model`, `options` and `count`, the number of them."""
    name = str(asked.get("model", ""))
    model, options = models.get(name), _options(asked, _OPTIONS)
    count = _whole(asked, "count", 1, MOST_TAKES)
    seed = int(options.pop("seed", new_seed() % 1_000_000))
    made = model.generate(count=count, **(options | {"seed": seed}))
    takes = [
        take(score, [{"do": "generate", "model": name, "options": options | {"seed": seed + i}}], models)
        for i, score in enumerate(made)
    ]
    return {"takes": takes}


def opened(models: Models, data: bytes, name: str) -> Json:
    """A file that was dropped on the page: MIDI, MusicXML or ABC, by its name."""
    plain = Path(name.replace("\\", "/")).name[-80:] or "music.mid"
    suffix = Path(plain).suffix.lower()
    if suffix in SHEETS:
        with tempfile.TemporaryDirectory(prefix="linnet-") as folder:
            file = Path(folder) / f"music{suffix}"
            file.write_bytes(data)
            try:
                score = Score.open(file)
            except ValueError as error:
                raise ValueError(str(error).replace(str(file), plain)) from None
    else:
        score = midi.loads(data, name=plain)
    if not len(score.notes):
        raise ValueError(f"{plain}: there are no notes in it")
    return {"takes": [take(_bounded(score), [{"do": "open", "name": plain}], models)]}


def change(models: Models, asked: Json) -> Json:
    """A piece changed: `midi`, `steps`, and what is to be done.

    `do` is `fill`, `vary`, `add`, `continue` or `view`, which changes nothing; `model` plays, unless given
    the one that made the piece, or one that can; `bars` and `tracks` (numbers from 1 on) say where, `parts`
    what is added, `keep` what a variation keeps, and `length` how many bars come after it. `count` of them
    come back.
    """
    score, what = score_of(asked.get("midi")), asked.get("do")
    steps = _steps(asked)
    if what == "view":
        return {"takes": [take(score, steps, models)]}
    if not isinstance(what, str) or what not in _CHANGES:
        raise ValueError(f"do must be one of {', '.join((*_CHANGES, 'view'))}, got {what!r}")
    name = str(asked.get("model") or _composer(models, score, steps, asked))
    model, options = models.get(name), _options(asked, _AROUND)
    count = _whole(asked, "count", 1, MOST_TAKES)
    seed = int(options.pop("seed", new_seed() % 1_000_000))
    takes = []
    for number in range(count):
        wanted = options | {"seed": seed + number}
        made, told = _CHANGES[what](model, score, asked, wanted)
        step = {"do": what, "model": name, "options": wanted, **told}
        takes.append(take(_bounded(made), [*steps, step], models))
    return {"takes": takes}


def _composer(models: Models, score: Score, steps: Sequence[Json], asked: Json) -> str:
    """Who plays a change: the model of the piece, or one that can."""
    own = next((str(step["model"]) for step in reversed(steps) if step.get("model")), "")
    if asked.get("parts") or any(track.is_drum for track in score.tracks):
        return _MANY
    if own in models and models.get(own).info.time_base == "grid":
        return own
    return _MANY if len(score.tracks) > 1 else DEFAULT


def _fill(model: Model, score: Score, asked: Json, options: Json) -> tuple[Score, Json]:
    bars, tracks = _bars(asked, score), _tracks(asked)
    made = model.fill(score, bars, tracks=tracks, **options)
    return made, {"bars": bars} | ({"tracks": tracks} if tracks else {})


def _vary(model: Model, score: Score, asked: Json, options: Json) -> tuple[Score, Json]:
    keep, bars = str(asked.get("keep", "rhythm")), _bars(asked, score)
    (made,) = model.vary(score, keep, **options)
    first = 0 if score.upbeat else 1
    if bars != f"{first}-{score.full_bars}":
        return score.with_bars(bars, made), {"keep": keep, "bars": bars}
    return made, {"keep": keep}


def _add(model: Model, score: Score, asked: Json, options: Json) -> tuple[Score, Json]:
    parts = str(asked.get("parts", "bass"))
    return model.add(score, parts, **options), {"parts": parts}


def _continue(model: Model, score: Score, asked: Json, options: Json) -> tuple[Score, Json]:
    length = _whole(asked, "length", 8, 64)
    if score.full_bars + length > MOST_BARS:
        raise ValueError(f"the piece would be longer than {MOST_BARS} bars: the command linnet continue can")
    return model.generate(primer=score, bars=length, with_primer=True, **options), {"length": length}


_CHANGES: Mapping[str, Callable[[Model, Score, Json, Json], tuple[Score, Json]]] = {
    "fill": _fill,
    "vary": _vary,
    "add": _add,
    "continue": _continue,
}


# ---- what a request says


def _options(asked: Json, known: Sequence[str]) -> Json:
    given = asked.get("options", {})
    if not isinstance(given, dict):
        raise ValueError("options must be names with values")
    strange = sorted(set(given) - set(known))
    if strange:
        raise ValueError(f"the studio takes no {', '.join(strange)}; the commands may")
    found = {name: value for name, value in given.items() if value not in (None, "")}
    for name, most in (("bars", MOST_BARS), ("seconds", MOST_SECONDS), ("candidates", 8)):
        if name in found and not (isinstance(found[name], int | float) and 1 <= found[name] <= most):
            raise ValueError(f"{name} must be between 1 and {most} here, got {found[name]!r}")
    for name, value in found.items():
        if isinstance(value, str) and (len(value) > 400 or Path(value).suffix.lower() in _SHEETS):
            raise ValueError(f"{name} must be written out here, in 400 letters at most")
    form = str(found.get("form", ""))
    counts = "".join(letter if letter.isdecimal() else " " for letter in form).split()
    if len(form) > 60 or (":" in form and sum(map(int, counts)) > MOST_BARS):
        raise ValueError(f"the form makes a piece of more than {MOST_BARS} bars")
    return found


def _whole(asked: Json, name: str, usual: int, most: int) -> int:
    value = asked.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"{name} must be between 1 and {most}, got {value!r}")
    return value


def _bars(asked: Json, score: Score) -> str:
    """Which ones, `5-8`; all of them unless said."""
    first = 0 if score.upbeat else 1
    return str(asked.get("bars") or f"{first}-{score.full_bars}")


def _tracks(asked: Json) -> list[int] | None:
    tracks = asked.get("tracks")
    if not tracks:
        return None
    if not isinstance(tracks, list) or not all(isinstance(each, int) for each in tracks):
        raise ValueError("tracks must be numbers from 1 on")
    return tracks


def _steps(asked: Json) -> list[Json]:
    """What was done before, which goes on and back again; not more than a page has room for."""
    steps = asked.get("steps", [])
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise ValueError("steps must be a list of what was done")
    if len(json.dumps(steps)) > 100_000:
        raise ValueError(
            "more was done to the piece than can be written down here: save it and open the file"
        )
    return steps[-MOST_STEPS:]


def _bounded(score: Score) -> Score:
    if len(score.notes) + sum(track.is_drum for track in score.tracks) > MOST_NOTES:
        raise ValueError(f"the piece has {len(score.notes):,} notes, more than {MOST_NOTES:,}")
    if score.bars > 2000 or score.seconds(score.end) > 3600:
        raise ValueError("the piece is longer than 2,000 bars or an hour: the commands take it")
    return score

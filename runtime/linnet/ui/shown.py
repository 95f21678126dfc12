"""A score as HTML that plays itself: the studio's roll, with a sound that the page makes."""

from __future__ import annotations

import base64
import json
from functools import cache
from html import escape
from typing import Any

from linnet import picture, sound
from linnet.music.score import Score
from linnet.picture.data import roll_data
from linnet.sound import tone
from linnet.sound.level import level
from linnet.studio.files import PAGE, bundled, files_in

__all__ = ["html", "module", "playable", "style"]

_HEIGHT = 350
"""Of the frame, in pixels, until it is as high as what is in it."""

_MOST_NOTES = 2000
"""Of pieces that bring a picture for where no scripts run; it would be most of the page for longer ones."""

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>linnet</title><style>
body {{ margin: 4px; }}
{style}</style><body><script type="module">
{module}
// In the colours of where the frame stands, which may be dark where the system is light.
const frame = window.frameElement, around = frame ? getComputedStyle(frame) : {{}};
document.body.style.color = around.color ?? "";
document.documentElement.style.colorScheme = around.colorScheme ?? "";
new Show(document.body, {score});
frame?.nextElementSibling?.remove();
const fit = () => {{ if (frame) frame.style.height = `${{document.body.scrollHeight + 12}}px`; }};
new ResizeObserver(fit).observe(document.body);
</script></body></html>"""


def html(score: Score) -> str:
    """The piece as a roll that plays itself, in a frame: with its sound, and without a network.

    It is the plain tone that is heard, whatever SoundFonts there are; `linnet.ui.Studio` plays those. Where
    no scripts run, as in a notebook that is not trusted, there is a picture.
    """
    data = json.dumps(playable(score), ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    page = _PAGE.format(style=style(), module=module("show.js"), score=data)
    frame = (
        f'<iframe srcdoc="{escape(page)}" title="A piano roll that plays" '
        f'style="width: 100%; height: {_HEIGHT}px; border: 0" allow="autoplay"></iframe>'
    )
    return f"<div>{frame}{_picture(score)}</div>"


def _picture(score: Score) -> str:
    """For where no scripts run; the frame takes it away."""
    if len(score.notes) > _MOST_NOTES:
        return ""
    drawn = base64.b64encode(picture.svg(score).encode()).decode()
    return f'<img alt="A piano roll" src="data:image/svg+xml;base64,{drawn}" style="width: 100%">'


def playable(score: Score) -> dict[str, Any]:  # what JSON can say
    """What a picture of the piece needs (`roll_data`), and how it sounds, under `sound`: `rate`, `level`, for
    each track its voice, and for each drum its stroke.
    """
    struck = (track.notes.pitch.tolist() for track in score.tracks if track.is_drum)
    strokes = sorted({pitch for pitches in struck for pitch in pitches})
    about = {
        "rate": sound.RATE,
        "level": level(sound.Sounds.of(score, sound.RATE)),
        "voices": [tone.family(track.program) for track in score.tracks],
        "drums": {pitch: tone.stroke(pitch) for pitch in strokes},
    }
    return roll_data(score) | {"sound": about}


@cache
def _files() -> dict[str, bytes]:
    return files_in(PAGE)


@cache
def module(name: str) -> str:
    """A module of the studio's page with all that it imports."""
    return bundled(_files(), name)


@cache
def style() -> str:
    """What `Show` looks like, as CSS."""
    return _files()["show.css"].decode()

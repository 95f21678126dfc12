"""What a finished piece says of itself: how it was made, names of tracks, markers of sections."""

from __future__ import annotations

from linnet.controls import sections
from linnet.controls.form import section_bars
from linnet.controls.model_info import ModelInfo
from linnet.controls.request import Request
from linnet.music.score import Score
from linnet.music.track import name_of
from linnet.tools.dataclass import replace
from linnet.tools.version import VERSION

__all__ = ["made_with", "signed"]


def made_with(info: ModelInfo) -> str:
    """What the texts of a piece say of how it was made."""
    return f"Made with linnet {VERSION}, model {info.name}, sha256 {info.sha256}"


def signed(score: Score, request: Request) -> Score:
    """The score with the names of its tracks and, of a form that is written out, of its sections.

    What is there already stays: a primer's names, and its markers.
    """
    tracks = tuple(track if track.name else replace(track, name=name_of(track)) for track in score.tracks)
    score = replace(score, tracks=tracks)
    if not sections.is_written_out(request.form):
        return score
    form = sections.read(request.form)
    starts = [*score.bar_ticks().tolist(), score.end]
    first = len(starts) - 1 - request.length
    places = sections.starts(form, section_bars(request.length))
    return score.with_markers(
        (starts[first + place], sections.label(section))
        for section, place in zip(form, places, strict=False)
        if place < request.length
    )

"""The forms of people's pieces, to be put into a model file."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.controls.form import DIGITS, MOST_BARS, PLAN_ROWS, ROWS, WHOLE
from linnet.controls.plan_reading import sources
from linnet.controls.wishes import INDEX
from linnet.music.score import Score
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import SIGNATURE_TOKENS
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.data.repeats import likeness_wish

FEWEST_BARS = 8

MOST_FORMS = 128
"""In a model file, unless it is exported otherwise."""


def forms(
    corpus: Corpus, count: int, *, anywhere: bool = False, plan: Collection[str] = (), players: bool = False
) -> list[dict[str, Any]]:  # Any: JSON
    """Forms of training pieces, evenly from all styles, meters and lengths.

    Args:
        corpus: the music; a piece whose meter changes has no form, and one without bars neither.
        count: how many at most.
        anywhere: whether in new bars suffixes are looked up in all that was played, which suits music that
            repeats itself little; otherwise nowhere.
        plan: what they say of PLAN_ROWS, and "chords": what the network was taught.
        players: whether they say who plays: for a network that is told of roles.

    Returns:
        Forms as `linnet.controls.form.Form` reads them.
    """
    pieces = corpus.pieces("train")
    known = []
    for number, piece in enumerate(pieces):
        meters = piece.tokens[np.isin(piece.tokens, SIGNATURE_TOKENS)]
        bars = len(piece.wishes) - 1
        if len(meters) == 1 and bars >= FEWEST_BARS and piece.notes:
            known.append((piece.style, int(meters[0]), bars, number))
    known.sort()
    places = np.linspace(0, len(known) - 1, min(count, len(known))).round().astype(int).tolist()
    return [
        form_of(pieces[known[place][-1]], anywhere=anywhere, plan=plan, players=players) for place in places
    ]


def form_of(
    piece: CorpusPiece, *, anywhere: bool = False, plan: Collection[str] = (), players: bool = False
) -> dict[str, Any]:
    """The form of a piece on the grid, of one meter; `linnet.controls.form.Form` reads it."""
    told = [name for name in PLAN_ROWS if name in plan]
    score = codec.decode(piece.tokens, "grid")
    meter, whole, bars = score.time_signatures[0], piece.wishes[1], piece.wishes[1 : 1 + MOST_BARS]
    tonic = int(whole[INDEX["key"]]) - 1
    rows = {name: bars[:, INDEX[name]].tolist() for name in (*ROWS[2:], *told)}
    rows["source"], rows["quarters"] = [], []
    for bar, (back, quarters, alike) in enumerate(sources(score)[: len(bars)]):
        rows["source"].append(back)
        rows["quarters"].append(quarters if back or not anywhere else 15)
        rows["likeness"][bar] = likeness_wish(rows["likeness"][bar], back, alike)
    form = {
        "time_signature": f"{meter.numerator}/{meter.denominator}",
        "upbeat": bool(score.notes.onset.min() > 0),
        "scale": sorted({(pitch - tonic) % 12 for pitch in score.pitched_notes.pitch.tolist()}),
        "wishes": {name: int(whole[INDEX[name]]) for name in WHOLE},
        "rows": {name: "".join(DIGITS[value] for value in rows[name]) for name in (*ROWS, *told)},
    }
    if "chords" in plan:
        form["chords"] = [_chords(cells) for cells in bars[:, features.CHORDS]]
    return form | _players(score, piece.roles) if players else form


def _players(score: Score, roles: Sequence[int]) -> dict[str, Any]:  # Any: JSON
    """Role and program of each pitched track, and whether drums play."""
    pitched = [track for track in score.tracks if not track.is_drum]
    return {
        "players": [[role, track.program] for role, track in zip(roles, pitched, strict=False)],
        "kit": any(track.is_drum for track in score.tracks),
    }


def _chords(cells: NDArray[np.uint8]) -> list[int]:
    """The chords of a bar without those that only go on to the bar line; of beats that there are."""
    found = [cell for cell in cells.tolist() if cell]
    while len(found) > 1 and found[-1] == found[-2]:
        found.pop()
    return found

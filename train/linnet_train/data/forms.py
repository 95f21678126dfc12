"""The forms of people's pieces, for a model to bring along."""

from typing import Any

import numpy as np

from linnet.controls.form import MOST_BARS, ROWS, WHOLE
from linnet.controls.wishes import INDEX
from linnet.tokens import codec
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import Corpus, Piece
from linnet_train.data.repeats import likeness_told, sources

FEWEST_BARS = 8

MOST_FORMS = 128
"""That a model brings along, unless it is exported otherwise."""

_METERS = FAMILIES["time_signature"]


def forms(corpus: Corpus, count: int, *, anywhere: bool = False) -> list[dict[str, Any]]:  # Any: JSON
    """So many forms of training pieces at most, evenly from all styles, meters and lengths.

    A piece whose meter changes has none, and music without bars neither. New bars look nowhere, or
    `anywhere`, which suits music that repeats itself little.
    """
    pieces = corpus.pieces("train")
    known = []
    for number, piece in enumerate(pieces):
        meters = piece.tokens[np.isin(piece.tokens, _METERS.ids)]
        bars = len(piece.wishes) - 1
        if len(meters) == 1 and bars >= FEWEST_BARS and piece.notes:
            known.append((piece.style, int(meters[0]), bars, number))
    known.sort()
    places = np.linspace(0, len(known) - 1, min(count, len(known))).round().astype(int).tolist()
    return [form_of(pieces[known[place][-1]], anywhere=anywhere) for place in places]


def form_of(piece: Piece, *, anywhere: bool = False) -> dict[str, Any]:
    """What a piece on the grid, of one meter, was like; `linnet.form.Form` reads it."""
    score = codec.decode(piece.tokens, "grid")
    meter, whole, bars = score.time_signatures[0], piece.wishes[1], piece.wishes[1 : 1 + MOST_BARS]
    tonic = int(whole[INDEX["key"]]) - 1
    rows = {name: bars[:, INDEX[name]].tolist() for name in ROWS[2:]}
    rows["source"], rows["quarters"] = [], []
    for bar, (back, quarters, alike) in enumerate(sources(score)[: len(bars)]):
        rows["source"].append(back)
        rows["quarters"].append(quarters if back or not anywhere else 15)
        rows["likeness"][bar] = likeness_told(rows["likeness"][bar], back, alike)
    return {
        "time_signature": f"{meter.numerator}/{meter.denominator}",
        "upbeat": bool(score.notes.onset.min() > 0),
        "scale": sorted({(pitch - tonic) % 12 for pitch in score.pitched_notes.pitch.tolist()}),
        "wishes": {name: int(whole[INDEX[name]]) for name in WHOLE},
        "rows": {name: "".join(f"{digit:x}" for digit in rows[name]) for name in ROWS},
    }

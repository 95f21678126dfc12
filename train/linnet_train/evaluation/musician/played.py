"""What must be played to be judged: what goes on from people's pieces, and pieces in keys that are asked."""

import numpy as np

from linnet.model import Model
from linnet.music.key import KEYS, estimate_key
from linnet_train.evaluation.compare import Table
from linnet_train.evaluation.musician.table import KEY_FIGURES, PRIMER_FIGURES
from linnet_train.evaluation.reference import Reference
from linnet_train.progress import Progress

SHIPPED, PEOPLE = "as_shipped", "people"

PRIMER, CONTINUATION = 8, 8
"""Bars."""

SHORT_PRIMER = 4
"""Bars of a primer of four voices: a hymn is a few phrases of four."""

PRIMERS = 40
"""Most primers that a model is given."""

IN_KEY = 16
"""Bars of a piece for which a key is asked."""

SEEDS = 3
"""Most pieces in each key: 36 in each mode."""

Sides = dict[str, dict[str, Table]]
"""Values by figure and by who played, one for each piece."""


def after_primers(model: Model, reference: Reference, seed: int, progress: Progress) -> Sides:
    """The figures of primers and what goes on from them, the model and people beside each other.

    Primers are the first bars of people's held-out pieces, evenly chosen; the model goes on at its shipping
    settings, people as they did.
    """
    first = min(SHORT_PRIMER if reference.texture == "voices" else PRIMER, reference.bars // 2)
    more = min(CONTINUATION, reference.bars - first)
    people = reference.people
    chosen = np.linspace(0, len(people) - 1, min(PRIMERS, len(people))).round().astype(int)
    values: dict[str, dict[str, list[float]]] = {
        figure.name: {SHIPPED: [], PEOPLE: []} for figure in PRIMER_FIGURES
    }
    for number, place in enumerate(chosen.tolist()):
        score = people[place].score
        primer = score.slice_bars(0, first)
        went_on = {
            SHIPPED: model.generate(primer=primer, bars=more, seed=seed + number),
            PEOPLE: score.slice_bars(first, first + more),
        }
        for figure in PRIMER_FIGURES:
            for who, continuation in went_on.items():
                values[figure.name][who].append(figure.of(primer, continuation))
        progress((number + 1) / len(chosen))
    return {name: {who: np.array(each) for who, each in sides.items()} for name, sides in values.items()}


def in_keys(model: Model, reference: Reference, seed: int, progress: Progress) -> Sides:
    """Whether the key asked is the key found, in all twelve of each mode; none for a model without the wish.

    People were not asked: theirs is whether the last bass note of a piece is the tonic of the key that is
    found in it, which says how often the finder is right.
    """
    if not any(wish["name"] == "key" and wish["trained"] for wish in model.info.wishes):
        return {}
    found: Sides = {}
    theirs = [
        (estimate_key(sample.score.pitched_notes), sample.figures["ends_on_tonic"])
        for sample in reference.everybody
    ]
    count, bars = max(1, min(SEEDS, len(reference.people) // 24)), min(IN_KEY, reference.bars)
    for figure in KEY_FIGURES:
        keys = range(12, 24) if figure.minor else range(12)
        ours = []
        for place, key in enumerate(keys):
            scores = model.generate(key=KEYS[key], bars=bars, count=count, seed=seed + count * place)
            ours += [float(estimate_key(score.pitched_notes) == key) for score in scores]
            progress((12 * figure.minor + place + 1) / 24)
        people = [right for key, right in theirs if key is not None and (key >= 12) == figure.minor]
        found[figure.name] = {SHIPPED: np.array(ours), PEOPLE: np.array(people, np.float64)}
    return found

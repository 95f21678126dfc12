"""What a plan model is trained on: the plans of a corpus and of chord tables, spelled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from linnet.controls.plan_layout import QUESTIONS
from linnet_train.corpus.chord_tables import read_tables
from linnet_train.corpus.corpus import Corpus
from linnet_train.corpus.peoples_plan import PeoplesPlan
from linnet_train.errors import TrainError
from linnet_train.plans.reading import bands, read_plans
from linnet_train.plans.spelling import Spelled, spell


@dataclass(frozen=True, slots=True)
class Music:
    """What is learnt from and what is held out."""

    pieces: Sequence[Spelled]
    tables: Sequence[Spelled]
    valid: Sequence[Spelled]
    """Of the pieces; of the tables where there are no pieces."""

    about: dict[str, Any]  # Any: JSON
    """For the run to remember: where it comes from, and what a model file says of it."""


def read_music(corpus: Path, tables: Path | None) -> Music:
    """The plans of a corpus, and of a folder of chord tables if there is one.

    Raises:
        TrainError: the corpus has no bars, or there are no tables in the folder.
    """
    music = Corpus.open(corpus)
    if music.time_base != "grid":
        raise TrainError(f"{corpus} keeps human timing: it has no bars to plan")
    train, valid = read_plans(music, "train"), read_plans(music, "valid")
    songs = [plan for plan in read_tables(tables) if plan.split == "train"] if tables else []
    pieces = _spelled(train)
    names, kinds = list(QUESTIONS), {kind for each in pieces for kind in each.kinds.tolist()}
    about = {
        "path": music.address,
        "fingerprint": music.fingerprint,
        "sources": music.sources_used,
        "tables": len(songs),
        "bands": bands(train),
        "asked": [names[kind] for kind in sorted(kinds)],
    }
    return Music(pieces, _spelled(songs), _spelled(valid), about)


def _spelled(plans: Sequence[PeoplesPlan]) -> list[Spelled]:
    bar: Iterable[PeoplesPlan] = tqdm(plans, desc="spelling", unit="plan", leave=False, disable=None)
    return [each for each in map(spell, bar) if len(each.answers)]

"""Whether `linnet.describe` finds glad what people call glad, and sad what they call sad.

    python -m benchmarks.music.feeling_words [--record docs/quality.json]

The labels are words in titles: a piece is glad or sad where its title has a word of GLAD or of SAD and none
of the other. Marches for funerals, laments and requiems stand against polkas, scherzos and songs of spring.
Tunes and hymns are left out: the title of a reel, and the words of a hymn, say little about its notes. No
listener takes part. For each corpus with FEWEST of both: how often a glad piece has the higher valence (AUC),
and the mean of both kinds, each as important as the other, which is 0 where nothing leans.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import linnet
from benchmarks import DATA, table
from linnet.music.score import Score
from linnet_train.storage import read_json, write_json

GLAD = (
    r"joy\w*|happy|happiness|merr[yi]\w*|jolly|gay|cheer\w*|fröhlich\w*|lustig\w*|freude\w*|heiter\w*|munter\w*"
    r"|gai|gaie|joyeu\w*|giocos\w*|wesoł\w*|radoś\w*|hulank\w*|krakowiak\w*|polka|humoresk\w*|scherz\w*|victory"
    r"|triumph\w*|fanfare|town|festiv\w*|allelu[ij]a|laudate|jubilate|exultate|gaude\w*|laetatus|spring"
    r"|frühling\w*|printemps|wiosna"
)
SAD = (
    r"sad\w*|sorrow\w*|lament\w*|grief|funeral|fun[èe]bre\w*|dirge|death|dead|dying|tears?|weep\w*|mourning"
    r"|elegia|elegy|élégie|élégique|requiem|tod|trauer\w*|traurig\w*|klag\w*|leid|leiden|schmerz\w*|thränen"
    r"|tränen|triste\w*|tombeau|larmes|douleur|mort|melanchol\w*|smut\w*|żal\w*|śmier\w*|łz[ay]\w*|pogrzeb\w*"
    r"|żałob\w*|lacrimosa|lacrymosa|doloros\w*|miserere|dies irae|battle|boss|dark\w*|doom\w*|dungeon|terror"
    r"|horror|gloom\w*|stabat|abschied|farewell"
)
LEFT_OUT = ("groove-drums", "cre-irish", "oneills-1850", "ryans-mammoth", "open-hymnal", "openewld-160")
MOST, FEWEST, LARGEST = 25, 3, 90_000
"""Pieces of a kind in a corpus, and bytes of a file: the first of them in the order of its index."""

HEADER = {
    "corpus": "corpus",
    "glad": "glad",
    "sad": "sad",
    "auc": "glad above sad (AUC)",
    "mean_glad": "valence of glad",
    "mean_sad": "of sad",
    "middle": "mean of both",
}
Found = dict[str, tuple[list[float], list[float]]]


def labelled(data: Path) -> Iterator[tuple[str, Path, bool]]:
    """Corpus, file and whether it is called glad, of each piece that a title calls so or sad."""
    glad, sad = (re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for words in (GLAD, SAD))
    for index in sorted((data / "train").glob("*/index.json")):
        if index.parent.name in LEFT_OUT:
            continue
        for entry in json.loads(index.read_text(encoding="utf-8")):
            title = re.sub("[_-]", " ", (entry.get("title") or "").split("/")[-1])
            is_glad = bool(glad.search(title))
            if is_glad != bool(sad.search(title)):
                yield index.parent.name, index.parent / entry["file"], is_glad


def valences(data: Path) -> Found:
    """Of the glad and the sad pieces of each corpus."""
    found: Found = defaultdict(lambda: ([], []))
    for corpus, file, is_glad in labelled(data):
        of_kind = found[corpus][not is_glad]
        if len(of_kind) < MOST and file.stat().st_size <= LARGEST:
            of_kind.append(linnet.describe(Score.open(file))["valence"])
    return {name: kinds for name, kinds in found.items() if min(map(len, kinds)) >= FEWEST}


def rows(found: Found) -> Iterator[tuple[str, ...]]:
    """A row for each corpus, and their mean, each as important as any other."""
    figures = []
    for name, kinds in found.items():
        glad, sad = map(np.array, kinds)
        higher = glad[:, None] - sad[None, :]
        auc = float(np.mean(higher > 0) + np.mean(higher == 0) / 2)
        means = float(glad.mean()), float(sad.mean())
        figures.append((auc, *means, sum(means) / 2))
        yield (name, str(len(glad)), str(len(sad)), *_shown(figures[-1]))
    totals = (str(sum(len(kinds[i]) for kinds in found.values())) for i in range(2))
    yield ("mean", *totals, *_shown(np.mean(figures, axis=0).tolist()))


def _shown(figures: Sequence[float]) -> list[str]:
    return [f"{figures[0]:.2f}", *(f"{each:+.2f}" for each in figures[1:])]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.feeling_words", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="MIDI files, below DIR/train")
    parser.add_argument("--record", type=Path, metavar="FILE", help="JSON file that keeps the table")
    args = parser.parse_args(arguments)
    body = list(rows(valences(args.data)))
    print("\n".join(table.markdown([tuple(HEADER.values()), *body])))
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        everything["feeling_words"] = [dict(zip(HEADER, row, strict=True)) for row in body]
        write_json(args.record, everything)
    return 0


if __name__ == "__main__":
    sys.exit(main())

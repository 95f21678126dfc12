"""Plans from tables that have chords and no notes: songs after the McGill Billboard data, and lead sheets.

What they don't know is left untold: cadences, who plays, how a bar is filled.
"""

import re
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_layout import Conditions
from linnet.controls.plan_rows import chord_cell
from linnet.music.chord import Chord
from linnet.music.key import home_shift
from linnet.music.theory import pitch_class
from linnet.tokens.vocabulary import SOURCE_MOST, TIME_SIGNATURES
from linnet_train.corpus.peoples_plan import PeoplesPlan
from linnet_train.errors import TrainError
from linnet_train.storage import read_json

SONGS, SHEETS = 33, 34
"""Styles of the plan model for the two kinds, after those of corpora."""

FEWEST_BARS = 8

_METRES = {f"{numerator}/{denominator}" for numerator, denominator, _ in TIME_SIGNATURES}

_ALIKE = 15
"""Added to `how` where bars are alike as a whole."""


def read_tables(folder: Path) -> list[PeoplesPlan]:
    """All plans of a folder with `billboard/` and `openewld/` in it, in the order of their names.

    Raises:
        TrainError: there are none.
    """
    plans = [
        *filter(None, (_song(file) for file in sorted((folder / "billboard").glob("*.json")))),
        *filter(None, (_sheet(file) for file in sorted((folder / "openewld").glob("*.json")))),
    ]
    if not plans:
        raise TrainError(f"{folder}: no chord tables in it (billboard/*.json, openewld/*.json)")
    return plans


def split_of(name: str) -> Literal["train", "valid"]:
    """A tenth is held out, by name."""
    return "valid" if zlib.crc32(name.encode()) % 10 == 0 else "train"


def _song(file: Path) -> PeoplesPlan | None:
    """A song; None for one whose metre changes, or is not known here."""
    song = read_json(file)
    metre = song["metre"]
    sections = [section for section in song["sections"] if section["bars"]]
    count = sum(len(section["bars"]) for section in sections)
    others = sum(len(section.get("metre_of_bar", ())) for section in sections)
    if metre not in _METRES or others or len(song["metres"]) > 1 or count < FEWEST_BARS:
        return None
    tonics = _by_bar(song["tonics"], count)
    bars = [bar for section in sections for bar in section["bars"]]
    minor = _is_minor(bars, tonics)
    conditions = Conditions(metre, minor=minor, style=SONGS, bars=count)
    plan = [
        PlanBar(source=0, cells=_cells(bar, home_shift(tonic + 12 * minor), conditions.beats))
        for bar, tonic in zip(bars, tonics, strict=True)
    ]
    _sections(plan, sections)
    # another annotation of a song is on the same side as the first
    name = str(song.get("another_annotation_of") or song["id"])
    return PeoplesPlan(f"billboard/{file.stem}", conditions, plan, split_of(name))


def _by_bar(tonics: Sequence[tuple[int, str]], count: int) -> list[int]:
    """The tonic of each bar; `tonics` are (bar from 1, note)."""
    found = [pitch_class(tonics[0][1])] * count
    for bar, note in tonics:
        found[bar - 1 :] = [pitch_class(note)] * (count - bar + 1)
    return found


def _is_minor(bars: Sequence[Sequence[str]], tonics: Sequence[int]) -> bool:
    """Whether the chords on the tonic are minor more often than major."""
    minor = major = 0
    for bar, tonic in zip(bars, tonics, strict=True):
        for symbol in bar:
            chord = _chord(symbol)
            if chord is not None and chord.root == tonic:
                minor += chord.quality.startswith("minor")
                major += chord.quality in ("major", "dominant seventh", "major seventh")
    return minor > major


@cache
def _chord(symbol: str) -> Chord | None:
    """The chord that holds for most of a beat; of one without a third (sus, 5) the root with a major one."""
    first = symbol.split()[0]
    chord = Chord.nearest(first)
    root = re.match(r"[A-G][#b]*", first)
    return Chord(pitch_class(root[0])) if chord is None and root else chord


def _cells(symbols: Sequence[str], shift: int, beats: int) -> list[int]:
    """The chords of a bar, one a beat; a bar with what nobody could transcribe has none."""
    if "?" in symbols or not symbols:
        return [0] * beats
    spread = [symbols[place * len(symbols) // beats] for place in range(beats)]
    return [chord_cell(_chord(symbol), shift) for symbol in spread]


def _sections(plan: Sequence[PlanBar], sections: Sequence[dict[str, Any]]) -> None:  # Any: JSON
    """A section comes back from the last one of its letter, or else of its name."""
    begin, last = 0, dict[str, tuple[int, int]]()
    for section in sections:
        count = len(section["bars"])
        name = section["letter"] or section["name"]
        before, length = last.get(name, (0, 0))
        back = begin - before
        if length and back <= SOURCE_MOST:
            for place in range(min(count, length)):
                bar, source = plan[begin + place], plan[before + place]
                quarters = _equal_quarters(bar.cells, source.cells)
                if quarters:
                    bar.source, bar.how = back, quarters + (_ALIKE if quarters == 15 else 0)
        last[name] = (begin, count)
        begin += count


def _equal_quarters(a: Sequence[int], b: Sequence[int]) -> int:
    """The quarters of a bar in which two bars have the same chords, as bits."""
    return sum(
        1 << quarter
        for quarter in range(4)
        if all(
            x == y for place, (x, y) in enumerate(zip(a, b, strict=True)) if place * 4 // len(a) == quarter
        )
    )


def _sheet(file: Path) -> PeoplesPlan | None:
    """A lead sheet; None for one without a key, or whose metre changes or is not known here."""
    sheet = read_json(file)
    metre, key, chords = sheet["metre"][0][1], sheet["key"], sheet["chords"]
    if metre not in _METRES or len(sheet["metre"]) > 1 or not chords or key is None:
        return None
    first, count = chords[0][0], chords[-1][0] - chords[0][0] + 1
    if count < FEWEST_BARS:
        return None
    sharps, minor = key[0], bool(key[1])
    shift = home_shift((7 * sharps + 9 * minor) % 12 + 12 * minor)
    conditions = Conditions(metre, minor=minor, style=SHEETS, bars=count)
    beats = conditions.beats
    units = int(metre.split("/")[0])  # of the metre in a bar
    cells = [0] * (count * beats)
    for bar, beat, symbol in chords:
        place = (bar - first) * beats + int((beat - 1) * beats / units)
        cells[place:] = [chord_cell(_chord(symbol), shift)] * (len(cells) - place)
    plan = [PlanBar(cells=cells[place : place + beats]) for place in range(0, len(cells), beats)]
    return PeoplesPlan(f"openewld/{file.stem}", conditions, plan, split_of(file.stem))

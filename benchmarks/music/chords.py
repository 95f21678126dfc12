"""How often linnet's chords are those that people wrote: lead sheets, whose chords and notes are known.

    python -m benchmarks.music.chords [--half report|tuning] [--json FILE]

The 139 lead sheets of OpenEWLD (folders chords/openewld and train/openewld-160 of LINNET_DATA): a melody with
chord symbols, in which the MIDI file plays the symbols as block chords. Measured with both, where the chords
are there to be found among passing notes of the melody, and with the melody alone, which has to imply them;
two people would not write the same ones either. The tables and weights of `linnet.music.harmony` were made on
every other piece, by name; the figures are from the pieces between.

Of each beat: the chord that holds for the longest part of it. Beats without a symbol, with `N`, or with a
chord that has no third (`sus4`) are left out. Root and triad: the same root, and third and fifth of the same
kind. Quality: the same of the nine (`6` and `9` are read as what is left without them). Intervals are 95 %,
drawing pieces.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import DATA, table
from linnet.music.beats import beat_grid
from linnet.music.chord import Beat, Chord
from linnet.music.score import Note, Notes, Score, Track
from linnet_train.storage import read_json, write_json

DRAWS = 2000
GOAL = 0.80
CHORDS = "Chords"
"""Name of the track that plays the symbols."""
HALVES = {"report": 1, "tuning": 0}
"""Every other piece, by name: from the second, and from the first."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A lead sheet."""

    name: str
    score: Score
    people: tuple[Chord | None, ...]
    """The chord that people wrote for each beat; None where it doesn't count."""

    @property
    def melody(self) -> Score:
        """Without the chords."""
        return replace(self.score, tracks=tuple(t for t in self.score.tracks if t.name != CHORDS))


def sheets(data: Path) -> list[Sheet]:
    """All lead sheets, by name."""
    files = sorted((data / "chords" / "openewld").glob("*.json"))
    if not files:
        raise FileNotFoundError(
            f"no lead sheets in {data / 'chords' / 'openewld'}; LINNET_DATA says where the data is"
        )
    found = []
    for file in files:
        entry = read_json(file)
        score = Score.open(data / "train" / "openewld-160" / entry["file"])
        found.append(Sheet(file.stem, score, tuple(written(score, entry["chords"]))))
    return found


def written(score: Score, chords: Sequence[tuple[int, float, str]]) -> Iterator[Chord | None]:
    """For each beat the chord that holds for most of it; `chords` are (bar, beat, symbol), counted from 1."""
    bars = score.bar_ticks()
    begins, names = [], []
    for bar, beat, symbol in chords:
        ruling = [each for each in score.time_signatures if each.tick <= bars[bar - 1]][-1]
        begins.append(int(bars[bar - 1]) + round((beat - 1) * 4 * score.ticks_per_beat / ruling.denominator))
        names.append(symbol)
    ends = np.array([*begins[1:], np.iinfo(np.int64).max])
    grid = beat_grid(score)
    for tick, end in zip(grid.tick.tolist(), grid.end.tolist(), strict=True):
        lasts = np.minimum(ends, end) - np.maximum(begins, tick)
        longest = int(lasts.argmax())
        yield Chord.nearest(names[longest]) if lasts[longest] > 0 else None


@dataclass(frozen=True, slots=True)
class Tally:
    """Beats of one piece."""

    counted: int
    roots: int
    triads: int
    qualities: int
    basses: int
    by_quality: Counter[tuple[str, bool]]
    mistaken: Counter[tuple[str, str]]
    """What people wrote and what was found instead, as if the root that people wrote were C."""


def tally(people: Sequence[Chord | None], found: Sequence[Beat]) -> Tally:
    """How many beats agree."""
    roots = triads = qualities = basses = counted = 0
    by_quality: Counter[tuple[str, bool]] = Counter()
    mistaken: Counter[tuple[str, str]] = Counter()
    for wanted, beat in zip(people, found, strict=True):
        if wanted is None:
            continue
        counted += 1
        heard = beat.chord
        right = heard is not None and heard.triad == wanted.triad
        by_quality[wanted.quality, right] += 1
        triads += right
        if heard is not None:
            roots += heard.root == wanted.root
            qualities += (heard.root, heard.quality) == (wanted.root, wanted.quality)
            basses += right and heard.bass == wanted.bass
        if not right:
            moved = None if heard is None else Chord(heard.root, heard.quality).transposed(-wanted.root)
            mistaken[str(Chord(0, wanted.quality)), str(moved or "none")] += 1
    return Tally(counted, roots, triads, qualities, basses, by_quality, mistaken)


def changes(people: Sequence[Chord | None], found: Sequence[Beat]) -> tuple[int, int, int]:
    """Bar lines with chords on both sides, and on how many of them people and linnet have a new root."""
    lines = theirs = ours = 0
    for i, beat in enumerate(found[1:], 1):
        before, now, earlier = people[i - 1], people[i], found[i - 1].chord
        if beat.beat == 0 and before and now and earlier and beat.chord:
            lines += 1
            theirs += before.root != now.root
            ours += earlier.root != beat.chord.root
    return lines, theirs, ours


def interval(hits: Sequence[int], counts: Sequence[int]) -> tuple[float, float, float]:
    """A share with the interval in which 95 of 100 draws of the pieces lie."""
    draw = np.random.default_rng(1).integers(0, len(hits), (DRAWS, len(hits)))
    shares: NDArray[np.float64] = np.array(hits)[draw].sum(1) / np.maximum(np.array(counts)[draw].sum(1), 1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return sum(hits) / max(sum(counts), 1), float(low), float(high)


def milliseconds(score: Score, tries: int = 5) -> float:
    """The shortest of some tries to find the chords of a piece."""
    taken = []
    for _ in range(tries):
        fresh = replace(score)
        begin = time.perf_counter()
        fresh.chords()
        taken.append(1000 * (time.perf_counter() - begin))
    return min(taken)


def four_voices(bars: int) -> Score:
    """A piece of so many bars of 4/4 in eighths, in four voices that change chords twice a bar."""
    roots = (0, 5, 7, 9, 2, 7, 0, 4)
    tracks = []
    for voice, interval_above in enumerate((0, 12, 16, 19)):
        notes = [Note(240 * i, 240, 36 + interval_above + roots[i // 4 % 8], 80) for i in range(8 * bars)]
        tracks.append(Track(Notes.of(notes), name=str(voice)))
    return Score(480, tuple(tracks))


def rows(tallies: Sequence[Tally]) -> dict[str, tuple[float, float, float]]:
    """Each figure with its interval."""
    counts = [each.counted for each in tallies]
    hits: dict[str, list[int]] = {
        "root": [each.roots for each in tallies],
        "root and triad": [each.triads for each in tallies],
        "root and quality of nine": [each.qualities for each in tallies],
        "root, triad and bass": [each.basses for each in tallies],
    }
    return {name: interval(values, counts) for name, values in hits.items()}


def measure(pieces: Sequence[Sheet], part: Callable[[Sheet], Score]) -> list[Tally]:
    """How the chords of a part of each sheet agree with people's."""
    return [tally(sheet.people, part(sheet).chords()) for sheet in pieces]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.chords", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--half", choices=list(HALVES), default="report", help="which half of the pieces (report)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    args = parser.parse_args(arguments)
    pieces = sheets(DATA)[HALVES[args.half] :: 2]
    beats = sum(chord is not None for sheet in pieces for chord in sheet.people)
    print(f"{len(pieces)} lead sheets (the {args.half} half), {beats:,} beats with a chord\n")
    parts: dict[str, Callable[[Sheet], Score]] = {
        "melody and chords": lambda sheet: sheet.score,
        "melody alone": lambda sheet: sheet.melody,
    }
    tallies = {name: measure(pieces, part) for name, part in parts.items()}
    figures = {name: rows(each) for name, each in tallies.items()}
    cells = [("beats that agree on", *parts)]
    for row in next(iter(figures.values())):
        shown = [
            f"{share:.3f} ({low:.3f} to {high:.3f})"
            for share, low, high in (f[row] for f in figures.values())
        ]
        cells.append((row, *shown))
    print(*table.markdown(cells), sep="\n")
    print(f"\nTo reach with both, root and triad: {GOAL:.2f}\n")
    print(*table.markdown(list(by_quality(tallies))), sep="\n")
    for name, each in tallies.items():
        worst = sum((one.mistaken for one in each), Counter[tuple[str, str]]()).most_common(8)
        shown = ", ".join(f"{wanted} heard as {heard} {count}" for (wanted, heard), count in worst)
        print(f"\nMost mistaken, {name} (people's root as C, beats): {shown}")
    for name, part in parts.items():
        counted = [changes(sheet.people, part(sheet).chords()) for sheet in pieces]
        lines, theirs, ours = (sum(column) for column in zip(*counted, strict=True))
        print(f"\nA new root at bar lines, {name}: people {theirs / lines:.2f}, linnet {ours / lines:.2f}")
    speed = {bars: milliseconds(four_voices(bars)) for bars in (16, 64, 256)}
    print("\n" + ", ".join(f"{bars} bars of four voices in {taken:.1f} ms" for bars, taken in speed.items()))
    if args.json:
        write_json(args.json, {"half": args.half, "pieces": len(pieces), "beats": beats, "figures": figures,
                               "milliseconds": speed, "machine": table.machine()})  # fmt: skip


def by_quality(tallies: dict[str, list[Tally]]) -> Iterator[tuple[str, ...]]:
    """Root and triad, by what people wrote."""
    sums = [sum((one.by_quality for one in each), Counter[tuple[str, bool]]()) for each in tallies.values()]
    counts = Counter({name: sums[0][name, True] + sums[0][name, False] for name, _ in sums[0]})
    yield ("people wrote", "beats", *(f"root and triad, {name}" for name in tallies))
    for name, count in counts.most_common():
        yield (name, f"{count:,}", *(f"{each[name, True] / count:.2f}" for each in sums))


if __name__ == "__main__":
    main()

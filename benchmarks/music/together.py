"""How often notes clash that sound together: inside one piece, between streams that know nothing of each
other, and in an ensemble.

    python -m benchmarks.music.together [--seconds 60] [--seeds 3]

A pair of notes clashes that sounds together for more than 30 ms, a second or a seventh apart (octaves left
out). Drums have no pitch.
"""

import argparse
from collections.abc import Iterator
from itertools import combinations

import linnet

Note = tuple[float, float, int]
SETTINGS = {"key": "G major", "bpm": 100, "time_signature": "4/4"}
BRIEF = 0.03  # seconds


def clashes(parts: list[list[Note]]) -> tuple[int, int]:
    """Pairs of notes of different parts that clash, and pairs in all."""
    found = pairs = 0
    for one, other in combinations(parts, 2):
        for way in together(one, other):
            pairs += 1
            found += min(way, 12 - way) in (1, 2)
    return found, pairs


def together(one: list[Note], other: list[Note]) -> Iterator[int]:
    """Semitones between two notes that sound together, octaves left out."""
    for begin, end, pitch in one:
        for start, stop, with_it in other:
            if min(end, stop) - max(begin, start) > BRIEF:
                yield abs(pitch - with_it) % 12


def heard(stream: linnet.Stream, seconds: float) -> dict[int, list[Note]]:
    """Notes by track."""
    tracks: dict[int, list[Note]] = {}
    while stream.seconds < seconds:
        now = stream.seconds
        for note in stream.advance(1, budget=None):
            if not note.is_drum:
                row = (now + note.onset, now + note.onset + note.duration, note.pitch)
                tracks.setdefault(note.track, []).append(row)
    return tracks


def all_of(stream: linnet.Stream, seconds: float) -> list[Note]:
    """Notes of all tracks."""
    return [note for track in heard(stream, seconds).values() for note in track]


def ensemble(names: tuple[str, ...], seed: int, seconds: float) -> list[list[Note]]:
    """What the streams of an ensemble play."""
    streams = {
        f"{name} {number}": linnet.load(name).stream(seed=seed + 50 * number, **SETTINGS)
        for number, name in enumerate(names)
    }
    band = linnet.Ensemble(streams)
    parts: dict[str, list[Note]] = {name: [] for name in streams}
    while band.seconds < seconds:
        now = band.seconds
        for name, notes in band.advance(0.25, budget=None).items():
            parts[name] += [
                (now + note.onset, now + note.onset + note.duration, note.pitch)
                for note in notes
                if not note.is_drum
            ]
    return list(parts.values())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    rows: dict[str, list[list[list[Note]]]] = {}
    for seed in range(args.seeds):
        for name in ("chorale", "piano"):
            tracks = heard(linnet.load(name).stream(seed=seed, **SETTINGS), args.seconds)
            rows.setdefault(f"inside a piece of {name}", []).append(list(tracks.values()))
        hands = linnet.load("folk").stream(seed=seed, roles="right hand, left hand", **SETTINGS)
        rows.setdefault("inside a piece of folk for two hands", []).append(
            list(heard(hands, args.seconds).values())
        )
        free = [
            all_of(linnet.load("folk").stream(seed=seed + 50 * number, **SETTINGS), args.seconds)
            for number in range(2)
        ]
        rows.setdefault("two free streams of folk", []).append(free)
        for names in (("folk", "folk"), ("folk", "chorale"), ("folk", "piano")):
            parts = ensemble(names, seed, args.seconds)
            rows.setdefault(f"ensemble of {' and '.join(names)}", []).append(parts)
    print(f"{'':42}{'pairs':>8}{'clash':>8}")
    for name, pieces in rows.items():
        counted = [clashes(parts) for parts in pieces]
        found, pairs = sum(each for each, _ in counted), sum(each for _, each in counted)
        print(f"{name:42}{pairs:8,}{found / max(pairs, 1):8.3f}")


if __name__ == "__main__":
    main()

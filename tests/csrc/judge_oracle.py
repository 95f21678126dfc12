"""What a judge hears, slowly: from csrc/judge.h and not from the C, for one voice and a kit in 4/4."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from linnet.music.score import Note

BAR, BEAT, HALF = 96, 24, 12
SILENT = -1000


def share(part: int, whole: int) -> int:
    return (64 * part + whole // 2) // whole if whole else SILENT


def hear(tune: list[Note], strokes: list[Note], bars: int, key: int, ends: int) -> dict[str, int]:
    """The last four of so many bars, which are all that were read; a melody without chords."""
    first = max(bars - 4, 0)
    begin, end = first * BAR, bars * BAR
    tonic, minor = (key - 1) % 12, key > 12
    scale = {
        (tonic + step) % 12 for step in ((0, 2, 3, 5, 7, 8, 10, 11) if minor else (0, 2, 4, 5, 7, 9, 11))
    }
    now = [note for note in tune if begin <= note.onset < end]
    before = [note for note in tune if note.onset < begin]
    heard = [*before, *now]
    moves = [(a, b) for a, b in pairwise(heard) if b.onset >= begin]
    wide = [abs(b.pitch - a.pitch) for a, b in moves]
    triples = [(a, b, c) for a, b, c in zip(heard, heard[1:], heard[2:], strict=False) if c.onset >= begin]
    turns = [(b.pitch - a.pitch) * (c.pitch - b.pitch) for a, b, c in triples]
    jumps = [(a, b, c) for a, b, c in triples if abs(b.pitch - a.pitch) >= 5]
    back = [
        1
        for a, b, c in jumps
        if (b.pitch - a.pitch) * (c.pitch - b.pitch) < 0 and abs(c.pitch - b.pitch) <= 2
    ]
    gaps = [b.onset - a.onset for a, b in pairwise(now)] + [end - now[-1].onset]
    over_lines = [abs(b.pitch - a.pitch) for a, b in moves if a.onset // BAR != b.onset // BAR]
    found = {
        "steps": share(sum(each in (1, 2) for each in wide), len(wide)),
        "leaps": share(sum(each >= 5 for each in wide), len(wide)),
        "far_leaps": share(sum(each >= 9 for each in wide), len(wide)),
        "same": share(wide.count(0), len(wide)),
        "turns": share(sum(each < 0 for each in turns), sum(each != 0 for each in turns)),
        "recovered": share(len(back), len(jumps)),
        "joint": max(over_lines, default=SILENT),
        "range": max(n.pitch for n in now) - min(n.pitch for n in now),
        "onsets": 4 * len(now) // (bars - first),
        "shortest": min(gaps),
        "longest": max(gaps),
        "on_halves": share(sum(n.onset % HALF == 0 for n in now), len(now)),
        "on_beats": share(sum(n.onset % BEAT == 0 for n in now), 4 * (bars - first)),
        "outside": share(
            sum(n.duration for n in now if n.pitch % 12 not in scale), sum(n.duration for n in now)
        ),
        "tonic": share(sum(n.pitch % 12 == tonic for n in now), len(now)),
        "degrees": len({n.pitch % 12 for n in now}),
        "chord_notes": 8,
    }
    if before:
        found["peak"] = max(n.pitch for n in now) - max(n.pitch for n in before)
        mean, earlier = (sum(n.pitch for n in each) / len(each) for each in (now, before))
        found["register"] = (4 * (mean - earlier)).__floor__()
        found["lowest"] = min(n.pitch for n in now) - min(n.pitch for n in before)
    every = [(n.onset, n.pitch, 0) for n in tune] + [(n.onset, n.pitch, 1) for n in strokes]
    there = set(every)
    for ago in (1, 2, 4, 8):
        asked = [each for each in every if begin <= each[0] < end and each[0] - ago * BAR >= 0]
        found[f"like_{ago}"] = share(sum((o - ago * BAR, p, kit) in there for o, p, kit in asked), len(asked))
    place = ("mid", "end", "close")[ends]
    strong = end - BAR + 48
    at = max(i for i, n in enumerate(now) if n.onset <= strong or i == 0)
    found[f"{place}_degree"] = (now[at].pitch - tonic) % 12
    found[f"{place}_long"] = (now[at + 1].onset if at + 1 < len(now) else end) - now[at].onset
    found[f"{place}_left"] = end - now[-1].onset
    found[f"{place}_notes"] = share(sum(n.onset >= end - BAR for n in now) * (bars - first), len(now))
    struck = [n for n in strokes if begin <= n.onset < end]
    if struck:
        on = Counter(n.onset for n in struck)
        found["kick"] = share(
            sum(any(n.onset == b * BAR and n.pitch in (35, 36) for n in struck) for b in range(first, bars)),
            bars - first,
        )
        found["kit_beats"] = share(sum(b in on for b in range(begin, end, BEAT)), 4 * (bars - first))
        found["kit_off"] = share(sum(n.onset % HALF != 0 for n in struck), len(struck))
        even = range(begin + BEAT, end, 2 * BEAT)
        snares = {n.onset for n in struck if 37 <= n.pitch <= 40}
        found["backbeat"] = share(sum(b in snares for b in even), len(even))
    if struck or [n for n in strokes if n.onset < begin]:
        found["strokes"] = 2 * len(struck) // (bars - first)
    return found

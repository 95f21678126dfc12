"""Wishes around music that is there: parts, gaps, variations, answers, chords."""

# ruff: noqa: E501 - commands and figures stand in one line, as they are printed

from __future__ import annotations

from pathlib import Path

import linnet
from benchmarks.wanted.music import (
    agreement,
    chord_found,
    chord_named,
    in_bars,
    intervals,
    largest_move,
    line,
    notes_of,
    onsets,
    symbols,
    top_line,
)
from benchmarks.wanted.wish import Found, Group, Wish, read
from linnet.music.score import Score, Track

MOST_OF = 2 / 3
"""Of the notes on strong beats, in the chord. A note drawn at random from a scale is so in 3 of 7 cases."""

CONSONANT = {0, 3, 4, 5, 7, 8, 9}
"""Intervals, without octaves, that two voices make on strong beats; the fourth is with folk tunes."""


def added(folder: Path, name: str, given: str = "tune.mid") -> tuple[Score, list[Track], str]:
    """What came out, its new tracks, and what became of the given ones."""
    before, after = read(folder, given), read(folder, name)
    same = after.tracks[: len(before.tracks)] == before.tracks and after.tempos == before.tempos
    word = f"{len(before.notes)} given notes kept" if same else "given notes CHANGED"
    return after, list(after.tracks[len(before.tracks) :]), word


def part(name: str) -> Found:
    """A pitched part: what is given is kept, it plays in all bars but one at most, and it fits the chords."""

    def check(folder: Path) -> tuple[str, bool]:
        given = "comp.mid" if name == "song.mid" else "tune.mid"
        after, new, kept = added(folder, name, given)
        bars = range(1, after.full_bars + 1)
        played = {
            bar
            for bar in bars
            for note in new[0].notes
            if note.onset < line(after, bar + 1) and note.onset + note.duration > line(after, bar)
        }
        fits = agreement(after, new, chord_found(read(folder, given)))
        text = f"{kept}; {len(new[0].notes)} new, in {len(played)} of {len(bars)} bars; on strong beats {fits:.0%} in the chord"
        enough = len(played) >= len(bars) - 1 and len(new[0].notes) >= len(bars)
        met = "CHANGED" not in kept and enough and fits >= MOST_OF
        return text, met

    return check


def second(folder: Path) -> tuple[str, bool]:
    after, new, kept = added(folder, "duet.mid")
    tune = dict(top_line(after.tracks[0]))
    both = [(pitch, tune[onset]) for onset, pitch in top_line(new[0]) if onset in tune]
    share = sum(abs(a - b) % 12 in CONSONANT for a, b in both) / max(len(both), 1)
    text = f"{kept}; {len(new[0].notes)} new; of {len(both)} struck together {share:.0%} are consonant"
    return text, "CHANGED" not in kept and share >= MOST_OF


def drums(folder: Path) -> tuple[str, bool]:
    after, new, kept = added(folder, "drums.mid")
    struck = {note.onset for note in new[0].notes}
    bars = [bar for bar in range(1, after.full_bars + 1) if line(after, bar) in struck]
    text = f"{kept}; {len(new[0].notes)} strokes, {len(bars)} of {after.full_bars} bar lines struck"
    return text, "CHANGED" not in kept and new[0].is_drum and len(bars) >= MOST_OF * after.full_bars


def filled(folder: Path) -> tuple[str, bool]:
    before, after = read(folder, "tune.mid"), read(folder, "filled.mid")
    same = all(in_bars(before, *bars) == in_bars(after, *bars) for bars in ((1, 4), (7, 8)))
    new = in_bars(after, 5, 6) != in_bars(before, 5, 6)
    leap = largest_move(after, (line(after, 5), line(after, 7)))
    text = f"{'the other 6 bars kept' if same else 'CHANGED'}; {len(in_bars(after, 5, 6))} new notes; {leap} semitones at most over the seams"
    return text, same and new and leap <= 12


def varied(folder: Path, name: str) -> tuple[Score, Score, str, bool]:
    before, after = read(folder, "tune.mid"), read(folder, name)
    far = linnet.distance(before, after)
    return before, after, f"distance {far:.2f}", far > 0


def rhythm_kept(folder: Path) -> tuple[str, bool]:
    before, after, far, new = varied(folder, "rhythm.mid")
    times = [[(n.onset, n.duration) for n in notes_of(score)] for score in (before, after)]
    same = times[0] == times[1]
    return f"{len(times[0])} onsets and lengths {'the same' if same else 'CHANGED'}; {far}", same and new


def contour_kept(folder: Path) -> tuple[str, bool]:
    before, after, far, new = varied(folder, "contour.mid")
    turns = [[(step > 0) - (step < 0) for step in intervals(score)] for score in (before, after)]
    same = turns[0] == turns[1]
    return f"{len(turns[0])} rises, falls and rests {'the same' if same else 'CHANGED'}; {far}", same and new


def harmony_kept(folder: Path) -> tuple[str, bool]:
    before, after, far, new = varied(folder, "harmony.mid")
    beat = before.ticks_per_beat
    kept = [[n for n in top_line(score) if n[0] % beat == 0] for score in (before, after)]
    same = set(kept[0]) <= set(kept[1])
    return f"{len(kept[0])} notes on beats {'the same' if same else 'CHANGED'}; {far}", same and new


def share_kept(folder: Path) -> tuple[str, bool]:
    before = read(folder, "tune.mid")
    others = [read(folder, f"variations/{number}.mid") for number in (1, 2, 3)]
    bars = [
        sum(in_bars(before, bar, bar) == in_bars(each, bar, bar) for bar in range(1, 9)) for each in others
    ]
    far = ", ".join(f"{linnet.distance(before, each):.2f}" for each in others)
    different = len({tuple(in_bars(each, 1, 8)) for each in others}) == 3
    return f"bars kept: {', '.join(map(str, bars))} of 8; distances {far}", different and min(bars) >= 5


def went_on(folder: Path) -> tuple[str, bool]:
    before, after = read(folder, "tune.mid"), read(folder, "whole.mid")
    same = in_bars(before, 1, 8) == in_bars(after, 1, 8)
    own = {pitch % 12 for *_, pitch, _ in in_bars(before, 1, 8)}
    new = in_bars(after, 9, 16)
    inside = sum(pitch % 12 in own for *_, pitch, _ in new) / max(len(new), 1)
    text = f"yours {'kept' if same else 'CHANGED'}; {after.full_bars - 8} new bars, {inside:.0%} of their notes in your scale"
    return text, same and after.full_bars == 16 and inside >= 0.9


def answered(folder: Path) -> tuple[str, bool]:
    call, answer = read(folder, "tune.mid"), read(folder, "answer.mid")
    same = onsets(call, 1, 4) == onsets(answer, 1, 4)
    last = top_line(answer)[-1][1] % 12
    text = f"{answer.full_bars} bars; the first half strikes {'as the call does' if same else 'OTHERWISE'}; the last note is {linnet.theory.pitch_name(60 + last)[:-1]}"
    return text, same and answer.full_bars == 8 and last == 2


def chords(name: str, wanted: list[str]) -> Found:
    """Chords are written into the piece, bar by bar, and heard."""

    def check(folder: Path) -> tuple[str, bool]:
        score = read(folder, name)
        at = chord_named(score)
        named = [str(at(line(score, bar))) for bar in range(1, score.full_bars + 1)]
        fits = agreement(score, score.tracks, at)
        right = named == wanted
        return (
            f"{len(symbols(score))} chord markers, {'as asked' if right else 'NOT as asked'}; on strong beats {fits:.0%} in the chord",
            right and fits >= MOST_OF,
        )

    return check


def numerals(folder: Path) -> tuple[str, bool]:
    a, b = read(folder, "progression.mid"), read(folder, "numerals.mid")
    same = notes_of(a) == notes_of(b) and a.markers == b.markers
    return f"{'the same' if same else 'NOT the same'} {len(b.notes)} notes as for C Am F G", same


ADD = "linnet add {} tune.mid --seed 1 -o {}"
AROUND = Group(
    "Given parts",
    "guides/around.md",
    (
        Wish("A bass to a tune", ADD.format("bass", "bass.mid"), part("bass.mid")),
        Wish("Chords to a tune", ADD.format("chords", "chords.mid"), part("chords.mid")),
        Wish("A second voice", "linnet add second tune.mid --instrument violin --seed 1 -o duet.mid", second),
        Wish("Drums", ADD.format("drums", "drums.mid"), drums),
        Wish(
            "A melody over chords",
            "linnet add melody comp.mid --instrument flute --seed 1 -o song.mid",
            part("song.mid"),
        ),
        Wish("Two bars anew", "linnet fill tune.mid --bars 5-6 --seed 1 -o filled.mid", filled),
        Wish(
            "A variation in the same rhythm",
            "linnet vary tune.mid --keep rhythm --seed 1 -o rhythm.mid",
            rhythm_kept,
        ),
        Wish(
            "One with the same contour",
            "linnet vary tune.mid --keep contour --seed 1 -o contour.mid",
            contour_kept,
        ),
        Wish(
            "One on the same harmony",
            "linnet vary tune.mid --keep harmony --seed 1 -o harmony.mid",
            harmony_kept,
        ),
        Wish(
            "Three that keep six of ten bars",
            "linnet vary tune.mid --keep 0.6 --count 3 --seed 1 -o variations/",
            share_kept,
        ),
        Wish(
            "How my tune could go on",
            "linnet continue tune.mid --bars 8 --with-primer --seed 1 -o whole.mid",
            went_on,
        ),
        Wish("An answer to a phrase", "linnet answer tune.mid --seed 1 -o answer.mid", answered),
        Wish(
            "A tune on my chords",
            'linnet generate --chords "C Am F G" --key "C major" --bars 8 --seed 1 -o progression.mid',
            chords("progression.mid", ["C", "Am", "F", "G"] * 2),
        ),
        Wish(
            "The same as Roman numerals",
            'linnet generate --chords "I vi IV V" --key "C major" --bars 8 --seed 1 -o numerals.mid',
            numerals,
        ),
        Wish(
            "A tune on the chords of a lead sheet",
            "linnet generate --chords lead.abc --bars 8 --seed 1 -o lead.mid",
            chords("lead.mid", ["G", "Em", "C", "D7", "G", "C", "D7", "G"]),
        ),
    ),
)

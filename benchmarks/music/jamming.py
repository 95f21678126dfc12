"""How well `linnet jam` accompanies: how often what it plays rubs against what the player plays.

    LINNET_ENGINE=native python -m benchmarks.music.jamming [--seeds 8]

A player whose notes are written down plays tunes, a phrase again and again, or chords; the accompaniment
hears them as they come, in a time of its own, faster than real. A pair of notes of the two clashes that
sounds together for more than 30 ms, a second or a seventh apart; it is harsh a semitone or a major seventh
apart (octaves left out). `anew`: of the notes that the accompaniment plays, those that were struck anew
because the player's chord or note came a moment later. `add` is the same parts composed with all of the
music before them.
"""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

import linnet
from benchmarks.music.together import Note, clashes, together
from linnet.live.accompanying import Accompanying
from linnet.live.scene import Event, Scene
from linnet.live.transport import Transport
from linnet.music.chord import Chord
from linnet.music.score import Score, TimeSignature

BPM = 100.0
STEP, AHEAD = 0.01, 0.025  # seconds
PARTS = ("bass", "chords")
CHORDS = ("C | Am | F | G7", "Dm | G | C | C", "Em | C | G | D", "Am | F | C | E7")
FOUR = TimeSignature(0, 4, 4)

Result = TypeVar("Result")


class AtOnce(Scene):
    """A scene in which nobody waits for what is composed."""

    def compose(self, work: Callable[[], Result]) -> Future[Result]:
        """Does it here and now."""
        done: Future[Result] = Future()
        done.set_result(work())
        return done


def accompanied(model: linnet.Model, played: Score, seed: int) -> tuple[list[Note], int]:
    """What the accompaniment plays to a score, in seconds, and how often it struck a sounding note anew."""
    from mido import Message

    now = [0.0]
    transport = Transport(BPM, lambda: now[0])
    scene = AtOnce(model, transport, FOUR, seed, follows=False, tempo_known=True)
    sounding: dict[Event, float] = {}
    heard: list[Note] = []
    anew = 0

    def end(event: Event, moment: float) -> None:
        begun = sounding.pop(event, moment)
        if moment > begun and event.channel != 9:
            heard.append((begun, moment, event.pitch))

    def swap(old: Event, new: Event) -> None:
        nonlocal anew
        if old in sounding:
            anew += 1
            end(old, now[0])
            sounding[new] = now[0]

    scene.swap = swap
    mode = Accompanying(scene, PARTS)
    mode.prepare()
    due = [
        each
        for onset, duration, pitch, velocity in seconds_of(played)
        for each in (
            (onset, 1, pitch, Message("note_on", note=pitch, velocity=velocity)),
            (onset + duration * 0.95, 0, pitch, Message("note_off", note=pitch)),
        )
    ]
    heapq.heapify(due)
    transport.start(seconds=0.0)
    to = 0.0
    while due:
        now[0] += STEP
        while due and due[0][0] <= now[0]:
            at, _, _, message = heapq.heappop(due)
            note = scene.listener.receive(message, at)
            if note is not None:
                mode.heard(note)
        upto = transport.beat_at(now[0] + AHEAD)
        for event in mode.play(to, upto):
            sounding[event] = transport.seconds_at(event.beat)
        to = upto
        for event in list(sounding):
            stop = transport.seconds_at(event.beat + event.duration)
            if stop <= now[0]:
                end(event, stop)
    scene.close()
    return heard, anew


def seconds_of(score: Score) -> Iterator[tuple[float, float, int, int]]:
    """Notes with onset and duration in seconds, at the tempo of all that is played here."""
    beat = 60 / BPM / score.ticks_per_beat
    for note in score.pitched_notes:
        yield note.onset * beat, note.duration * beat, note.pitch, note.velocity


def notes_of(score: Score) -> list[Note]:
    """Notes as begin, end and pitch."""
    return [(onset, onset + duration, pitch) for onset, duration, pitch, _ in seconds_of(score)]


def tunes(seed: int) -> Score:
    """A tune of sixteen bars, begun on a bar line."""
    return linnet.load("folk").generate(
        bars=16, seed=seed, key="G major", bpm=BPM, time_signature="4/4", form="ABAC", roles="lead"
    )


def phrases(seed: int) -> Score:
    """Four bars, four times."""
    return tunes(seed).slice("1-4").repeat(4)


def chords(seed: int) -> Score:
    """Chords, a bar each, four times; the top voice goes its way."""
    names = CHORDS[seed % len(CHORDS)].split(" | ")
    rows = []
    for bar, name in enumerate(names * 4):
        chord = Chord.parse(name)
        rows += [((chord.root + interval) % 12 + 60, 4 * bar) for interval in chord.intervals]
    beats: list[Any] = [(pitch, 3.9, begin) for pitch, begin in rows]
    return written(beats, 4 * 4 * len(names))


def written(rows: list[tuple[int, float, float]], beats: int) -> Score:
    """Pitch, length and onset in quarters, as a score."""
    from linnet.music.notes import Note as Written
    from linnet.music.notes import Notes
    from linnet.music.score import TempoChange, Track

    notes = Notes.of([Written(round(b * 480), round(d * 480), p, 80) for p, d, b in rows])
    tempo = TempoChange(0, round(60e6 / BPM))
    return Score(480, (Track(notes),), tempos=(tempo,), time_signatures=(FOUR,), end=beats * 480)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--model", default="band")
    args = parser.parse_args()
    model = linnet.load(args.model)
    print(f"{'':24}{'pairs':>8}{'clash':>8}{'harsh':>8}{'anew':>8}")
    for make in (tunes, phrases, chords):
        for who in ("jam", "add"):
            found = pairs = harsh = notes = moved = 0
            for seed in range(args.seeds):
                played = make(seed)
                if who == "jam":
                    other, anew = accompanied(model, played, seed)
                    notes, moved = notes + len(other), moved + anew
                else:
                    made = model.add(played, PARTS, seed=seed)
                    other = notes_of(
                        Score(made.ticks_per_beat, made.tracks[len(played.tracks) :], end=made.end)
                    )
                both = [notes_of(played), other]
                each, all_pairs = clashes(both)
                found, pairs = found + each, pairs + all_pairs
                harsh += sum(min(way, 12 - way) == 1 for way in together(*both))
            of = max(pairs, 1)
            row = f"{make.__name__ + ', ' + who:24}{pairs:8,}{found / of:8.3f}{harsh / of:8.3f}"
            print(row + f"{moved / max(notes, 1):8.3f}", flush=True)


if __name__ == "__main__":
    main()

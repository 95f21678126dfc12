"""Is the MIDI file of a piece sound, and are the rules kept that were set for it?"""

import io
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import mido
import numpy as np

from linnet import midi
from linnet.music.score import Score
from linnet.music.theory import scale_classes
from linnet_train.evaluation.figures import FEWEST_NOTES

NoteCounts = Counter[tuple[int, int, int]]
"""How often each note is in a file: (onset, duration, pitch)."""

LONGEST_BARS = 4
"""A note that lasts longer is stuck."""

LONGEST_SECONDS = 16
"""Likewise, where there are no bars."""


def complaints(score: Score, *, barred: bool = True) -> list[str]:
    """What is wrong with a piece or its file, for every reader at hand; nothing when it is sound."""
    data = midi.dumps(score)
    found = [*_about_notes(score, barred=barred)]
    expected = _of_score(score)
    for name, read in READERS.items():
        try:
            notes = read(data)
        except Exception as error:  # whatever another reader may throw at a file
            found.append(f"{name} cannot read the file: {error}")
            continue
        if notes != expected:
            found.append(f"{name} reads other notes than were written")
    return found


def _about_notes(score: Score, *, barred: bool) -> list[str]:
    found = []
    if len(score.notes) < FEWEST_NOTES:
        found.append(f"fewer than {FEWEST_NOTES} notes")
    starts = np.append(score.bar_ticks(), max(score.end, 1))
    for track in score.tracks:
        notes = track.notes
        if (notes.duration < 1).any():
            found.append("a note without length")
        if barred:
            longest = LONGEST_BARS * int(np.diff(starts).max())
        else:
            longest = int(score.ticks(LONGEST_SECONDS))
        if (notes.duration > longest).any():
            found.append("a stuck note")
        for pitch in np.unique(notes.pitch):
            same = notes.select(notes.pitch == pitch)
            if not track.is_drum and (same.onset[1:] < same.end[:-1]).any():
                found.append("a note struck while it sounds")
                break
    return found


def _of_score(score: Score) -> NoteCounts:
    notes = (track.notes for track in score.tracks)
    return Counter(
        note
        for n in notes
        for note in zip(n.onset.tolist(), n.duration.tolist(), n.pitch.tolist(), strict=True)
    )


# Readers


def _by_linnet(data: bytes) -> NoteCounts:
    return _of_score(midi.loads(data))


def _by_mido(data: bytes) -> NoteCounts:
    found: NoteCounts = Counter()
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        now, sounding = 0, dict[tuple[int, int], list[int]]()
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            begun = sounding.setdefault((message.channel, message.note), [])
            if message.type == "note_on" and message.velocity:
                begun.append(now)
            elif begun:
                onset = begun.pop(0)
                found[onset, now - onset, message.note] += 1
        if any(sounding.values()):
            raise ValueError("a note is never released")
    return found


def _by_symusic(data: bytes) -> NoteCounts:
    import symusic

    read: Any = symusic.Score.from_midi(data)  # Any: symusic has no types for what comes back
    return Counter((note.time, note.duration, note.pitch) for track in read.tracks for note in track.notes)


READERS: dict[str, Callable[[bytes], NoteCounts]] = {"linnet": _by_linnet, "mido": _by_mido}
"""What reads files here; symusic where it is installed."""

if find_spec("symusic"):
    READERS["symusic"] = _by_symusic


# Rules

RULES: dict[str, dict[str, Any]] = {  # arguments of Model.generate
    "scale": {"scale": "D dorian"},
    "pitch_range": {"pitch_range": ("C4", "E5")},
    "polyphony": {"polyphony": 1},
    "longest_note": {"longest": 1},
}
"""Hard rules that a report plays under, one at a time."""


def violations(rule: str, score: Score, *, barred: bool = True) -> int:
    """How many notes break one of the RULES."""
    broken = 0
    for notes in (track.notes for track in score.tracks if not track.is_drum and len(track.notes)):
        if rule == "scale":
            wrong = ~np.isin(notes.pitch % 12, list(scale_classes("D dorian")))
        elif rule == "pitch_range":
            wrong = (notes.pitch < 60) | (notes.pitch > 76)
        elif rule == "polyphony":
            wrong = notes.onset[1:] < np.maximum.accumulate(notes.end)[:-1]
        else:
            longest = score.ticks_per_beat if barred else score.ticks(1.0)
            wrong = notes.duration > longest
        broken += int(wrong.sum())
    return broken

"""A closing chord."""

from __future__ import annotations

from linnet.music import theory
from linnet.music.notes import Notes
from linnet.music.score import Score, Track
from linnet.shape._parts import check_strength
from linnet.shape.metre import place
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np

__all__ = ["close"]

LOWEST_FILLING = 48
"""C3. Thirds and fifths added below it would be mud."""


def close(score: Score, *, key: str | None = None, strength: float = 1.0) -> Score:
    """A bar of the tonic chord after the last note, from the next bar line on; the strength is its loudness.

    Every melodic track that plays in the last bar goes from its last notes to the nearest of the chord; the
    lowest of all goes to the root, and what the chord then lacks is added above it. Its velocity at 1 is the
    mean of the last bar's. `key` is such as `D major` or `Am`; left out, it is estimated. A piece whose last
    notes are that chord already stays as it is.
    """
    check_strength(strength)
    index = None if key is None else theory.key_index(key)
    notes = score.pitched_notes
    if not strength or not notes:
        return score
    if index is None:
        from linnet.music.key import estimate_key

        index = estimate_key(notes)
    if index is None:
        return score  # all twelve notes alike: there is no key to close in
    root = index % 12
    triad = {root, (root + (3 if index >= 12 else 4)) % 12, (root + 7) % 12}
    last = notes.select(notes.onset == notes.onset.max()).pitch
    if triad <= set((last % 12).tolist()) and int(last.min()) % 12 == root:
        return score

    last_bar = place(score, np.array([notes.last_end - 1]))
    start = int(last_bar.stop[0])
    following = place(score, np.array([start]))
    length = int(following.stop[0]) - start
    playing = [
        number
        for number, track in enumerate(score.tracks)
        if not track.is_drum and track.notes.last_end > int(last_bar.start[0])
    ]
    voices = _voices([score.tracks[number].notes for number in playing], triad, root)
    heard = notes.velocity[notes.end > int(last_bar.start[0])]
    velocity = max(int(strength * float(heard.mean()) + 0.5), 1)
    tracks = list(score.tracks)
    for number, pitches in zip(playing, voices, strict=True):
        tracks[number] = _with_chord(tracks[number], pitches, start, length, velocity)
    return replace(score, tracks=tuple(tracks), end=max(score.end, start + length))


def _voices(parts: list[Notes], triad: set[int], root: int) -> list[set[int]]:
    """What each part plays of the chord."""
    chord = [pitch for pitch in range(128) if pitch % 12 in triad]
    last = [part.pitch[part.onset == part.onset[-1]].tolist() for part in parts]
    voices = [{min(chord, key=lambda to: (abs(to - pitch), to)) for pitch in pitches} for pitches in last]
    bass = min(range(len(voices)), key=lambda i: min(voices[i]))
    lowest = min(voices[bass])
    bottom = lowest - (lowest - root) % 12
    bottom += 12 * ((bottom < 0) - (bottom + 12 > 127))  # what is added stands up to an octave above it
    voices[bass] = {pitch for pitch in voices[bass] if pitch != lowest} | {bottom}
    # where there is no root below, it stands above the lowest notes, and they go up with it
    voices = [{pitch + 12 * (pitch < bottom) for pitch in voice} for voice in voices]
    for missing in sorted(triad - {pitch % 12 for voice in voices for pitch in voice}):
        above = max(bottom + 1, LOWEST_FILLING)
        voices[bass].add(above + (missing - above) % 12)
    return voices


def _with_chord(track: Track, pitches: set[int], start: int, length: int, velocity: int) -> Track:
    rows = [*track.notes.rows(), *((start, length, pitch, velocity) for pitch in sorted(pitches))]
    return replace(track, notes=Notes.of_rows(rows))

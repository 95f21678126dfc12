"""What the music of a corpus is made of, for a model to bring along; see `linnet.controls.repertoire`."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import linnet
from linnet.controls.repertoire import BEATS, LastBar, Repertoire, RolePart
from linnet.music.notes import Notes
from linnet.music.roles import ROLES
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tokens.vocabulary import TIME_SIGNATURES
from linnet_export.defaults import rewrite
from linnet_train.corpus.corpus import Corpus

PIECES, NOTES_SHARE = 3, 1e-3
"""A program belongs to the music when it plays in so many pieces, and so many of all notes; a drum, when it
is struck in so many pieces. Less may be a mistake. Of fewer than 20 pieces two are enough, of fewer than 10
one."""

PITCH_SHARE = 1e-3
"""Of the notes of a program that may lie outside its range, at each end."""

ONSET_SHARE = 2e-4
"""Of all notes that begin at a place of the beat, for the place to be a rhythm of this music."""

DURATION_SHARE = 1e-4
"""Likewise of all notes that last so long."""

PLAYED_SHARE = 1e-2
"""Likewise of places and durations that nobody writes, such as those of detached notes."""

TAIL = 0.005
"""Of people's last bars that keep to no limit."""

_BEAT = {f"{numerator}/{denominator}": 36 if denominator == 8 and ticks % 36 == 0 else 24
         for numerator, denominator, ticks in TIME_SIGNATURES}  # fmt: skip


@dataclass
class _RoleCounts:
    """Of the notes of a role."""

    programs: Counter[int] = field(default_factory=Counter)  # pieces
    pitches: Counter[int] = field(default_factory=Counter)
    voices: Counter[int] = field(default_factory=Counter)

    def add(self, program: int, notes: Notes) -> None:
        """A player in a piece."""
        self.programs[program] += 1
        self.pitches.update(notes.pitch.tolist())
        begun = np.searchsorted(notes.onset, notes.onset, "right")
        over = np.searchsorted(np.sort(notes.end), notes.onset, "right")
        self.voices.update((begun - over).tolist())

    def part(self, enough: int) -> RolePart | None:
        """What they keep to; None where nobody has the role in enough pieces."""
        programs = tuple(sorted(each for each, pieces in self.programs.items() if pieces >= enough))
        if not programs:
            return None
        pitches = np.array(sorted(self.pitches.elements()))
        outside = int(TAIL / 2 * len(pitches))
        voices = np.array(sorted(self.voices.elements()))
        most = int(np.quantile(voices, 1 - TAIL, method="higher"))
        return RolePart(programs, (int(pitches[outside]), int(pitches[-1 - outside])), min(most, 255))


@dataclass
class _Counts:
    """Everything that is counted."""

    programs: Counter[int] = field(default_factory=Counter)  # pieces
    drums: Counter[int] = field(default_factory=Counter)  # pieces
    tracks: Counter[int] = field(default_factory=Counter)  # pieces
    pitches: dict[int, Counter[int]] = field(default_factory=dict)  # notes, by program
    onsets: dict[int, Counter[int]] = field(default_factory=lambda: {beat: Counter() for beat in BEATS})
    durations: Counter[int] = field(default_factory=Counter)
    last: list[tuple[int, int, int]] = field(default_factory=list)
    roles: dict[int, _RoleCounts] = field(default_factory=dict)

    def add(self, score: Score, *, barred: bool) -> None:
        """A piece."""
        pitched = [track for track in score.tracks if not track.is_drum and len(track.notes)]
        self.tracks[len(pitched)] += 1
        self.programs.update({track.program for track in pitched})
        for track in score.tracks:
            if track.is_drum:
                self.drums.update(set(track.notes.pitch.tolist()))
            else:
                self.pitches.setdefault(track.program, Counter()).update(track.notes.pitch.tolist())
                self.durations.update(track.notes.duration.tolist())
        if barred:
            self._rhythms(score)

    def add_roles(self, score: Score, roles: Sequence[int]) -> None:
        """What players of a piece have by their roles, given in the order of the tracks."""
        pitched = [track for track in score.tracks if not track.is_drum]
        for track, role in zip(pitched, roles, strict=False):
            if role and len(track.notes):
                self.roles.setdefault(role, _RoleCounts()).add(track.program, track.notes)

    def _rhythms(self, score: Score) -> None:
        notes, starts = score.notes, score.bar_ticks()
        bar = np.searchsorted(starts, notes.onset, "right") - 1
        if len(score.time_signatures) == 1:
            meter = score.time_signatures[0]
            beat = _BEAT[f"{meter.numerator}/{meter.denominator}"]
            self.onsets[beat].update(((notes.onset - starts[bar]) % beat).tolist())
        closing = notes.select(bar == len(starts) - 1)
        if len(closing):
            pitch = closing.pitch
            self.last.append((len(closing), int(np.ptp(pitch)), int(closing.duration.min())))


def measure(corpus: Corpus, *, roles: bool = False) -> Repertoire:
    """Of the training pieces of a corpus, or of a part of it; `roles` for a network that is told of them."""
    barred, counts = corpus.time_base == "grid", _Counts()
    for piece in corpus.pieces("train"):
        if piece.notes:
            score = codec.decode(piece.tokens, corpus.time_base)
            counts.add(score, barred=barred)
            if roles:
                counts.add_roles(score, piece.roles)
    few = min(PIECES, 1 + counts.tracks.total() // 10)
    enough = NOTES_SHARE * sum(pitches.total() for pitches in counts.pitches.values())
    often = {program for program, pitches in counts.pitches.items() if pitches.total() >= enough}
    programs = tuple(sorted(each for each in often if counts.programs[each] >= few))
    several = min(few, max(counts.tracks.values()))
    last = np.array(counts.last).reshape(-1, 3)
    parts = [(role, counts.roles[role].part(few)) for role in sorted(counts.roles)]
    return Repertoire(
        programs=programs,
        drums=tuple(sorted(each for each, pieces in counts.drums.items() if pieces >= few)),
        tracks=max(each for each in counts.tracks if counts.tracks[each] >= several),
        ranges={program: _range(counts.pitches[program]) for program in programs},
        onsets={beat: _places(counts.onsets[beat], beat) for beat in BEATS} if barred else {},
        durations=_durations(counts.durations) if barred else (),
        roles={ROLES[role]: part for role, part in parts if part is not None},
        last_bar=LastBar(
            notes=int(np.quantile(last[:, 0], 1 - TAIL, method="higher")),
            span=int(np.quantile(last[:, 1], 1 - TAIL, method="higher")),
            shortest=int(np.quantile(last[:, 2], TAIL, method="lower")),
        )
        if len(last)
        else None,
    )  # fmt: skip


def _range(pitches: Counter[int]) -> tuple[int, int]:
    ordered = np.sort(np.array(list(pitches.elements())))
    least = int(PITCH_SHARE * len(ordered))
    return int(ordered[least]), int(ordered[-1 - least])


def _written(ticks: int) -> bool:
    """Whether it can be written with a dot or in triplets: thirty-seconds, or sixths of a quarter."""
    return ticks % 3 == 0 or ticks % 4 == 0


def _places(onsets: Counter[int], beat: int) -> tuple[int, ...]:
    """Those of the beat that are rhythms; where the music has no such beat, its quarters and eighths."""
    total = onsets.total()
    if not total:
        return tuple(range(0, beat, 12))
    return tuple(
        sorted({0} | {place for place in onsets if onsets[place] >= _least(place, ONSET_SHARE) * total})
    )


def _least(ticks: int, share: float) -> float:
    return share if _written(ticks) else PLAYED_SHARE


def _durations(durations: Counter[int]) -> tuple[int, ...]:
    total = durations.total()
    return tuple(
        sorted(each for each in durations if durations[each] >= _least(each, DURATION_SHARE) * total)
    )


def describe(file: Path, corpus: Corpus) -> Repertoire:
    """Adds the repertoire of a corpus to an existing model file; its graph and all else stay as they are.

    It says what roles keep to where the file did so before.
    """
    before = linnet.load(file).info.repertoire
    found = measure(corpus, roles=bool(before and before.roles))
    rewrite(file, {"linnet.repertoire": found.entry()})
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m linnet_export.repertoire MODEL CORPUS`."""
    parser = argparse.ArgumentParser(
        prog="python -m linnet_export.repertoire",
        description="Tells a model file which instruments and rhythms its music has.",
    )
    parser.add_argument("model", type=Path, help="model file, .onnx; it is rewritten")
    parser.add_argument("corpus", help="what it was trained on, from linnet-train prepare")
    args = parser.parse_args(arguments)
    found = describe(args.model, Corpus.open(args.corpus))
    print(
        f"{args.model}: programs {', '.join(map(str, found.programs)) or 'none'}; "
        f"{len(found.drums)} drums; {found.tracks} tracks; "
        f"places of the quarter {', '.join(map(str, found.onsets.get(24, ()))) or 'free'}; "
        f"durations {', '.join(map(str, found.durations)) or 'free'}",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

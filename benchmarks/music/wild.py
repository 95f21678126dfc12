"""Read a folder of MIDI files as linnet and as symusic, and account for every file.

    python -m benchmarks.music.wild [DIR]

prints how many files are read, which are refused and why, the slowest, and where the notes differ from
symusic's, grouped by cause. A cause is proven, not guessed: take it away, and both read the same notes.
Exits with 1 when a file is lost to anything but a MidiError, or when a difference has no known cause.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import symusic

from benchmarks import DATA
from linnet import midi
from linnet.errors import MidiError
from linnet.midi.notes import tracks
from linnet.midi.reader import walk
from linnet.music.score import Score

SUFFIXES = {".mid", ".midi", ".kar", ".rmi"}
SMALL = 10_000  # bytes; below, the fixed cost of a file hides its cost per byte

Notes = Counter[tuple[int, int, int, int]]
"""Onset, duration, pitch and velocity of every note, and how often it occurs."""


@dataclass(frozen=True)
class Cause:
    """One way in which linnet and symusic read differently, and how to take it away."""

    text: str
    ours: dict[str, bool] = field(default_factory=dict)
    """What to tell linnet."""
    theirs: Callable[[Notes], Notes] | None = None
    """What to do to symusic's notes."""
    repair: Callable[[bytes], bytes] | None = None
    """What to do to the file before both read it."""


def _at_least_a_tick(notes: Notes) -> Notes:
    out: Notes = Counter()
    for (onset, duration, pitch, velocity), count in notes.items():
        out[onset, max(duration, 1), pitch, velocity] += count
    return out


def _as_format_1(data: bytes) -> bytes:
    at = data.find(b"MThd") + 8
    return data[:at] + b"\0\1" + data[at + 2 :] if data[at : at + 2] == b"\0\2" else data


def _with_true_count(data: bytes) -> bytes:
    at = data.find(b"MThd") + 10
    return data[:at] + len(walk(data, "").ends).to_bytes(2, "big") + data[at + 2 :]


def _without_sysex(data: bytes) -> bytes:
    """System-exclusive packets as meta messages of equal size; only where that leaves our notes alone."""
    out = bytearray(data)
    at = 0
    while packet := re.compile(rb"[\xf0\xf7]([\x01-\x7f])").search(data, at):
        length = packet[1][0]
        out[packet.start() : packet.start() + 3] = bytes((0xFF, 0x7F, length - 1))
        at = packet.end() + length
    try:
        return bytes(out) if ours(bytes(out)) == ours(data) else data
    except MidiError:
        return data


PEDAL = Cause("the sustain pedal lengthens notes; symusic lists it apart", ours={"pedal": False})
INSTANT = Cause("a note that ends where it begins lasts a tick; in symusic none", theirs=_at_least_a_tick)
HANGING = Cause("a note that nothing ends is kept; symusic drops it", ours={"hanging": False})
COUNT = Cause("every track is read; symusic stops at the header's count", repair=_with_true_count)
FORMAT_2 = Cause("format 2: patterns come one after the other; in symusic at once", repair=_as_format_1)
SYSEX = Cause("sysex in packets or before running status; symusic loses its place", repair=_without_sysex)
CAUSES = (PEDAL, INSTANT, HANGING, COUNT, FORMAT_2, SYSEX)


def ours(data: bytes, **settings: bool) -> Notes:
    """What linnet makes of a file."""
    return Counter(
        (note.onset, note.duration, note.pitch, note.velocity)
        for track in tracks(walk(data, "file"), **settings)
        for note in track.notes
    )


def theirs(data: bytes) -> Notes:
    """What symusic makes of a file; `RuntimeError` and others when it cannot."""
    score: Any = symusic.Score.from_midi(data)  # Any: its stubs leave the fields out
    return Counter((n.time, n.duration, n.pitch, n.velocity) for track in score.tracks for n in track.notes)


def explain(data: bytes) -> tuple[Cause, ...] | None:
    """The fewest causes that account for every difference, none when the notes agree; `None` if unknown."""
    for size in range(len(CAUSES) + 1):
        for causes in itertools.combinations(CAUSES, size):
            if _agree_without(causes, data):
                return causes
    return None


def _agree_without(causes: tuple[Cause, ...], data: bytes) -> bool:
    settings: dict[str, bool] = {}
    for cause in causes:
        settings |= cause.ours
        data = cause.repair(data) if cause.repair else data
    notes = theirs(data)
    for cause in causes:
        notes = cause.theirs(notes) if cause.theirs else notes
    return ours(data, **settings) == notes


@dataclass
class Report:
    """Every file of a folder, in the one group where it belongs."""

    files: int = 0
    bytes: int = 0
    seconds: float = 0
    notes: int = 0
    refused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    crashed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    paces: list[tuple[float, int, str]] = field(default_factory=list)
    """Seconds for each file, with its size and name."""
    agree: int = 0
    only_ours: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    only_theirs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    differ: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unexplained: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether every file is accounted for."""
        return self.files > 0 and not (self.unexplained or self.crashed)


def survey(paths: list[Path]) -> Report:
    """Read every file both ways."""
    report = Report(files=len(paths))
    for path in paths:
        _read(path, report)
    return report


def _read(path: Path, report: Report) -> None:
    name, data = f"{path.parent.name}/{path.name}", path.read_bytes()
    report.bytes += len(data)
    try:
        score, seconds = _timed(data, path.name)
    except MidiError as error:
        reason = re.sub(r"^.*?(, byte \d+)?( \(track \d+\))?: ", "", str(error).removeprefix(path.name))
        report.refused[re.sub(r"0x[0-9a-f]+|; .*|\d+$", "…", reason)].append(name)
        count = _their_count(data)
        if count == 0:
            report.only_theirs["where symusic finds no notes"].append(name)
        elif count and "division" in reason:
            report.only_theirs["where symusic gives notes without a length of time"].append(name)
        elif count:
            report.unexplained.append(f"{name}: refused, while symusic reads {count} notes")
        return
    except Exception as error:  # the very thing this looks for
        report.crashed[repr(error)].append(name)
        return
    report.seconds += seconds
    report.notes += len(score.notes)
    report.paces.append((seconds, len(data), name))
    if _their_count(data) is None:
        report.only_ours["which symusic refuses"].append(name)
        return
    causes = explain(data)
    if causes is None:
        report.unexplained.append(f"{name}: the notes differ")
    elif not causes:
        report.agree += 1
    for cause in causes or ():
        report.differ[cause.text].append(name)


def _timed(data: bytes, name: str) -> tuple[Score, float]:
    """The score and the seconds it took: the best of five where it seems slow, for other programs run too."""
    times = []
    while True:
        start = time.perf_counter()
        score = midi.loads(data, name=name)
        times.append(time.perf_counter() - start)
        if len(times) == 5 or min(times) < 0.5e-6 * len(data):
            return score, min(times)


def _their_count(data: bytes) -> int | None:
    try:
        return theirs(data).total()
    except Exception:  # symusic has no error of its own
        return None


def lines(report: Report) -> Iterator[str]:
    """The report as text."""
    refused = sum(map(len, report.refused.values()))
    read = report.files - refused - sum(map(len, report.crashed.values()))
    megabytes = report.bytes / 1e6
    yield f"files    {report.files:6}  {megabytes:.1f} MB"
    yield f"read     {read:6}  {report.notes} notes in {report.seconds:.1f} s"
    yield f"refused  {refused:6}"
    yield from _groups(report.refused)
    if report.crashed:
        yield "lost to another exception"
        yield from _groups(report.crashed)
    large = [(seconds / size * 1e6, name) for seconds, size, name in report.paces if size >= SMALL]
    small = [(seconds * 1e3, name) for seconds, size, name in report.paces if size < SMALL]
    if large:
        yield f"slowest  {max(large)[0]:6.2f} s/MB from {SMALL // 1000} kB up: {max(large)[1]}"
    if small:
        yield f"         {max(small)[0]:6.2f} ms below: {max(small)[1]}"
    yield ""
    compared = read - sum(map(len, report.only_ours.values()))
    yield f"symusic reads {compared} of them, with the same notes in {report.agree}; in the others"
    yield from _groups(report.differ)
    yield "read by one only"
    yield from _groups({f"linnet reads, {key}": names for key, names in report.only_ours.items()})
    yield from _groups({f"linnet refuses, {key}": names for key, names in report.only_theirs.items()})
    yield f"without a known cause: {len(report.unexplained)}"
    yield from (f"    {line}" for line in report.unexplained)


def _groups(groups: dict[str, list[str]]) -> Iterator[str]:
    for key, names in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield f"  {len(names):6}  {key}  (e.g. {names[0]})"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.wild", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "wild", metavar="DIR")
    folder = parser.parse_args().folder
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        print(f"no MIDI files in {folder}", file=sys.stderr)
        return 1
    report = survey(paths)
    print("\n".join(lines(report)))
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())

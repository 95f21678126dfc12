"""From one MIDI file to one piece of the corpus, or to the reason why not. This is what the worker
processes do.
"""

import errno
import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet import midi
from linnet.controls import wishes
from linnet.errors import LinnetError
from linnet.music.key import home_key
from linnet.music.roles import ROLES, ordered, roles
from linnet.music.score import Notes, Score
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase, unlisted_meters
from linnet.tools.text import counted
from linnet_train.corpus import align, duplicates, pads, remote, snapped

DURATION_BINS = 64
"""Quarter octaves of note length; bin 32 is a quarter note (grid) or a second (performance)."""

GONE = "gone"
"""Why a file that was found has no music, when it, or the disk it is on, is not there any more. It is in no
report: preparing stops."""

_GONE = {errno.ENOENT, errno.ENOTDIR, errno.EIO, errno.ENOTCONN, errno.ESTALE}

HISTOGRAM = 128 + DURATION_BINS
"""A piece's notes by pitch (drums left out), then by duration."""

FEWEST_LEVELS = 4
"""Velocities of a file that has dynamics; fewer are one level with accents."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What becomes of a file depends on these alone."""

    time_base: TimeBase = "grid"
    performed: bool = False
    """People played it to a click: onsets go where they were meant to be (snapped.py)."""

    kit: str = "gm"
    """What drums were recorded with (pads.py)."""

    velocities: int = 32
    """Levels of loudness that are told apart; a divisor of 32, which is what the vocabulary has."""

    align: bool = True
    strict: bool = False
    fewest_parts: int = 1
    most_parts: int = 0
    """Of a piece that is used; 0: any number."""

    min_notes: int = 16
    max_tokens: int = 200_000
    max_megabytes: float = 8.0


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one file came to; without tokens there is a reason."""

    reason: str = ""
    detail: str = ""
    """More about the reason; of a file that is used, what is odd about it."""

    sha1: str = ""
    music: str = ""
    """Hash of the quantised notes alone, without tempo, meter, programs and velocities."""

    notes: int = 0
    seconds: float = 0.0
    alignment: str = ""
    """Status of align.Alignment; empty when bars were not looked at."""

    before: float = 0.0
    after: float = 0.0
    """Share of the accents on bar lines before and after aligning."""

    tokens: NDArray[np.uint16] = field(default_factory=lambda: np.zeros(0, np.uint16))
    late: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    """Of a performance, beside each token: tenths of a millisecond that the stroke of a drum came after its
    place, 0 for other tokens. Empty for what was not performed."""

    wishes: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, features.ROW_WIDTH), np.uint8))
    roles: tuple[int, ...] = ()
    """Of each slot, by its number in `linnet.music.roles.ROLES`."""

    runs: duplicates.Hashes = field(default_factory=lambda: np.zeros(0, np.uint32))
    histogram: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(HISTOGRAM, np.uint32))


def scan(path: str, style: int | None, options: ScanOptions) -> Scanned:
    """Reads, aligns, checks and encodes a file. Whatever is wrong with the file comes back as a reason."""
    sha1 = ""
    try:
        data: bytes | None
        if remote.is_address(path):
            data = remote.read(path)
            size = len(data) / 1e6
        else:
            if Path(path).is_dir():
                linked = Path(path).is_symlink()
                return Scanned(
                    "unreadable", "a link to a folder" if linked else "a folder that cannot be searched"
                )
            size, data = Path(path).stat().st_size / 1e6, None
        if size > options.max_megabytes:
            return Scanned("too large", f"{size:.1f} MB")
        data = Path(path).read_bytes() if data is None else data
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        with _heard() as said:
            score = midi.loads(data, name=path)
        scanned = _encode(score, sha1, style, options)
        if scanned.reason:
            return scanned
        remarks = [line.partition(f"{path}: ")[2] for line in said]
        if options.time_base == "grid" and (meters := unlisted_meters(score)):
            remarks.append(f"bars of {', '.join(meters)} are written as those of other meters")
        return replace(scanned, detail="; ".join(remarks))
    except OSError as error:
        if error.errno in _GONE and not Path(path).is_symlink():
            return Scanned(GONE, error.strerror or str(error))
        return Scanned("unreadable", error.strerror or str(error), sha1)
    except LinnetError as error:
        return Scanned("unreadable", str(error).removeprefix(f"{path}: "), sha1)
    except MemoryError:
        return Scanned("too large", "it needs more memory than there is", sha1)
    except (
        Exception
    ) as error:  # a bug of ours must not cost the user the other files; it is called what it is
        return Scanned("error in linnet", f"{type(error).__name__}: {error}", sha1)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What linnet would say to a user; of a thousand files it belongs in the report."""
    said: list[str] = []
    handler, logger = logging.Handler(), logging.getLogger("linnet")
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]  # one line
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _encode(score: Score, sha1: str, style: int | None, options: ScanOptions) -> Scanned:
    notes = len(score.notes)
    if notes < max(1, options.min_notes):
        return Scanned(
            "too few notes" if notes else "no notes", counted(notes, "note") if notes else "", sha1
        )
    parts = sum(len(track.notes) > 0 for track in score.tracks)
    if parts < options.fewest_parts or 0 < options.most_parts < parts:
        return Scanned("not so many parts", counted(parts, "part"), sha1)
    score = _in_levels(pads.heard(score, options.kit), options.velocities)
    late = None
    if options.performed:
        performance = snapped.snap(score)
        score, late = performance.score, performance.late
    status, before, after = "", 0.0, 0.0
    if options.align and options.time_base == "grid":
        aligned = align.align(score)
        rest = aligned.score.end - score.end if late is not None else 0
        score, status, before, after = aligned.score, aligned.status, aligned.before, aligned.after
        late = late and {(tick + rest, pitch): value for (tick, pitch), value in late.items()}
        if status == "torn":
            return Scanned(
                "voices drift apart", "their accents contradict each other", sha1, alignment=status
            )
        if status == "unclear" and options.strict:
            return Scanned("unclear bars", "the accents fit no bars", sha1, alignment=status)
    # Silence after the last note is how the file was written, not how the piece ends: half of the dance tunes
    # would close with an empty bar, and "no bars left" would come to mean "play nothing".
    score = replace(score, end=int(score.notes.end.max()))
    key = home_key(score)  # of the whole file, which has a signature
    try:
        score = codec.quantise(score, options.time_base)
    except ValueError as error:
        return Scanned("too long", str(error), sha1)
    found = roles(score)
    score = ordered(score, found)
    tokens = codec.encode_quantised(score, options.time_base)
    if len(tokens) > options.max_tokens:
        return Scanned("too long", counted(len(tokens), "token"), sha1)
    return Scanned(
        sha1=sha1,
        music=_music_hash(score),
        notes=len(score.notes),
        seconds=score.seconds(score.end),
        alignment=status,
        before=before,
        after=after,
        tokens=tokens,
        late=snapped.beside(tokens, late or {}) if options.performed else np.zeros(0, np.int16),
        wishes=_without_flat_loudness(wishes.measure(score, style, key=key), score),
        roles=tuple(sorted(found, key=lambda role: role or len(ROLES))),
        runs=duplicates.fingerprint(score),
        histogram=_histogram(score),
    )


def _without_flat_loudness(rows: NDArray[np.uint8], score: Score) -> NDArray[np.uint8]:
    """The rows without loudness where the file has none of its own: most scores are written at one level, or
    with accents on the beats. A network that is told of loudness then learns it from music with dynamics.
    """
    if len(np.unique(score.notes.velocity)) < FEWEST_LEVELS:
        rows[:, wishes.INDEX["loudness"]] = 0
    return rows


def _in_levels(score: Score, levels: int) -> Score:
    """The score with so many velocities, each in the middle of those that it stands for."""
    width = 128 // levels

    def rounded(notes: Notes) -> Notes:
        velocity = (notes.velocity.astype(np.int64) - 1) // width * width + width // 2 + 1
        return Notes(notes.onset, notes.duration, notes.pitch, velocity)

    tracks = (replace(track, notes=rounded(track.notes)) for track in score.tracks)
    return score if width == 4 else replace(score, tracks=tuple(tracks))


def _music_hash(score: Score) -> str:
    tables = []
    for track in score.tracks:
        notes = track.notes
        columns = (notes.onset, notes.duration, notes.pitch, np.full(len(notes), track.is_drum))
        tables.append(np.stack(columns).astype(np.int64))
    table = np.concatenate(tables, axis=1)
    table[0] -= table[0].min()
    return hashlib.sha256(table[:, np.lexsort(table[::-1])].tobytes()).hexdigest()[:32]


def _histogram(score: Score) -> NDArray[np.uint32]:
    pitches, durations = np.zeros(128, np.int64), np.zeros(DURATION_BINS, np.int64)
    unit = 24 if score.ticks_per_beat == 24 else 100
    for track in score.tracks:
        if track.is_drum:
            continue
        pitches += np.bincount(track.notes.pitch, minlength=128)
        bins = np.rint(4 * np.log2(track.notes.duration / unit)).astype(np.int64) + DURATION_BINS // 2
        durations += np.bincount(bins.clip(0, DURATION_BINS - 1), minlength=DURATION_BINS)
    return np.concatenate([pitches, durations]).astype(np.uint32)

"""Writes the cues of a game: MIDI, sound, stems, and one description for engines."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from linnet import midi, sound
from linnet.bank.making import Made, key_name

__all__ = ["NAME", "write"]

NAME = "cues.json"
RATE = 44100
"""Frames a second."""


def write(
    made: Sequence[Made],
    folder: str | PathLike[str],
    *,
    format: str = ".ogg",
    stems: bool = True,
    soundfont: str | PathLike[str] | None = None,
) -> dict[str, Any]:
    """Writes all of it into a folder that is new, or nothing; what `cues.json` says.

    Args:
        made: The cues.
        folder: Where to.
        format: Of the sound: `.ogg`, `.wav`, `.flac` or `.mp3`.
        stems: Whether each track is a WAV file as well; they sum to what the cue sounds like.
        soundfont: As for `Score.save`.

    Raises:
        FileExistsError: For a folder that is there and has something in it.
    """
    target = Path(folder)
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(17, "is there already, and not empty: give a new folder", str(target))
    sound.check_path(Path(f"x{format}"))
    part = target.with_name(f".{target.name}.{os.getpid():x}.part")
    part.mkdir(parents=True)
    try:
        entries = {each.cue.name: _write(each, part, format, stems, soundfont) for each in made}
        facts = {"version": 1, "rate": RATE, "cues": entries}
        (part / NAME).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        if target.exists():
            target.rmdir()
        part.replace(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return facts


def _write(
    made: Made, folder: Path, format: str, stems: bool, soundfont: str | PathLike[str] | None
) -> dict[str, Any]:
    cue, score = made.cue, made.score
    loops = cue.kind == "loop"
    tail = None if loops else 1.5
    midi.write(score, folder / f"{cue.name}.mid")
    sound.write(score, folder / f"{cue.name}{format}", soundfont=soundfont, rate=RATE, loop=loops, tail=tail)
    names: list[str] = []
    if stems:
        paths, _ = sound.write_stems(
            score, folder / cue.name, soundfont=soundfont, rate=RATE, loop=loops, tail=tail
        )
        names = [f"{cue.name}/{path.name}" for path in paths]
    meter = score.time_signatures[0]
    seconds = float(score.seconds(score.end))
    lines = [round(float(score.seconds(int(tick))), 6) for tick in score.bar_ticks()]
    return {
        "kind": cue.kind,
        "file": f"{cue.name}{format}",
        "midi": f"{cue.name}.mid",
        "stems": names,
        "bpm": round(score.tempos[0].bpm, 3),
        "bars": score.bars,
        "meter": f"{meter.numerator}/{meter.denominator}",
        "key": key_name(score),
        "mood": cue.options.get("mood"),
        "seconds": round(seconds, 6),
        "seams": lines,
        "loop": [0, round(seconds * RATE)] if loops else None,
        "from": cue.begins or None,
        "to": cue.ends or None,
        "seed": made.seed,
    }

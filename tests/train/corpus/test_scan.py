from dataclasses import replace
from pathlib import Path

import numpy as np

from linnet.controls.wishes import INDEX
from linnet.music.score import Notes
from linnet.tokens import codec
from linnet_train.corpus.scan import ScanOptions, scan
from tests.train.tunes import tune


def test_silence_after_the_last_note_does_not_make_bars(tmp_path: Path) -> None:
    score = tune()
    replace(score, end=score.end + 7 * 480).save(tmp_path / "tune.mid")

    scanned = scan(str(tmp_path / "tune.mid"), None, ScanOptions())
    bars = codec.decode(scanned.tokens).bars

    assert bars == codec.quantise(score).bars
    assert scanned.wishes[-1, INDEX["bars_left"]] == 1
    assert np.any(codec.decode(scanned.tokens).notes.onset >= (bars - 1) * 96)


def test_a_file_without_dynamics_says_nothing_of_loudness(tmp_path: Path) -> None:
    """One level, or accents upon it, is how the file was written, and no bar is told to be loud or soft."""
    score = tune()
    told = {}
    for name, velocities in {"flat": [72], "accents": [60, 72, 84], "dynamics": [30, 50, 70, 90]}.items():
        of = score.tracks[0].notes
        notes = Notes(of.onset, of.duration, of.pitch, np.resize(velocities, len(of)))
        replace(score, tracks=(replace(score.tracks[0], notes=notes),)).save(tmp_path / f"{name}.mid")
        told[name] = scan(str(tmp_path / f"{name}.mid"), None, ScanOptions()).wishes[1:, INDEX["loudness"]]

    assert not told["flat"].any()
    assert not told["accents"].any()
    assert told["dynamics"].all()

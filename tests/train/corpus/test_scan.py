from dataclasses import replace
from pathlib import Path

import numpy as np

from linnet.controls.wishes import INDEX
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

"""The timing of the people of a corpus is found again where it was made with a known one."""

import json
from pathlib import Path

import numpy as np
import pytest

from linnet.controls.timing import GROUPS, PLACES, Timing, group_of
from linnet.engine.engine import read_info
from linnet.generation import timing as playing
from linnet.music.score import Notes, Score, TempoChange, Track
from linnet_export import timing
from linnet_train.commands import main
from linnet_train.corpus.corpus import Corpus

TINY = Path(__file__).parents[1] / "data/tiny.onnx"

KNOWN = Timing(
    late=tuple(
        tuple(6.0 if group == 1 else -5.0 if place % 24 == 12 else 2.0 for place in range(PLACES))
        for group in range(len(GROUPS))
    ),
    spread=tuple((12.0,) * PLACES for _ in GROUPS),
    together=0.5,
    carried=0.7,
)


def performance(seed: int) -> Score:
    """Sixty-four bars of eighths, with kick and snare in turn; one in ten is left out, here and there."""
    rows = [(12 * i, 6, 42, 80) for i in range(64 * 8)]
    rows += [(24 * i, 6, 38 if i % 2 else 36, 90) for i in range(64 * 4)]
    dice = np.random.default_rng(seed)
    rows = [row for row in rows if dice.random() < 0.9]
    grid = Score(24, (Track(Notes.of_rows(rows), is_drum=True),), (TempoChange(0, 600_000),), end=64 * 96)
    return playing.played(grid, KNOWN, seed)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    for seed in range(24):
        performance(seed).save(folder / f"{seed}.mid")
    return folder


@pytest.fixture(scope="module")
def corpus(people: Path) -> Path:
    out = people.with_name("people.corpus")
    assert main(["prepare", str(people), "-o", str(out), "--performed", "--workers", "1"]) == 0
    return out


def test_what_is_measured_is_what_was_played(corpus: Path) -> None:
    """Some 20 performances of 768 strokes; what they share lasts for some six moments. On the beat of a bar
    line nobody comes early, so it is left out.
    """
    found = timing.measure(Corpus.open(corpus))
    assert found is not None

    def relative(people: Timing, pitch: int, place: int) -> float:
        """To the hat off the beat: the latency of a performance is nobody's timing."""
        return people.late[group_of(pitch)][place] - people.late[2][36]

    for pitch, place in ((42, 24), (42, 60), (36, 48), (38, 24), (38, 72)):
        assert relative(found, pitch, place) == pytest.approx(relative(KNOWN, pitch, place), abs=1.6)
        assert found.spread[group_of(pitch)][place] == pytest.approx(12, rel=0.12)
    assert found.together == pytest.approx(0.5, abs=0.08)
    assert found.carried == pytest.approx(0.7, abs=0.12)
    assert Timing.of(json.loads(json.dumps(found.entry()))) == found


def test_what_was_never_struck_is_timed_as_the_others_there(corpus: Path) -> None:
    found = timing.measure(Corpus.open(corpus))
    assert found is not None

    assert found.spread[4][12] == pytest.approx(np.mean(found.spread[2]), rel=0.2)
    assert all(abs(by) < 8 for row in found.late for by in row)


def test_a_model_brings_the_timing_of_its_corpus_along(corpus: Path, tmp_path: Path) -> None:
    from linnet_export import cli

    small = ["--hidden-size", "8", "--embedding-dim", "8", "--steps", "2", "--batch-size", "2"]
    assert main(["fit", str(corpus), "-o", str(tmp_path / "run"), *small]) == 0
    file = tmp_path / "people.onnx"
    assert cli.main([str(tmp_path / "run"), "-o", str(file), "--parity-tokens", "200"]) == 0

    assert read_info(file).timing == timing.measure(Corpus.open(corpus))


def test_a_model_of_before_can_be_told(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tiny.onnx"
    file.write_bytes(TINY.read_bytes())

    assert timing.main([str(corpus), "--model", str(file)]) == 0
    assert read_info(file).timing == timing.measure(Corpus.open(corpus))
    assert "kick" in capsys.readouterr().out


def test_music_that_nobody_performed_has_no_timing(people: Path, tmp_path: Path) -> None:
    assert main(["prepare", str(people), "-o", str(tmp_path / "c"), "--workers", "1"]) == 0

    assert timing.measure(Corpus.open(tmp_path / "c")) is None
    assert timing.main([str(tmp_path / "c")]) == 1

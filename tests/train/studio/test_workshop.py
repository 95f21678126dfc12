"""What stands behind the studio's panel for training."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import linnet
from linnet import midi
from linnet.studio.models import Models

pytest.importorskip("starlette", reason="starlette, of the extra studio, is not installed")
training = pytest.importorskip("linnet_train.studio.workshop")
Workshop = training.Workshop

TRAINER = """
import json, pathlib, shutil, sys, time
words = sys.argv[1:]
out = pathlib.Path(words[words.index("-o") + 1])
run = out.with_suffix(".personal") / "run"
run.mkdir(parents=True)
print("linnet-train: 2 of 4: carry folk on", flush=True)
(run / "metrics.jsonl").write_text('{"step": 1, "loss": 2.5}\\n{"step": 1, "valid": 2.25}\\n{"st')
if "--steps" in words:
    time.sleep(60)
if not list(pathlib.Path(words[1]).glob("*.mid")):
    sys.exit("linnet-train: no music")
shutil.copy(MODEL, out)
print("linnet-train: 4 of 4: measure", flush=True)
print("nats a note of your music   1.0  0.9")
print(out, "is here")
"""


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """One whose trainer copies a model and writes what the real one writes."""
    model = linnet.load("phrase").file
    (tmp_path / "trainer.py").write_text(TRAINER.replace("MODEL", repr(str(model))))
    made = Workshop(Models(), [sys.executable, str(tmp_path / "trainer.py")])
    yield made
    made.clear()


@pytest.fixture(scope="module")
def tune() -> bytes:
    return midi.dumps(linnet.Score.from_notes([("D4", 1), ("F#4", 0.5), ("A4", 2.5)] * 8, bpm=60))


def until(workshop: Workshop, what: str) -> dict:
    for _ in range(300):
        state = workshop.state()
        if state[what]:
            return state
        time.sleep(0.1)
    raise AssertionError(state)


def test_files_are_looked_at_and_bad_ones_say_why(workshop: Workshop, tune: bytes) -> None:
    facts = workshop.add(tune, "C:\\\\music\\\\mine.mid")
    bad = workshop.add(b"MThd", "../bad.mid")

    assert facts | {"key": None} == {
        "name": "mine.mid",
        "notes": 24,
        "bars": 8,
        "seconds": 32.0,
        "key": None,
        "meter": "4/4",
        "tracks": 1,
        "classes": [0, 0, 8, 0, 0, 0, 8, 0, 0, 8, 0, 0],
        "lengths": [0, 8, 8, 8, 0],
    }
    assert "bad.mid" in bad["skipped"]
    assert len(list((workshop.folder / "music").iterdir())) == 1


def test_a_model_is_trained_heard_and_saved(workshop: Workshop, tune: bytes) -> None:
    workshop.add(tune, "mine.mid")
    workshop.start({"start": "folk", "minutes": 1, "name": "lark"})
    state = until(workshop, "ready")

    assert state["loss"] == [[1, 2.5]]
    assert state["held_out"] == [[1, 2.25]]
    assert state["said"] == "nats a note of your music   1.0  0.9"
    assert workshop.file() == linnet.load("phrase").file.read_bytes()
    assert "linnet.load('lark.onnx')" in workshop.sample(1)["recipe"]["python"]


def test_a_training_is_stopped(workshop: Workshop, tune: bytes) -> None:
    workshop.add(tune, "mine.mid")
    workshop.start({"minutes": 1, "steps": 5})
    until(workshop, "loss")
    with pytest.raises(ValueError, match="in training"):
        workshop.start({})
    state = workshop.stop()

    assert not state["running"]
    assert not state["ready"]


@pytest.mark.parametrize(
    "asked",
    [{"minutes": 0}, {"minutes": 10**6}, {"start": "../x"}, {"name": "../x"}, {"name": "a b"}, {"steps": 0}],
)
def test_a_training_that_cannot_be_is_refused(workshop: Workshop, tune: bytes, asked: dict) -> None:
    with pytest.raises(ValueError, match="drop some"):
        workshop.start({})
    workshop.add(tune, "mine.mid")
    with pytest.raises(ValueError, match="must be"):
        workshop.start(asked)


def test_no_more_files_are_taken_than_there_is_room_for(
    workshop: Workshop, tune: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MOST_FILES", 2)
    workshop.add(tune, "a.mid")
    workshop.add(tune, "b.mid")
    with pytest.raises(ValueError, match="at most 2 files"):
        workshop.add(tune, "c.mid")


def test_without_the_exporter_one_line_says_so(tune: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "find_spec", lambda name: None)
    without = Workshop(Models())
    without.add(tune, "a.mid")
    with pytest.raises(linnet.LinnetError, match="exporter"):
        without.start({})
    without.clear()

"""Wishes and rules that want different things are told in a line, and what wins is told with them."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

import linnet
from linnet import Options
from linnet.controls.contradictions import contradictions

TINY = str(Path(__file__).parents[1] / "data" / "tiny.onnx")


def told(model: str = "folk", **options: object) -> list[str]:
    return list(contradictions(Options(**options), linnet.load(model).info))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            {"key": "C major", "scale": "F# major"},
            "key C major is not in scale F# major, which has no C and no E",
        ),
        ({"key": "D major", "scale": "D dorian"}, "which has no F#; the scale wins"),
        ({"key": "Am", "scale": [0, 2, 4]}, "scale 0,2,4, which has no A"),
        ({"key": "D major", "mood": "sad"}, "mood sad is minor, and key D major is not; the key wins"),
        ({"key": "A minor", "mood": (0.7, 0)}, "mood 0.7,0 is major, and key A minor is not"),
        (
            {"scale": "C major", "mood": "tense"},
            "mood tense is minor, and scale C major is not; the scale wins",
        ),
        ({"mood": "calm", "bpm": 200}, "mood calm is calm, and 200 bpm is fast; the tempo wins"),
        ({"mood": "angry", "density": 1}, "mood angry is excited, and density 1 is few notes"),
        ({"density": 8, "polyphony": 1}, "density 8, 6 notes a quarter at least, is hasty with polyphony 1"),
        ({"texture": 4, "polyphony": 2}, "texture 4 is more notes together than polyphony 2 allows"),
        (
            {"register": 5, "pitch_range": ("C2", "C4")},
            "register 5 is from Eb5 up, and the range is C2 to C4",
        ),
        ({"register": 1, "pitch_range": (60, 72)}, "register 1 is below C3, and the range is C4 to C5"),
        ({"instrument": "harp", "programs": ["violin"]}, "Orchestral Harp is not among the programs"),
        ({"form": "AABA", "bars": 8}, "8 bars hold 2 of the 4 sections of AABA; the length wins"),
        ({"key": "C major", "guidance": 0}, "guidance 0 leaves key without weight"),
    ],
)
def test_what_cannot_both_come_true_is_told(options: dict[str, object], line: str) -> None:
    (said,) = told(**options)

    assert line in said


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"key": "A minor", "scale": "C major"},
        {"key": "C major", "scale": "C blues"},
        {"key": "A minor", "scale": "A minor pentatonic"},
        {"key": "A minor", "scale": "A harmonic minor"},
        {"key": "G", "mood": "joyful", "bpm": 160, "density": 7},
        {"key": "E minor", "scale": "E dorian", "mood": "gloomy"},
        {"scale": "C chromatic", "mood": "sad"},
        {"mood": (0.1, 0.0), "key": "A minor"},
        {"density": 6, "polyphony": 1, "texture": 1},
        {"register": 3, "pitch_range": [("C2", "C4"), ("C4", "C6")]},
        {"instrument": ["violin", "harp"], "programs": range(40, 50)},
        {"form": "AABA", "bars": 16},
        {"form": "AABB", "bars": 32},
        {"key": "C major", "guidance": 2},
    ],
)
def test_what_goes_together_is_not(options: dict[str, object]) -> None:
    assert told(**options) == []


def test_the_command_says_it_once(tmp_path: Path) -> None:
    asked = ["--key", "C major", "--scale", "F# major", "--bars", "1", "--count", "66"]
    command = [sys.executable, "-m", "linnet", "generate", TINY, *asked, "-o", "tunes"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)

    line = "key C major is not in scale F# major, which has no C and no E and no G; the scale wins"
    assert done.stderr.splitlines() == [f"linnet: {line}"]


def test_python_says_it_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    model = linnet.load(TINY)
    with caplog.at_level(logging.WARNING, "linnet"):
        model.generate(bars=1, register=5, pitch_range=("C2", "C4"))
        model.stream(register=5, pitch_range=("C2", "C4"))
        model.generate(bars=1, seed=1)

    assert [record.getMessage()[:19] for record in caplog.records] == ["linnet: register 5 "]


def test_a_rule_for_each_track_leaves_a_band_more_voices() -> None:
    assert told("folk", density=8, polyphony=1) != []
    assert told("chorale", density=8, polyphony=1) == []
    assert told("chorale", density=8, polyphony=(1,)) == []

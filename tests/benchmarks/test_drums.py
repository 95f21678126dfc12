"""The benchmark of drums hears people as they played, and a fill where one is."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.music import drums
from linnet.music.score import Notes, Score, TempoChange, Track
from linnet_train.commands import main
from linnet_train.corpus.corpus import Corpus
from linnet_train.corpus.snapped import snap
from tests.runtime.streams import PERFORMED


def performance(seed: int) -> Score:
    """Sixteen bars at 100 BPM, of a beat of its own, and toms on every fourth bar, that stray by 10 ms."""
    dice = np.random.default_rng(seed)
    beat = [[42, *dice.choice([36, 38, 46, 51], size=place % 2, replace=False)] for place in range(8)]
    rows = []
    for place in range(16 * 8):
        struck = [45] if place // 8 % 4 == 3 else beat[place % 8]
        rows += [(240 * place, int(pitch)) for pitch in struck if dice.random() < 0.95]
    late = dice.normal(size=len(rows)) * 8
    strokes = [
        (max(tick + round(by), 0), 30, pitch, 90) for (tick, pitch), by in zip(rows, late, strict=True)
    ]
    return Score(480, (Track(Notes.of_rows(strokes), is_drum=True),), (TempoChange(0, 600_000),))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drummers")
    for seed in range(30):
        performance(seed).save(folder / f"{seed}.mid")
    out = folder.with_name("drums.corpus")
    assert (
        main(["prepare", str(folder), "-o", str(out), "--performed", "--test", "0.3", "--workers", "1"]) == 0
    )
    return out


def test_people_are_heard_as_they_played(corpus: Path) -> None:
    piece = next(iter(Corpus.open(corpus).pieces("train")))
    original = Score.open(corpus.with_name("drummers0") / piece.name)
    latency = 1000 * original.onset_seconds(original.notes) - 1000 * np.array(
        [original.seconds(tick * 20) for tick in snap(original).score.notes.onset]
    )
    again = drums.as_played(piece)

    assert len(again.notes) == len(original.notes)
    apart = 1000 * (again.onset_seconds(again.notes) - original.onset_seconds(original.notes))
    assert np.ptp(apart) < 4  # a tick is 1.25 ms; all strokes lie as they did, but for the latency of all
    assert abs(np.median(apart)) < abs(np.median(latency)) + 3


def test_a_fill_is_found_on_the_fourth_bar_alone() -> None:
    assert drums.fills(performance(1)) > 0.5
    assert np.isnan(drums.fills(performance(1).slice_bars(0, 4)))  # too few bars to tell


def test_models_stand_beside_people(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those with bars and those without."""
    arguments = [
        str(PERFORMED),
        "band",
        "--people",
        str(corpus),
        "--pieces",
        "3",
        "--seconds",
        "8",
        "--bars",
        "8",
    ]
    assert drums.main(arguments) == 0
    heard = capsys.readouterr().out

    assert heard.splitlines()[0].split("|")[2].strip().startswith("people (")
    rows = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in heard.splitlines()}
    assert float(rows["pulse"][0].split()[0]) > float(rows["pulse"][1].split()[0])
    assert float(rows["fills on the fourth bar"][0].split()[0]) > 0.4
    assert not rows["fills on the fourth bar"][1].strip()  # it has no bars

"""What a model file says about the instruments and rhythms of its music."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import linnet
from linnet import Notes, Score, Track
from linnet.controls.repertoire import Repertoire, heard_program
from linnet.engine import modelfile
from linnet_export import repertoire
from linnet_train.commands import main
from linnet_train.corpus.corpus import Corpus

TINY = Path(__file__).parents[1] / "data/tiny.onnx"


def tune(seed: int) -> Score:
    """Eight bars of quarters and eighths for a flute and an organ, and a kick."""
    dice = np.random.default_rng(seed)
    onset = np.arange(0, 8 * 1920, 240)
    length = np.where(np.arange(len(onset)) % 3, 240, 480)
    flute = Notes(
        onset, np.full(len(onset), 240), 72 + dice.integers(0, 10, len(onset)), np.full(len(onset), 80)
    )
    organ = Notes(
        onset[::2], length[::2], 48 + dice.integers(0, 5, len(onset[::2])), np.full(len(onset[::2]), 80)
    )
    kick = Notes(
        onset[::4], np.full(len(onset[::4]), 60), np.full(len(onset[::4]), 36), np.full(len(onset[::4]), 90)
    )
    return Score(480, (Track(flute, 73), Track(organ, 19), Track(kick, is_drum=True)))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("music")
    for seed in range(20):
        tune(seed).save(folder / f"{seed}.mid")
    out = folder.with_name("tunes.corpus")
    assert main(["prepare", str(folder), "-o", str(out), "--workers", "1"]) == 0
    return Corpus.open(out)


def test_it_holds_what_the_training_pieces_do(corpus: Corpus) -> None:
    found = repertoire.measure(corpus)

    assert (found.programs, found.drums, found.tracks) == ((19, 73), (36,), 2)
    assert found.onsets[24] == (0, 12)
    assert found.durations == (12, 24)
    assert found.ranges[73][0] >= 72
    assert found.ranges[19][1] <= 52
    assert Repertoire.of(json.loads(json.dumps(found.entry()))) == found


def test_players_of_a_role_keep_to_what_people_do_who_have_it(corpus: Corpus) -> None:
    assert repertoire.measure(corpus).roles == {}  # of a network that is not told
    found = repertoire.measure(corpus, roles=True)
    assert set(found.roles) == {"lead", "bass"}
    assert found.roles["lead"].programs == (73,)
    assert found.roles["lead"].voices == 1
    assert 72 <= found.roles["lead"].range[0] <= found.roles["lead"].range[1] <= 81
    assert found.roles["bass"].range[1] <= 52
    assert Repertoire.of(json.loads(json.dumps(found.entry()))) == found


def test_a_model_file_is_told_without_a_change_to_its_graph(corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "tiny.onnx"
    file.write_bytes(TINY.read_bytes())
    assert repertoire.main([str(file), str(corpus.path)]) == 0

    assert onnx.load(str(file)).graph == onnx.load(str(TINY)).graph
    assert linnet.load(file).info.repertoire == repertoire.measure(corpus)


def test_what_was_never_taught_is_never_played(corpus: Corpus, tmp_path: Path) -> None:
    """The tiny network has not learnt anything: it would play everything."""
    file = tmp_path / "tiny.onnx"
    file.write_bytes(TINY.read_bytes())
    found = repertoire.describe(file, corpus)

    for score in linnet.load(file).generate(count=10, seed=1, bars=8, form=""):
        tracks = [track for track in score.tracks if not track.is_drum]
        assert {track.program for track in tracks} <= {19, 73}
        assert len(tracks) <= 2
        assert {pitch for track in score.tracks if track.is_drum for pitch in track.notes.pitch} <= {36}
        for track in tracks:
            low, high = found.ranges[track.program]
            assert ((low <= track.notes.pitch) & (track.notes.pitch <= high)).all()
        starts = score.bar_ticks()
        bar = np.searchsorted(starts, score.notes.onset, "right") - 1
        meter = score.time_signatures[0]
        beat = 36 if meter.denominator == 8 and meter.numerator % 3 == 0 else 24
        places = set(((score.notes.onset - starts[bar]) % beat).tolist())
        assert places <= set(found.onsets[beat])


@pytest.mark.parametrize(
    "wrong",
    [
        {"programs": [128]},
        {"programs": [5, 3]},
        {"ranges": {}},
        {"onsets": {"24": [0], "36": [1]}},
        {"onsets": {}},
        {"durations": [0]},
        {"tracks": 17},
        {"drums": [5]},
        {"last_bar": {"notes": 3}},
    ],
    ids=str,
)
def test_a_repertoire_that_makes_no_sense_is_damage(wrong: dict[str, Any]) -> None:
    right = {
        "programs": [0],
        "drums": [],
        "tracks": 1,
        "ranges": {"0": [40, 90]},
        "onsets": {"24": [0, 12], "36": [0, 12, 24]},
        "durations": [12, 24],
        "last_bar": {"notes": 4, "span": 12, "shortest": 6},
    }
    metadata = {entry.key: entry.value for entry in onnx.load(str(TINY)).metadata_props}
    told = modelfile.parse({**metadata, "linnet.repertoire": json.dumps(right)}, source="it")
    assert told.repertoire == Repertoire.of(right)

    with pytest.raises(linnet.ModelFormatError, match="repertoire"):
        modelfile.parse({**metadata, "linnet.repertoire": json.dumps({**right, **wrong})}, source="it")


def test_another_program_is_the_nearest_of_its_family() -> None:
    assert heard_program(40, None) == 40
    assert heard_program(40, [0, 40]) == 40
    assert heard_program(40, [39, 47]) == 47
    assert heard_program(0, [30, 48]) == 30

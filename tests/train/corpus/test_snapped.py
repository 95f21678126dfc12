"""Performances to a click: what was meant goes onto the grid, how late it was stays beside it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linnet.music.score import Notes, Score, TempoChange, TimeSignature, Track
from linnet.tokens import codec
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.commands import main
from linnet_train.corpus import pads
from linnet_train.corpus.corpus import Corpus
from linnet_train.corpus.scan import ScanOptions, scan
from linnet_train.corpus.snapped import snap


def played(places: list[float], seed: int, *, ms: float = 8, latency: float = 0, bpm: int = 100) -> Score:
    """Sixteen bars of hats at these places of every quarter, that stray by so much."""
    quarters = np.concatenate([beat + np.array(places) for beat in range(1, 64)])
    seconds = (
        quarters * 60 / bpm + (np.random.default_rng(seed).normal(size=len(quarters)) * ms + latency) / 1000
    )
    onset = np.floor(seconds * bpm / 60 * 480 + 0.5).astype(np.int64)
    notes = Notes(onset, np.full(len(onset), 40), np.full(len(onset), 42), np.full(len(onset), 90))
    tempo = TempoChange(0, round(60e6 / bpm))
    return Score(480, (Track(notes, is_drum=True),), (tempo,), (TimeSignature(0, 4, 4),))


RHYTHMS = {
    "straight": [0, 0.25, 0.5, 0.75],
    "shuffle": [0, 2 / 3],
    "triplets": [0, 1 / 3, 2 / 3],
    "off-beats": [0.5],
    "thirty-seconds": [0, 0.125, 0.25, 0.5],
}


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_the_rhythm_that_was_meant_is_found(rhythm: str) -> None:
    """Of 64 to 256 strokes that stray by 8 ms, where thirty-seconds are 75 apart."""
    score = played(RHYTHMS[rhythm], 1)
    ticks = snap(score).score.notes.onset % 24
    meant = np.resize(np.floor(np.array(RHYTHMS[rhythm]) * 24 + 0.5).astype(np.int64), len(ticks))

    assert (ticks == meant).mean() > 0.97


def test_one_flam_among_sixteenths_makes_no_thirty_seconds() -> None:
    score = played(RHYTHMS["straight"], 2)
    flam = Notes([4 * 480 + 30], [40], [38], [60])
    notes = Notes.of([*score.notes, *flam])
    snapped = snap(replace(score, tracks=(Track(notes, is_drum=True),))).score

    assert snapped.notes.onset[snapped.notes.pitch == 38].tolist() == [96]


def test_a_constant_latency_is_none_of_the_players() -> None:
    """An electronic kit and its cable come late, all strokes alike."""
    found = snap(played(RHYTHMS["straight"], 3, latency=30))
    late = np.array(list(found.late.values()))

    assert (found.score.notes.onset % 6 == 0).all()
    assert np.median(late) == pytest.approx(0, abs=1)
    assert late.std() == pytest.approx(8, rel=0.2)


def test_bars_meter_and_tempo_are_those_of_the_file() -> None:
    score = replace(played([0], 4), time_signatures=(TimeSignature(0, 3, 4),))
    found = codec.quantise(snap(score).score)

    assert found.time_signatures == (TimeSignature(0, 3, 4),)
    assert found.tempos[0].bpm == pytest.approx(100, rel=0.04)  # the nearest of the vocabulary
    assert found.bars == 22  # of 64 quarters


def test_of_two_strokes_on_one_place_the_louder_one_says_how_late_it_was() -> None:
    score = played([0], 5, ms=0)
    notes = Notes.of([*score.notes, *Notes([4 * 480 + 12], [40], [42], [127])])
    found = snap(replace(score, tracks=(Track(notes, is_drum=True),)))

    assert found.late[96, 42] == pytest.approx(1000 * 12 / 480 * 0.6, abs=1)


def test_pads_are_the_drums_one_hears() -> None:
    strokes = Notes([0, 10, 20, 30], [5] * 4, [22, 26, 58, 44], [80] * 4)
    score = Score(480, (Track(strokes, is_drum=True), Track(strokes, program=3)))
    heard = pads.heard(score, "roland")

    assert heard.tracks[0].notes.pitch.tolist() == [42, 46, 43, 44]
    assert heard.tracks[1] == score.tracks[1]
    assert pads.heard(score, "gm") == score


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drummers")
    for seed in range(20):
        style = "rock" if seed % 2 else "jazz-fusion"
        score = played(RHYTHMS["straight"], seed, ms=10)
        some = (
            np.random.default_rng(seed).random(len(score.notes)) < 0.9
        )  # else they were copies of one another
        score = replace(score, tracks=(Track(score.notes.select(some), is_drum=True),))
        score.save(folder / f"{seed}_{style}_100_beat_4-4.mid")
    return folder


def test_a_corpus_keeps_how_late_strokes_were_beside_their_tokens(music: Path, tmp_path: Path) -> None:
    arguments = ["--performed", "--kit", "roland", "--style-from", r"\d+_([a-z]+)", "--workers", "1"]
    assert main(["prepare", str(music), "-o", str(tmp_path / "drums.corpus"), *arguments]) == 0
    corpus = Corpus.open(tmp_path / "drums.corpus")
    pieces = corpus.pieces("train")

    assert corpus.styles == ("jazz", "rock")
    assert {corpus.styles[piece.style] == "rock" for piece in pieces} == {True, False}
    assert {piece.name.split("_")[1].split("-")[0] == corpus.styles[piece.style] for piece in pieces} == {
        True
    }
    for piece in pieces:
        score = codec.decode(piece.tokens)
        assert (score.notes.onset % 6 == 0).all()
        assert len(piece.late) == len(piece.tokens)
        strokes = np.isin(piece.tokens, FAMILIES["drum"].ids)
        assert strokes.sum() == len(score.notes)
        assert not piece.late[~strokes].any()
        assert (piece.late[strokes] / 10).std() == pytest.approx(10, rel=0.2)  # of some 230


def test_music_that_nobody_performed_has_no_lateness(music: Path, tmp_path: Path) -> None:
    assert (
        main(["prepare", str(music), "-o", str(tmp_path / "c"), "--workers", "1", "--style-from", "none"])
        == 0
    )
    corpus = Corpus.open(tmp_path / "c")

    assert corpus.styles == ()
    assert all(len(piece.late) == 0 for piece in corpus.pieces("train"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--performed", "--time-base", "performance"], "--performed puts music on the grid"),
        (["--style-from", "(rock"], "not a regular expression"),
    ],
)
def test_what_cannot_be_is_said(
    music: Path, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", str(music), "-o", str(tmp_path / "c"), *arguments]) == 1
    assert said in capsys.readouterr().err


def test_fewer_levels_of_loudness_are_told_apart_where_they_are_asked_for(
    music: Path, tmp_path: Path
) -> None:
    file = next(iter(sorted(music.iterdir())))
    score = Score.open(file)
    loud = np.random.default_rng(1).integers(1, 128, len(score.notes))
    notes = Notes(score.notes.onset, score.notes.duration, score.notes.pitch, loud)
    replace(score, tracks=(Track(notes, is_drum=True),)).save(tmp_path / "loud.mid")
    found = {}
    for levels in (8, 32):
        options = ScanOptions(performed=True, velocities=levels)
        found[levels] = codec.decode(scan(str(tmp_path / "loud.mid"), None, options).tokens).notes.velocity

    assert len(np.unique(found[8])) == 8
    assert len(np.unique(found[32])) > 24
    assert np.abs(found[8].astype(int) - found[32].astype(int)).max() <= 8

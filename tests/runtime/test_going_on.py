"""A primer's key, meter, tempo, density, register, instruments and tune go on, unless told otherwise."""

from typing import Any

import numpy as np
import pytest

import linnet
from benchmarks.music.going_on import ends_on_tonic, in_scale, same_key, shared_motifs
from linnet import Notes, Score, TempoChange, TimeSignature, Track
from linnet.controls import going_on
from linnet.controls.wishes import INDEX
from linnet.music.similarity import bar_contents
from linnet.music.timeline import KeySignature

SCALE = [62, 64, 66, 67, 69, 71, 73, 74]
TUNE = [0, 2, 4, 2, 4, 5, 7, 4, 5, 3, 4, 2, 1, 2, 4, 4] * 2
"""Steps of D major, four to a bar: eight bars."""


def tune(program: int = 0, **more: Any) -> Score:
    pitch = [SCALE[step] for step in TUNE[:-1]] + [62]
    onset = np.arange(len(pitch)) * 480
    notes = Notes(onset, np.full(len(pitch), 480), np.array(pitch), np.full(len(pitch), 80))
    return Score(480, (Track(notes, program),), **more)


PRIMER = tune(tempos=(TempoChange(0, 600_000),))


@pytest.fixture(scope="module")
def continuations() -> list[Score]:
    return linnet.load("folk").generate(count=20, seed=1, bars=8, primer=PRIMER)


def test_it_ends_on_the_tonic_of_the_tune(continuations: list[Score]) -> None:
    """4 of 30 did."""
    assert all(ends_on_tonic(PRIMER, score) for score in continuations)


def test_the_scale_of_the_tune_goes_on(continuations: list[Score]) -> None:
    """17 of 30 left it. What people go on with has the key of the tune in .75 (docs/quality.md)."""
    assert all(in_scale(PRIMER, score) == 1 for score in continuations)
    assert np.mean([same_key(PRIMER, score) for score in continuations]) >= 0.8


def test_the_tune_comes_back() -> None:
    """.1 to .2 % of the runs of three notes stood in the tune; .6 do where people go on."""
    folk = linnet.load("folk")
    tunes = [folk.generate(seed=seed, bars=8) for seed in (3, 4, 5)]
    shared = [
        shared_motifs(tune, score)
        for tune in tunes
        for score in folk.generate(count=8, seed=1, bars=8, primer=tune)
    ]

    assert np.mean(shared) > 0.2


@pytest.mark.parametrize("name", ["chorale", "piano"])
def test_what_is_played_is_not_played_over_and_over(name: str) -> None:
    """Of the bars after one of four bars .3 were one of these four, and .5 had been heard before."""
    model = linnet.load(name)
    again = []
    for seed in range(1, 7):
        whole = model.generate(seed=seed, bars=16, primer=model.generate(seed=seed, bars=4), with_primer=True)
        bars = bar_contents(whole)[-16:]
        begun = bar_contents(whole)[:-16]
        again.append(
            np.mean([bool(bar) and bar in (*begun, *bars[:place]) for place, bar in enumerate(bars)])
        )

    assert np.mean(again) < 0.4


def test_density_register_tempo_and_meter_go_on(continuations: list[Score]) -> None:
    """6.7 notes a bar followed 3.8."""
    notes = np.mean([len(score.notes) / score.full_bars for score in continuations])
    pitch = np.mean([score.notes.pitch.mean() for score in continuations])

    assert 3 < notes < 5.5
    assert abs(pitch - PRIMER.notes.pitch.mean()) < 4
    for score in continuations:
        assert (score.time_signatures[0].numerator, score.time_signatures[0].denominator) == (4, 4)
        assert abs(score.tempos[0].tempo / 600_000 - 1) < 0.05
        assert {track.program for track in score.tracks} == {0}


def test_an_instrument_that_the_model_does_not_know_goes_on() -> None:
    score = linnet.load("folk").generate(seed=1, bars=4, primer=tune(program=73))

    assert {track.program for track in score.tracks if len(track.notes)} == {73}


def test_what_the_player_asks_for_wins() -> None:
    for score in linnet.load("folk").generate(count=6, seed=1, bars=8, primer=PRIMER, key="A minor"):
        assert score.notes.pitch[-1] % 12 == 9
    for score in linnet.load("folk").generate(count=6, seed=1, bars=8, primer=PRIMER, scale="C major"):
        assert in_scale(tune(), score) < 1 or {6, 1}.isdisjoint((score.notes.pitch % 12).tolist())


@pytest.mark.parametrize(("signature", "key"), [(2, 2), (0, 2), (None, 2)])
def test_the_key_of_a_file_counts_where_its_notes_are_in_it(signature: int | None, key: int) -> None:
    """C major is what many files say that are in no such key."""
    signs = () if signature is None else (KeySignature(0, signature),)

    assert going_on.key_of(tune(key_signatures=signs)) == key


def test_a_signature_may_mean_the_relative_minor() -> None:
    minor = tune(key_signatures=(KeySignature(0, 2),)).transpose(0)
    pitch = np.array([71, 74, 78, 74, 71, 66, 71, 71] * 4)
    notes = Notes(np.arange(32) * 480, np.full(32, 480), pitch, np.full(32, 80))

    assert going_on.key_of(Score(480, (Track(notes),), key_signatures=minor.key_signatures)) == 12 + 11


def test_habits_are_those_of_the_last_bars() -> None:
    sparse = tune().slice_bars(0, 2)
    dense = tune().slice_bars(0, 8)
    found = going_on.habits(dense, "grid")

    assert set(found) == {INDEX["density"], INDEX["polyphony"], INDEX["register"]}
    assert found[INDEX["density"]] == going_on.habits(sparse, "grid")[INDEX["density"]] == 3


@pytest.mark.parametrize("bars", [1, 2, 3, 5, 30])
@pytest.mark.parametrize("primer_bars", [1, 3, 4, 8])
def test_every_length_goes_on_from_every_length(bars: int, primer_bars: int) -> None:
    primer = PRIMER.slice_bars(0, primer_bars)
    score = linnet.load("folk").generate(seed=2, bars=bars, primer=primer)

    assert score.full_bars == bars
    assert len(score.notes)


def test_a_waltz_goes_on_as_a_waltz() -> None:
    waltz = Score(480, tune().tracks, time_signatures=(TimeSignature(0, 3, 4),))
    for score in linnet.load("folk").generate(count=6, seed=1, bars=8, primer=waltz):
        assert (score.time_signatures[0].numerator, score.full_bars) == (3, 8)
        last = score.notes.select(score.notes.onset >= score.bar_ticks()[-1])
        assert len(last) <= 6


@pytest.mark.parametrize("name", ["groove", "piano", "band"])
def test_a_stream_of_a_primer_is_restored(name: str) -> None:
    model = linnet.load(name)
    stream = model.stream(seed=3, primer=model.generate(seed=4, bars=4), ahead=1)
    stream.advance(9, budget=None)
    other = model.restore(stream.save())

    assert stream.advance(40, budget=None) == other.advance(40, budget=None)
    stream.wish(density=7)
    stream.advance(8, budget=None)
    other = model.restore(stream.save())
    assert stream.advance(40, budget=None) == other.advance(40, budget=None)

"""Drums as people time them: off the grid, as far as they were measured to be, in pieces and in streams."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import Notes, Score, TempoChange, Track, cli
from linnet.controls.timing import GROUPS, PLACES, Timing, group_of
from linnet.generation import timing
from linnet.stream.clock import SECOND
from tests.runtime.streams import Heard, listen
from tests.runtime.timed import PEOPLE, TINY, timed


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> linnet.Model:
    return timed(tmp_path_factory.mktemp("models"))


def beat(bars: int, *, bpm: int = 120, fine: int = 24) -> Score:
    """Kick on the beats, hats in sixteenths."""
    step = fine // 4
    hat = np.arange(0, bars * 16 * step, step)
    kick = hat[::4]
    onset, pitch = (
        np.concatenate([hat, kick]),
        np.concatenate([np.full(len(hat), 42), np.full(len(kick), 36)]),
    )
    notes = Notes(onset, np.full(len(onset), step), pitch, np.full(len(onset), 90))
    return Score(
        fine, (Track(notes, is_drum=True),), (TempoChange(0, round(60e6 / bpm)),), end=bars * 16 * step
    )


def strays(score: Score, grid: Score) -> dict[tuple[int, int], float]:
    """Milliseconds that each stroke of a score comes after that of the grid: by (tick of the grid, pitch)."""
    found = {}
    for pitch in np.unique(grid.notes.pitch):
        at = grid.notes.onset[grid.notes.pitch == pitch]
        late = score.seconds(score.notes.onset[score.notes.pitch == pitch]) - grid.seconds(at)
        found.update(
            {(tick, int(pitch)): 1000 * by for tick, by in zip(at.tolist(), late.tolist(), strict=True)}
        )
    return found


# ---- pieces


def test_strokes_stray_as_the_people_did() -> None:
    """4,000 strokes; what they share lasts for some ten, so the spread is known to 4 %, the means to 1 ms."""
    grid = beat(200, bpm=60)  # gaps so wide that nobody is held back
    found = strays(timing.played(grid, PEOPLE, 3), grid)
    places = {
        key: by - PEOPLE.late[group_of(key[1])][key[0] % PLACES] for key, by in found.items() if key[0] % 96
    }
    values = np.array(list(places.values()))
    shared = [(by, places[tick, 42]) for (tick, pitch), by in places.items() if pitch == 36]

    assert values.mean() == pytest.approx(0, abs=1)
    assert values.std() == pytest.approx(14, rel=0.06)
    assert np.corrcoef(np.array(shared).T)[0, 1] == pytest.approx(0.5, abs=0.12)  # of 600 pairs


def test_neighbours_move_together() -> None:
    grid = beat(200, bpm=60)
    alone = replace(grid, tracks=(Track(grid.notes.select(grid.notes.pitch == 42), is_drum=True),))
    people = replace(PEOPLE, together=1.0, carried=0.8)
    late = strays(timing.played(alone, people, 1), alone)
    pairs = [(by, late[tick + 6, 42]) for (tick, _), by in late.items() if tick % 96 in range(6, 90)]
    means = [(PEOPLE.late[2][tick % PLACES], PEOPLE.late[2][(tick + 6) % PLACES]) for tick, _ in late
             if tick % 96 in range(6, 90)]  # fmt: skip

    rest = np.array(pairs) - np.array(means)
    assert np.corrcoef(rest.T)[0, 1] == pytest.approx(0.8, abs=0.05)  # 2,800 pairs


@pytest.mark.parametrize("bpm", [60, 120, 240])
def test_no_stroke_leaves_its_bar_or_overtakes_another(bpm: int) -> None:
    wild = replace(PEOPLE, spread=tuple((90.0,) * PLACES for _ in GROUPS))
    grid = beat(50, bpm=bpm)
    score = timing.played(grid, wild, 5)
    onset, tick = ({p: s.notes.onset[s.notes.pitch == p] for p in (36, 42)} for s in (score, grid))

    for pitch in (36, 42):
        assert (onset[pitch] // 1920 == tick[pitch] // 96).all()
        assert (np.diff(onset[pitch]) > 0).all()
    with_hat = onset[42][::4]  # struck together on the grid: the hats before and after stay outside
    assert (onset[42][1::4] > np.maximum(onset[36], with_hat)).all()
    assert (onset[42][3:-1:4] < np.minimum(onset[36], with_hat)[1:]).all()
    assert score.notes.last_end <= score.end == 20 * grid.end


def test_the_piece_is_that_of_the_grid_but_for_where_drums_are(model: linnet.Model) -> None:
    for seed in range(5):
        grid = model.generate(seed=seed, bars=6, timing=False)
        score = model.generate(seed=seed, bars=6)

        assert (grid.ticks_per_beat, score.ticks_per_beat) == (24, 480)
        assert score.bars == grid.bars
        assert score.time_signatures == grid.resample(480).time_signatures
        assert sorted((n.pitch, n.velocity) for n in score.notes) == sorted(
            (n.pitch, n.velocity) for n in grid.notes
        )
        assert (score.notes.onset % 20 != 0).mean() > 0.5
        assert model.generate(seed=seed, bars=6) == score
        assert model.generate(seed=seed, bars=6, timing=True) == score


def test_pieces_made_together_are_timed_as_if_alone(model: linnet.Model) -> None:
    together = model.generate(seed=4, count=3, bars=4)

    assert together == [model.generate(seed=seed, bars=4) for seed in (4, 5, 6)]


def test_pitched_tracks_stay_on_the_grid() -> None:
    tune = Track(Notes([0, 24, 48], [24, 24, 48], [60, 62, 64], [80, 80, 80]), program=3)
    grid = replace(beat(1), tracks=(tune, *beat(1).tracks))
    score = timing.played(grid, PEOPLE, 1)

    assert score.tracks[0] == grid.resample(480).tracks[0]
    assert score.tracks[1] != grid.resample(480).tracks[1]


def test_strokes_after_a_change_of_tempo_are_as_late_in_time() -> None:
    """Milliseconds are those of the tempo there."""
    half = replace(beat(2), tempos=(TempoChange(0, 500_000), TempoChange(96, 1_000_000)))
    one, other = (
        strays(timing.played(half, PEOPLE, 1), half),
        strays(timing.played(beat(2), PEOPLE, 1), beat(2)),
    )

    assert all(one[key] == pytest.approx(other[key], abs=1.1) for key in one if key[0] % 96)


def test_a_primer_stays_as_it_is(model: linnet.Model) -> None:
    primer = beat(2, fine=480)
    joined = model.generate(seed=1, bars=2, primer=primer, with_primer=True)

    assert joined.slice_bars(0, 2).notes == primer.notes
    assert (joined.slice_bars(2).notes.onset % 20 != 0).any()


def test_an_upbeat_is_timed_by_its_bar() -> None:
    """The bar begins with a rest then; places are counted from its line."""
    late = tuple(tuple(10.0 if place == 72 else 0.0 for place in range(PLACES)) for _ in GROUPS)
    still = Timing(late, tuple((0.0,) * PLACES for _ in GROUPS), 0.5, 0.5)
    grid = beat(2)
    grid = replace(grid, tracks=(Track(grid.notes.select(grid.notes.onset >= 72), is_drum=True),))
    found = strays(timing.played(grid, still, 1), grid)

    assert {tick for (tick, _), by in found.items() if by > 5} == {72, 168}


def test_a_model_without_people_has_no_timing() -> None:
    tiny = linnet.load(TINY)

    assert tiny.info.timing is None
    with pytest.raises(ValueError, match="has no timing"):
        tiny.generate(timing=True)
    assert tiny.generate(seed=1, bars=2, timing=False) == tiny.generate(seed=1, bars=2)


# ---- streams


def in_time(model: linnet.Model, seconds: float, **options: Any) -> Heard:
    return listen(model.stream(seed=1, bpm=120, time_signature="4/4", form="", **options), seconds)


def test_a_stream_plays_the_notes_of_the_grid_at_the_times_of_people(model: linnet.Model) -> None:
    grid, people = in_time(model, 40, timing=False), in_time(model, 40)
    whole = min(len(grid), len(people)) - 4  # a stroke may come a little after the end

    assert sorted(note[2:] for note in grid[:whole]) == sorted(note[2:] for note in people[:whole])
    assert sum(a[0] != b[0] for a, b in zip(grid, people, strict=False)) > whole / 2
    assert [note[0] for note in people] == sorted(note[0] for note in people)


def test_no_stroke_comes_before_its_bar(model: linnet.Model) -> None:
    """Strokes of a bar of two seconds: as many in each as on the grid."""
    grid, people = in_time(model, 60, timing=False), in_time(model, 60)

    assert [int(note[0] // 2) for note in people] == [int(note[0] // 2) for note in grid]


def test_pieces_and_streams_of_a_seed_are_timed_alike(model: linnet.Model) -> None:
    strokes = [(0, 36), (0, 42), (6, 42), (12, 38), (18, 42)]
    late = timing.lateness(PEOPLE, 7, 0, strokes)
    onsets = timing.moved(
        [tick * SECOND // 48 for tick, _ in strokes],
        timing.in_units(late, SECOND // 1000),
        begin=0,
        end=2 * SECOND,
    )
    score = Score(
        24, (Track(Notes.of_rows((tick, 6, pitch, 90) for tick, pitch in strokes), is_drum=True),), end=96
    )
    played = timing.played(score, PEOPLE, 7)
    ours = sorted((note.pitch, played.onset_seconds(Notes.of([note]))[0]) for note in played.notes)
    streams = sorted((pitch, onset / SECOND) for (_, pitch), onset in zip(strokes, onsets, strict=True))

    assert [pitch for pitch, _ in ours] == [pitch for pitch, _ in streams]
    assert np.array([t for _, t in ours]) == pytest.approx(np.array([t for _, t in streams]), abs=0.0011)


@pytest.mark.parametrize("at", ["beat", "now"])
def test_a_change_right_after_a_stroke_that_came_early_leaves_it(
    tmp_path_factory: pytest.TempPathFactory, at: Any
) -> None:
    """It was heard before its tick, and is not to be composed again, or for ever."""
    early = Timing(
        tuple((-25.0,) * PLACES for _ in GROUPS),
        tuple((4.0,) * PLACES for _ in GROUPS),
        together=0.5,
        carried=0.5,
    )
    model = timed(tmp_path_factory.mktemp("models"), early)
    stream = model.stream(seed=2, bpm=120, time_signature="4/4", form="")
    heard: Heard = []
    for i in range(24 * 240):
        new = listen(stream, 1 / 240, step=1 / 240)
        heard += new
        if new:
            stream.wish(temperature=0.8 + 0.1 * (i % 3), at=at)

    assert stream.repeated == 0
    assert len(heard) > 40
    assert [note[0] for note in heard] == sorted(note[0] for note in heard)
    grid = [round(note[0] + 0.025, 2) for note in heard]
    assert len({(time, note[2]) for time, note in zip(grid, heard, strict=True)}) == len(heard)


@pytest.mark.parametrize("case", range(12))
def test_a_saved_stream_is_timed_as_if_it_had_not_been(model: linnet.Model, case: int) -> None:
    dice = random.Random(case)
    stream = model.stream(seed=case, ahead=dice.randint(1, 3), timing=dice.choice([None, None, False]))
    for _ in range(4):
        listen(stream, dice.uniform(0.05, 3))
        if dice.random() < 0.7:
            at: Any = dice.choice(["bar", "beat", "now"])
            stream.wish(temperature=dice.uniform(0.6, 1.1), at=at)
    other = model.restore(stream.save())
    for both in (stream, other):
        both.prepare()

    assert listen(other, 12) == listen(stream, 12)


# ---- on the command line


def test_drums_stay_on_the_grid_with_no_timing(model: linnet.Model, tmp_path: Path) -> None:
    made = {}
    for name, more in (("people", []), ("grid", ["--no-timing"])):
        file = tmp_path / f"{name}.mid"
        assert (
            cli.main(["generate", str(model.file), "--seed", "1", "--bars", "4", *more, "-o", str(file)]) == 0
        )
        made[name] = Score.open(file).resample(480).notes.onset

    assert (made["grid"] % 20 == 0).all()
    assert len(made["people"]) == len(made["grid"])
    assert (made["people"] % 20 != 0).mean() > 0.5


# ---- in a model file


def test_it_is_read_as_it_was_written(model: linnet.Model) -> None:
    assert model.info.timing == PEOPLE
    assert Timing.of(PEOPLE.entry()) == PEOPLE


@pytest.mark.parametrize(
    "wrong",
    [
        {"together": 1.5},
        {"carried": -2},
        {"late": {}},
        {"late": {name: [0.0] * 95 for name in GROUPS}},
        {"late": {name: [float("nan")] * PLACES for name in GROUPS}},
        {"spread": {name: [-1.0] * PLACES for name in GROUPS}},
        {"spread": {name: [1e9] * PLACES for name in GROUPS}},
    ],
    ids=str,
)
def test_a_timing_that_makes_no_sense_is_damage(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, LookupError)):
        Timing.of(PEOPLE.entry() | wrong)

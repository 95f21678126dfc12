"""Music around music that is given: what is given comes back to the tick and byte, in every job."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import linnet
from linnet import cli, midi
from linnet.controls.parts import suited
from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track
from tests.runtime.chorded import chorded
from tests.runtime.streams import PERFORMED
from tests.runtime.test_kept import FULL, lost_and_found

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


def tune(seed: int, per_beat: int = 480, *, bars: int = 8, meter: tuple[int, int] = (4, 4)) -> Score:
    """A melody and a bass as people play them: off the grid, every velocity and duration its own."""
    rng = np.random.default_rng(seed)
    bar = per_beat * 4 * meter[0] // meter[1]
    step = per_beat // 2

    def part(low: int, every: int) -> Notes:
        onsets = np.arange(0, bars * bar, every) + rng.integers(
            0, max(per_beat // 20, 1), -(-bars * bar // every)
        )
        return Notes.of(
            Note(int(onset), int(rng.integers(every // 2, every)), int(pitch), int(velocity))
            for onset, pitch, velocity in zip(
                onsets,
                low + rng.choice([0, 2, 4, 5, 7, 9, 11, 12], len(onsets)),
                rng.integers(1, 128, len(onsets)),
                strict=True,
            )
        )

    tracks = Track(part(67, step), 40, name="Fiddle"), Track(part(43, 2 * per_beat), 32, name="Low")
    tempos = TempoChange(0, 512_345), TempoChange(3 * bar + 7, 498_001)
    return Score(per_beat, tracks, tempos, (TimeSignature(0, *meter),), bars * bar)


@pytest.mark.parametrize(("seed", "per_beat", "meter"), [(1, 480, (4, 4)), (2, 96, (6, 8)), (3, 25, (3, 4))])
def test_a_part_is_added_and_all_else_stays(model, seed, per_beat, meter):
    mine = tune(seed, per_beat, meter=meter)
    both = model.add(mine, "second", seed=seed)

    assert both.tracks[:2] == mine.tracks
    assert (both.tempos, both.time_signatures, both.end) == (mine.tempos, mine.time_signatures, mine.end)
    assert len(both.tracks) == 3
    assert both.tracks[2].notes
    assert both.tracks[2].notes.last_end <= both.end


@pytest.mark.parametrize("tracks", [None, "Low", [1]])
def test_a_gap_is_filled_and_all_else_stays(model, tracks):
    mine, bar = tune(4), 1920
    filled = model.fill(mine, "3-4", tracks=tracks, seed=1)
    free = {None: [0, 1], "Low": [1]}.get(tracks if tracks is None else str(tracks), [0])

    def outside(track: Track) -> list[tuple[int, int, int, int]]:
        return [row for row in track.notes.rows() if not 2 * bar <= row[0] < 4 * bar]

    for place, (before, after) in enumerate(zip(mine.tracks, filled.tracks, strict=True)):
        if place in free:
            assert outside(after) == outside(before)
            assert after.notes != before.notes
            assert all(
                row[0] + row[1] <= 4 * bar for row in after.notes.rows() if 2 * bar <= row[0] < 4 * bar
            )
        else:
            assert after == before
    assert (filled.tempos, filled.end) == (mine.tempos, mine.end)


@pytest.mark.parametrize("bars", ["1", "8", "1-8", "7-"])
def test_a_gap_may_be_anywhere(model, bars):
    filled = model.fill(tune(5), bars, seed=1)
    assert filled.tracks[0].notes
    assert filled.bars == 8


def test_what_is_filled_knows_its_seed(model):
    mine = tune(6)
    assert model.fill(mine, "3", seed=1) == model.fill(mine, "3", seed=1)
    assert model.fill(mine, "3", seed=1).tracks != model.fill(mine, "3", seed=2).tracks


def test_candidates_wishes_and_chords_work_around_given_music(model):
    mine = tune(7)
    both = model.add(mine, "second", seed=1, density=6, guidance=1.5, scale="C major")
    assert both.tracks[:2] == mine.tracks
    assert {int(pitch) % 12 for pitch in both.tracks[2].notes.pitch} <= {0, 2, 4, 5, 7, 9, 11}


def test_the_best_of_several_candidates_fills_a_gap():
    folk = linnet.load("folk")
    mine = folk.generate(bars=8, seed=3, key="D major")
    filled = folk.fill(mine, "5-6", seed=1, candidates=2)
    starts = [*mine.bar_ticks().tolist(), mine.end]
    first = 4 + int(mine.upbeat > 0)

    def outside(score: Score) -> list[tuple[int, int, int, int]]:
        return [row for row in score.notes.rows() if not starts[first] <= row[0] < starts[first + 2]]

    assert outside(filled) == outside(mine)
    assert json.loads(filled.texts[1])["candidates"] == 2


def test_an_upbeat_that_is_filled_stays_an_upbeat():
    folk = linnet.load("folk")
    mine = folk.generate(bars=4, seed=997)
    assert 0 < mine.upbeat < mine.bar_ticks()[2] - mine.bar_ticks()[1]
    for seed in range(4):
        filled = folk.fill(mine, "0-4", seed=seed)
        assert filled.notes.onset.min() >= 0
        assert filled.bar_ticks().tolist() == mine.bar_ticks().tolist()
        assert midi.loads(midi.dumps(filled)).tracks == filled.tracks


def test_all_that_a_file_holds_comes_back(model):
    mine = midi.loads(FULL)
    assert not lost_and_found(FULL, midi.dumps(model.add(mine, "second", seed=1)))[0]


def test_chords_that_are_asked_for_are_named():
    both = chorded().add(tune(1), "second", chords="C | F G7", seed=1)
    assert [marker.text for marker in both.markers][:4] == ["C", "F", "G7", "C"]
    assert [marker.tick for marker in both.markers][:4] == [0, 1920, 2880, 3840]
    assert both.tracks[:2] == tune(1).tracks


@pytest.mark.parametrize("seed", range(3))
def test_an_answer_closes_in_the_key_of_the_call(seed):
    folk = linnet.load("folk")
    call = folk.generate(bars=4, seed=seed + 20, key="G major")
    answer = folk.answer(call, seed=seed, key="G major")
    notes = answer.tracks[0].notes
    assert int(notes.pitch[notes.onset == notes.onset.max()].min()) % 12 == 7


def test_an_answer_is_as_long_and_begins_as_the_call_does(model):
    mine = replace(tune(8, bars=4), tracks=tune(8, bars=4).tracks[:1])
    answer = model.answer(mine, seed=3)
    both = model.answer(mine, seed=3, with_call=True)

    assert answer.bars == 4
    assert answer.end == mine.end
    quarters = [round(row[0] / 240) for row in mine.tracks[0].notes.rows() if row[0] < 2 * 1920 - 24]
    assert [round(row[0] / 240) for row in answer.tracks[0].notes.rows() if row[0] < 2 * 1920] == quarters
    assert both.tracks[0].notes.rows()[: len(mine.notes)] == mine.tracks[0].notes.rows()
    assert both.bars == 8


def test_variations_keep_the_rhythm(model):
    mine = replace(tune(9), tracks=tune(9).tracks[:1])
    for varied in model.vary(mine, "rhythm", count=2, seed=1):
        assert [round(row[0] / 240) for row in varied.notes.rows()] == [
            round(row[0] / 240) for row in mine.notes.rows()
        ]
        stated = json.loads(varied.texts[1])["distance"]
        assert stated == pytest.approx(linnet.distance(mine, varied), abs=0.001)
        assert stated > 0.3


def ways(track: Track) -> list[int]:
    """Whether the highest line rises, falls or stays, from onset to onset."""
    line = dict(sorted((note.onset, note.pitch) for note in track.notes))  # of one onset the highest stays
    return np.sign(np.diff(list(line.values()))).tolist()


@pytest.mark.parametrize("seed", range(6))
def test_variations_keep_the_contour(model, seed):
    mine = tune(seed, bars=6)
    chords = [replace(note, pitch=note.pitch - 4) for note in mine.tracks[0].notes]
    thick = replace(mine.tracks[0], notes=Notes.of([*mine.tracks[0].notes, *chords][::-1]))
    for theme in (mine, replace(mine, tracks=(thick, mine.tracks[1]))):
        varied = model.vary(theme, "contour", seed=seed)[0]

        assert [ways(track) for track in varied.tracks] == [ways(track) for track in theme.tracks]
        assert linnet.distance(theme, varied) > 0


def test_a_contour_that_climbs_through_the_whole_range_is_kept(model):
    steps = [*range(60, 84), *range(82, 59, -1)]
    mine = Score.from_notes([(pitch, 0.5) for pitch in steps], key="C major")
    varied = model.vary(mine, "contour", seed=2)[0]

    assert ways(varied.tracks[0]) == ways(mine.tracks[0])


def test_variations_keep_what_stands_on_beats(model):
    mine = tune(11)
    varied = model.vary(mine, "harmony", seed=1)[0]

    def on_beats(score: Score) -> set[tuple[int, int]]:
        near = [(row, round(row[0] / 480)) for row in score.notes.rows()]
        return {(beat, row[2]) for row, beat in near if abs(row[0] - beat * 480) < 40}

    assert on_beats(mine) <= on_beats(varied)


def test_variations_keep_a_share_of_the_bars(model):
    mine = tune(12)
    varied = model.vary(mine, 0.75, seed=1)[0]

    def bars(score: Score) -> list[frozenset[tuple[int, ...]]]:
        rows = [(place, *row) for place, track in enumerate(score.tracks) for row in track.notes.rows()]
        return [frozenset(row for row in rows if row[1] // 1920 == bar) for bar in range(8)]

    assert sum(a == b for a, b in zip(bars(mine), bars(varied), strict=True)) == 6


def test_a_piece_is_made_around_given_music(model):
    mine = replace(tune(13), tracks=tune(13).tracks[:1])
    made = model.generate(given=mine, roles="bass", seed=1)
    assert made.tracks[0] == mine.tracks[0]
    assert made.tracks[1].name == "Bass"
    several = model.generate(given=mine, roles="bass", seed=1, count=2)
    assert several[0] == made


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda model: model.add(tune(1), "tuba"), "parts must be some of melody, second"),
        (lambda model: model.add(tune(1), "bass", bars=8), "bars is as in the given music"),
        (lambda model: model.add(Score(24, ()), "bass"), "no notes"),
        (lambda model: model.fill(tune(1), "9"), "bars must be between 1 and 8"),
        (lambda model: model.fill(tune(1), "x"), "bars must be such as"),
        (lambda model: model.fill(tune(1), "2", tracks="Tuba"), "there is no track 'Tuba'"),
        (lambda model: model.answer(tune(1, meter=(5, 8))), "the call is"),
        (lambda model: model.vary(tune(1), "tempo"), "keep must be one of rhythm, contour, harmony"),
        (lambda model: model.vary(tune(1), 1.0), "keep must be one of"),
        (
            lambda model: linnet.load(PERFORMED).add(tune(1), "bass"),
            "groove cannot play around given music",
        ),
        (lambda model: linnet.load("chorale").add(tune(1), "drums"), "chorale has learnt no drums"),
        (lambda model: linnet.load("folk").add(tune(1), "bass,chords"), "folk has learnt at most 3 pitched"),
    ],
)
def test_trouble_is_one_line_that_says_what_is_possible(model, call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call(model)
    assert "\n" not in str(caught.value)


def test_the_commands_do_it(tmp_path, capsys):
    tune(14).save(tmp_path / "tune.mid")
    where, common = str(tmp_path / "tune.mid"), ["--model", str(TINY), "--seed", "1"]
    for command in (
        ["add", "second", where, "-o", str(tmp_path / "added.mid")],
        ["fill", where, "--bars", "5-6", "--tracks", "Fiddle", "-o", str(tmp_path / "filled.mid")],
        ["answer", where, "--with-call", "-o", str(tmp_path / "answer.mid")],
        ["vary", where, "--keep", "contour", "--count", "2", "-o", str(tmp_path / "varied")],
    ):
        assert cli.main([*command, *common]) == 0
    told = capsys.readouterr().out
    assert "distance 0." in told
    assert "bars 5-6" in told
    mine = Score.open(tmp_path / "tune.mid")
    assert Score.open(tmp_path / "added.mid").tracks[:2] == mine.tracks
    assert Score.open(tmp_path / "filled.mid").tracks[1] == mine.tracks[1]
    assert len(list((tmp_path / "varied").glob("*.mid"))) == 2


def test_a_gap_outside_writes_nothing(tmp_path, capsys):
    tune(14).save(tmp_path / "tune.mid")
    command = ["fill", str(tmp_path / "tune.mid"), "--bars", "12", "-o", str(tmp_path / "out.mid")]
    assert cli.main([*command, "--model", str(TINY)]) == 1
    assert "bars must be between 1 and 8" in capsys.readouterr().err
    assert not (tmp_path / "out.mid").exists()


def test_each_part_is_added_by_the_model_that_suits_it_unless_another_is_named(tmp_path, capsys):
    mine = tmp_path / "mine.mid"
    tune(1, bars=2).save(mine)
    for named, by in (
        ((), "Melody.*by folk.*Chords.*by chorale.*Drums.*by band"),
        (("--model", "band"), "band"),
    ):
        out = tmp_path / "out.mid"
        code = cli.main(["add", "melody,chords,drums", str(mine), *named, "--overwrite", "-o", str(out)])
        assert code == 0
        assert re.search(by, capsys.readouterr().out)
        assert Score.open(out).tracks[:2] == Score.open(mine).tracks


def test_whoever_plays_with_drums_or_many_is_a_band():
    assert suited("melody", tune(1)) == "folk"
    assert suited("bass", tune(1)) == "chorale"
    assert suited("bass", replace(tune(1), tracks=(*tune(1).tracks, *tune(2).tracks))) == "band"
    kit = replace(tune(1).tracks[0], is_drum=True)
    assert suited("melody", replace(tune(1), tracks=(*tune(1).tracks, kit))) == "band"


def test_rounds_bring_the_music_back_with_other_parts(tmp_path):
    mine, out = tmp_path / "mine.mid", tmp_path / "out.mid"
    given = tune(2, bars=2)
    given.save(mine)
    assert (
        cli.main(["add", "bass", str(mine), "--rounds", "3", "--bpm", "90", "--seed", "1", "-o", str(out)])
        == 0
    )
    made = Score.open(out)

    assert made.bars == 6
    assert made.tempos[0].bpm == pytest.approx(90, abs=0.01)
    rows = [row for track in made.tracks if track.program == 40 for row in track.notes.rows()]
    once = given.tracks[0].notes.rows()
    assert rows == [(onset + each * given.end, *rest) for each in range(3) for onset, *rest in once]


@pytest.mark.parametrize(
    ("options", "word"),
    [(["--rounds", "0"], "rounds must be between"), (["--bpm", "90"], "--bpm is for --rounds")],
)
def test_rounds_that_cannot_be_are_one_line(tmp_path, capsys, options, word):
    mine, out = tmp_path / "mine.mid", tmp_path / "out.mid"
    tune(2, bars=2).save(mine)

    assert cli.main(["add", "bass", str(mine), *options, "-o", str(out)]) == 1
    assert word in capsys.readouterr().err
    assert not out.exists()

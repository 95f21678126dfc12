import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import Note, Notes, Score, TempoChange, TimeSignature, Track
from linnet.controls.keys import usual_key
from linnet.tokens import codec, vocabulary

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
METERS = vocabulary.METERS[: vocabulary.COMMON_METERS]


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


@pytest.fixture
def performer(monkeypatch: pytest.MonkeyPatch) -> linnet.Model:
    """The tiny model taken for one in the performance base: what it plays is odd, but rules do not care."""
    model = linnet.load(TINY)
    info = dataclasses.replace(model.info, time_base="performance")
    monkeypatch.setattr(model.engine, "info", info)
    return model


@pytest.fixture
def primer() -> Score:
    notes = Notes.of([Note(i * 240, 240, 60 + i % 8, 80) for i in range(24)])
    meter, tempo = (TimeSignature(0, 3, 4),), (TempoChange(0, 487_654),)
    return Score(480, (Track(notes, 73, name="mine"),), tempo, meter)


@pytest.mark.parametrize("bars", [1, 2, 16, 40])
@pytest.mark.parametrize("meter", METERS)
def test_a_piece_has_exactly_the_bars_asked_for(model: linnet.Model, bars: int, meter: str) -> None:
    score = model.generate(bars=bars, seed=bars, time_signature=meter)
    numerator, denominator = map(int, meter.split("/"))

    assert score.bars == bars
    assert score.end == bars * 96 * numerator // denominator
    assert score.notes.end.max(initial=0) <= score.end
    assert [(s.numerator, s.denominator) for s in score.time_signatures] == [(numerator, denominator)]


def test_the_same_arguments_give_the_same_bytes(model: linnet.Model, tmp_path: Path) -> None:
    for name in ("a.mid", "b.mid"):
        linnet.load(TINY).generate(bars=8, seed=5, key="D major", bpm=99.5).save(tmp_path / name)

    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_seeds_differ(model: linnet.Model) -> None:
    assert len({model.generate(bars=4, seed=seed).notes for seed in range(8)}) == 8


def test_a_drawn_seed_is_told_and_can_be_used_again(model: linnet.Model) -> None:
    score = model.generate(bars=4)

    assert model.generate(bars=4, seed=json.loads(score.texts[1])["seed"]) == score


def test_the_score_says_how_it_was_made(model: linnet.Model) -> None:
    made, settings = model.generate(bars=2, seed=9, scale=(0, 4, 7)).texts

    assert model.info.sha256 in made
    assert json.loads(settings) == {
        "bars": 2, "seed": 9, "scale": [0, 4, 7], "with_primer": False, "guidance": 1.0,
        "temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0,
    }  # fmt: skip


def test_a_piece_is_read_as_it_was_written(model: linnet.Model, tmp_path: Path) -> None:
    written = model.generate(bars=8, seed=5)
    written.save(tmp_path / "tune.mid")
    read = linnet.Score.open(tmp_path / "tune.mid")

    assert [track.notes for track in read.tracks] == [track.notes for track in written.tracks]
    assert (read.ticks_per_beat, read.end) == (written.ticks_per_beat, written.end)


def test_zero_temperature_ignores_the_seed(model: linnet.Model) -> None:
    first, second = (model.generate(bars=4, seed=seed, temperature=0, key="C major") for seed in (1, 2))

    assert first == second


@pytest.mark.parametrize("seed", range(6))
def test_rules_are_kept(model: linnet.Model, seed: int) -> None:
    score = model.generate(
        bars=16, seed=seed, temperature=1.5, scale="A minor pentatonic", pitch_range=("C4", "C6"),
        longest=0.5, polyphony=1, programs=[40, 41], drums=[],
    )  # fmt: skip

    assert len(score.notes) > 0
    assert set((score.notes.pitch % 12).tolist()) <= {9, 0, 2, 4, 7}
    assert score.notes.pitch.min() >= 60
    assert score.notes.pitch.max() <= 84
    assert score.notes.duration.max() <= 12
    assert {track.program for track in score.tracks} <= {40, 41}
    for track in score.tracks:
        assert (track.notes.onset[1:] >= track.notes.end[:-1]).all()


def test_a_range_for_each_track(model: linnet.Model) -> None:
    score = model.generate(bars=16, seed=3, pitch_range=[(60, 64), (40, 45)])

    assert set(score.tracks[0].notes.pitch.tolist()) <= set(range(60, 65))


def test_the_tempo_is_kept_to_the_microsecond(model: linnet.Model) -> None:
    score = model.generate(bars=4, seed=1, bpm=101.3)

    assert score.tempos == (TempoChange(0, round(60e6 / 101.3)),)


def test_an_instrument_changes_nothing_but_who_plays(model: linnet.Model) -> None:
    plain, fiddle = (model.generate(bars=4, seed=1, instrument=program) for program in (None, 110))

    assert plain.notes == fiddle.notes
    assert {track.program for track in fiddle.tracks} == {110}


def test_a_continuation_is_the_new_part_alone(model: linnet.Model, primer: Score) -> None:
    score = model.generate(primer=primer, bars=4, seed=1)

    assert score.bars == 4
    assert score.end == 4 * 72
    assert score.time_signatures == (TimeSignature(0, 3, 4),)
    assert score.tempos == (TempoChange(0, 487_654),)


def test_a_continuation_can_bring_its_primer(model: linnet.Model, primer: Score) -> None:
    both = model.generate(primer=primer, bars=4, seed=1, with_primer=True)
    new = model.generate(primer=primer, bars=4, seed=1)

    assert both.bars == primer.bars + 4
    assert both.slice_bars(0, primer.bars).notes == primer.notes
    assert both.slice_bars(primer.bars).notes == new.resample(primer.ticks_per_beat).notes


def test_the_players_tempo_and_meter_win_over_the_primers(model: linnet.Model, primer: Score) -> None:
    score = model.generate(primer=primer, bars=4, seed=1, bpm=70, time_signature="6/8")
    whole = model.generate(primer=primer, bars=4, seed=1, bpm=70, time_signature="6/8", with_primer=True)

    assert score.tempos == (TempoChange(0, round(60e6 / 70)),)
    assert score.time_signatures == (TimeSignature(0, 6, 8),)
    assert [change.tempo for change in whole.tempos] == [487_654, round(60e6 / 70)]


def test_a_primer_may_break_the_rules_but_the_new_part_may_not(model: linnet.Model, primer: Score) -> None:
    score = model.generate(primer=primer, bars=8, seed=1, pitch_range=(72, 80))

    assert set(score.notes.pitch.tolist()) <= set(range(72, 81))


def test_an_empty_primer_is_a_bar_of_rest(model: linnet.Model) -> None:
    assert model.generate(primer=Score(), bars=2, seed=1).bars == 2


def test_progress_counts_the_bars(model: linnet.Model) -> None:
    told: list[tuple[int, int]] = []
    model.generate(bars=2000, seed=1, progress=lambda done, asked: told.append((done, asked)))

    assert len(told) > 1  # of several looks at a long piece
    assert told == sorted(told)
    assert told[-1] == (2000, 2000)


def test_the_performance_base_lasts_exactly_as_long_as_asked(performer: linnet.Model) -> None:
    score = performer.generate(seconds=2.5, seed=1)

    assert score.seconds(score.end) == 2.5
    assert score.notes.end.max(initial=0) <= score.end


def test_the_performance_base_goes_on_where_the_primer_ends(performer: linnet.Model, primer: Score) -> None:
    new = performer.generate(seconds=2, seed=1, primer=primer)
    both = performer.generate(seconds=2, seed=1, primer=primer, with_primer=True)
    length = codec.quantise(primer, "performance").end / 100

    assert new.end == 200
    assert both.seconds(both.end) == pytest.approx(length + 2, abs=0.001)
    assert both.slice_bars(0, primer.bars).notes[: len(primer.notes)] == primer.notes
    later = both.onset_seconds(both.notes)[len(primer.notes) :] - length
    assert np.allclose(later, new.notes.onset / 100, atol=0.001)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"bars": 0}, "bars must be between 1"),
        ({"seed": -1}, "seed must be between 0"),
        ({"temperature": -1}, "temperature must be at least 0"),
        ({"temperature": float("nan")}, "temperature must be at least 0"),
        ({"top_k": -1}, "top_k must be at least 0"),
        ({"top_p": 1.5}, "top_p must be between 0 and 1"),
        ({"bpm": 0}, "bpm must be between"),
        ({"time_signature": "13/8"}, "time_signature must be one of 2/4"),
        ({"key": "H major"}, "a note is a letter from A to G"),
        ({"style": "polka"}, "style must be one of tunes"),
        ({"density": 9}, "density must be between 1 and 8"),
        ({"scale": "D polka"}, "scale must be a note and one of major"),
        ({"scale": ()}, "scale must hold pitch classes"),
        ({"pitch_range": (60, 59)}, "pitch_range must go from low to high"),
        ({"pitch_range": (60, 200)}, "a pitch must be between 0 and 127"),
        ({"pitch_range": ("C#4", "C#4"), "scale": "C major"}, "there is none from C#4 to C#4"),
        ({"polyphony": 0}, "polyphony must be between 1 and 255"),
        ({"longest": 0.01}, "longest must be at least one tick"),
        ({"programs": []}, "programs must name at least one"),
        ({"drums": [5]}, "a drum must be between 27 and 87"),
        ({"instrument": 128}, "program must be between 0 and 127"),
    ],
)  # fmt: skip
def test_impossible_settings_are_named(
    model: linnet.Model, settings: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        model.generate(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [{"bars": 4}, {"bpm": 90}, {"time_signature": "4/4"}, {"seconds": 0}])
def test_the_performance_base_refuses_what_it_has_not(
    performer: linnet.Model, settings: dict[str, object]
) -> None:
    with pytest.raises(ValueError):
        performer.generate(**settings)  # type: ignore[arg-type]


def test_an_unknown_name_lists_the_packaged_models() -> None:
    with pytest.raises(FileNotFoundError, match="neither a file nor a packaged model"):
        linnet.load("polka")


def test_drums_are_struck_only_where_rules_allow(model: linnet.Model) -> None:
    wild = {"bars": 32, "temperature": 5.0, "count": 6, "seed": 1}
    some, none = model.generate(**wild, drums=[36, 38]), model.generate(**wild, drums=[])
    struck = [pitch for score in some for t in score.tracks if t.is_drum for pitch in t.notes.pitch.tolist()]

    assert set(struck) == {36, 38}
    assert not any(track.is_drum for score in none for track in score.tracks)


def test_models_can_be_loaded_by_the_names_that_are_listed() -> None:
    assert linnet.models()
    for name in linnet.models():
        assert linnet.load(name).file.suffix == ".onnx"


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 a picture", TINY.read_bytes()[:5000]])
def test_a_broken_model_file_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)

    with pytest.raises(linnet.ModelFormatError, match=r"broken\.onnx: "):
        linnet.load(path)


def test_usual_keys_come_by_their_shares_and_by_the_seed() -> None:
    keys = {"G major": 3.0, "E minor": 1.0}
    drawn = [usual_key(keys, seed) for seed in range(4000)]

    assert drawn == [usual_key(keys, seed) for seed in range(4000)]
    assert set(drawn) == set(keys)
    assert abs(drawn.count("G major") - 3000) < 110  # four standard deviations; the seeds are fixed
    assert usual_key({}, 1) is None


def test_unasked_the_key_is_a_usual_one(model: linnet.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = dataclasses.replace(model.info, defaults={**model.info.defaults, "keys": {"D major": 1.0}})
    told = linnet.load(TINY)
    monkeypatch.setattr(told.engine, "info", usual)

    assert told.generate(bars=8, seed=3) == model.generate(bars=8, seed=3, key="D major")
    assert told.generate(bars=8, seed=3, key="Am") == model.generate(bars=8, seed=3, key="Am")
    assert told.generate(bars=8, seed=3, scale="C major") == model.generate(bars=8, seed=3, scale="C major")


# ---- many at once ------------------------------------------------------------------------------------------


def test_each_of_many_has_the_bytes_it_has_alone(model: linnet.Model, tmp_path: Path) -> None:
    """More than one loop takes, of odd lengths, in a form that closes."""
    settings: dict[str, Any] = {"bars": 5, "form": "AB", "density": 3, "bpm": 100}
    scores = model.generate(count=70, seed=40, **settings)
    for i in (0, 1, 63, 64, 69):
        scores[i].save(tmp_path / "one.mid")
        model.generate(seed=40 + i, **settings).save(tmp_path / "other.mid")

        assert (tmp_path / "one.mid").read_bytes() == (tmp_path / "other.mid").read_bytes()
    assert len({score.notes.pitch.tobytes() for score in scores}) > 60


def test_many_go_on_from_one_primer(model: linnet.Model) -> None:
    primer = model.generate(bars=2, seed=1)
    scores = model.generate(count=3, seed=5, primer=primer, bars=3)

    assert scores == [model.generate(seed=seed, primer=primer, bars=3) for seed in (5, 6, 7)]


def test_one_of_many_is_a_list(model: linnet.Model) -> None:
    assert model.generate(count=1, seed=3, bars=2) == [model.generate(seed=3, bars=2)]


def test_many_make_progress_as_one(model: linnet.Model) -> None:
    told: list[tuple[int, int]] = []
    model.generate(count=70, bars=40, seed=1, progress=lambda done, asked: told.append((done, asked)))

    assert told == sorted(told)
    assert told[-1] == (2800, 2800)


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_an_impossible_number_is_refused(model: linnet.Model, count: int) -> None:
    with pytest.raises(ValueError, match="count must be between"):
        model.generate(count=count)


def test_a_style_is_played_at_its_tempo() -> None:
    """Left to the network, ballads were as quick as rock: it hardly heard what it was told."""
    band = linnet.load("band")
    quick, slow = (
        [score.tempos[0].bpm for score in band.generate(count=6, seed=1, bars=1, style=style)]
        for style in ("rock", "ballad")
    )

    assert max(slow) < 90 < 120 < min(quick)
    assert band.generate(seed=1, bars=1, style="ballad", bpm=100).tempos[0].bpm == pytest.approx(100, abs=1)

"""Latents: encode, play, glide and morph with a tiny variational model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import linnet
from linnet import Score, cli
from linnet.controls.latent import between, sample
from linnet.controls.model_info import Density, Latent
from linnet.generation.morph import apart
from linnet.music import upbeat

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(DATA / "tiny-latent.onnx")


@pytest.fixture(scope="module")
def phrases() -> list[Score]:
    plain = linnet.load(DATA / "tiny.onnx")
    return [plain.generate(bars=4, seed=seed, time_signature="4/4") for seed in (1, 2, 3)]


def test_a_phrase_has_one_latent(model: linnet.Model, phrases: list[Score]) -> None:
    first, again, other = (model.encode(phrases[i]) for i in (0, 0, 1))
    assert first.dtype == np.float32
    assert first.shape == (model.info.latent.size,)  # type: ignore[union-attr]  # it has one
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_the_latent_decides_the_music(model: linnet.Model, phrases: list[Score]) -> None:
    a, b = (model.generate(latent=model.encode(phrase), bars=4, temperature=0) for phrase in phrases[:2])
    assert a.notes != b.notes


def test_without_a_latent_the_seed_draws_one(model: linnet.Model) -> None:
    drawn = model.generate(seed=7, bars=4)
    asked = model.generate(seed=7, bars=4, latent=model.sample_latent(7))
    assert drawn.notes == asked.notes
    assert (
        model.sample_latent(7).tobytes()
        == model.sample_latent(7).tobytes()
        != model.sample_latent(8).tobytes()
    )


def test_drawn_latents_have_mean_0_and_variance_1(model: linnet.Model) -> None:
    """Of 6,400 numbers the mean is off by 0.07 once in 10^7 trials, the variance by 0.1 as rarely."""
    numbers = np.concatenate([model.sample_latent(seed) for seed in range(200)])
    assert abs(numbers.mean()) < 0.07
    assert abs(numbers.var() - 1) < 0.1


def test_latents_by_lot_have_the_bits_of_plain_python() -> None:
    """The mean and the factor, times what is drawn without them: one product and one sum after the other."""
    size, rng = 40, np.random.default_rng(1)
    mean, factor = rng.integers(-999, 999, size), rng.integers(-999, 999, (size, size))
    numbers = np.concatenate([mean, *(factor[i:, i] for i in range(size))]).astype("<i2")
    density = Density(0.003, numbers.tobytes())
    for seed in range(20):
        plain = sample(Latent(size, (2, 16), b""), seed)
        expected = [float(number) for number in mean]
        for i, number in enumerate(plain):
            for j in range(i, size):
                expected[j] += float(factor[j, i]) * number
        assert sample(Latent(size, (2, 16), b"", density), seed) == tuple(each * 0.003 for each in expected)


def test_pieces_of_the_packaged_model_draw_the_latent_of_their_seed() -> None:
    model = linnet.load("phrase")
    drawn = model.generate(count=2, seed=7, bars=4)
    alone = [model.generate(seed=seed, bars=4, latent=model.sample_latent(seed)) for seed in (7, 8)]
    assert [score.notes for score in drawn] == [score.notes for score in alone]
    streams = model.stream(seed=7), model.stream(seed=7, latent=model.sample_latent(7))
    first, second = (stream.advance(12, budget=None) for stream in streams)
    assert first == second


def test_pieces_made_together_are_those_made_alone(model: linnet.Model) -> None:
    together = model.generate(count=3, seed=5, bars=4)
    assert [score.notes for score in together] == [model.generate(seed=5 + i, bars=4).notes for i in range(3)]


def test_stream_glides_in_equal_steps_and_arrives(model: linnet.Model, phrases: list[Score]) -> None:
    goal = model.encode(phrases[0]).astype(float)
    stream = model.stream(seed=1, ahead=6)
    start = np.array(stream._player.composer.request.latent)
    stream.glide(goal, bars=4)
    stream.prepare()
    stations = [np.array(segment.place.request.latent) for segment in stream._player.ready]
    apart = [float(np.linalg.norm(station - goal)) for station in stations]
    assert stations[0].tolist() == start.tolist()  # where a segment begins; the change comes then
    assert apart[:5] == sorted(apart[:5], reverse=True)
    assert np.allclose(stations[4], goal)


def test_later_glide_takes_over(model: linnet.Model, phrases: list[Score]) -> None:
    goals = [model.encode(phrase) for phrase in phrases[:2]]
    stream = model.stream(seed=1, ahead=6)
    stream.glide(goals[0], bars=8)
    stream.advance(3, budget=None)
    stream.glide(goals[1], bars=2)
    stream.advance(30, budget=None)
    assert np.allclose(stream._player.composer.request.latent, goals[1])


def test_glide_is_saved_and_forked(model: linnet.Model, phrases: list[Score]) -> None:
    stream = model.stream(seed=3)
    stream.glide(model.encode(phrases[0]), bars=6)
    stream.advance(4, budget=None)
    fork = stream.fork()
    assert stream.advance(12, budget=None) == fork.advance(12, budget=None)
    assert stream._player.composer.request.latent == fork._player.composer.request.latent


def test_guidance_weighs_the_latent(model: linnet.Model, phrases: list[Score]) -> None:
    """Told nothing, not even a latent, every phrase is the same; told twice, they are farther from that."""
    latent = model.encode(phrases[0])
    nothing = [model.generate(latent=latent, guidance=0, bars=4, temperature=0)]
    nothing.append(model.generate(latent=model.encode(phrases[1]), guidance=0, bars=4, temperature=0))
    assert nothing[0].notes == nothing[1].notes
    assert model.generate(latent=latent, guidance=2, bars=4, temperature=0).notes != nothing[0].notes


def test_between_keeps_the_distance_from_the_middle() -> None:
    a, b = (3.0, 0.0), (0.0, 5.0)
    assert between(a, b, 0.0) == a
    assert between(a, b, 1.0) == b
    assert np.hypot(*between(a, b, 0.5)) == pytest.approx(4.0)


def test_morph_begins_with_a_and_ends_with_b(model: linnet.Model, phrases: list[Score]) -> None:
    scores = model.morph(phrases[0], phrases[1], steps=5)
    pitches = np.concatenate([phrase.notes.pitch for phrase in phrases[:2]])
    ends = [
        model.generate(
            latent=model.encode(phrase),
            bars=4,
            temperature=0,
            time_signature="4/4",
            bpm=phrase.tempos[0].bpm,
            pitch_range=(int(pitches.min()), int(pitches.max())),
        )
        for phrase in phrases[:2]
    ]
    assert len(scores) == 5
    assert all(score.bars == 4 for score in scores)
    assert (scores[0].notes, scores[-1].notes) == (ends[0].notes, ends[1].notes)
    assert scores[0].tempos[0].bpm == pytest.approx(phrases[0].tempos[0].bpm)


def test_morph_never_turns_back(model: linnet.Model, phrases: list[Score]) -> None:
    scores = model.morph(phrases[0], phrases[2], steps=6)
    away, ahead = ([apart(end, score) for score in scores] for end in (scores[0], scores[-1]))
    assert away == sorted(away)
    assert ahead == sorted(ahead, reverse=True)
    pitches = np.concatenate([phrases[i].notes.pitch for i in (0, 2)])
    assert all(pitches.min() <= p <= pitches.max() for score in scores for p in score.notes.pitch)


def test_command_writes_the_steps(phrases: list[Score], tmp_path: Path) -> None:
    ends = [tmp_path / "a.mid", tmp_path / "b.mid"]
    for phrase, path in zip(phrases, ends, strict=False):
        phrase.save(path)
    model, folder = str(DATA / "tiny-latent.onnx"), tmp_path / "morph"
    assert cli.main(["morph", *map(str, ends), "--steps", "3", "-o", str(folder), "--model", model]) == 0
    assert [Score.open(path).bars for path in sorted(folder.iterdir())] == [4, 4, 4]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda model: model.generate(latent=[1.0, 2.0]), "latent must have 32 numbers, got 2"),
        (lambda model: model.generate(latent=[float("nan")] * 32), "finite"),
        (lambda model: model.stream().glide([0.0]), "latent must have 32 numbers, got 1"),
        (lambda model: model.stream().glide([0.0] * 32, bars=0), "bars must be between 1 and 1000, got 0"),
        (lambda model: model.encode(Score()), "must have notes"),
        (lambda model: model.encode(model.generate(bars=20, seed=1)), "2 to 16 bars, got 20"),
        (lambda model: linnet.load().encode(Score()), "folk has no latent"),
        (lambda model: linnet.load().generate(latent=[0.0]), "folk has no latent"),
        (lambda model: linnet.load().stream().glide([0.0]), "folk has no latent"),
        (lambda model: linnet.load().sample_latent(1), "folk has no latent"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(model: linnet.Model, ask, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says):
        ask(model)


def from_the_last_beat(phrase: Score) -> Score:
    """A phrase in 4/4 whose first bar is an upbeat of one beat."""
    begin = 3 * phrase.ticks_per_beat
    tracks = tuple(
        replace(track, notes=track.notes.select(track.notes.onset >= begin)) for track in phrase.tracks
    )
    return upbeat.cut(replace(phrase, tracks=tracks))


def test_phrases_with_an_upbeat_have_one_meter_all_the_same(
    model: linnet.Model, phrases: list[Score]
) -> None:
    """The short first bar is of the same meter: a whole one, to the network, that begins with a rest."""
    a, b = (from_the_last_beat(phrase) for phrase in phrases[:2])
    assert a.upbeat
    assert b.upbeat

    assert [score.full_bars for score in model.morph(a, b, steps=3)] == [3, 3, 3]


def test_two_meters_do_not_morph(model: linnet.Model, phrases: list[Score]) -> None:
    waltz = linnet.load(DATA / "tiny.onnx").generate(bars=4, seed=1, time_signature="3/4")
    with pytest.raises(ValueError, match="one meter, got 4/4 and 3/4"):
        model.morph(phrases[0], waltz)


def test_command_names_the_file_that_cannot_be_read(
    phrases: list[Score], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, empty = tmp_path / "a.mid", tmp_path / "empty.mid"
    phrases[0].save(a)
    Score().save(empty)
    command = [
        "morph",
        str(a),
        str(empty),
        "-o",
        str(tmp_path / "m"),
        "--model",
        str(DATA / "tiny-latent.onnx"),
    ]
    assert cli.main(command) == 1
    assert capsys.readouterr().err == f"linnet: {empty}: a phrase to encode must have notes\n"
    assert not (tmp_path / "m").exists()

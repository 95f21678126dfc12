"""Sets of pieces beside each other; and music that is spoilt must look spoilt."""

import os
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import linnet
from benchmarks.music.spoilt import looped, one_in_twenty_wrong, permuted
from linnet.music.score import Notes, Score, Track
from linnet.tokens import codec
from linnet_train.evaluation import compare
from linnet_train.evaluation import figures as musical
from tests.train.small_pieces import tune


def _with_notes(score: Score, onset: list[int], pitch: list[int]) -> Score:
    notes = score.notes
    return replace(score, tracks=(Track(Notes(onset, notes.duration, pitch, notes.velocity)),))


def wrong_notes(score: Score, seed: int) -> Score:
    draw = random.Random(seed)
    pitch = [p + (draw.choice((-1, 1)) if draw.random() < 0.15 else 0) for p in score.notes.pitch.tolist()]
    return _with_notes(score, score.notes.onset.tolist(), pitch)


def shuffled(score: Score, seed: int) -> Score:
    pitch = score.notes.pitch.tolist()
    random.Random(seed).shuffle(pitch)
    return _with_notes(score, score.notes.onset.tolist(), pitch)


def late(score: Score, seed: int) -> Score:
    draw = random.Random(seed)
    onset = [tick + draw.choice((0, 0, 6)) for tick in score.notes.onset.tolist()]
    return _with_notes(score, onset, score.notes.pitch.tolist())


@pytest.mark.parametrize(
    ("spoil", "lower", "higher"),
    [
        (wrong_notes, ["scale_consistency", "bar_repeat"], ["pitch_class_entropy", "distinct_4"]),
        (shuffled, ["self_similarity_1_4", "bar_repeat"], ["distinct_4"]),
        (late, ["groove_consistency", "bar_repeat"], ["onset_entropy", "distinct_4"]),
    ],
)
def test_spoilt_tunes_show_it(spoil, lower: list[str], higher: list[str]) -> None:
    for seed in range(5):
        before, after = musical.measure(tune(seed)), musical.measure(spoil(tune(seed), seed))
        assert all(after[name] < before[name] for name in lower)
        assert all(after[name] > before[name] for name in higher)


PEOPLE = 48

Spoil = Callable[[Score], Score]


@cache
def toys() -> tuple[list[Score], list[Score]]:
    """Tunes, and as many others."""
    return [tune(seed) for seed in range(PEOPLE)], [tune(seed) for seed in range(500, 500 + PEOPLE)]


@cache
def folk() -> tuple[list[Score], list[Score]]:
    """Likewise, by people: sixteen bars of each."""
    folder = Path(os.environ.get("LINNET_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
    files = sorted((folder / "train" / "oneills-1850").rglob("*.mid"))[::8]
    if not files:
        pytest.skip("no folk music here")
    scores = [codec.quantise(linnet.Score.open(file)) for file in files[: 3 * PEOPLE]]
    scores = [musical.opening(score, 16) for score in scores if score.bars >= 16][: 2 * PEOPLE]
    return scores[::2], scores[1::2]


def measured(scores: list[Score]) -> compare.Table:
    return compare.table([musical.measure(score) for score in scores])


@pytest.mark.parametrize("music", [toys, folk])
@pytest.mark.parametrize("spoil", [one_in_twenty_wrong, permuted, looped])
def test_spoilt_music_is_told_apart(
    music: Callable[[], tuple[list[Score], list[Score]]], spoil: Spoil
) -> None:
    people, others = music()
    known, fair = measured(people), measured(others)
    spoilt = measured([spoil(score) for score in others])
    everybody = np.concatenate([known, fair])
    floor = {
        comparison: compare.among(everybody, PEOPLE, comparison, draws=20)
        for comparison in (
            compare.classifier_auc,
            compare.frechet_distance,
            compare.mean_ks,
            compare.mean_overlap,
        )
    }
    for comparison in (compare.classifier_auc, compare.frechet_distance, compare.mean_ks):
        assert comparison(spoilt, known) > 1.2 * max(floor[comparison].high, comparison(fair, known))
    assert compare.mean_overlap(spoilt, known) < floor[compare.mean_overlap].low
    assert compare.classifier_auc(spoilt, known) > 0.85
    if spoil is not one_in_twenty_wrong:  # which leaves nearly every figure in people's range
        assert compare.range_hit(spoilt, known) < compare.range_hit(fair, known) - 0.05


# What each comparison says of numbers


def spread(seed: int, pieces: int = 60, figures: int = 3) -> compare.Table:
    return np.random.default_rng(seed).uniform(-1, 1, (pieces, figures))


def test_a_set_is_at_no_distance_from_itself() -> None:
    people = spread(1)
    assert compare.mean_ks(people, people) == 0
    assert compare.mean_overlap(people, people) == 1
    assert compare.frechet_distance(people, people) == pytest.approx(0, abs=1e-9)
    assert compare.range_hit(people, people) == pytest.approx(0.9, abs=0.02)


def test_sets_with_nothing_in_common_are_as_far_as_can_be() -> None:
    people, made = spread(1), spread(2) + 10
    assert compare.mean_ks(made, people) == 1
    assert compare.mean_overlap(made, people) < 0.15  # they share the bin where one ends and one begins
    assert compare.range_hit(made, people) == 0
    assert compare.classifier_auc(made, people) == 1


def test_the_frechet_distance_of_a_shift_is_its_square() -> None:
    people = spread(1)
    made = people + np.array([people[:, 0].std(), 0, 0])
    assert compare.frechet_distance(made, people) == pytest.approx(1, abs=1e-6)


def test_the_frechet_distance_of_a_stretch_is_the_square_of_the_difference_of_deviations() -> None:
    people = spread(1, figures=1)
    people -= people.mean()
    variance = 0.9 * 60 / 59 + 0.1  # unbiased, and drawn towards 1
    half = 0.9 * 60 / 59 / 4 + 0.1
    expected = (variance**0.5 - half**0.5) ** 2
    made = np.hstack([people / 2, people / 2])
    assert compare.frechet_distance(made[:, :1], people) == pytest.approx(expected)


def test_one_odd_piece_counts_as_three_deviations() -> None:
    people, odd = spread(1), spread(1)
    odd[0, 0] = 1e9
    assert compare.standardised(odd, people).max() == 3
    assert compare.frechet_distance(odd, people) < 0.1


def test_a_figure_that_people_never_vary_gives_away_who_does() -> None:
    people, made = spread(1), spread(2)
    people[:, 0] = 1
    assert np.isfinite(compare.frechet_distance(made, people))
    assert compare.frechet_distance(made, people) > 1
    assert compare.classifier_auc(made, people) > 0.95


def test_figures_that_nobody_can_tell_are_left_out() -> None:
    people, made = spread(1), spread(2)
    full = [f(made, people) for f in (compare.mean_ks, compare.mean_overlap, compare.range_hit)]
    nan = np.full((60, 1), np.nan)
    people, made = np.hstack([people, nan]), np.hstack([made, spread(3, figures=1)])
    assert [f(made, people) for f in (compare.mean_ks, compare.mean_overlap, compare.range_hit)] == full
    assert np.isnan(compare.ks(made, people)).tolist() == [False, False, False, True]
    assert np.isfinite(compare.classifier_auc(made, people))


def test_the_area_counts_pairs() -> None:
    made, people = np.array([1.0, 2, 2, 5]), np.array([0.0, 2, 3])
    slow = np.mean([(a > b) + (a == b) / 2 for a in made for b in people])
    assert compare.area(made, people) == pytest.approx(slow)


def test_the_classifier_finds_nothing_where_nothing_is() -> None:
    # the standard error of an area of 150 against 150 is 0.033, so 0.15 is more than 4 of them
    found = [compare.classifier_auc(spread(s, 150, 16), spread(s + 50, 150, 16), repeats=2) for s in range(5)]
    assert np.abs(np.array(found) - 0.5).max() < 0.15


def test_the_classifier_adds_up_small_differences() -> None:
    made, people = spread(1, 150, 16) + 0.25, spread(2, 150, 16)
    single = [compare.area(made[:, i], people[:, i]) for i in range(16)]
    assert compare.classifier_auc(made, people) > max(single) + 0.1


def test_intervals_hold_the_value_and_shrink_with_more_pieces() -> None:
    wide, narrow = (compare.interval(compare.mean_ks, spread(1, n) + 0.2, spread(2, n)) for n in (20, 500))
    assert wide.low < wide.value < wide.high
    assert narrow.high - narrow.low < (wide.high - wide.low) / 2
    middle = compare.interval_of(np.median, spread(1)[:, 0])
    assert middle.low <= middle.value <= middle.high


def test_people_beside_people_never_meet_themselves() -> None:
    people = np.arange(21.0)[:, None]
    for a, b in compare.halves(people, 100, 10):
        assert len(a) == len(b) == 10
        assert not set(a.ravel()) & set(b.ravel())

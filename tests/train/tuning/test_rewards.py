"""Rewards: what earns each, on music made for it."""

import numpy as np
import pytest

from linnet.controls.wishes import INDEX, measure
from linnet.music.score import Score
from linnet_train.evaluation.figures import SIXTEEN
from linnet_train.tuning.played import Played
from linnet_train.tuning.rewards import REWARDS, adherence
from tests.train.corpora import score as random_score
from tests.train.small_pieces import C_MAJOR, line, piece, tune

C_MINOR = 13
C = 1  # the wish for C major


def value(name: str, score: Score, **wishes: int) -> float:
    return float(np.sum(REWARDS[name](Played(score, wishes))))


def test_no_reward_is_a_judge() -> None:
    assert not set(REWARDS) & set(SIXTEEN)


@pytest.mark.parametrize("name", REWARDS)
def test_every_reward_is_a_number_from_0_to_1_for_any_music(name: str) -> None:
    nothing = Score(24, end=8 * 96)
    for score in (nothing, line([60]), line([60, 60]), line([60] * 64), tune(1), random_score(1, drums=True)):
        for wishes in ({}, {"key": 1, "density": 4, "register": 3}):
            for ended in (True, False):
                found = REWARDS[name](Played(score, wishes, ended))
                assert 0 <= np.sum(found) <= 1 + 1e-9
                assert np.shape(found) in ((), (score.bars,))
                assert np.min(found) >= 0


def test_in_key_counts_notes_of_the_key_that_was_asked() -> None:
    assert value("in_key", line([60, 62, 64, 66]), key=C) == 0.75
    assert value("in_key", line(list(C_MAJOR)), key=C) == 1
    assert (
        value("in_key", line([60, 63, 67, 71, 69, 70]), key=C_MINOR) == 1
    )  # sixth and seventh of all minors


def test_a_leap_is_resolved_by_turning_back() -> None:
    assert value("leaps_resolved", line([60, 69, 67, 60])) == 1
    assert value("leaps_resolved", line([60, 69, 71, 60])) == 0  # on in the same direction
    assert value("leaps_resolved", line([60, 67, 55, 55, 62, 60])) == 1 / 3  # too far back; not at all
    assert value("leaps_resolved", line([60, 62, 64])) == 1


def test_long_repeats_are_runs_of_four() -> None:
    assert value("no_long_repeats", line([60, 60, 60, 62])) == 1
    assert value("no_long_repeats", line([60, 60, 60, 60, 62, 64, 65, 67])) == 0.5


def test_a_motif_returns_in_any_key() -> None:
    motif, other = [60, 62, 64, 60], [60, 60, 62, 67]
    moved = [pitch + 5 for pitch in motif]
    assert value("motifs", line([*motif, *moved])) == 1
    assert value("motifs", line([*motif, *other, *moved, *[67, 65, 60, 59]])) == 0.5
    assert value("motifs", line([60, 62, 60, 62] * 2)) == 0  # two pitches are no motif


def test_extremes_are_unique_up_to_bars_that_return() -> None:
    assert value("unique_extremes", line([60, 62, 64, 72, 62, 65, 64, 62])) == 1
    assert value("unique_extremes", line([60, 62, 64, 72] * 2)) == 1
    assert value("unique_extremes", line([60, 62, 64, 72, 72, 64, 62, 62])) == 0.75


def test_both_ends_on_the_tonic() -> None:
    assert value("tonic_ends", line([60, 62, 64, 60]), key=C) == 1
    assert value("tonic_ends", line([62, 62, 64, 60]), key=C) == 0.5
    assert value("tonic_ends", line([62, 62, 64, 62]), key=C) == 0


def test_what_repeats_itself_is_autocorrelated() -> None:
    wild = np.random.default_rng(0).integers(50, 80, 200).tolist()
    assert value("autocorrelation", line(wild)) > 0.9
    assert value("autocorrelation", line([60, 72] * 100)) < 0.1


def test_a_wish_is_kept_within_a_step_and_a_key_to_the_note() -> None:
    score = tune(3)
    found = measure(score)[1:]
    density = int(np.median(found[:, INDEX["density"]]))
    key = int(found[0, INDEX["key"]])
    assert adherence(Played(score, {"key": key, "density": density})) == pytest.approx(
        {"key": 1, "density": 1}
    )
    assert adherence(Played(score, {"key": key % 24 + 1}))["key"] == 0
    assert adherence(Played(score, {"density": density + 1}))["density"] == pytest.approx(1)
    assert adherence(Played(score, {"density": density + 2}))["density"] < 0.5
    assert value("key_adherence", score, key=key) == value("key_adherence", score) == 1
    assert value("key_adherence", score, key=key % 24 + 1) == 0
    bars = REWARDS["wish_adherence"](Played(score, {"key": key, "density": density}))
    assert isinstance(bars, np.ndarray)
    assert bars.tolist() == [1 / score.bars] * score.bars
    assert value("wish_adherence", score, key=key) == value("wish_adherence", score) == 1


def test_a_cadence_is_a_long_tonic_at_the_end_of_a_section() -> None:
    section = [*((i * 0.5, 0.5, 62 + i % 3) for i in range(28)), (14, 2, 60)]
    twice = [*section, *((on + 16, long, pitch) for on, long, pitch in section)]
    assert value("proper_cadence", piece(*twice, bars=8), key=C) == 1
    fifth = [*section, *((on + 16, long, 67 if long == 2 else pitch) for on, long, pitch in section)]
    assert value("proper_cadence", piece(*fifth, bars=8), key=C) == 0.875
    assert value("proper_cadence", line([61, 63] * 16), key=C) == 0


def test_a_piece_that_did_not_end_has_no_proper_ending() -> None:
    proper = line([60, 64, 67, 64, 62, 65, 64, 60])
    assert value("proper_ending", proper) == 1
    assert REWARDS["proper_ending"](Played(proper, ended=False)) == 0
    assert value("proper_ending", line([60, 64, 67, 72, 71, 72, 62, 62])) == 0.5  # long, off the tonic


def test_a_bar_earns_what_its_notes_are_worth() -> None:
    def earned(name: str, pitches: list[int]) -> list[float]:
        bars = REWARDS[name](Played(line(pitches), {"key": C}))
        assert isinstance(bars, np.ndarray)
        return bars.tolist()

    assert earned("in_key", [60, 61, 63, 66, 60, 62, 64, 65]) == [1 / 8, 4 / 8]
    assert earned("tonic_ends", [60, 62, 64, 65, 67, 65, 64, 72, 74, 72, 71, 62]) == [1 / 2, 0, 0]
    assert earned("no_long_repeats", [62, 60, 60, 60, 60, 62, 64, 65]) == [1 / 8, 3 / 8]
    assert earned("leaps_resolved", [60, 62, 64, 60, 69, 67, 65, 64]) == [0, 1]  # where it is answered
    assert earned("proper_ending", [60, 64, 67, 64, 62, 65, 64, 60]) == [0, 1]
    assert earned("proper_cadence", [60] * 15 + [60] + [64, 65, 67, 69] * 4)[3] == 1 / 4


def test_a_loop_is_no_music() -> None:
    assert value("no_loop", line([60, 62, 64, 65] * 20)) == 0
    assert value("no_loop", tune(1)) > 0.9
    assert value("no_loop", Score(24, end=96)) == 0


def test_phrases_of_like_size_balance() -> None:
    assert value("phrase_balance", line([60, 62] * 16, bars=8)) == 1
    full, half = [(i, 1, 60 + i % 5) for i in range(16)], [(16 + 2 * i, 2, 62 + i % 5) for i in range(8)]
    assert value("phrase_balance", piece(*full, *half, bars=8)) == 0.5

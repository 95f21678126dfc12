"""What drums do: known values on beats made by hand."""

import random

import numpy as np
import pytest

from linnet.music.score import Score
from linnet_train.evaluation.musician import drums as figures
from tests.train.small_pieces import QUARTER, drums, line

KICK, SNARE, HAT, PEDAL, OPEN, EDGE, RIDE, CRASH, TOM = 36, 38, 42, 44, 46, 22, 51, 49, 45


def click(bars: int = 8) -> Score:
    return drums(*((i, KICK) for i in range(4 * bars)), bars=bars)


def rock(bars: int = 8) -> list[tuple[float, int]]:
    strokes = [(i / 2, HAT) for i in range(8 * bars)]
    return strokes + [(2.0 * i, SNARE if i % 2 else KICK) for i in range(2 * bars)]


def test_a_click_track_has_a_pulse() -> None:
    # 32 clicks: what overlaps after 1, 2 and 4 beats is 31, 30 and 28 of them; gaps cost next to nothing
    expected = (31 + 30 + 28) / (3 * 32)
    assert figures.pulse(click()) == pytest.approx(expected, abs=0.02)


def test_strokes_at_random_have_next_to_none() -> None:
    draw = random.Random(1)
    pulses = [
        figures.pulse(drums(*((draw.uniform(0, 64), KICK) for _ in range(64)), bars=16)) for _ in range(20)
    ]
    assert np.mean(pulses) < 0.2  # of the best of 141 tempos; a click track of this length has .95


def test_a_pulse_is_of_seconds_not_of_bars() -> None:
    slow = click(16)
    faster = Score(slow.ticks_per_beat * 2, slow.tracks, end=slow.end)
    assert figures.pulse(faster) == pytest.approx(
        figures.pulse(slow), abs=0.05
    )  # 240 a minute is 120, doubled


def test_repetition_at_the_bar_is_of_all_three_lanes() -> None:
    bars, overlap = 8, 7 / 8  # a bar is two seconds
    whole = figures.repetition_at_the_bar(drums(*rock(bars), bars=bars))
    assert whole == pytest.approx(overlap, abs=0.06)
    kick_alone = figures.repetition_at_the_bar(click(bars))
    assert kick_alone == pytest.approx(whole / 3, abs=0.06), "lanes without strokes count as 0"


def test_shares_of_hats_and_rides() -> None:
    strokes = [(0, HAT), (1, PEDAL), (2, OPEN), (3, EDGE), (4, RIDE), (5, CRASH), (6, KICK), (7, TOM)]
    assert figures.hat_and_ride(drums(*strokes, bars=2)) == 5 / 8


def test_a_steady_run_breaks_where_a_gap_differs() -> None:
    steady = [(i / 2, HAT) for i in range(12)]
    assert figures.steady_hat_run(drums(*steady, bars=4)) == 12
    broken = [(onset + 0.25 * (i >= 8), drum) for i, (onset, drum) in enumerate(steady)]
    assert figures.steady_hat_run(drums(*broken, bars=4)) == 8
    assert figures.steady_hat_run(drums(*steady, *((i, RIDE) for i in range(16)), bars=4)) == 16
    assert figures.steady_hat_run(drums((0, HAT), (0, OPEN), (1, HAT), bars=1)) == 2, "together is one"
    assert figures.steady_hat_run(click()) == 0


def test_gaps_may_differ_by_less_than_an_eighth() -> None:
    swing, times = 0.1, [0.0]
    for i in range(11):
        times.append(times[-1] + (1 + swing if i % 2 else 1))
    assert figures.steady_hat_run(drums(*((time, HAT) for time in times), bars=4)) == 12
    uneven = [0, 1, 2.3, 3.3, 4.6]
    assert figures.steady_hat_run(drums(*((time, HAT) for time in uneven), bars=2)) == 2


def test_bars_with_four_strokes() -> None:
    strokes = [(float(i), KICK) for i in range(4)] + [(4.0 + i, KICK) for i in range(3)]
    assert figures.bars_with_four_strokes(drums(*strokes, bars=4)) == 1 / 4


def test_bars_of_drums_like_the_one_before() -> None:
    assert figures.bar_like_the_one_before(click(4)) == 1
    strokes = [(0.0, KICK), (2, SNARE), (4, KICK), (6, KICK)]
    assert figures.bar_like_the_one_before(drums(*strokes, bars=4)) == pytest.approx((1 / 3 + 0) / 2)


@pytest.mark.parametrize("score", [Score(QUARTER, end=96), line([60] * 32)])
def test_without_drums_nothing_is_known(score: Score) -> None:
    for figure in (
        figures.pulse,
        figures.repetition_at_the_bar,
        figures.hat_and_ride,
        figures.steady_hat_run,
        figures.bars_with_four_strokes,
        figures.bar_like_the_one_before,
    ):
        assert np.isnan(figure(score))


@pytest.mark.parametrize("count", [1, 3, 4])
def test_a_few_strokes_have_no_pulse(count: int) -> None:
    assert np.isnan(figures.pulse(drums(*((i / 8, KICK) for i in range(count)), bars=1)))
    assert np.isnan(figures.repetition_at_the_bar(drums(*((i / 8, KICK) for i in range(count)), bars=1)))

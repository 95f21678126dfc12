"""The plan of music that is there."""

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_reading import spell_phrases


def test_a_long_phrase_is_several() -> None:
    left = [8] * 13 + [7, 6, 5, 4, 3, 2, 1]
    bars = [PlanBar(cadence=3, left=each) for each in left]

    spell_phrases(bars)

    assert [bar.left for bar in bars] == [4, 3, 2, 1, *range(16, 0, -1)]
    assert [bar.cadence for bar in bars] == [1] * 4 + [3] * 16

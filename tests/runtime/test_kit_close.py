"""How a kit closes: with no more drums together than it struck before."""

from __future__ import annotations

from collections import Counter

import pytest

import linnet

KICK_AND_CYMBAL = 2
EXPLODED = ((314, None), (315, "sad"), (327, "sad"), (362, None))
"""Seeds and moods whose close struck five to nine drums at once."""


@pytest.fixture(scope="module")
def band() -> linnet.Model:
    return linnet.load("band")


@pytest.mark.parametrize(("seed", "mood"), EXPLODED)
def test_no_more_drums_close_together_than_struck_in_the_bar_before(
    band: linnet.Model, seed: int, mood: str | None
) -> None:
    score = band.generate(seed=seed, bars=16, mood=mood)
    (kit,) = (track.notes for track in score.tracks if track.is_drum)
    *_, before, last = score.bar_ticks().tolist()
    together = Counter(kit.onset.tolist())

    usual = max((n for tick, n in together.items() if before <= tick < last), default=0)
    assert max(n for tick, n in together.items() if tick >= last) <= max(usual, KICK_AND_CYMBAL)

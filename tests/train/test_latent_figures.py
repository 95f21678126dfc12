"""What the table of a variational model says, and what it compares."""

import numpy as np
import pytest

import linnet
from linnet_train import latent_figures
from linnet_train.latent_figures import Figures, Morphs, Told, Unheard
from tests.train.corpora import score

TOLD = Told(bars=2, phrases=5, right=0.5, found=0.6, active=7, kl=1.5, nats={"its own latent": 0.25})
MORPHS = Morphs(pairs=3, bars=4, monotone=1.0, different=8.0, valid=1.0, inside=0.5)


def test_random_latents_stand_beside_the_plain_model() -> None:
    rows = (Unheard("wren", 10, 8, 0.5, 42.0, 0.9), Unheard("plain", 10, 8, 0.9, 4.0, 0.7))
    text = latent_figures.table(Figures("wren", (TOLD,), MORPHS, rows))
    assert text.splitlines()[-4].split() == [
        "10",
        "pieces",
        "of",
        "8",
        "bars",
        "beside",
        "people",
        "wren",
        "plain",
    ]
    assert text.splitlines()[-2].split() == ["Fréchet", "distance", "42.000", "4.000"]
    assert "beside people" not in latent_figures.table(Figures("wren", (TOLD,), MORPHS))


def test_pairs_are_of_one_meter_and_of_two_phrases() -> None:
    phrases = [score(seed) for seed in range(4)]
    assert [(phrases.index(a), phrases.index(b)) for a, b in latent_figures.pairs(phrases)] == [
        (0, 1),
        (1, 2),
        (2, 3),
        (0, 2),
        (1, 3),
    ]


def test_unheard_pieces_are_compared_with_the_yardsticks_people(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    people, made = rng.normal(0, 1, (40, 16)), rng.normal(3, 1, (40, 16))

    class Yardstick:
        people = "people"

        def measure(self, name: str, whole: linnet.Score) -> str:
            assert whole.bars == 8
            return name

    monkeypatch.setattr(latent_figures, "sixteen", lambda samples: people if samples == "people" else made)
    row = latent_figures.unheard(linnet.load("phrase"), Yardstick(), 8, 3)  # type: ignore[arg-type]
    assert (row.model, row.pieces, row.bars) == ("phrase", 3, 8)
    assert row.range_hit < 0.3
    assert row.told_apart > 0.95

"""What the table of a variational model says, and what it compares."""

from pathlib import Path

import pytest

import linnet
from linnet.tokens import codec
from linnet_train import commands
from linnet_train.data.phrases import held_out
from linnet_train.evaluation import latent
from linnet_train.evaluation.latent import LatentFigures, Morphs, Nearness, RandomLatents, Reconstruction
from linnet_train.evaluation.reference import Reference
from tests.train.corpora import corpus, piece, score

RECONSTRUCTION = Reconstruction(
    bars=2, phrases=5, right=0.5, found=0.6, active=7, kl=1.5, nats={"own_latent": 0.25}
)
MORPHS = Morphs(pairs=3, bars=4, monotone=1.0, different=8.0, valid=1.0, inside=0.5)


def test_random_latents_stand_beside_the_plain_model() -> None:
    near, far = Nearness(0.5, 42.0, 0.9), Nearness(0.9, 4.0, 0.7)
    rows = (RandomLatents("wren", 10, 8, near, far, 0.02), RandomLatents("plain", 10, 8, far, near, 0.03))
    lines = latent.table(LatentFigures("wren", (RECONSTRUCTION,), MORPHS, rows)).splitlines()
    assert lines[-10].split() == ["10", "pieces", "of", "8", "bars", "wren", "plain"]
    assert [line.split()[-2:] for line in lines if "Fréchet" in line] == [
        ["42.000", "4.000"],
        ["4.000", "42.000"],
    ]
    assert lines[-1].split()[-2:] == ["0.020", "0.030"]
    assert "beside" not in latent.table(LatentFigures("wren", (RECONSTRUCTION,), MORPHS))


def test_pairs_are_of_one_meter_and_of_two_phrases() -> None:
    phrases = [score(seed) for seed in range(4)]
    assert [(phrases.index(a), phrases.index(b)) for a, b in latent.pairs(phrases)] == [
        (0, 1),
        (1, 2),
        (2, 3),
        (0, 2),
        (1, 3),
    ]


def test_pieces_of_random_latents_are_compared_with_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that plays the phrases themselves is near to them, and far from openings that are others."""
    people = [score(seed, 60) for seed in range(24)]
    corpus_ = corpus([piece(score(seed, 60)) for seed in range(100, 104)], [piece(each) for each in people])
    reference = Reference(corpus_, 6, 20)
    phrases = latent.human_phrases(corpus_, reference, 20)
    assert phrases.shape == (20, 16)
    played = [codec.decode(cut) for cut in held_out(corpus_.pieces("valid"), 6, most=24)]
    model = linnet.load("phrase")
    monkeypatch.setattr(linnet.Model, "generate", lambda self, count, **asked: played[:count])
    row = latent.measure_random_latents(model, reference, phrases, 20)
    assert (row.model, row.pieces, row.bars) == ("phrase", 20, 6)
    assert row.phrases.range_hit > 0.8
    assert row.phrases.classifier_auc < 0.75
    assert row.copied == 0


@pytest.mark.parametrize("command", ["report", "wishes"])
def test_commands_without_latents_say_so(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tunes").mkdir()
    score(1).save(tmp_path / "tunes" / "a.mid")
    music = str(tmp_path / "corpus")
    assert commands.main(["prepare", str(tmp_path / "tunes"), "-o", music, "--workers", "1"]) == 0
    typed = [command, "phrase", "--against", music]
    assert commands.main([*typed, *(["-o", str(tmp_path / "r")] if command == "report" else [])]) == 1
    assert capsys.readouterr().err.endswith(
        "linnet-train: phrase is a variational model: `linnet-train latent` measures those\n"
    )

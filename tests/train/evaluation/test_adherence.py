"""`linnet-train wishes`: what pieces fulfil of what they were asked for."""

import json
from pathlib import Path

import pytest

import linnet
from linnet.controls import wishes
from linnet_train import commands
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation import adherence
from linnet_train.sampling import as_shipped
from tests.train.tunes import write_tunes

TINY = str(Path(__file__).parents[2] / "data" / "tiny.onnx")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    write_tunes(folder / "midi", 24)
    command = ["prepare", str(folder / "midi"), "-o", str(folder / "corpus"), "--workers", "1"]
    assert commands.main([*command, "--valid", "0.2", "--test", "0.2"]) == 0
    return folder / "corpus"


def test_bars_count_that_are_near_enough_to_what_was_asked() -> None:
    model = linnet.load(TINY)
    score = model.generate(bars=4, seed=1)
    found = wishes.measure(score)[1:, wishes.INDEX["density"]].tolist()
    assert 0 not in found
    for value in range(1, 9):
        for most in (0, 1):
            right = sum(abs(each - value) <= most for each in found) / len(found)
            assert adherence._within([score], "density", [value], most) == [right]


def test_a_rule_makes_a_wish_come_true(corpus: Path) -> None:
    """A tempo is given, so it is kept to the bin; without it, it is the network's."""
    model = linnet.load(TINY)
    wanted = as_shipped.requests(model, 6, 4, 0, scale=range(12))
    unconditional = [model.generate(bars=4, seed=seed, scale=range(12)) for seed in range(6)]
    tempo = adherence._of_pieces(model, wanted, unconditional, "tempo", [5, 30])
    assert (tempo.conditional.value, tempo.exact.value) == (1, 1)
    assert tempo.unconditional.value < 1


def test_a_corpus_varies_in_what_many_of_its_pieces_differ_in(corpus: Path) -> None:
    opened = Corpus.open(corpus)
    assert len(adherence._varies(opened, "key")) > 1
    assert adherence._varies(opened, "polyphony") == [1]  # tunes of one line
    assert adherence._varies(opened, "valence") == []


def test_the_command_prints_a_table_and_records_it_beside_others(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "quality.json"
    record.write_text('{"frames": {"JSB": 1}}')
    command = ["wishes", TINY, "--against", str(corpus), "--pieces", "4", "--bars", "4"]
    assert commands.main([*command, "--guidance", "2", "--record", str(record)]) == 0
    printed = capsys.readouterr().out
    assert "| bars_left | 4 |" in printed
    assert "polyphony (the corpus does not vary in it)" in printed
    everything = json.loads(record.read_text())
    assert everything["frames"] == {"JSB": 1}
    [account] = everything["wishes"].values()
    assert account["guidance"] == 2
    assert account["wishes"]["key"]["values"]
    for share in (
        share for row in account["wishes"].values() for share in (row["conditional"], row["unconditional"])
    ):
        assert 0 <= share["low"] <= share["value"] <= share["high"] <= 1
    assert set(account["ends_on_tonic"]) == {"as_shipped", "people"}


def test_a_model_with_plans_is_asked_for_chords_and_players(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command failed with the first of them that no corpus says anything of."""
    assert commands.main(["wishes", "chorale", "--against", str(corpus), "--pieces", "2", "--bars", "4"]) == 0
    printed = capsys.readouterr().out
    assert "| chords |" in printed
    assert "| plays |" in printed


def test_expected_trouble_is_one_line(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["wishes", TINY, "--against", str(corpus), "--pieces", "4"]
    assert commands.main([*command, "--seconds", "30"]) == 1
    assert "ask for --bars" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        commands.main([*command, "--guidance", "99"])
    assert "between 0 and 10" in capsys.readouterr().err

"""The ablation trains what is missing, keeps each row as it comes, and says what changed."""

import json

import pytest

from benchmarks.music import ablation
from tests.train.corpora import corpus, pieces

SMALL = {"embedding_dim": 8, "hidden_size": 8, "num_layers": 1}


def test_rows_are_kept_and_not_made_again(tmp_path, monkeypatch, capsys):
    music = corpus(pieces(3), pieces(1, first_seed=100))
    monkeypatch.setattr(ablation.Corpus, "open", lambda path: music)
    monkeypatch.setattr(ablation, "MODEL", SMALL)
    monkeypatch.setattr(ablation, "RUN", {**ablation.RUN, "batch_size": 2, "chunk": 16, "log_every": 2})
    record = tmp_path / "ablation.json"
    command = ["memory", "-o", str(tmp_path), "--steps", "4", "--record", str(record)]
    command += ["--only", "no heads", "--variant", "a tonic; loud", "heads=tonic; run.dropout=0.5"]
    assert ablation.main(command) == 0
    table = capsys.readouterr().out
    rows = json.loads(record.read_text())["ablation"]
    assert list(rows) == ["no_heads", "a_tonic_loud"]
    assert (rows["no_heads"]["memory"]["heads"], rows["a_tonic_loud"]["memory"]["heads"]) == ("none", "tonic")
    assert rows["no_heads"]["memory"]["with"] != rows["a_tonic_loud"]["memory"]["with"]
    assert f"{rows['a_tonic_loud']['memory']['without']:.4f}" in table
    settings = json.loads((tmp_path / "memory-4" / "a_tonic_loud" / "config.json").read_text())
    assert settings["run"]["dropout"] == 0.5

    monkeypatch.setattr(ablation, "fit", None)  # nothing is trained again
    assert ablation.main(command) == 0
    assert capsys.readouterr().out == table


def test_the_change_is_that_of_told_and_untold_together():
    def row(told, untold):
        return {"folk": {"with": told, "without": untold, "seconds_a_step": 0.5}}

    header, first, second = ablation.table({"no heads": row(1.0, 1.2), "all heads": row(0.8, 1.18)})
    assert header == ["", "folk: told", "untold", "both", "s a step"]
    assert first == ["no heads", "1.0000", "1.2000", "+0.0%", "0.50"]
    assert second[3] == "-10.0%"


def test_settings_are_read_as_their_defaults_are():
    assert ablation.settings("heads=all,-tonic; home=false; run.steps=3; run.dropout=0.1") == (
        {"heads": "all,-tonic", "home": False},
        {"steps": 3, "dropout": 0.1},
    )
    with pytest.raises(SystemExit, match="is no setting"):
        ablation.settings("haeds=all")

"""`fit --mlflow` gives a server the settings and the figures of a run, and goes on without it."""

from pathlib import Path

import pytest

from linnet_train.errors import TrainError
from linnet_train.network.config import RunConfig
from linnet_train.training import fit, tracking
from tests.train.corpora import TINY, corpus, pieces

mlflow = pytest.importorskip("mlflow", reason="the extra track is not installed")

RUN = RunConfig(steps=2, batch_size=2, chunk=32, practice_every=0, valid_every=2, log_every=1, device="cpu")


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return (tmp_path / "mlruns").as_uri()


def test_a_server_gets_settings_and_figures_and_a_resumed_run_goes_on(address: str, tmp_path: Path) -> None:
    music, run = corpus(pieces(4), pieces(1, first_seed=9)), tmp_path / "a.run"
    fit(music, run, TINY, RUN, mlflow=address)
    longer = RunConfig(**{**{name: getattr(RUN, name) for name in RunConfig.__slots__}, "steps": 3})
    fit(music, run, TINY, longer, resume=True, mlflow=address)
    client = mlflow.MlflowClient(address)
    (kept,) = client.search_runs([client.get_experiment_by_name(tracking.EXPERIMENT).experiment_id])
    assert kept.info.run_name == "a.run"
    assert kept.info.status == "FINISHED"
    assert kept.data.params["model.hidden_size"] == "16"
    assert [each.step for each in client.get_metric_history(kept.info.run_id, "loss")] == [1, 2, 3]
    assert "valid" in kept.data.metrics


def test_a_server_that_goes_away_costs_one_line(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(*given: object, **more: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(mlflow.MlflowClient, "log_metric", away)
    fit(corpus(pieces(4), []), tmp_path / "run", TINY, RUN, mlflow=address)
    assert capsys.readouterr().err.count("takes no more figures (OSError: gone)") == 1


def test_an_address_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"--mlflow nothing://here: \w+"):
        fit(corpus(pieces(4), []), tmp_path / "run", TINY, RUN, mlflow="nothing://here")

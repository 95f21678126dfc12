"""A run as an MLflow server keeps it, beside its own files: settings once, figures as they come."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linnet_train.errors import TrainError
from linnet_train.network.config import read_config
from linnet_train.storage import write_json

EXPERIMENT = "linnet"
"""Where MLflow lists the runs."""


class Tracker:
    """One run on a server. A server that goes away costs its copy of the figures, and not the run."""

    def __init__(self, address: str, folder: Path) -> None:
        """Begins the run there, or goes on with it.

        Args:
            address: of the server or the database, as MLflow takes it.
            folder: of the run, whose settings are there already.

        Raises:
            TrainError: MLflow is not installed, or nobody answers.
        """
        try:
            import mlflow
        except ImportError as error:
            raise TrainError("--mlflow needs MLflow: pip install 'linnet-train[track]'") from error
        self._address, self._lost = address, False
        try:
            self._client: Any = mlflow.MlflowClient(address, registry_uri=None)  # Any: another library's
            self._run = self._begun(folder)
        except Exception as error:  # it has errors for each of its stores
            raise TrainError(f"--mlflow {address}: {_first_line(error)}") from error

    def add(self, step: int, numbers: Mapping[str, float]) -> None:
        """Records numbers measured at a step."""
        if self._lost:
            return
        try:
            for name, value in numbers.items():
                self._client.log_metric(self._run, name, value, step=step)
        except Exception as error:  # likewise
            self._lost = True
            print(
                f"linnet-train: MLflow at {self._address} takes no more figures ({_first_line(error)}); "
                "metrics.jsonl has them all",
                file=sys.stderr,
            )

    def close(self, *, done: bool) -> None:
        """Says that training ends here, or that it stopped on its way."""
        if not self._lost:
            self._client.set_terminated(self._run, "FINISHED" if done else "KILLED")

    def _begun(self, folder: Path) -> str:
        known = folder / "mlflow.json"
        if known.is_file():
            saved = json.loads(known.read_text(encoding="utf-8"))
            if saved["address"] == self._address:
                self._client.update_run(saved["run"], status="RUNNING")
                return str(saved["run"])
        found = self._client.get_experiment_by_name(EXPERIMENT)
        where = found.experiment_id if found else self._client.create_experiment(EXPERIMENT)
        run = str(self._client.create_run(where, run_name=folder.resolve().name).info.run_id)
        for name, value in _settings(folder).items():
            self._client.log_param(run, name, value)
        write_json(known, {"address": self._address, "run": run})
        return run


def _settings(folder: Path) -> dict[str, Any]:  # Any: numbers and words
    model, run, corpus = read_config(folder)
    found: dict[str, Any] = {}
    for table, config in (("model", model), ("run", run)):
        found |= {f"{table}.{name}": getattr(config, name) for name in config.__slots__}
    begun = corpus.get("started_from", {})
    return found | {
        "corpus": corpus["path"],
        "corpus.fingerprint": corpus["fingerprint"],
        "parent": begun.get("model") or begun.get("run") or "",
    }


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"

"""A cluster makes the same corpus as one machine, whatever becomes of its workers."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from linnet import core
from linnet_train import commands
from linnet_train.corpus import shards
from linnet_train.errors import TrainError
from linnet_train.workers import Failure, Workers, cluster
from tests.train.tunes import write_tunes

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:  # Any: Dask has no types
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


def contents(corpus: Path) -> dict[str, bytes]:
    """All but the picture, which has the name of its folder in it."""
    paths = [path for path in corpus.rglob("*") if path.is_file() and path.suffix != ".png"]
    return {str(path.relative_to(corpus)): path.read_bytes() for path in paths}


def test_a_worker_that_is_killed_changes_no_byte(
    local: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tunes(tmp_path / "tunes", 40)
    (tmp_path / "tunes" / "tune007.mid").write_bytes(b"broken")
    monkeypatch.setattr(shards, "FILES", 8)
    assert commands.main(["prepare", str(tmp_path / "tunes"), "-o", str(tmp_path / "alone")]) == 0
    write, killed = shards.write, []

    def killing(*arguments: Any) -> list[Path]:  # Any: what shards.write takes
        if not killed:
            killed.append(next(iter(local.workers.values())).pid)
            os.kill(killed[0], signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        return write(*arguments)

    monkeypatch.setattr(shards, "write", killing)
    there = ["prepare", str(tmp_path / "tunes"), "-o", (tmp_path / "there").as_uri()]
    assert commands.main([*there, "--scheduler", local.scheduler_address]) == 0
    assert killed
    assert contents(tmp_path / "there") == contents(tmp_path / "alone")


def test_a_scheduler_that_goes_away_is_one_line_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tunes(tmp_path / "tunes", 60)
    monkeypatch.setattr(shards, "FILES", 8)
    monkeypatch.setattr(cluster, "ANSWERS_SECONDS", 5)
    command = ["prepare", str(tmp_path / "tunes"), "-o", str(tmp_path / "corpus")]
    assert commands.main([*command[:-1], str(tmp_path / "alone")]) == 0
    write, gone = shards.write, []

    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as short:

        def going(*arguments: Any) -> list[Path]:  # Any: what shards.write takes
            written = write(*arguments)
            if not gone:
                gone.append(short.scheduler_address)
                short.close()
            return written

        monkeypatch.setattr(shards, "write", going)
        capsys.readouterr()
        assert commands.main([*command, "--scheduler", short.scheduler_address]) == 1
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("linnet-train")]
    assert said == [
        f"linnet-train: the scheduler at {gone[0]} is gone; the same command goes on when it is there again"
    ]
    assert not (tmp_path / "corpus" / "corpus.json").exists()
    assert commands.main(command) == 0
    assert contents(tmp_path / "corpus") == contents(tmp_path / "alone")


def test_a_worker_with_another_linnet_is_refused(
    local: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_sources", lambda: "another")
    workers = Workers(1, local.scheduler_address)
    with pytest.raises(TrainError, match="has another linnet than this machine: install the same one there"):
        list(workers.run(abs, [-1, -2]))


def test_a_worker_whose_library_was_compiled_from_other_c_is_another_linnet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same Python files may stand beside a library that was not compiled again."""
    own = cluster._sources()
    monkeypatch.setattr(core, "sources", lambda: "another")
    assert cluster._sources.__wrapped__() != own


def test_a_task_that_kills_its_process_is_named(local: Any) -> None:
    found = dict(Workers(1, local.scheduler_address).run(os._exit, [3]))
    assert found == {3: Failure("the process that read it died (exit code 3)")}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://127.0.0.1:1", "no scheduler answers at tcp://127.0.0.1:1"),
        ("nonsense", "an address is such as tcp://host:8786"),
        ("tcp://host:port", "an address is such as tcp://host:8786"),
    ],
)
def test_a_scheduler_that_is_not_there_leaves_no_corpus(
    address: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tunes(tmp_path / "tunes", 2)
    command = ["prepare", str(tmp_path / "tunes"), "-o", str(tmp_path / "out"), "--scheduler", address]
    assert commands.main(command) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_scheduler_without_workers_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ARRIVES_SECONDS", 1)
    refused = pytest.raises(TrainError, match=r"has no workers: `dask worker \S+` starts one")
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, processes=False) as empty, refused:
        list(Workers(1, empty.scheduler_address).run(abs, [1]))

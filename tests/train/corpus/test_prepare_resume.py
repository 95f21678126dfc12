"""A run that was killed goes on where it was and ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from tests.train.tunes import write_tunes

FILES = 40

# Small shards, each written slowly, so that there is a middle in which to be killed.
SCRIPT = """
import sys, time
from linnet_train.corpus import shards
from linnet_train.commands import main

def slowly(*arguments, write=shards.write):
    write(*arguments)
    time.sleep(float(sys.argv[1]))

if __name__ == "__main__":
    shards.FILES, shards.write = 4, slowly
    sys.exit(main(["prepare", *sys.argv[2:]]))
"""


@pytest.fixture(scope="module")
def tunes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    write_tunes(folder / "tunes", FILES)
    (folder / "tunes" / "tune007.mid").write_bytes(b"broken")
    (folder / "prepare_slowly.py").write_text(SCRIPT)
    return folder


def start(tunes: Path, corpus: Path, pause: float) -> "subprocess.Popen[str]":
    command = [sys.executable, tunes / "prepare_slowly.py", str(pause), tunes / "tunes", "-o", corpus]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for_shards(corpus: Path, count: int) -> None:
    deadline = time.monotonic() + 120
    while len(list((corpus / "shards").glob("*.records"))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def contents(corpus: Path) -> dict[str, bytes]:
    return {str(path.relative_to(corpus)): path.read_bytes() for path in corpus.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def undisturbed(tunes: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    corpus = tmp_path_factory.mktemp("out") / "corpus"
    process = start(tunes, corpus, 0)
    _, talk = process.communicate(timeout=120)
    assert process.returncode == 0, talk
    return contents(corpus)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_goes_on_to_the_same_bytes(
    tunes: Path, tmp_path: Path, undisturbed: dict[str, bytes], how: signal.Signals
) -> None:
    corpus = tmp_path / "corpus"
    process = start(tunes, corpus, 0.3)
    wait_for_shards(corpus, 3)
    process.send_signal(how)
    printed, talk = process.communicate(timeout=60)
    assert printed == ""
    if how == signal.SIGINT:
        assert process.returncode == 1
        assert talk.count("\n") == 1
        assert "the same command goes on from here" in talk
    done = {path: path.stat().st_mtime_ns for path in (corpus / "shards").glob("*.records")}
    assert 3 <= len(done) < FILES // 4
    with pytest.raises(TrainError, match="not finished"):
        Corpus.open(corpus)
    # What a kill in the middle of a write leaves behind.
    (corpus / "shards" / ".00009.tokens.npy.1234.part").write_bytes(b"half")

    process = start(tunes, corpus, 0)
    _, talk = process.communicate(timeout=120)
    assert process.returncode == 0, talk
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert contents(corpus) == undisturbed
    assert len(Corpus.open(corpus).index) == FILES - 1


def test_workers_end_when_their_parent_is_killed(tunes: Path, tmp_path: Path) -> None:
    process = start(tunes, tmp_path / "corpus", 0.3)
    wait_for_shards(tmp_path / "corpus", 1)
    process.kill()
    process.communicate(timeout=60)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)  # signal 0 asks whether anyone of the group is left
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a worker lives on")


def test_a_source_that_vanishes_in_the_middle_is_one_line_and_the_same_command_goes_on(
    tunes: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    corpus, path = tmp_path / "corpus", tunes / "tunes" / "tune038.mid"
    process = start(tunes, corpus, 0.3)
    wait_for_shards(corpus, 1)
    try:
        path.rename(tmp_path / "away.mid")
        printed, talk = process.communicate(timeout=120)
    finally:
        (tmp_path / "away.mid").rename(path)
    assert (process.returncode, printed, talk.count("\n")) == (1, "", 1)
    assert f"{path} was there when it began, and is gone" in talk
    assert "the same command goes on from here" in talk
    assert not (corpus / "corpus.json").exists()
    assert not list(corpus.rglob("*.part"))
    process = start(tunes, corpus, 0)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert contents(corpus) == undisturbed


def test_files_that_changed_since_are_noticed(
    tunes: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    corpus = tmp_path / "corpus"
    process = start(tunes, corpus, 0)
    process.communicate(timeout=120)
    path = tunes / "tunes" / "tune003.mid"
    before = path.stat()
    try:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
        process = start(tunes, corpus, 0)
        _, talk = process.communicate(timeout=120)
    finally:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert process.returncode == 1
    assert "begun differently (listing)" in talk
    assert contents(corpus) == undisturbed

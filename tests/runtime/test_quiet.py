"""linnet opens no socket, writes no file that was not asked for, and rests when it has nothing to do.

The kernel is the witness.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
CREATING = (
    "openat",
    "open",
    "creat",
    "mkdirat",
    "mkdir",
    "renameat2",
    "renameat",
    "rename",
    "unlinkat",
    "unlink",
)
WATCHED = ("socket", "socketpair", "connect", *CREATING)
HARMLESS = ("O_RDONLY", "/dev/null", "ENOENT", "resumed>", "SIGCHLD", "+++ exited")

traced = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def trace(*arguments: str, cwd: Path) -> list[str]:
    """What one run of Python, its children included, did to sockets and files other than reading."""
    log = cwd.parent / "trace"
    calls = ",".join(f"?{call}" for call in WATCHED)  # ?: not every kind of processor has all of them
    command = ["strace", "-f", "-e", f"trace={calls}", "-o", str(log), sys.executable, "-B", *arguments]
    done = subprocess.run(command, cwd=cwd, timeout=120, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = log.read_text(errors="replace").splitlines()
    assert any("openat" in line for line in lines)
    return [line for line in lines if not any(word in line for word in HARMLESS)]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An empty folder to be in."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@traced
def test_generate_opens_no_socket_and_writes_one_file(here: Path) -> None:
    seen = trace(
        "-m", "linnet", "generate", str(TINY), "--bars", "2", "--seed", "1", "-o", "tune.mid", cwd=here
    )

    assert [path.name for path in here.iterdir()] == ["tune.mid"]
    assert len(seen) == 2, seen  # written under another name, and renamed
    assert all("tune.mid" in line for line in seen)


@traced
@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "linnet", "info", str(TINY)),
        ("-c", "import linnet; linnet.load()"),
        ("-m", "linnet", "doctor", str(TINY)),
    ],
    ids=["info", "load", "doctor"],
)
def test_others_write_nothing(here: Path, arguments: tuple[str, ...]) -> None:
    assert trace(*arguments, cwd=here) == []
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("threads", [1, 4])
def test_it_rests_when_idle(threads: int) -> None:
    """Half a second of nothing takes no time of the processor.

    Neither the threads of onnxruntime spin nor the one that composes ahead of a stream.
    """
    program = f"""
import time
import numpy as np
import linnet
from linnet.engine.engine import Engine
model = linnet.load({str(TINY)!r})
model.generate(bars=2, seed=1)
stream = model.stream(seed=1, worker=True)
stream.prepare()
stream.advance(0.1)
engine = Engine(open({str(TINY)!r}, "rb").read(), source="tiny", threads={threads})
states = engine.start()
for _ in range(50):
    _, states = engine.step(np.zeros((1, linnet.features.WIDTH), np.int64), states)
while not stream.full:
    time.sleep(0.01)
before = time.process_time()
time.sleep(0.5)
print(time.process_time() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stderr == ""
    assert float(done.stdout) < 0.05

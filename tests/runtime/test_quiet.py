"""linnet opens no socket and writes no file that was not asked for: the kernel is the witness."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


def trace(*arguments: str, cwd: Path) -> list[str]:
    """System calls of one `linnet` command that open a socket or a file for writing."""
    log = cwd.parent / "trace"
    python = [sys.executable, "-B", "-m", "linnet", *arguments]
    calls = "trace=socket,socketpair,connect,openat,open,creat,mkdir,unlink,rename"
    subprocess.run(["strace", "-f", "-e", calls, "-o", str(log), *python], cwd=cwd, check=True, timeout=120)
    lines = log.read_text(errors="replace").splitlines()
    assert any("openat" in line for line in lines)
    return [
        line
        for line in lines
        if "socket(" in line
        or "connect(" in line
        or any(f in line for f in ("O_WRONLY", "O_RDWR", "O_CREAT"))
    ]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_generate_opens_no_socket_and_writes_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    seen = trace("generate", str(TINY), "--bars", "2", "--seed", "1", "-o", "tune.mid", cwd=folder)

    assert [path.name for path in folder.iterdir()] == ["tune.mid"]
    assert len(seen) == 1, seen
    assert "tune.mid" in seen[0]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_info_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()

    assert trace("info", str(TINY), cwd=folder) == []

"""Bad weather: little memory, one core, no home, no /proc, read-only disks. The music, or one clear line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from linnet.engine import library as _library

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
GENERATE = (sys.executable, "-m", "linnet", "generate", str(TINY), "--bars", "2", "--seed", "1", "-o")

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about Linux")


def run(*command: str, cwd: Path, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Runs a command with some variables set, and those that are None missing."""
    changed = {**os.environ, **environment}
    return subprocess.run(
        command,
        cwd=cwd,
        env={name: value for name, value in changed.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The piece as it is made in good weather."""
    folder = tmp_path_factory.mktemp("good")
    assert run(*GENERATE, "tune.mid", cwd=folder).returncode == 0
    return (folder / "tune.mid").read_bytes()


def in_a_namespace(script: str, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a shell script in a mount namespace of its own; `$@` is the command."""
    unshare = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec")
    if not shutil.which("unshare") or run(*unshare, "mount -t tmpfs none /mnt", cwd=cwd).returncode:
        pytest.skip("no user namespaces here")
    return run(*unshare, script, "sh", *command, cwd=cwd)


# ---- the machine -------------------------------------------------------------------------------------------


@linux
def test_one_core_plays_the_same(tmp_path: Path, tune: bytes) -> None:
    one = (
        f"import os, sys; os.sched_setaffinity(0, [{min(os.sched_getaffinity(0))}]); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = run(sys.executable, "-c", one, *GENERATE, "tune.mid", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "tune.mid").read_bytes() == tune


@linux
def test_no_proc_and_no_sys_play_the_same(tmp_path: Path, tune: bytes) -> None:
    """Onnxruntime complains of a missing /proc as soon as it is loaded; nothing else is said."""
    script = 'mount -t tmpfs none /proc; mount -t tmpfs none /sys; "$@"'
    done = in_a_namespace(script, *GENERATE, "tune.mid", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tune.mid").read_bytes() == tune
    assert all(line.endswith("from /proc/cpuinfo") for line in done.stderr.splitlines()), done.stderr


MEMORY = """
import resource, sys
import linnet
from linnet.engine import library as _library
from linnet.engine.engine import Engine

def vm(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))

def tighten(spare):
    resource.setrlimit(resource.RLIMIT_AS, (vm("VmSize") + spare,) * 2)
"""


@linux
def test_too_little_memory_for_the_library_says_so(tmp_path: Path) -> None:
    """8 MB of room: the library alone takes 29."""
    program = f"{MEMORY}\nfrom linnet.cli import main\ntighten(8 << 20)\nsys.exit(main(sys.argv[1:]))"
    done = run(sys.executable, "-c", program, *GENERATE[3:], "tune.mid", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("linnet: there is not enough memory to open ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert list(tmp_path.iterdir()) == []


@linux
def test_too_little_memory_for_a_model_says_so(tmp_path: Path) -> None:
    program = f"""{MEMORY}
data = open({str(TINY)!r}, "rb").read()
Engine(data, source="x")
try:
    Engine(data[:-1], source="x")  # what onnxruntime needs to fail at all is there from now on
except linnet.ModelFormatError:
    pass
hoard = []
tighten(1 << 20)
try:
    while True:
        hoard.append(Engine(data, source="x"))
except MemoryError as error:
    hoard.clear()
    print(error)
"""
    done = run(sys.executable, "-c", program, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "onnxruntime ran out of memory\n"


# ---- places to keep files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("home", [None, "/nowhere/at/all"])
def test_no_home_is_needed(tmp_path: Path, tune: bytes, home: str | None) -> None:
    done = run(*GENERATE, "tune.mid", cwd=tmp_path, HOME=home, USERPROFILE=home, XDG_CACHE_HOME=None)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "tune.mid").read_bytes() == tune


@linux
def test_a_read_only_disk_is_no_hindrance(tmp_path: Path, tune: bytes) -> None:
    """Home and temporary folder included; only the piece's own folder can be written."""
    good = tmp_path / "good.mid"
    good.write_bytes(tune)
    script = f"""
mount -t tmpfs none /mnt
mount -o remount,bind,ro /
touch {tmp_path}/proof 2>/dev/null && exit 99
cd /mnt
"$@"
cmp tune.mid {good}
"""
    done = in_a_namespace(script, *GENERATE, "tune.mid", cwd=tmp_path)
    if done.returncode == 99:
        pytest.skip("the temporary folder is a file system of its own")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tune.mid: 2 bars")


@linux
def test_a_read_only_folder_is_one_line(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o ro none /mnt; "$@"'
    done = in_a_namespace(script, *GENERATE, "/mnt/tune.mid", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "linnet: /mnt/tune.mid: Read-only file system\n"


@linux
def test_a_library_that_may_not_be_run_is_one_line(tmp_path: Path) -> None:
    library = next(_library.installed())
    script = (
        f"mount -t tmpfs -o noexec none /mnt; cp {library!r} /mnt/libonnxruntime.so; "
        f'export {_library.VARIABLE}=/mnt/libonnxruntime.so; "$@"'
    )
    done = in_a_namespace(script, *GENERATE, "tune.mid", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "mounted noexec" in done.stderr
    assert done.stderr.count("\n") == 1


# ---- the model ---------------------------------------------------------------------------------------------


def test_a_model_of_tomorrow_is_one_line(tmp_path: Path) -> None:
    key = b"linnet.format"
    data = TINY.read_bytes()
    place = data.index(key) + len(key) + 2  # a tag and a length stand before the value
    assert data[place : place + 1] == b"1"
    model = tmp_path / "new.onnx"
    model.write_bytes(data[:place] + b"9" + data[place + 1 :])

    done = run(*GENERATE[:4], str(model), "-o", "tune.mid", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"linnet: {model}: model format 9, but this linnet reads format 1; update linnet\n"


# ---- the terminal ------------------------------------------------------------------------------------------


def test_a_terminal_without_the_letters_still_tells(tmp_path: Path) -> None:
    done = run(*GENERATE, "étude.mid", cwd=tmp_path, PYTHONIOENCODING="ascii")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("?tude.mid: 2 bars")

"""Where onnxruntime's library is found, and one clear line for every way in which it is not."""

import _ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from linnet import _core
from linnet.engine import library as _library

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

needs_compiler = pytest.mark.skipif(not COMPILER or os.name == "nt", reason="there is no C compiler")
needs_elf = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about ELF files")


def info(**environment: object) -> subprocess.CompletedProcess[str]:
    """`linnet info` of the tiny model, which opens the library."""
    return subprocess.run(
        [sys.executable, "-m", "linnet", "info", str(TINY)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
    )


def complaint(library: Path) -> str:
    """The one line about a library that cannot be used."""
    done = info(LINNET_ORT_LIBRARY=library)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1, done.stderr
    assert "LINNET_ORT_LIBRARY" in done.stderr
    assert str(library) in done.stderr
    return done.stderr


def fake(folder: Path, version: str, newest: int) -> Path:
    library = folder / "libonnxruntime.so"
    source = Path(__file__).with_name("fake_onnxruntime.c")
    defines = [f"-DVERSION={version}", f"-DNEWEST={newest}"]
    subprocess.run(
        [str(COMPILER), "-shared", "-fPIC", *defines, source, "-o", library], check=True, timeout=60
    )
    return library


# ---- found -------------------------------------------------------------------------------------------------


def test_the_library_of_the_wheel_is_found_without_importing_the_package() -> None:
    code = f"""
import os, sys
import linnet
from linnet import _core
assert _core.library_version() is None  # not before the first model
linnet.load({str(TINY)!r})
assert "onnxruntime" not in sys.modules
assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
import onnxruntime
assert _core.library_version() == onnxruntime.__version__
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_variable_goes_before_all() -> None:
    library = next(_library.installed())
    done = info(LINNET_ORT_LIBRARY=library, PYTHONPATH=os.environ.get("PYTHONPATH", ""))

    assert (done.returncode, done.stderr) == (0, "")


def test_the_library_of_sherpa_onnx_serves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the only one on 32-bit ARM."""
    folder = tmp_path / "sherpa_onnx" / "lib"
    folder.mkdir(parents=True)
    names = ("libonnxruntime.so", "libonnxruntime.1.28.2.dylib", "onnxruntime.dll")
    for name in names:
        (folder / name).touch()
    monkeypatch.syspath_prepend(tmp_path)

    *_, last = _library.installed()
    assert last in {str(folder / name) for name in names}


def test_a_library_beside_linnet_goes_before_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen app has it there."""
    names = ("libonnxruntime.so.1.32.0", "libonnxruntime.1.32.0.dylib", "onnxruntime.dll")
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setattr(_library._core, "__file__", str(tmp_path / "_core.abi3.so"))

    assert next(_library.installed()) in {str(tmp_path / name) for name in names}


@needs_elf
def test_debian_s_library_is_found_by_its_full_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.21", "1.21.0"):
        (tmp_path / f"libonnxruntime.so.{version}").touch()
    monkeypatch.setattr(_library.sysconfig, "get_config_var", lambda name: str(tmp_path))

    assert list(_library._of_the_system())[-2:] == [
        str(tmp_path / "libonnxruntime.so.1.21.0"),
        str(tmp_path / "libonnxruntime.so.1.21"),
    ]


@needs_compiler
def test_a_system_s_library_is_not_heard(tmp_path: Path) -> None:
    library = fake(tmp_path, '(write(2, "schema!", 7), "1.20.0")', 20)
    told = refusal(
        "_library.installed = lambda: iter(())\n"
        f"_library._of_the_system = lambda: iter([{str(library)!r}])\n"
        "import atexit, os; atexit.register(lambda: os.write(2, b'bye'))",
        hears="bye",
    )

    assert f"({library}: it fails at a small graph: out of order)" in told


def test_it_is_opened_once() -> None:
    path = _library.open_library()
    version = _core.library_version()
    _core.open_library("/nowhere/at/all")  # not even looked at

    assert version is not None
    assert _core.library_version() == version
    assert _library.open_library() == path


# ---- not found ---------------------------------------------------------------------------------------------


def refusal(prepare: str, *, hears: str = "") -> str:
    """What `load` says of onnxruntime without a library of the system; `hears`: what comes on stderr."""
    code = f"""
import linnet
from linnet.engine import library as _library
_library._of_the_system = lambda: iter(())
{prepare}
try:
    linnet.load({str(TINY)!r}, engine="onnxruntime")
except linnet.ModelError as error:
    print(error)
"""
    environment = {name: value for name, value in os.environ.items() if name != _library.VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    assert done.stderr == hears
    return done.stdout


def test_nothing_installed_says_what_to_install() -> None:
    told = refusal("_library.installed = lambda: iter(())\n_library._gone = lambda: ''")

    assert told == f"models are run by onnxruntime, which is not installed; {_library.remedy()}\n"


def test_a_package_whose_files_are_gone_is_to_be_installed_again() -> None:
    told = refusal(
        "_library.installed = lambda: iter(())"
    )  # pip still lists it, as after onnxruntime-gpu went

    assert "the files of onnxruntime " in told
    assert " are gone; to mend it: pip install --upgrade --force-reinstall onnxruntime" in told


def test_a_useless_installation_says_what_to_do(tmp_path: Path) -> None:
    told = refusal(f"_library.installed = lambda: iter([{str(tmp_path / 'onnxruntime.dll')!r}])")

    assert told == (
        f"the installed onnxruntime is of no use ({tmp_path / 'onnxruntime.dll'}: there is no such file); "
        f"{_library.remedy(again=True)}\n"
    )


@pytest.mark.parametrize(
    ("system", "machine", "bits", "host", "told"),
    [
        ("linux", "x86_64", 64, "x86_64-pc-linux-gnu", "to add it: pip install onnxruntime"),
        ("linux", "aarch64", 64, "aarch64-linux-gnu", "to add it: pip install onnxruntime"),
        ("linux", "armv7l", 32, "arm-linux-gnueabihf", "to add it: pip install sherpa-onnx-core"),
        # a 32-bit Raspberry Pi OS on its 64-bit kernel
        ("linux", "aarch64", 32, "arm-linux-gnueabihf", "to add it: pip install sherpa-onnx-core"),
        ("linux", "x86_64", 64, "x86_64-alpine-linux-musl", "on Alpine 3.24 or newer: apk add onnxruntime"),
        ("darwin", "arm64", 64, None, "to add it: pip install onnxruntime"),
        ("darwin", "x86_64", 64, None, "to add it: pip install 'onnxruntime<1.24'"),
        ("win32", "AMD64", 64, None, "to add it: pip install onnxruntime"),
        ("linux", "riscv64", 64, "riscv64-linux-gnu", "there is no wheel of it for this riscv64: "),
        ("win32", "AMD64", 32, None, "there is no wheel of it for this amd64: "),
    ],
)
def test_the_remedy_fits_the_machine(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, bits: int, host: str | None, told: str
) -> None:
    monkeypatch.setattr(_library.sys, "platform", system)
    monkeypatch.setattr(_library.sys, "maxsize", 2 ** (bits - 1) - 1)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(_library.sysconfig, "get_config_var", lambda name: host)

    assert _library.remedy().startswith(told)


def test_a_missing_library(tmp_path: Path) -> None:
    assert "there is no such file" in complaint(tmp_path / "libonnxruntime.so")


def test_a_folder_for_a_library(tmp_path: Path) -> None:
    assert "it is not a file" in complaint(tmp_path)


@needs_elf
@pytest.mark.parametrize("content", [b"", b"not a library", b"\x7fELF"], ids=["empty", "text", "start"])
def test_not_a_library(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "libonnxruntime.so"
    path.write_bytes(content)

    assert ": it is not a library" in complaint(path)


def test_another_library() -> None:
    assert "it is another library" in complaint(Path(_ctypes.__file__))


@needs_elf
@pytest.mark.parametrize(("place", "value"), [(18, 0xB7), (4, 1)], ids=["aarch64", "32 bit"])
def test_another_processor(tmp_path: Path, place: int, value: int) -> None:
    library = bytearray(Path(_core.__file__).read_bytes())
    library[place] = value if library[place] != value else value ^ 2
    path = tmp_path / "libonnxruntime.so"
    path.write_bytes(library)

    assert "it was built for another kind of processor" in complaint(path)


@needs_compiler
@pytest.mark.parametrize("newest", [1, 16])
def test_too_old(tmp_path: Path, newest: int) -> None:
    line = complaint(fake(tmp_path, f'"1.{newest}.3"', newest))

    assert f"its version is 1.{newest}.3, and linnet needs 1.17 or newer" in line


@needs_compiler
@pytest.mark.parametrize(("version", "newest"), [("1.17.0", 17), ("1.33.0", 33), ("1.99.0", 20), ("odd", 32)])
def test_newer_ones_are_asked_for_an_api_they_have(tmp_path: Path, version: str, newest: int) -> None:
    """They come as far as the first call, where this one is out of order."""
    assert "it fails at a small graph: out of order" in complaint(fake(tmp_path, f'"{version}"', newest))


@needs_compiler
def test_telemetry_is_off_before_the_library_is_opened(tmp_path: Path) -> None:
    version = 'getenv("ORT_DISABLE_TELEMETRY")'

    assert "its version is 1, " in complaint(fake(tmp_path, version, 1))

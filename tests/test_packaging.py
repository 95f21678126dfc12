"""What wheels ask for, and that tools/devices finds what is wrong with one."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("elftools", reason="pyelftools, of the dev group, is not installed")
pytest.importorskip("packaging")

from packaging.requirements import Requirement

from device_lab import __main__ as devices
from device_lab import audit, pack, steps, table, trials, unpacked, wheels, work

ROOT = Path(__file__).parents[1]
TARGETS = {target.tag: target for target in wheels.TARGETS}
X86 = TARGETS["manylinux_2_17_x86_64"]

on_x86_linux = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64" or not shutil.which("cc"),
    reason="makes x86-64 libraries with this machine's compiler",
)


# ---- what pip is asked to install --------------------------------------------------------------------------


ASKED = """
import json, os, runpy, setuptools, sys
setuptools.setup = lambda **arguments: print(json.dumps(arguments["install_requires"]))
for os.environ["_PYTHON_HOST_PLATFORM"] in sys.argv[1:]:
    runpy.run_path("setup.py")
"""


@pytest.fixture(scope="module")
def requirements() -> dict[str, list[Requirement]]:
    """What a wheel for each platform asks for."""
    platforms = sorted({platform for platform, *_ in ENGINES})
    command = [sys.executable, "-c", ASKED, *platforms]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    found = [[Requirement(text) for text in json.loads(line)] for line in done.stdout.splitlines()]
    return dict(zip(platforms, found, strict=True))


ENGINES = [
    ("linux-x86_64", "x86_64", "linux", "3.11", {"onnxruntime"}),
    ("linux-aarch64", "aarch64", "linux", "3.14", {"onnxruntime"}),
    ("linux-armv7l", "armv7l", "linux", "3.11", set()),
    # a 32-bit system on a 64-bit kernel
    ("linux-armv7l", "aarch64", "linux", "3.13", set()),
    ("musllinux_1_2_x86_64", "x86_64", "linux", "3.12", set()),
    ("musllinux_1_2_aarch64", "aarch64", "linux", "3.12", set()),
    ("linux-riscv64", "riscv64", "linux", "3.13", set()),
    ("macosx-11.0-arm64", "arm64", "darwin", "3.14", {"onnxruntime"}),
    ("macosx-11.0-x86_64", "x86_64", "darwin", "3.13", {"onnxruntime"}),
    ("macosx-11.0-x86_64", "x86_64", "darwin", "3.14", set()),
    ("win-amd64", "AMD64", "win32", "3.14", {"onnxruntime"}),
    ("win-arm64", "ARM64", "win32", "3.14", {"onnxruntime"}),
]


@pytest.mark.parametrize(("platform", "machine", "system", "python", "engine"), ENGINES)
def test_every_platform_asks_for_the_engine_that_exists_there(
    requirements: dict[str, list[Requirement]],
    platform: str,
    machine: str,
    system: str,
    python: str,
    engine: set[str],
) -> None:
    there = {"platform_machine": machine, "sys_platform": system, "python_version": python}
    asked = {r.name for r in requirements[platform] if r.marker is None or r.marker.evaluate(there)}

    assert asked == {"mido", "numpy"} | engine


# ---- what is wrong with a library --------------------------------------------------------------------------


def library(folder: Path, source: str, *flags: str) -> bytes:
    path = folder / "library.so"
    command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(path), *flags]
    subprocess.run(command, input=source, text=True, check=True, timeout=60)
    return path.read_bytes()


HARMLESS = "int one(void) { return 1; }"


@on_x86_linux
def test_a_harmless_library_has_no_problem(tmp_path: Path) -> None:
    assert list(audit.elf_problems(library(tmp_path, HARMLESS), X86)) == []


@on_x86_linux
@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["-Wl,-rpath,/home/me/lib"], "has a DT_RUNPATH"),
        (["-Wl,-rpath,/home/me/lib,--disable-new-dtags"], "has a DT_RPATH"),
        (["-Wl,-z,execstack"], "asks for an executable stack"),
        (["-Wl,--no-as-needed", "-lstdc++"], "needs libstdc++.so.6"),
    ],
)
def test_each_kind_of_problem_is_found(tmp_path: Path, flags: list[str], problem: str) -> None:
    assert problem in list(audit.elf_problems(library(tmp_path, HARMLESS, *flags), X86))


@on_x86_linux
def test_a_library_for_another_processor_is_found(tmp_path: Path) -> None:
    data = library(tmp_path, HARMLESS)

    assert "is for EM_X86_64, 64 bit" in list(audit.elf_problems(data, TARGETS["manylinux_2_17_aarch64"]))
    problems = list(audit.elf_problems(data, TARGETS["manylinux_2_17_armv7l"]))
    assert "passes floating-point numbers the soft way" in problems


@on_x86_linux
def test_too_new_a_glibc_is_found(tmp_path: Path) -> None:
    source = "#include <stdlib.h>\nunsigned draw(void) { return arc4random(); }"  # of glibc 2.36
    try:
        data = library(tmp_path, source, "-Werror=implicit-function-declaration")
    except subprocess.CalledProcessError:
        pytest.skip("this machine's own glibc is too old to show it")

    assert "needs GLIBC_2.36" in list(audit.elf_problems(data, X86))


# ---- what is wrong with a wheel ----------------------------------------------------------------------------


def wheel(folder: Path, core: bytes, *, requires: str = "onnxruntime", **more: bytes) -> Path:
    path = folder / "linnet-0.1.0-cp311-abi3-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("linnet/_core.abi3.so", core)
        metadata = f"Metadata-Version: 2.4\nName: linnet\nRequires-Dist: {requires}\n"
        archive.writestr("linnet-0.1.0.dist-info/METADATA", metadata)
        for name, data in more.items():
            archive.writestr(f"linnet/{name}", data)
    return path


@on_x86_linux
def test_wheels_are_searched_for_tags_libraries_requirements_and_private_words(tmp_path: Path) -> None:
    core = library(tmp_path, HARMLESS)

    def found(path: Path, target: wheels.Target = X86) -> list[str]:
        return list(audit.problems_of(path, target, ["/home/me"]))

    assert found(wheel(tmp_path, core)) == []
    assert found(wheel(tmp_path, core, requires="sherpa-onnx-core")) == [
        "asks for ['sherpa-onnx-core'] to run models"
    ]
    assert found(wheel(tmp_path, core, readme=b"made in /home/me/linnet")) == ["linnet/readme holds /home/me"]
    # A path ends where its last name does, and the end of an XML element is none.
    assert found(wheel(tmp_path, core, page=b"/home/mean, </home/me>")) == []
    assert any("its libraries are" in problem for problem in found(wheel(tmp_path, core, other=core)))
    musl = TARGETS["musllinux_1_2_x86_64"]
    assert {"its tag is not musllinux_1_2_x86_64", "asks for ['onnxruntime'] to run models"} <= set(
        found(wheel(tmp_path, core), musl)
    )


# ---- the command -------------------------------------------------------------------------------------------


def test_a_wheel_for_a_board_is_built_and_passes(tmp_path: Path) -> None:
    for module in ("ziglang", "auditwheel", "abi3audit"):
        pytest.importorskip(module, reason="the devices group is not installed")
    here, target = work.Work(tmp_path / "work"), TARGETS["manylinux_2_17_aarch64"]

    found = audit.audit(here, target, wheels.build(here, target))

    assert found["problems"] == []
    assert found["without_models"] <= audit.LARGEST


def small_wheel(folder: Path) -> Path:
    """A wheel with a bit of everything, and entries for folders."""
    wheel = folder / "linnet-0.1.0-cp311-abi3-musllinux_1_2_x86_64.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("linnet")
        for name in ("_core.abi3.so", "model.py", "shape/timing.py", "picture/roll.py", "models/folk.onnx"):
            archive.writestr(f"linnet/{name}", name * 500)
        archive.writestr("linnet-0.1.0.dist-info/METADATA", "Name: linnet\n")
    return wheel


def test_packing_keeps_every_file_in_fewer_bytes(tmp_path: Path) -> None:
    pytest.importorskip("zopfli", reason="zopflipy, of the dev group, is not installed")
    wheel = small_wheel(tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        before = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    size = wheel.stat().st_size

    pack.pack(wheel)

    with zipfile.ZipFile(wheel) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == before
    first = wheel.read_bytes()
    assert len(first) < size
    pack.pack(wheel)
    assert wheel.read_bytes() == first


def test_every_byte_of_a_wheel_has_a_part(tmp_path: Path) -> None:
    wheel = small_wheel(tmp_path)

    parts = audit._parts(wheel)

    assert sum(parts.values()) == wheel.stat().st_size
    assert all(parts[f"Python: {what}"] for what in ("linnet itself", "shape", "picture"))
    assert min(parts["library"], parts["models"]) > 0
    shown = table.sizes({"here": parts}).splitlines()
    assert f"{wheel.stat().st_size - parts['models']:,}" in shown[-2]


def test_what_a_module_would_take_without_words_leaves_its_meaning() -> None:
    text = '"""Words."""\n\ndef two() -> int:\n    """More."""\n    return 2  # why\n\nclass A:\n    """A."""'

    assert audit.without_words(text) == "def two() -> int:\n    return 2\n\nclass A:\n    pass"


def test_a_failed_cell_is_seen_and_makes_the_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> Path:
        raise work.StepError("the compiler says no")

    monkeypatch.setattr(wheels, "build", broken)
    monkeypatch.setattr(
        sys, "argv", ["devices", str(tmp_path / "work"), "--wheels", "--json", str(tmp_path / "r.json")]
    )

    assert devices.main() == 1
    assert "FAILED: the compiler says no" in capsys.readouterr().out
    rows = json.loads((tmp_path / "r.json").read_text())
    assert [row["cells"]["wheel builds"]["ok"] for row in rows] == [False] * len(TARGETS)


def test_a_hash_that_differs_on_one_processor_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def taken(_work: work.Work, architecture: steps.Architecture, cpu: str) -> work.Result:
        told = ["1", "2"] if cpu != "cortex-a72" else ["1", "3"]
        return {"hashes": {"plain": ["1", "2"], "neon": told}}

    monkeypatch.setattr(steps, "_try", taken)
    monkeypatch.setattr(sys, "argv", ["devices", str(tmp_path / "work"), "--steps"])

    assert devices.main() == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[2].strip() for line in lines if "FAILED" in line] == ["cortex-a72"]
    assert "FAILED: 1 of 2, 2 models" in "".join(lines)


@pytest.mark.parametrize(("equal", "status"), [(3, 0), (2, 1)])
def test_golden_pieces_of_a_wheel_that_is_not_installed(
    equal: int,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {"pieces": 3, "equal": equal, "tokens": 6000, "seconds": 1.0, "onnxruntime": None}

    def run(_work: work.Work, _name: str, command: work.Words, *, env: dict[str, str], **_: object) -> str:
        assert env["LINNET_ENGINE"] == "native"
        assert (Path(env["PYTHONPATH"]) / "linnet/model.py").exists()
        assert command[-2:] == ["--every", "32"] or "generate" in command
        return json.dumps(told)

    wheel = small_wheel(tmp_path)
    monkeypatch.setattr(wheels, "build", lambda *_: wheel)
    monkeypatch.setattr(work.Work, "run", run)
    monkeypatch.setattr(unpacked, "_unpack_numpy", lambda *_: None)  # asks PyPI
    monkeypatch.setattr(trials, "peak", lambda *_, **__: (20_000_000, 11_000_000))
    words = ["--unpacked", "--every", "32", "--only", "x86_64-native"]
    monkeypatch.setattr(sys, "argv", ["devices", str(tmp_path / "work"), *words])

    assert devices.main() == status
    said = capsys.readouterr().out
    assert f"{equal} of 3 (of " in said
    assert "20 MB (11 its own)" in said


def test_what_is_done_is_not_done_again_until_its_inputs_change(tmp_path: Path) -> None:
    here, made = work.Work(tmp_path / "work"), []
    source = tmp_path / "source"
    source.write_text("one")

    def make() -> work.Result:
        made.append(source.read_text())
        return {"text": made[-1]}

    for text in ("one", "one", "two"):
        source.write_text(text)
        assert here.once("step", [source], make) == {"text": text}
    assert made == ["one", "two"]


def test_a_step_that_fails_says_its_last_line_and_where_the_rest_is(tmp_path: Path) -> None:
    here = work.Work(tmp_path / "work")

    with pytest.raises(work.StepError, match=r"step: no such luck \(see .*step\.log\)"):
        here.run("step", [sys.executable, "-c", "import sys; sys.exit('no such luck')"])


def test_memory_of_the_emulated_program_leaves_the_emulator_out() -> None:
    smaps = """00400000-00500000 r-xp 00000000 08:01 1 /usr/bin/python3
Rss:                 100 kB
Anonymous:             0 kB
5500000000-5500100000 rw-p 00000000 00:00 0
Rss:                  40 kB
Anonymous:            40 kB
7f0000000000-7f0000100000 rwxp 00000000 00:00 0
Rss:                9000 kB
Anonymous:          9000 kB
"""

    assert trials._resident(smaps, trials._GUEST) == (140 * 1024, 40 * 1024)


def test_a_board_s_token_takes_its_instructions_and_its_reading() -> None:
    board = table.Board("one", "cpu", ghz=2.0, per_cycle=0.5, gigabytes_per_second=1.0)

    assert table.estimate(board, 1_000_000, 3_000_000) == pytest.approx(1.0 + 3.0)

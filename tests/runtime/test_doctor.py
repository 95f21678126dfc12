"""`linnet doctor`: what it finds, what it advises, and that nothing brings it down."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet import doctor
from linnet.doctor import machine, trial
from linnet.engine import library as _library
from linnet.sound import fonts

TINY = str(Path(__file__).parents[1] / "data" / "tiny.onnx")
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

needs_compiler = pytest.mark.skipif(not COMPILER or os.name == "nt", reason="there is no C compiler")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linnet", "doctor", *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


@pytest.fixture(scope="module")
def healthy() -> dict[str, Any]:
    """What it finds on this machine, with the smallest model and the packaged ones."""
    done = run("--json", TINY, *linnet.models())
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def library(folder: Path, on_loading: str) -> str:
    """A library that does something bad as soon as it is loaded."""
    source = folder / "bad.c"
    source.write_text(f"""
        #include <signal.h>
        #include <unistd.h>
        __attribute__((constructor)) static void loaded(void) {{ {on_loading}; }}
    """)
    target = folder / "libonnxruntime.so"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", source, "-o", target], check=True, timeout=60)
    return str(target)


# ---- in good health ----------------------------------------------------------------------------------------


def test_it_measures_each_model(healthy: dict[str, Any]) -> None:
    assert healthy["ready"]
    assert [model["name"] for model in healthy["models"]] == ["tiny", *linnet.models()]
    for model in healthy["models"]:
        token = model["milliseconds_per_token"]
        assert 0 < token["median"] <= token["p99"]
        assert model["tokens_per_second"] > 0
        assert model["times_real_time"] > 0
        if sys.platform == "linux":
            assert 10e6 < model["peak_memory_bytes"] < 200e6


def test_it_names_the_engine_and_this_linnet(healthy: dict[str, Any]) -> None:
    assert healthy["engine"]["library"] == _library.open_library()
    assert healthy["linnet"]["version"] == linnet.__version__
    assert healthy["linnet"]["folder"] == str(Path(linnet.__file__).parent)
    assert healthy["python"]["bits"] in (32, 64)
    assert healthy["cpu"]["cores"] >= 1


def assert_in_80_columns(text: str) -> None:
    """A line that has no spaces may be longer: a path, which is to be copied."""
    for line in text.splitlines():
        assert len(line) <= 80 or " " not in line.strip(), line
        assert line.startswith(("✓ ", "✗ ", "– ", "    "))


def test_the_text_has_all_of_it_in_80_columns(healthy: dict[str, Any]) -> None:
    text = doctor.as_text(healthy)

    assert "\x1b" not in text
    assert f"✓ onnxruntime {healthy['engine']['version']}" in text
    assert f"✓ linnet {linnet.__version__}, built for any Python from 3.11 on" in text
    assert "✓ model tiny: " in text
    assert "a cautious estimate from tiny" in text
    assert text.endswith("✓ ready to make music: linnet generate -o tune.mid")
    assert_in_80_columns(text)


FONTS: list[list[str]] = [[], ["/usr/share/sounds/sf2/FluidR3_GM.sf2"], [f"/fonts/{i}.sf2" for i in range(9)]]
PORTS: list[dict[str, Any]] = [
    {"problem": "python-rtmidi is not installed", "advice": "to add it: pip install python-rtmidi"},
    {"inputs": [], "outputs": []},
    {"inputs": [], "outputs": [f"USB Uno MIDI Interface:USB Uno MIDI Interface MIDI {i}" for i in range(9)]},
]


@pytest.mark.parametrize("apt", [None, "/usr/bin/apt"])
@pytest.mark.parametrize("ports", PORTS, ids=["no rtmidi", "no ports", "ports"])
@pytest.mark.parametrize("synthesizer", [None, "FluidSynth 2.3.4"])
@pytest.mark.parametrize("sound_fonts", FONTS, ids=["no font", "one font", "fonts"])
def test_whatever_is_missing_is_told_in_80_columns(
    healthy: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    sound_fonts: list[str],
    synthesizer: str | None,
    ports: dict[str, Any],
    apt: str | None,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: apt)
    facts = healthy | {"sound_fonts": sound_fonts, "synthesizer": synthesizer, "midi_ports": ports}

    text = doctor.as_text(facts)

    assert_in_80_columns(text)
    assert ("sudo apt install fluid-soundfont-gm" in text) == bool(apt and not sound_fonts)
    assert ("plain tone" in text) == (synthesizer is None or not sound_fonts)


def test_long_names_are_told_in_80_columns(healthy: dict[str, Any]) -> None:
    """Those of the makers, of a file's owner, and of what a tool had to say."""
    cpu = healthy["cpu"] | {
        "name": "AMD Ryzen Threadripper PRO 7995WX with an uncommonly long name",
        "cores": 192,
    }
    system = healthy["system"] | {"name": "Debian GNU/Linux 12 (bookworm), " * 4, "board": "A board " * 12}
    tiny, *_ = healthy["models"]
    models = [
        tiny | {"name": "/home/somebody/where music/of many styles/is kept/tunes of the last year.onnx"},
        {"name": "/nowhere.onnx", "problem": "what went wrong, " * 20, "advice": "what to do about it, " * 9},
    ]
    engine = {"problem": "it is not what it should be, " * 9, "advice": "another one"}

    assert_in_80_columns(doctor.as_text(healthy | {"cpu": cpu, "system": system, "models": models}))
    assert_in_80_columns(
        doctor.as_text(healthy | {"engine": engine, "models": [], "sizes": [], "ready": False})
    )


def test_a_terminal_without_the_marks_gets_others(healthy: dict[str, Any]) -> None:
    text = doctor.as_text(healthy, "ascii")

    assert f"+ linnet {linnet.__version__}" in text
    assert all(line.startswith(("+ ", "! ", "- ", "    ")) for line in text.splitlines())


def test_many_sound_fonts_are_cut_short(healthy: dict[str, Any]) -> None:
    fonts = [f"/fonts/{i}.sf2" for i in range(9)]
    text = doctor.as_text(healthy | {"sound_fonts": fonts, "synthesizer": "FluidSynth 9"})

    assert "✓ sound: FluidSynth 9 with the first SoundFont of 9\n    /fonts/0.sf2\n" in text
    assert "/fonts/3.sf2\n    and 5 more\n    to hear a tune: linnet play tune.mid\n" in text


@pytest.mark.parametrize(
    ("fonts", "synthesizer", "told"),
    [
        (
            ["/fonts/0.sf2"],
            None,
            "– sound: a plain tone, without FluidSynth\n    to add it: pip install 'linnet[audio]'",
        ),
        (
            [],
            "FluidSynth 9",
            "– sound: a plain tone; FluidSynth 9 has no SoundFont to play\n    there is none in the usual",
        ),
    ],
)
def test_what_is_missing_for_better_sound(
    healthy: dict[str, Any], fonts: list[str], synthesizer: str | None, told: str
) -> None:
    assert told in doctor.as_text(healthy | {"sound_fonts": fonts, "synthesizer": synthesizer})


def test_one_bad_model_does_not_spoil_the_rest() -> None:
    done = run("--json", "/nowhere.onnx", TINY)
    bad, good = json.loads(done.stdout)["models"]

    assert done.returncode == 0
    assert bad == {"name": "/nowhere.onnx", "problem": "/nowhere.onnx: No such file or directory"}
    assert good["tokens_per_second"] > 0


# ---- without an engine -------------------------------------------------------------------------------------


def test_without_onnxruntime_linnet_plays_and_says_what_to_install(tmp_path: Path) -> None:
    """A package of that name, without a library, hides the one that is installed."""
    for package in ("onnxruntime", "sherpa_onnx"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = run(TINY, PYTHONPATH=path)
    if "✓ onnxruntime" in done.stdout:
        pytest.skip("the system has a library of its own")

    assert (done.returncode, done.stderr) == (0, "")
    assert "– onnxruntime: only models that are not exact need it\n" in done.stdout
    assert "✓ linnet's own engine (" in done.stdout
    told = " ".join(done.stdout.split())
    assert "the files of onnxruntime" in told, "pip believes that it is there"
    assert _library.remedy(again=True) in told
    assert "✓ ready to make music" in done.stdout


def test_both_engines_are_measured(healthy: dict[str, Any]) -> None:
    text = doctor.as_text(healthy)

    for model in healthy["models"]:
        assert model["engine"] == "onnxruntime"
        assert set(model["engines"]) == {"onnxruntime", "native"}
    assert f"✓ linnet's own engine ({healthy['native']['kernel']}): exact models, the same notes" in text
    assert " us a token, in onnxruntime " in text


def test_onnxruntime_can_be_left_out(healthy: dict[str, Any]) -> None:
    done = run("--json", TINY, LINNET_ENGINE="native")
    found = json.loads(done.stdout)

    assert found["models"][0]["engines"].keys() == {"native"}
    assert "– onnxruntime is left out: LINNET_ENGINE is native" in doctor.as_text(found)
    if sys.platform == "linux":
        assert found["models"][0]["peak_memory_bytes"] < healthy["models"][0]["peak_memory_bytes"]


@needs_compiler
@pytest.mark.parametrize(
    ("harm", "told"),
    [("raise(SIGILL)", "it crashed (Illegal instruction"), ("_exit(3)", "ended with code 3")],
)
def test_an_engine_that_crashes_is_named(tmp_path: Path, harm: str, told: str) -> None:
    done = run("--json", LINNET_ORT_LIBRARY=library(tmp_path, harm))
    found = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (1, "")
    assert told in found["engine"]["problem"]
    assert "LINNET_ORT_LIBRARY" in found["engine"]["advice"]
    assert not found["ready"]
    assert "✗ onnxruntime" in doctor.as_text(found)


@needs_compiler
def test_an_engine_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_library.VARIABLE, library(tmp_path, "pause()"))
    monkeypatch.setattr(trial, "PATIENCE_SECONDS", 2)

    assert trial.apart("model", TINY, "1")["crash"] == "it did not come to an end in 2 s"


@pytest.mark.parametrize("frozen", [True, False])
def test_where_no_python_can_be_started_it_tries_in_its_own_process(
    monkeypatch: pytest.MonkeyPatch, frozen: bool
) -> None:
    """In a frozen app sys.executable is the app; under an emulator it may be nothing the system can start."""
    monkeypatch.setattr(sys, "frozen", frozen, raising=False)
    monkeypatch.setattr(sys, "executable", "/nowhere/game")

    assert trial.apart("model", TINY, "0.2")["model"]["name"] == "tiny"


def test_a_task_that_fails_here_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def ports() -> Iterator[dict[str, Any]]:
        yield {"inputs": []}
        raise RuntimeError("no synthesizer")

    monkeypatch.setattr(sys, "executable", "")
    monkeypatch.setitem(trial._TASKS, "ports", ports)

    assert trial.apart("ports") == {"inputs": [], "crash": "RuntimeError: no synthesizer"}


# ---- what it makes of what it finds ------------------------------------------------------------------------

PI_ZERO_2 = """processor\t: 0
BogoMIPS\t: 38.40
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU architecture: 8
CPU part\t: 0xd03
"""
PC = "processor\t: 0\nmodel name\t: Some CPU 3000\nflags\t\t: fpu sse2 avx2 avx512f avx512_vnni avx_vnni\n"


@pytest.mark.skipif(sys.platform != "linux", reason="about /proc")
@pytest.mark.parametrize(
    ("text", "name", "fast"),
    [
        (PI_ZERO_2, "Cortex-A53", ["NEON"]),
        (PI_ZERO_2.replace("cpuid", "asimddp").replace("d03", "d0b"), "Cortex-A76", ["NEON", "dot products"]),
        (PC, "Some CPU 3000", ["AVX2", "AVX-512", "VNNI"]),
        ("", None, []),
    ],
)
def test_processors_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, text: str, name: str | None, fast: list[str]
) -> None:
    monkeypatch.setattr(machine, "_text", lambda path: text)

    assert (machine.cpu()["name"], machine.cpu()["features"]) == (name, fast)


@pytest.mark.parametrize(
    ("speed", "verdicts"),
    [
        (400.0, ["easily", "easily", "easily"]),
        (60.0, ["easily", "yes", "yes"]),
        (12.0, ["yes", "no", "no"]),
        (2.0, ["no", "no", "no"]),
    ],
)
def test_sizes_follow_from_the_speed_of_one(speed: float, verdicts: list[str]) -> None:
    measured = {
        "layers": 2,
        "hidden_size": 256,
        "times_real_time": speed,
        "milliseconds_per_token": {"median": 1.0, "p99": 2.0},
    }
    sizes = doctor._sizes(measured)

    assert [size["verdict"] for size in sizes] == verdicts
    assert [size["measured"] for size in sizes] == [True, False, False]
    assert sizes[0]["times_real_time"] == speed
    assert 3 < sizes[1]["milliseconds_per_token"] < 4 < sizes[2]["milliseconds_per_token"] < 8


def test_a_pi_is_called_by_its_name(healthy: dict[str, Any]) -> None:
    board = healthy["system"] | {"board": "Raspberry Pi Zero 2 W Rev 1.0", "name": "Raspbian"}

    assert "✓ Raspberry Pi Zero 2 W Rev 1.0\n    Raspbian\n" in doctor.as_text(healthy | {"system": board})


def test_sound_fonts_are_found_where_they_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.sf2", "b.SF3", "readme.txt"):
        (tmp_path / name).touch()
    (tmp_path / "default-GM.sf2").symlink_to(tmp_path / "b.SF3")  # as Debian names the one that was chosen
    monkeypatch.setattr(fonts, "_SOUND_FOLDERS", ("/nowhere/at/all", str(tmp_path)))

    assert fonts.sound_fonts() == [str(tmp_path / "b.SF3"), str(tmp_path / "a.sf2")]


def test_midi_ports_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "two_ports.py").write_text(
        "def get_devices(**_):\n"
        "    return [dict(name='Synth', is_input=False, is_output=True),\n"
        "            dict(name='Keys', is_input=True, is_output=False)]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MIDO_BACKEND", "two_ports")
    ports = doctor._midi_ports()

    assert ports == {"inputs": ["Keys"], "outputs": ["Synth"]}


def test_no_midi_backend_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIDO_BACKEND", raising=False)
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)

    assert "pip install python-rtmidi" in doctor._midi_ports()["advice"]


def test_a_python_without_ctypes_has_no_synthesizer() -> None:
    """OpenWrt's python3-light is one."""
    code = (
        "import sys; sys.modules['_ctypes'] = None; from linnet import doctor; print(doctor._synthesizer())"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout == "None\n"

"""`linnet doctor`: what is here, how fast it is, and what to do about what is missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import linnet
from linnet import _core
from linnet.doctor import machine, trial
from linnet.engine import library
from linnet.sound.fonts import sound_fonts
from linnet.tokens import features, vocabulary

__all__ = ["Facts", "as_text", "examine"]

Facts = dict[str, Any]
"""Plain data: what json.dumps takes."""

SECONDS = 2.0
"""How long speed is measured, all models together."""

SIZES = {"S": (2, 256), "M": (2, 512), "L": (3, 512)}
"""Layers and units of the sizes that models commonly have."""

EASILY, YES = 20, 5
"""From how many times real time on a machine plays a size live. Dense music has about four times the notes of
the dance tunes that are measured, and something else is to run as well."""


def examine(models: Sequence[str] = (), *, progress: Callable[[str], None] | None = None) -> Facts:
    """Everything the doctor finds. `models`: names or files; the packaged ones unless given.

    `ready` says whether music can be made. `problem` and `advice` stand wherever there is one. `progress` is
    told what is being done, and at last nothing.
    """
    tell = progress or (lambda _: None)
    names = list(models) or linnet.models()
    facts: Facts = {
        "linnet": _linnet(),
        "python": machine.python(),
        "system": machine.system(),
        "cpu": machine.cpu(),
        "memory": machine.memory(),
        "engine": {},
        "native": {},
        "models": [],
    }
    for name in names or [""]:
        tell(f"trying {name or 'the engine'}")
        told = trial.apart("model", name, str(SECONDS / max(1, len(names))))
        crash = {"problem": told.get("crash", "it said nothing")}
        without = f"{library.remedy(again=True)}; or to go without it: LINNET_ENGINE=native"
        facts["engine"] = told.get("engine", crash | {"advice": without})
        facts["native"] = told.get("native", {})
        if "engine" not in told:
            break
        if name:
            facts["models"].append({"name": name} | told.get("model", crash))
    good = [model for model in facts["models"] if "problem" not in model]
    facts["sizes"] = _sizes(good[0]) if good else []
    tell("looking for MIDI ports")
    facts["midi_ports"] = _midi_ports()
    facts["sound_fonts"] = sound_fonts()
    facts["synthesizer"] = _synthesizer()
    facts["ready"] = bool(good)
    tell("")
    return facts


def _synthesizer() -> str | None:
    try:
        from linnet.sound import fluidsynth
    except ImportError:  # small systems have a Python without ctypes
        return None
    found = fluidsynth.version()
    return found and f"FluidSynth {found}"


def _linnet() -> Facts:
    return {
        "version": linnet.__version__,
        "folder": str(Path(linnet.__file__).parent),
        "abi3": ".abi3." in _core.__file__ or _core.__file__.endswith("_core.pyd"),
    }


def _sizes(measured: Facts) -> list[Facts]:
    """What models of the common sizes would do here: a step takes as long as its weights take to be read."""
    own = _weights(measured["layers"], measured["hidden_size"])
    sizes = []
    for name, (layers, hidden_size) in SIZES.items():
        ratio = _weights(layers, hidden_size) / own
        speed = measured["times_real_time"] / ratio
        sizes.append(
            {
                "size": name,
                "layers": layers,
                "hidden_size": hidden_size,
                "measured": ratio == 1,
                "milliseconds_per_token": round(measured["milliseconds_per_token"]["median"] * ratio, 4),
                "times_real_time": round(speed, 2),
                "verdict": "easily" if speed >= EASILY else "yes" if speed >= YES else "no",
            }
        )
    return sizes


def _weights(layers: int, hidden_size: int) -> int:
    """Numbers that one step reads: four gates of each layer, the output, and the rows of the features."""
    return 8 * layers * hidden_size**2 + hidden_size * (vocabulary.SIZE + features.WIDTH)


def _midi_ports() -> Facts:
    if not os.environ.get("MIDO_BACKEND") and not importlib.util.find_spec("rtmidi"):
        return {
            "problem": "python-rtmidi is not installed",
            "advice": "only needed to play live; to add it: pip install python-rtmidi",
        }
    told = trial.apart("ports")
    if "crash" in told:
        advice = "only needed to play live, and not to be had in containers or without ALSA"
        return {"problem": told["crash"], "advice": advice}
    return told


# ---- for people --------------------------------------------------------------------------------------------

GOOD, BAD, OPTIONAL = "✓", "✗", "–"


def as_text(facts: Facts, encoding: str = "utf-8") -> str:
    """The facts for people: a mark and a line for each thing, advice beneath.

    Where the encoding lacks the marks, simpler ones do.
    """
    marks = {GOOD: GOOD, BAD: BAD, OPTIONAL: OPTIONAL}
    try:
        "".join(marks).encode(encoding)
    except UnicodeEncodeError:
        marks = {GOOD: "+", BAD: "!", OPTIONAL: "-"}
    lines: list[str] = []
    for mark, headline, *details in _lines(facts):
        lines += _wrapped(headline, f"{marks[mark]} ")
        # each on a line of its own: a command to type is not to be broken
        for part in "; ".join(details).split("; "):
            lines += _wrapped(part, "    ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str) -> list[str]:
    lines = textwrap.TextWrapper(80, indent, "    ", break_long_words=False, break_on_hyphens=False)
    return lines.wrap(text)


def _lines(facts: Facts) -> Iterator[Sequence[str]]:
    python, system, own = facts["python"], facts["system"], facts["linnet"]
    yield GOOD, f"Python {python['version']}, {python['bits']} bit", _short(python["executable"])
    serves = "for any Python from 3.11 on" if own["abi3"] else "for this Python alone"
    yield GOOD, f"linnet {own['version']}, built {serves}", _short(own["folder"])
    yield GOOD, system["board"] or system["name"], *_system(system)
    yield _cpu(facts["cpu"], facts["memory"], system)
    yield _engine(facts["engine"], facts["ready"])
    if facts["native"]:
        yield _native(facts["native"], facts["models"])
    for model in facts["models"]:
        yield _model(model)
    if facts["sizes"]:
        yield _live(facts)
    yield _ports(facts["midi_ports"])
    yield _sounds(facts["sound_fonts"], facts["synthesizer"])
    if facts["ready"]:
        yield GOOD, "ready to make music: linnet generate -o tune.mid"
    else:
        yield BAD, "no music can be made here yet"


def _system(system: Facts) -> Iterator[str]:
    if system["board"]:
        yield system["name"]
    yield ", ".join(filter(None, (system["machine"], system["libc"])))


def _cpu(cpu: Facts, memory: Facts, system: Facts) -> Sequence[str]:
    cores = f"{cpu['cores']} core{'s' * (cpu['cores'] != 1)}"
    lines = [f"{cpu['name'] or system['machine'] or 'processor'}, {cores}"]
    if cpu["features"]:
        lines.append(f"fast arithmetic: {', '.join(cpu['features'])}")
    if memory["total_bytes"]:
        free = memory["available_bytes"]
        left = f", {free / 1e9:.1f} GB free" if free else ""
        lines.append(f"{memory['total_bytes'] / 1e9:.1f} GB of memory{left}")
    if sys.platform == "linux" and not Path("/proc/cpuinfo").exists():
        return OPTIONAL, *lines, "/proc is missing: onnxruntime complains of it, and plays all the same"
    return GOOD, *lines


def _engine(engine: Facts, ready: bool) -> Sequence[str]:
    if "left_out" in engine:
        return OPTIONAL, f"onnxruntime is left out: {engine['left_out']}"
    if "problem" in engine and ready:
        return OPTIONAL, "onnxruntime: only models that are not exact need it", *_trouble(engine)
    if "problem" in engine:
        return BAD, "onnxruntime, which runs the models", *_trouble(engine)
    return GOOD, f"onnxruntime {engine['version']}", _short(engine["library"])


def _native(native: Facts, models: Sequence[Facts]) -> Sequence[str]:
    title = f"linnet's own engine ({native['kernel']}): exact models, the same notes"
    both = [model for model in models if len(model.get("engines", {})) == 2]
    if not both:
        return GOOD, title
    own, theirs = both[0]["engines"]["native"], both[0]["engines"]["onnxruntime"]
    measured = f"{both[0]['name']}: {1000 * own:.0f} us a token, in onnxruntime {1000 * theirs:.0f} us"
    if own < theirs:
        return GOOD, title, measured, "to choose it: --engine native, or LINNET_ENGINE=native"
    return GOOD, title, f"{measured}, which is the better choice here"


def _model(model: Facts) -> Sequence[str]:
    if "problem" in model:
        return BAD, f"model {model['name']}", *_trouble(model)
    same = "the same notes on every CPU" if model["exact"] else "the same notes on one kind of CPU"
    token, peak = model["milliseconds_per_token"], model["peak_memory_bytes"]
    speed = f"{model['tokens_per_second']:,.0f} tokens a second, "
    speed += f"each {_ms(token['median'])} ms, 1 in 100 over {_ms(token['p99'])} ms"
    pace = f"{_times(model['times_real_time'])} times faster than real time"
    if peak:
        pace += f", {peak / 1e6:.0f} MB of memory"
    return GOOD, f"model {model['name']}: {model['bytes'] / 1e6:.2f} MB, {same}", speed, pace


def _live(facts: Facts) -> Sequence[str]:
    lines = [
        f"{size['size']}  {size['layers']} x {size['hidden_size']} units  "
        f"{_ms(size['milliseconds_per_token']):>6} ms a token"
        f"{_times(size['times_real_time']):>7} x real time   {size['verdict']}"
        + (" (measured)" if size["measured"] else "")
        for size in facts["sizes"]
    ]
    able = any(size["verdict"] != "no" for size in facts["sizes"])
    measured = next(model["name"] for model in facts["models"] if "problem" not in model)
    title = f"sizes of models that can play live here: a cautious estimate from {measured}"
    return (GOOD if able else OPTIONAL), title, *lines


def _ports(ports: Facts) -> Sequence[str]:
    if "problem" in ports:
        return OPTIONAL, "MIDI ports", *_trouble(ports)
    if not ports["outputs"]:
        return OPTIONAL, "MIDI ports: there is none to play to", "start a synthesizer, or plug one in"
    return GOOD, f"MIDI ports to play to: {len(ports['outputs'])}", *_few(ports["outputs"])


def _sounds(fonts: list[str], synthesizer: str | None) -> Sequence[str]:
    apt = sys.platform == "linux" and shutil.which("apt")
    missing = ["to add one: sudo apt install fluid-soundfont-gm"] if apt and not fonts else []
    if not synthesizer:
        return (
            OPTIONAL,
            "sound: a plain tone, without FluidSynth",
            "to add it: pip install 'linnet[audio]'",
            *missing,
        )
    if not fonts:
        return (
            OPTIONAL,
            f"sound: a plain tone; {synthesizer} has no SoundFont to play",
            "there is none in the usual places",
            *missing,
        )
    lines = _few([_short(font) for font in fonts])
    return (
        GOOD,
        f"sound: {synthesizer} with the first SoundFont of {len(fonts)}",
        *lines,
        "to hear a tune: linnet play tune.mid",
    )


def _few(lines: list[str], most: int = 4) -> list[str]:
    return [*lines[:most], f"and {len(lines) - most} more"] if len(lines) > most else lines


def _trouble(facts: Facts) -> list[str]:
    return [facts[key] for key in ("problem", "advice") if key in facts]


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:.0f}"


def _times(factor: float) -> str:
    return f"{factor:.1f}" if factor < 10 else f"{factor:,.0f}"


def _short(path: str) -> str:
    """A path as people write it."""
    try:
        home = str(Path.home())
    except RuntimeError:  # there is none
        return path
    return f"~{path[len(home) :]}" if path.startswith(home + os.sep) else path

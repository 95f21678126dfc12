"""How a piece was made, as Python and as commands, to be copied."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from linnet.controls.options import ABOUT

__all__ = ["recipe"]

Step = Mapping[str, Any]
"""What was done, as JSON has it: `do`, and with what."""

_FIRST = ("open", "generate", "live")
"""What a piece begins with."""


def recipe(steps: Sequence[Step], path_of: Callable[[str], str]) -> dict[str, str]:
    """The steps as `python` and as `command`; `path_of` says what a command calls a model.

    Both end in the same notes as the page has, where all steps began from a seed or a file.
    """
    python, command = ["import linnet", ""], []
    loaded = ""
    name = "tune.mid"
    for number, step in enumerate(steps):
        does, last = step.get("do"), number + 1 == len(steps)
        if does in _FIRST:
            name = str(step.get("name", "tune.mid"))
        model = str(step.get("model", ""))
        if model and model != loaded:
            python.append(f"model = linnet.load({path_of(model)!r})")
            loaded = model
        python += _python(step)
        output = "tune.mid" if last else f"step{number + 1}.mid"
        line = _command(step, path_of(model), name, output)
        command += line
        if line:
            name = output
    python.append('score.save("tune.mid")  # or .wav, .musicxml, .pdf')
    return {"python": "\n".join(python), "command": "\n".join(command)}


def _arguments(options: Any) -> str:  # JSON of the page
    if not isinstance(options, Mapping):
        return ""
    return ", ".join(f"{name}={value!r}" for name, value in options.items())


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _python(step: Step) -> list[str]:
    options = _arguments(step.get("options"))
    match step.get("do"):
        case "generate":
            return [f"score = model.generate({options})"]
        case "open":
            return [f"score = linnet.Score.open({str(step.get('name'))!r})"]
        case "live":
            return ['score = linnet.Score.open("live.mid")  # what was recorded, saved from the page']
        case "fill":
            tracks = f"tracks={step['tracks']!r}" if step.get("tracks") else ""
            return [f"score = model.fill({_joined('score', repr(str(step.get('bars'))), tracks, options)})"]
        case "vary":
            made = f"model.vary({_joined('score', repr(str(step.get('keep'))), options)})[0]"
            if step.get("bars"):
                made = f"score.with_bars({str(step['bars'])!r}, {made})"
            return [f"score = {made}"]
        case "add":
            return [f"score = model.add({_joined('score', repr(str(step.get('parts'))), options)})"]
        case "continue":
            length = f"bars={step.get('length')!r}"
            made = _joined("primer=score", length, "with_primer=True", options)
            return [f"score = model.generate({made})"]
    return []


def _command(step: Step, model: str, file: str, output: str) -> list[str]:
    words: list[str]
    after: list[str] = []
    match step.get("do"):
        case "generate":
            words = ["generate", model]
        case "fill":
            words = ["fill", file, "--model", model, "--bars", str(step.get("bars"))]
            if step.get("tracks"):
                words += ["--tracks", ",".join(map(str, step["tracks"]))]
        case "vary":
            words = ["vary", file, "--model", model, "--keep", str(step.get("keep"))]
            if step.get("bars"):
                after = [f"# only bars {step['bars']} of it were taken: with_bars in Python"]
        case "add":
            words = ["add", str(step.get("parts")), file, "--model", model]
        case "continue":
            words = ["continue", file, "--model", model, "--bars", str(step.get("length")), "--with-primer"]
        case _:
            return []
    return [shlex.join(["linnet", *words, *_flags(step.get("options")), "-o", output]), *after]


def _flags(options: Any) -> list[str]:  # JSON of the page
    found: list[str] = []
    for name, value in options.items() if isinstance(options, Mapping) else ():
        about = ABOUT.get(name)
        if about is None:
            continue
        flag = about.flag or f"--{name.replace('_', '-')}"
        if isinstance(value, list):
            value = ",".join(map(str, value))
        found += [flag] if value is True else [flag, str(value)]
    return found

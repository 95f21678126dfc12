"""The same model, arguments and seed give the same bytes of MIDI on every CPU: `tests/golden/check.py`.

golden.json holds pieces of 2,000 tokens and more: the model, the arguments of `generate`, and the SHA-256 of
the MIDI file without its texts, which name linnet's version, its key signature and the names of its tracks.
Of a model that composes plans it holds plans and streams too: the SHA-256 of what is said of every bar, and
of the tokens before and after a wish. All are made again here and compared; the exit status is 1 when one of
them differs. Nothing is needed but linnet as it was installed: `tools/devices` runs this on the CPU of every
device.

`python tests/golden/check.py --remake` writes the hashes of today into golden.json and keeps the arguments,
apart from bars where a piece came out too short. To be run after a model of MODELS was exported anew. For any
other reason it is a change of everybody's music, and needs a line in CHANGELOG.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import linnet
from linnet import _core, midi
from linnet.controls.resolve import resolve
from linnet.generation.planned import with_plan
from linnet.tokens import codec

GOLDEN = Path(__file__).with_name("golden.json")
DATA = Path(__file__).parents[1] / "data"
MODELS = {"folk": "folk", "tiny": DATA / "tiny.onnx", "home": DATA / "home.onnx"}
"""What `linnet.load` is given for the names in golden.json."""

TOKENS = 2000
"""In the shortest piece."""

Piece = dict[str, Any]
"""model, settings (arguments of `generate`), tokens (how many), midi (a hash). A primer is given as the
settings of a piece of the same model.

Of a `kind` that is no piece: "plan", whose `tokens` are its bars; "stream", of `tokens` / 2 tokens before and
after the `wish`.
"""


def make(model: linnet.Model, piece: Piece) -> tuple[int, str]:
    """Number of tokens and hash of a piece, a plan or a stream."""
    settings = dict(piece["settings"])
    if "pitch_range" in settings:
        settings["pitch_range"] = tuple(settings["pitch_range"])
    if "primer" in settings:
        settings["primer"] = model.generate(**settings["primer"])
    if kind(piece) == "plan":
        return _plan(model, settings)
    if kind(piece) == "stream":
        return _stream(model, settings, piece["wish"])
    score = model.generate(**settings)
    tracks = tuple(replace(track, name="") for track in score.tracks)
    data = midi.dumps(replace(score, texts=(), key_signatures=(), tracks=tracks))
    return len(codec.encode(score)), hashlib.sha256(data).hexdigest()


def kind(piece: Piece) -> str:
    """piece, plan or stream."""
    return str(piece.get("kind", "piece"))


def _plan(model: linnet.Model, settings: dict[str, Any]) -> tuple[int, str]:
    plan = with_plan(model.engine, resolve(model.info, linnet.Options(**settings))).plan
    assert plan is not None
    said = [[bar.source, bar.quarters, sorted(bar.wishes.items())] for bar in plan.bars]
    return len(said), hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _stream(model: linnet.Model, settings: dict[str, Any], wish: dict[str, Any]) -> tuple[int, str]:
    stream = model.stream(**settings)
    tokens = list(stream.tokens(TOKENS // 2))
    stream.wish(**wish)
    tokens += stream.tokens(TOKENS // 2)
    return len(tokens), hashlib.sha256(json.dumps(tokens).encode()).hexdigest()


def every_nth(pieces: list[Piece], n: int) -> list[Piece]:
    """Every nth piece of each model and kind, one at least."""
    counted: dict[tuple[str, str], int] = {}
    found = []
    for piece in pieces:
        group = piece["model"], kind(piece)
        number = counted[group] = counted.get(group, -1) + 1
        found += [piece] if number % n == 0 else []
    return found


def changed_models(golden: dict[str, Any]) -> list[str]:
    """Models whose files are not those that the hashes were made with."""
    return [name for name, sha in golden["models"].items() if linnet.load(MODELS[name]).info.sha256 != sha]


def differences(golden: dict[str, Any]) -> Iterator[tuple[Piece, str | None]]:
    """Every piece, as soon as it is made, with what is wrong about it."""
    models = {name: linnet.load(MODELS[name]) for name in golden["models"]}
    for piece in golden["pieces"]:
        tokens, midi_hash = make(models[piece["model"]], piece)
        same = (tokens, midi_hash) == (piece["tokens"], piece["midi"])
        yield piece, None if same else f"{tokens} tokens, {midi_hash}"


def remake(golden: dict[str, Any]) -> dict[str, Any]:
    """The same pieces with the hashes of today, each long enough."""
    models = {name: linnet.load(MODELS[name]) for name in golden["models"]}
    pieces = []
    for piece in golden["pieces"]:
        model, settings = models[piece["model"]], dict(piece["settings"])
        while (made := make(model, piece | {"settings": settings}))[0] < TOKENS and kind(piece) == "piece":
            settings["bars"] += 16
        pieces.append(piece | {"settings": settings, "tokens": made[0], "midi": made[1]})
    return {"models": {name: model.info.sha256 for name, model in models.items()}, "pieces": pieces}


def dumps(golden: dict[str, Any]) -> str:
    """JSON with a line for each piece, so that a change is seen piece by piece."""
    pieces = ",\n  ".join(json.dumps(piece) for piece in golden["pieces"])
    return f'{{"models": {json.dumps(golden["models"])},\n "pieces": [\n  {pieces}\n]}}\n'


def main(arguments: list[str] | None = None) -> int:
    """0 when every piece is as it was, 1 when one is not, 2 when the models are others."""
    parser = argparse.ArgumentParser(description="Makes the golden pieces again and compares their hashes.")
    parser.add_argument("file", nargs="?", type=Path, default=GOLDEN, help="hashes (golden.json)")
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="only every Nth of each model (all)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--remake", action="store_true", help="write the hashes of today into the file")
    asked = parser.parse_args(arguments)
    golden = json.loads(asked.file.read_text(encoding="utf-8"))
    if asked.remake:
        asked.file.write_text(dumps(remake(golden)), encoding="utf-8")
        return 0
    if others := changed_models(golden):
        print(f"other model files than the hashes were made with: {', '.join(others)}", file=sys.stderr)
        return 2
    golden["pieces"] = every_nth(golden["pieces"], asked.every)
    start, wrong = time.perf_counter(), []
    for number, (piece, difference) in enumerate(differences(golden), 1):
        if difference:
            wrong.append({"piece": piece, "here": difference})
            print(f"piece {number} differs: {json.dumps(piece)}, here {difference}", file=sys.stderr)
        if sys.stderr.isatty():
            print(f"\r{number} of {len(golden['pieces'])}", end="\r", file=sys.stderr, flush=True)
    result = {
        "pieces": len(golden["pieces"]),
        "equal": len(golden["pieces"]) - len(wrong),
        "tokens": sum(piece["tokens"] for piece in golden["pieces"]),
        "seconds": round(time.perf_counter() - start, 1),
        "linnet": linnet.__version__,
        "onnxruntime": _core.library_version(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "different": wrong,
    }
    if asked.json:
        print(json.dumps(result))
    else:
        print(
            "{equal} of {pieces} pieces are the same, {tokens} tokens, {seconds} s "
            "(onnxruntime {onnxruntime}, Python {python}, {machine})".format(**result)
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

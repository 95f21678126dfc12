"""A model of somebody's own: files that were dropped, what is in them, and the training of linnet-train."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from linnet import midi
from linnet.errors import LinnetError, in_one_line
from linnet.model import load
from linnet.music.key import KEYS, estimate_key
from linnet.music.score import Score
from linnet.studio.models import Models
from linnet.studio.takes import take
from linnet.tools.lazy import np

__all__ = ["Workshop"]

Json = dict[str, Any]

MOST_FILES, MOST_MEGABYTES, MOST_MINUTES = 300, 64, 120
"""Of music that is dropped, and of its training."""

_STARTS = ("folk", "chorale", "piano", "band")
"""What can be carried on."""

_LENGTHS = (0.25, 0.5, 1, 2, 4)
"""Quarters: sixteenths, eighths, quarters, halves, wholes."""


class Workshop:
    """The one training of a studio. Its files lie in a folder of their own, which goes with the studio."""

    def __init__(self, models: Models, trainer: Sequence[str] = ()) -> None:
        """`trainer`: the command that trains, unless it is linnet-train."""
        self._models = models
        self._trainer = [*trainer] or [sys.executable, "-m", "linnet_train"]
        self._folder: Path | None = None
        self._files: list[Json] = []
        self._bytes = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0
        self._name, self._start = "mine", "folk"
        self._listed = False

    # ---- files

    @property
    def folder(self) -> Path:
        """Where all of it is."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="linnet-studio-"))
            (self._folder / "music").mkdir()
        return self._folder

    def add(self, data: bytes, name: str) -> Json:
        """One more file, and what is in it, or why it is skipped."""
        plain = Path(name.replace("\\", "/")).name[-60:] or "music.mid"
        if len(self._files) >= MOST_FILES or self._bytes + len(data) > MOST_MEGABYTES * 2**20:
            most = f"{MOST_FILES} files and {MOST_MEGABYTES} MB"
            raise ValueError(f"at most {most} are taken here: linnet-train takes more")
        if self.running:
            raise ValueError("a model is in training: stop it first")
        facts: Json = {"name": plain}
        try:
            score = midi.loads(data, name=plain)
            if not len(score.notes):
                raise ValueError(f"{plain}: there are no notes in it")
            facts |= _facts(score)
            number = len(self._files)
            (self.folder / "music" / f"{number:03}.mid").write_bytes(data)
        except (LinnetError, ValueError) as error:
            facts["skipped"] = in_one_line(error)
        self._bytes += len(data)
        self._files.append(facts)
        return facts

    def clear(self) -> None:
        """Forgets all files, and the model that was made of them unless it was saved."""
        self.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder, self._files, self._bytes, self._process = None, [], 0, None
        self._listed = False

    # ---- training

    @property
    def running(self) -> bool:
        """Whether a model is in training."""
        return self._process is not None and self._process.poll() is None

    @property
    def _model(self) -> Path:
        return self.folder / f"{self._name}.onnx"

    def start(self, asked: Json) -> Json:
        """Begins: `start`, a packaged model, `minutes`, and `name`."""
        if missing := _missing():
            raise LinnetError(missing)
        if self.running:
            raise ValueError("a model is in training already")
        if not any("skipped" not in each for each in self._files):
            raise ValueError("drop some MIDI files first: there is nothing to learn from")
        minutes, start = asked.get("minutes", 5), asked.get("start", "folk")
        name = str(asked.get("name") or "mine")
        if not isinstance(minutes, int | float) or not 0.2 <= minutes <= MOST_MINUTES:
            raise ValueError(f"minutes must be between 0.2 and {MOST_MINUTES}, got {minutes!r}")
        steps = asked.get("steps")
        if steps is not None and (not isinstance(steps, int) or not 1 <= steps <= 100_000):
            raise ValueError(f"steps must be between 1 and 100,000, got {steps!r}")
        if start not in _STARTS:
            raise ValueError(f"start must be one of {', '.join(_STARTS)}, got {start!r}")
        if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum() and len(name) <= 40):
            raise ValueError(f"name must be letters and digits, 40 at most, got {name!r}")
        self._name, self._start, self._listed = name, start, False
        command = [*self._trainer, "personal", str(self.folder / "music")]
        command += ["-o", str(self._model), "--from", start, "--minutes", str(minutes), "--pieces", "4"]
        command.append("--fresh")
        if steps is not None:
            command += ["--steps", str(steps)]
        with (self.folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self._begun = time.monotonic()
        return self.state()

    def stop(self) -> Json:
        """Ends the training, as Ctrl-C would."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        return self.state()

    def state(self) -> Json:
        """Files, how far the training has come, its losses and its last words."""
        found: Json = {
            "missing": _missing(),
            "starts": list(_STARTS),
            "files": self._files,
            "running": self.running,
            "seconds": round(time.monotonic() - self._begun, 1) if self._process else 0,
            "stage": 0,
            "loss": [],
            "held_out": [],
            "said": "",
            "ready": False,
            "can_sample": False,
        }
        if self._process is None or self._folder is None:
            return found
        words = (self._folder / "log.txt").read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
        lines = [line.rstrip() for line in words.splitlines() if line.strip()]
        for line in lines:
            stage = line.removeprefix("linnet-train: ").partition(" of 4: ")[0]
            if " of 4: " in line and stage.isdecimal():
                found["stage"] = int(stage)
        run = self._model.with_suffix(".personal") / "run"
        for row in _rows(run / "metrics.jsonl"):
            if "loss" in row:
                found["loss"].append([row["step"], row["loss"]])
            if "valid" in row:
                found["held_out"].append([row["step"], row["valid"]])
        found["can_sample"] = (run / "best.safetensors").is_file()
        done = self._process.poll()
        if done == 0 and self._model.is_file():
            found["ready"] = True
            found["name"] = self._name
            table = next((i + 1 for i, line in enumerate(lines) if " 4 of 4: " in line), 0)
            found["said"] = "\n".join(line for line in lines[table:] if str(self._folder) not in line)
            if not self._listed:
                self._models.add(self._model, shown=self._model.name)
                self._listed = True
        elif done is not None and done > 0:
            ours = [line for line in lines if line.startswith("linnet-train: ")] or lines
            found["said"] = ours[-1] if ours else "it stopped"
        return found

    def sample(self, seed: int) -> Json:
        """A piece by the model as it is now: the best weights so far are exported for it."""
        if self._listed:
            made = self._models.get(self._name).generate(bars=8, seed=seed)
            step = {"do": "generate", "model": self._name, "options": {"bars": 8, "seed": seed}}
            return take(made, [step], self._models)
        run = self._model.with_suffix(".personal") / "run"
        file = self.folder / "sample" / f"{self._name}.onnx"
        file.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "linnet_export", str(run), "-o", str(file), "--parity-tokens", "200"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise LinnetError((done.stderr.strip().splitlines() or ["it could not be exported"])[-1])
        made = load(file).generate(bars=8, seed=seed)
        return take(made, [{"do": "open", "name": f"{self._name}.mid"}], self._models)

    def file(self) -> bytes:
        """The model file, when it is ready."""
        if not self._listed:
            raise ValueError("there is no model yet")
        return self._model.read_bytes()


def _missing() -> str:
    """What must be installed, where it is not."""
    if find_spec("linnet_export") is None:
        return "the exporter is not installed: in a checkout, pip install -e export"
    return ""


def _facts(score: Score) -> Json:
    """What the histograms are made of."""
    notes = score.pitched_notes
    key = estimate_key(notes) if len(notes) else None
    quarters = (notes.duration / score.ticks_per_beat).tolist()
    lengths = Counter(_nearest(each) for each in quarters)
    classes = np.bincount(notes.pitch % 12, minlength=12).tolist() if len(notes) else [0] * 12
    return {
        "notes": len(score.notes),
        "bars": score.full_bars,
        "seconds": round(float(score.seconds(score.end)), 1),
        "key": None if key is None else KEYS[key],
        "meter": "{0.numerator}/{0.denominator}".format(score.time_signatures[-1]),
        "tracks": len(score.tracks),
        "classes": classes,
        "lengths": [lengths.get(length, 0) for length in _LENGTHS],
    }


def _nearest(quarters: float) -> float:
    return min(_LENGTHS, key=lambda length: abs(math.log2(length / max(quarters, 0.05))))


def _rows(path: Path) -> list[Json]:
    rows = []
    with suppress(OSError):
        for line in path.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):  # the last line may be half written
                rows.append(json.loads(line))
    return rows

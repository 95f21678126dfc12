"""Models: load one, make music with it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import linnet
from linnet import _compose, codec, modelfile
from linnet._engine import Engine
from linnet._quantise import TICKS_PER_BEAT
from linnet.form import check as check_form
from linnet.modelfile import ModelInfo
from linnet.score import Score
from linnet.settings import (
    Range,
    Rules,
    Sampling,
    nearest_tempo,
    time_signature_index,
    usual_key,
    wish_values,
)

__all__ = ["DEFAULT", "Model", "load", "models"]

DEFAULT = "folk"
"""The model a newcomer hears first."""

_PACKAGED = Path(__file__).parent / "models"


def models() -> list[str]:
    """Names of the models that came with linnet."""
    return sorted(path.stem for path in _PACKAGED.glob("*.onnx"))


def load(name_or_path: str | PathLike[str] = DEFAULT) -> Model:
    """A packaged model by name, or any model file by path. Never touches the network.

    FileNotFoundError when there is neither; ModelError and its kin for a file that cannot be used.
    """
    text = fspath(name_or_path)
    if text in models():
        return Model(_PACKAGED / f"{text}.onnx")
    if Path(text).name == text and not Path(text).suffix and not Path(text).exists():
        raise FileNotFoundError(f"{text} is neither a file nor a packaged model ({', '.join(models())})")
    return Model(Path(text))


class Model:
    """A trained network with all that is needed to play it; immutable, and shared freely between threads."""

    def __init__(self, file: str | PathLike[str]) -> None:
        """Opens a model file."""
        self.file = Path(file)
        """Path of the .onnx file."""
        self._engine = Engine.open(self.file)
        modelfile.check_vocabulary(self._engine.info)

    @property
    def info(self) -> ModelInfo:
        """What the file says about itself."""
        return self._engine.info

    def __repr__(self) -> str:
        return f"<linnet.Model {self.info.name}: {fspath(self.file)}>"

    def generate(
        self,
        *,
        bars: int | None = None,
        seconds: float | None = None,
        seed: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        bpm: float | None = None,
        time_signature: str | None = None,
        form: str | None = None,
        key: str | None = None,
        style: str | int | None = None,
        density: int | None = None,
        register: int | None = None,
        scale: str | Iterable[int] | None = None,
        pitch_range: Range | Sequence[Range] | None = None,
        polyphony: int | Sequence[int] | None = None,
        longest: float | None = None,
        programs: Sequence[int] | None = None,
        drums: Sequence[int] | None = None,
        instrument: int | Sequence[int] | None = None,
        primer: Score | None = None,
        with_primer: bool = False,
        progress: _compose.Progress | None = None,
    ) -> Score:
        """A new piece. The same arguments give the same bytes; None means "as the model likes".

        **Length.** `bars` (16 unless given): exactly so many, every note closed inside them. Models in the
        performance base have no bars and take `seconds` (30 unless given) instead.

        **Form.** Letters for sections, such as `"AABB"`: a repeated letter is a section like the one before.
        A section has 8 bars (4 in pieces shorter than 24 bars), and the piece begins without an upbeat and
        closes on its tonic; the form starts over when it is through. `""` leaves all of it to chance.

        **Chance.** `seed`, 0..2**64-1; without one a new one is drawn, and written into the score's texts.
        `temperature`, `top_k`, `top_p`, `min_p`: see `linnet.Sampling`.

        **Wishes** lean the model that way. `key`: `"D major"`, `"A minor"`, `"F#m"`; unless key, scale or
        primer is given, one that is usual in the model's music, by the seed. `style`: a name or number from
        the model. `density` 1..8, `register` 1..5 from low to high.

        **Tempo and meter** are kept exactly: `bpm` in quarter notes a minute, `time_signature` such as
        `"6/8"`. Both win over the primer's.

        **Rules** are never broken: `scale`, `pitch_range`, `polyphony`, `longest`, `programs`, `drums`; see
        `linnet.Rules`. `instrument` only changes who plays: a program for all tracks, or one for each.

        **Continuing.** `primer` is music to go on from, starting at the next bar line. The new part alone
        comes back, or both with `with_primer`.

        ValueError for arguments that are out of range or cannot go together.
        """
        if scale is not None and not isinstance(scale, str):
            scale = tuple(scale)  # it is read twice
        asked = {name: value for name, value in locals().items() if name not in _NOT_A_SETTING}
        grid = self.info.time_base == "grid"
        length = self._length(bars, seconds)
        sampling = self._sampling(temperature, top_k, top_p, min_p)
        rules = Rules(scale, pitch_range, polyphony, longest, programs, drums)
        tempo = None if bpm is None else nearest_tempo(bpm) + 1
        wishes = {"key": key, "style": style, "density": density, "register": register}
        if grid:
            wishes["tempo"] = tempo if self._knows("tempo") else None
            if time_signature is not None:
                time_signature_index(time_signature)
        elif bpm is not None or time_signature is not None:
            raise ValueError(f"{self.info.name} keeps human timing: it has neither bpm nor time_signature")
        if seed is None:
            seed = secrets.randbits(32)
        if key is None and scale is None and primer is None and self._knows("key"):
            wishes["key"] = usual_key(self.info.defaults.get("keys", {}), seed)
        request = _compose.Request(
            seed=seed,
            sampling=sampling,
            rules=rules.for_tracker(TICKS_PER_BEAT["grid"] if grid else 100),
            wishes=wish_values(wishes, self.info.wishes),
            length=length,
            form=self._form(form),
            bpm=bpm,
            time_signature=time_signature,
            primer=primer,
            with_primer=with_primer,
        )
        [score] = _compose.compose(self._engine, [request], progress=progress)
        if instrument is not None:
            chosen_programs = (instrument,) if isinstance(instrument, int) else tuple(instrument)
            score = _compose.with_programs(score, chosen_programs)
        return replace(score, texts=self._texts(asked | {"seed": seed}, sampling, primer))

    def _length(self, bars: int | None, seconds: float | None) -> int:
        if self.info.time_base == "grid":
            if seconds is not None:
                raise ValueError(f"{self.info.name} counts bars: ask for bars instead of seconds")
            if bars is not None and not 1 <= bars <= 100_000:
                raise ValueError(f"bars must be between 1 and 100000, got {bars}")
            return 16 if bars is None else bars
        if bars is not None:
            raise ValueError(f"{self.info.name} keeps human timing and has no bars: ask for seconds")
        if seconds is not None and not 0.1 <= seconds <= 100_000:
            raise ValueError(f"seconds must be between 0.1 and 100000, got {seconds}")
        return round((30 if seconds is None else seconds) * 100)

    def _sampling(
        self, temperature: float | None, top_k: int | None, top_p: float | None, min_p: float | None
    ) -> Sampling:
        usual = self.info.defaults
        return Sampling(
            usual["temperature"] if temperature is None else temperature,
            int(usual["top_k"]) if top_k is None else top_k,
            usual["top_p"] if top_p is None else top_p,
            usual["min_p"] if min_p is None else min_p,
        )

    def _form(self, asked: str | None) -> str:
        able = self.info.time_base == "grid" and self._knows("likeness")
        if asked is None:
            return str(self.info.defaults.get("form", "")) if able else ""
        if asked and not able:
            raise ValueError(f"form is not for {self.info.name}: it has not learnt to make bars alike")
        return check_form(asked)

    def _knows(self, wish: str) -> bool:
        return any(entry["name"] == wish and entry["trained"] for entry in self.info.wishes)

    def _texts(self, asked: dict[str, Any], sampling: Sampling, primer: Score | None) -> tuple[str, ...]:
        """What it takes to make the piece again."""
        settings = {name: value for name, value in asked.items() if value is not None} | asdict(sampling)
        if primer is not None:
            tokens = codec.encode(primer, self.info.time_base)
            settings["primer_sha256"] = hashlib.sha256(tokens.tobytes()).hexdigest()
        return (
            f"Made with linnet {linnet.__version__}, model {self.info.name}, sha256 {self.info.sha256}",
            json.dumps(settings, sort_keys=True, default=sorted),
        )


_NOT_A_SETTING = {"self", "primer", "progress"}

"""Models: load one, make music with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Unpack, overload

import linnet
from linnet._core import Piece, Rng, Tracker
from linnet.controls import request as _request
from linnet.controls.model_info import Latent, ModelInfo
from linnet.controls.moods import Mood
from linnet.controls.request import Asked, Request
from linnet.controls.settings import Range
from linnet.engine import latent as _latent
from linnet.engine import modelfile
from linnet.engine.engine import Engine
from linnet.errors import ModelError, SnapshotError
from linnet.generation import morph as _morph
from linnet.generation import parts
from linnet.music.score import Score
from linnet.stream import Stream, snapshot
from linnet.stream.composer import Composer
from linnet.stream.player import Player
from linnet.stream.segment import Settings
from linnet.tokens import codec
from linnet.tools.files import sha256
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DEFAULT", "Model", "load", "models"]

DEFAULT = "folk"
"""The model a newcomer hears first."""

_PACKAGED = Path(__file__).parent / "models"


def models() -> list[str]:
    """Names of the models that came with linnet."""
    return sorted(path.stem for path in _PACKAGED.glob("*.onnx"))


def load(
    name_or_path: str | PathLike[str] = DEFAULT,
    *,
    threads: int = 1,
    settings: Mapping[str, str] | None = None,
) -> Model:
    """A packaged model by name, or any model file by path. Never touches the network.

    `threads` that share the work of one step: more than one pays only for models far larger than the
    packaged ones. `settings` are session settings of onnxruntime, by key, such as
    `{"session.disable_prepacking": "1"}`.

    FileNotFoundError when there is neither; ModelError and its kin for a file that cannot be used.
    """
    text = fspath(name_or_path)
    if text in models():
        return Model(_PACKAGED / f"{text}.onnx", threads=threads, settings=settings)
    if Path(text).name == text and not Path(text).suffix and not Path(text).exists():
        raise FileNotFoundError(f"{text} is neither a file nor a packaged model ({', '.join(models())})")
    return Model(Path(text), threads=threads, settings=settings)


class Model:
    """A trained network with all that is needed to play it; immutable, and shared freely between threads."""

    def __init__(
        self, file: str | PathLike[str], *, threads: int = 1, settings: Mapping[str, str] | None = None
    ) -> None:
        """Opens a model file, as `load` does."""
        self.file = Path(file)
        """Path of the .onnx file."""
        self.engine: Final = Engine.open(self.file, threads=threads, settings=settings)
        """The network, step by step, for who trains or measures models."""
        modelfile.check_vocabulary(self.engine.info)

    @property
    def info(self) -> ModelInfo:
        """What the file says about itself."""
        return self.engine.info

    def __repr__(self) -> str:
        return f"<linnet.Model {self.info.name}: {fspath(self.file)}>"

    @overload
    def generate(self, *, count: None = None, **asked: Unpack[Asked]) -> Score: ...
    @overload
    def generate(self, *, count: int, **asked: Unpack[Asked]) -> list[Score]: ...
    def generate(
        self,
        *,
        count: int | None = None,
        bars: int | None = None,
        seconds: float | None = None,
        seed: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        guidance: float | None = None,
        latent: Iterable[float] | None = None,
        mood: Mood | None = None,
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
        watchdog: bool | None = None,
        instrument: int | Sequence[int] | None = None,
        primer: Score | None = None,
        with_primer: bool = False,
        progress: parts.Progress | None = None,
    ) -> Score | list[Score]:
        """A new piece. The same arguments give the same bytes; None means "as the model likes".

        **Number.** `count`: so many pieces, played together, as a list; their seeds are `seed`, `seed + 1`
        and so on, and each is the same as if it were made alone.

        **Length.** `bars` (16 unless given): exactly so many, every note closed inside them. Models in the
        performance base have no bars and take `seconds` (30 unless given) instead.

        **Form.** Letters for sections, such as `"AABB"`: a repeated letter is a section like the one before.
        A section has 8 bars (4 in pieces shorter than 24 bars), and the piece begins without an upbeat; the
        form starts over when it is through. Or the number of a form that the model brings along
        (`Model.info.forms`): that of a piece people made, with its meter, upbeat and scale; unless something
        is asked, one of these is drawn by the seed. A piece whose key is known closes on its tonic, or on its
        triad where there are chords. `""` leaves all of it to chance.

        **Chance.** `seed`, 0..2**64-1; without one a new one is drawn, and written into the score's texts.
        `temperature`, `top_k`, `top_p`, `min_p`: see `linnet.Sampling`.

        **Wishes** lean the model that way. `key`: `"D major"`, `"A minor"`, `"F#m"`; unless key, scale or
        primer is given, one that is usual in the model's music, by the seed. `style`: a name or number from
        the model. `density` 1..8, `register` 1..5 from low to high. `guidance`: how much they weigh: 1
        as learnt, 2 or 3 stricter, and every token then takes two rows of the network.

        **Mood**: a name (`linnet.moods.MOODS`) or a pair, valence and arousal from -1 to 1. It stands in for
        those of `key`, `scale`, `density`, `register` and `bpm` that are not given, and sets how loud and
        how detached the new notes are played.

        **Latent.** A variational model plays the phrase that a latent stands for: one from `encode`, from
        `sample_latent`, or from anywhere on the way between two; without one it draws its own, by the seed.
        `guidance` says how much it weighs, as with wishes.

        **Tempo and meter** are kept exactly: `bpm` in quarter notes a minute, `time_signature` such as
        `"6/8"`. Both win over the primer's.

        **Rules** are never broken: `scale`, `pitch_range`, `polyphony`, `longest`, `programs`, `drums`; see
        `linnet.Rules`. And music does not get stuck unless `watchdog=False`: the note that would go on with
        a loop is barred, in bars that a form does not want alike, and so is silence. `instrument` only
        changes who plays: a program for all tracks, or one for each.

        **Continuing.** `primer` is music to go on from, starting at the next bar line. The new part alone
        comes back, or both with `with_primer`.

        ValueError for arguments that are out of range or cannot go together.
        """
        if scale is not None and not isinstance(scale, str):
            scale = tuple(scale)  # it is read twice
        latent = None if latent is None else [float(number) for number in latent]  # likewise, and JSON
        asked = {name: value for name, value in locals().items() if name not in _NOT_A_SETTING}
        length = _request.length(self.info, bars, seconds)
        if count is not None and not 1 <= count <= 10_000:
            raise ValueError(f"count must be between 1 and 10000, got {count}")
        first = _request.new_seed() if seed is None else seed
        requests = [
            _request.check(self.info, asked, seed=each, length=length, primer=primer, with_primer=with_primer)
            for each in range(first, first + (count or 1))
        ]
        scores, interventions = parts.compose(self.engine, requests, progress=progress)
        for i, request in enumerate(requests):
            if instrument is not None:
                programs = (instrument,) if isinstance(instrument, int) else tuple(instrument)
                scores[i] = parts.with_programs(scores[i], programs)
            scores[i] = replace(scores[i], texts=self._texts(asked, request, interventions[i]))
        return scores[0] if count is None else scores

    def stream(
        self,
        *,
        seed: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        guidance: float | None = None,
        latent: Iterable[float] | None = None,
        mood: Mood | None = None,
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
        watchdog: bool | None = None,
        primer: Score | None = None,
        ahead: int = 2,
        worker: bool = False,
    ) -> Stream:
        """Music without end, to be heard and steered while it is made; see `linnet.Stream`.

        The arguments are those of `generate`; the form is in sections of 8 bars, or some of the
        model's own one after the other. `ahead`: how many bars (or stretches of two seconds, where there are
        no bars) are composed beyond the one that plays. With `worker` a thread of its own composes them, and
        `Stream.advance` only hands them out.
        """
        if not 1 <= ahead <= 1000:
            raise ValueError(f"ahead must be between 1 and 1000, got {ahead}")
        if scale is not None and not isinstance(scale, str):
            scale = sorted(scale)  # it is saved as JSON
        asked = {name: value for name, value in locals().items() if name not in _NOT_A_SETTING}
        seed = _request.new_seed() if seed is None else seed
        request = _request.check(self.info, asked, seed=seed, length=0, primer=primer)
        piece, played = parts.begin(request, self.info.time_base)
        piece.tracker.restrict(endless=True)
        settings = Settings(
            request.sampling,
            request.rules,
            request.bpm,
            request.form,
            played + 1,
            request.guidance,
            request.tonic,
            request.mood,
            request.own,
            request.latent,
        )
        loop = self.engine.loop(piece, guidance=request.guidance)
        composer = Composer(self.info, loop, settings)
        return Stream(self, Player(composer, ahead=ahead), composer.open(), worker=worker)

    def restore(self, saved: bytes, *, worker: bool = False) -> Stream:
        """Goes on with a stream where `Stream.save` kept it; `worker` as in `stream`.

        The bar that was playing is composed again first, which takes some milliseconds. SnapshotError when
        the data are damaged, of another version, or saved with another model.
        """
        facts, data = snapshot.read(self.info, saved)
        try:
            settings = snapshot.settings_of(facts, self.info.forms)
            piece = Piece(Tracker(self.info.time_base), Rng(0), **asdict(settings.sampling))
            piece.set_latent(settings.latent)
            loop = self.engine.loop(piece, guidance=settings.guidance)
            composer = Composer(self.info, loop, settings)
            player = Player(composer, ahead=snapshot.ahead_of(facts))
            snapshot.restore(player, facts, data)
            opening, read = snapshot.opening_of(facts), bool(facts["read"])
            return Stream(self, player, opening, read=read, worker=worker and not read)
        except _DAMAGE as error:
            raise SnapshotError("the saved stream is damaged") from error

    def encode(self, score: Score) -> NDArray[np.float32]:
        """The latent of a variational model that stands for a phrase, (latent,); the same on every CPU.

        `generate(latent=...)` plays it again, as well as so few numbers can tell. ValueError for a phrase
        without notes, or of more or fewer bars than the model has learnt to read (2 to 16, in `phrase`), and
        for a model that is no variational one.
        """
        about = self._about_latent()
        return _latent.encode(self._encoder, score, about)

    def sample_latent(self, seed: int) -> NDArray[np.float32]:
        """A latent by lot, (latent,), of a phrase that nobody wrote. The same seed, the same everywhere."""
        return np.array(_latent.draw(self._about_latent(), seed), np.float32)

    def morph(self, a: Score, b: Score, *, steps: int = 8, **asked: Unpack[Asked]) -> list[Score]:
        """Phrases on the way from a to b, both included as the model has them: `steps`, at least 2.

        No phrase has fewer notes of b, or more of a, than the one before, and none leaves their range. Tempo
        and number of bars go along. `asked` are arguments of `generate`; the seed is one for all, and the
        temperature 0 unless given. ValueError as from `encode`, and for phrases in two meters.
        """
        return _morph.morph(self, a, b, steps, asked)

    def _about_latent(self) -> Latent:
        if self.info.latent is None:
            raise ValueError(f"{self.info.name} has no latent: it is not a variational model")
        return self.info.latent

    @cached_property
    def _encoder(self) -> Engine:
        return Engine(self._about_latent().encoder, source=f"{self.info.source}: its encoder")

    def _texts(self, asked: dict[str, Any], request: Request, interventions: int) -> tuple[str, ...]:
        """What it takes to make the piece again, and how often the watchdog stepped in, if it did."""
        settings = {name: value for name, value in asked.items() if value is not None}
        settings |= {"seed": request.seed, "guidance": request.guidance} | asdict(request.sampling)
        if request.primer is not None:
            tokens = codec.encode(request.primer, self.info.time_base)
            settings["primer_sha256"] = sha256(tokens.tobytes())
        if interventions:
            settings["interventions"] = interventions
        return (
            f"Made with linnet {linnet.__version__}, model {self.info.name}, sha256 {self.info.sha256}",
            json.dumps(settings, sort_keys=True, default=sorted),
        )


_NOT_A_SETTING = {"self", "primer", "progress", "count", "ahead", "worker"}

_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, ModelError)
"""What values that no stream has may come to."""

"""What is asked of a network while it is tuned: what people's pieces would have been asked for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linnet import _compose, _request, codec, features
from linnet._core import Piece as Played
from linnet._core import Rng, Tracker
from linnet.modelfile import ModelInfo
from linnet.score import Score
from linnet.vocabulary import FAMILIES
from linnet.wishes import INDEX
from linnet_train.corpus import Piece
from linnet_train.rewards import Take
from linnet_train.tune_config import TuneConfig

_BOS = FAMILIES["bos"].first


@dataclass(frozen=True)
class Prompt:
    """A request, to be played any number of times."""

    bars: int
    """0: the piece is left alone, and may end where it likes."""

    asked: Mapping[str, int]
    """Values of wishes by name."""


def like(piece: Piece, names: Sequence[str], bars: int) -> Prompt:
    """Asks for what a piece of people's is: the median over its bars of each named wish, where it has one."""
    columns = {name: piece.wishes[1:, INDEX[name]].astype(np.int64) for name in names}
    known = {name: column[column > 0] for name, column in columns.items()}
    return Prompt(bars, {name: int(np.median(values)) for name, values in known.items() if len(values)})


def draw(
    pieces: Sequence[Piece], heard: Sequence[str], config: TuneConfig, rng: np.random.Generator
) -> Prompt:
    """A prompt like some piece; `heard` are the wishes that the network has learnt."""
    piece = pieces[int(rng.integers(len(pieces)))]
    alone, *chosen = rng.random(3)
    if alone < config.left_alone:
        return Prompt(0, {})
    names = ["key"] + [
        name for name, dice in zip(("density", "register"), chosen, strict=True) if dice < config.wish
    ]
    return like(piece, [name for name in names if name in heard], config.bars)


class Stage:
    """Begins pieces as a model begins them, and hands them over when they are played."""

    def __init__(self, info: ModelInfo) -> None:
        """`info` is what the model file says, or will say."""
        self.info = info
        self.sampling = {name: info.defaults[name] for name in ("temperature", "top_k", "top_p", "min_p")}

    @classmethod
    def of_run(cls, name: str, about: Mapping[str, Any], config: TuneConfig) -> "Stage":
        """For a network that is no model file yet; `about` is what its run remembers of the corpus."""
        trained = about["wishes_trained"]
        sampling = {"temperature": config.temperature, "top_k": 0, "top_p": 1.0, "min_p": config.min_p}
        info = ModelInfo(
            source=name,
            sha256="",
            size=0,
            time_base=about["time_base"],
            exact=False,
            states=(),
            vocabulary=None,
            features=None,
            wishes=[{"name": wish, "count": n, "trained": wish in trained} for wish, n in features.WISHES],
            defaults={**sampling, "form": config.form},
            passport={"name": name},
        )
        return cls(info)

    @property
    def heard(self) -> list[str]:
        """The wishes that the network has learnt."""
        return [wish["name"] for wish in self.info.wishes if wish["trained"]]

    def begin(self, prompt: Prompt, seed: int) -> "Part":
        """A piece before its first token."""
        if not prompt.bars:
            piece = Played(Tracker(self.info.time_base), Rng(seed), script=[_BOS], **self.sampling)
            return Part(prompt, seed, piece, None)
        asked: dict[str, Any] = defaultdict(lambda: None, prompt.asked)  # whatever else may be asked is not
        request = _request.check(self.info, asked, seed=seed, length=prompt.bars)
        part = _compose.new_part(request, self.info.time_base)
        return Part(prompt, seed, part.piece, part)


@dataclass(frozen=True)
class Part:
    """A piece that is being played for a prompt."""

    prompt: Prompt
    seed: int
    piece: Played
    planned: "_compose._GridPart | _compose._TimePart | None"

    def take(self) -> Take:
        """What came of it."""
        ended = self.piece.tracker.finished
        return Take(self.score(), self.prompt.asked, ended)

    def score(self) -> Score:
        """What was played; what is unfinished is left out."""
        if self.planned is not None and self.piece.tracker.finished:
            return self.planned.score()
        return codec.decode(self.piece.tokens, "grid")

    def __str__(self) -> str:
        """For messages."""
        wishes = "".join(f", {name} {value}" for name, value in self.prompt.asked.items())
        asked = f"{self.prompt.bars} bars{wishes}" if self.prompt.bars else "left alone"
        return f"the piece of seed {self.seed} ({asked})"

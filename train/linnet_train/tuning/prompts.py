"""What a network is asked for while it is tuned: the wishes that people's pieces fulfil."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.controls.form import Form
from linnet.controls.model_info import ModelInfo
from linnet.controls.options import Options
from linnet.controls.resolve import resolve
from linnet.controls.wishes import INDEX
from linnet.core import Piece
from linnet.engine.engine import Engine
from linnet.generation import parts
from linnet.generation.planned import with_plan
from linnet.music.key import KEYS
from linnet.tokens import codec, features, vocabulary
from linnet.tools.text import counted
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.data.forms import MOST_FORMS, forms
from linnet_train.network.config import ModelConfig
from linnet_train.sampling.as_shipped import ends_in_time
from linnet_train.training.warm_start import RARE_METERS
from linnet_train.tuning.config import TuneConfig
from linnet_train.tuning.played import Played


@dataclass(frozen=True)
class Prompt:
    """A request, to be played any number of times."""

    bars: int
    wishes: Mapping[str, int]
    """Values by name."""

    constrained: bool = True
    """Whether a rule ends it in time, as it does a model's pieces; else it has the wish for bars left
    alone."""

    def options(self, seed: int) -> Options:
        """What a player would ask for."""
        wishes: dict[str, Any] = dict(self.wishes)  # a key has a name, the others a number
        if "key" in wishes:
            wishes["key"] = KEYS[wishes["key"] - 1]
        return Options(bars=self.bars, seed=seed, **wishes)


def prompt_like(piece: CorpusPiece, names: Sequence[str], bars: int) -> Prompt:
    """Asks for what a piece of people's is: the median over its bars of each named wish, where it has any."""
    columns = {name: piece.wishes[1:, INDEX[name]].astype(np.int64) for name in names}
    known = {name: column[column > 0] for name, column in columns.items()}
    return Prompt(bars, {name: int(np.median(values)) for name, values in known.items() if len(values)})


def sample_prompt(
    pieces: Sequence[CorpusPiece], trained: Sequence[str], config: TuneConfig, rng: np.random.Generator
) -> Prompt:
    """A prompt like some piece; `trained` are the wishes that the network has learnt."""
    piece = pieces[int(rng.integers(len(pieces)))]
    free, *chosen = rng.random(3)
    names = ["key"] + [
        name for name, dice in zip(("density", "register"), chosen, strict=True) if dice < config.wish
    ]
    prompt = prompt_like(piece, [name for name in names if name in trained], config.bars)
    return replace(prompt, constrained=free >= config.unconstrained)


class PieceStarter:
    """Begins pieces as a model begins them."""

    def __init__(self, info: ModelInfo, composer: Engine | None = None) -> None:
        """Begins them.

        Args:
            info: what the model file says, or will say.
            composer: of a model file that composes plans: so are the pieces planned.
        """
        self.info, self.composer = info, composer
        self.sampling = {name: info.defaults[name] for name in ("temperature", "top_k", "top_p", "min_p")}

    @classmethod
    def of_run(
        cls, name: str, about: Mapping[str, Any], corpus: Corpus, config: TuneConfig, model: ModelConfig
    ) -> "PieceStarter":
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
            vocabulary=vocabulary.table(rare=model.feature_count > RARE_METERS.first_id),
            features=None,
            wishes=[{"name": wish, "count": n, "trained": wish in trained} for wish, n in features.WISHES],
            defaults={**sampling, "form": config.form},
            forms=()
            if config.form
            else tuple(Form.of(each) for each in forms(corpus, MOST_FORMS, plan=trained)),
            passport={"name": name},
            home=model.at_home,
        )
        return cls(info)

    @property
    def trained_wishes(self) -> list[str]:
        """The wishes that the network has learnt."""
        return [wish["name"] for wish in self.info.wishes if wish["trained"]]

    def begin(self, prompt: Prompt, seed: int, *, form_seed: int | None = None) -> "PlannedPiece":
        """A piece before its first token.

        Args:
            prompt: what is asked for.
            seed: of the piece.
            form_seed: decides its form and plan; None: the seed does. Pieces of one group have them in
                common.
        """
        request = resolve(self.info, prompt.options(seed if form_seed is None else form_seed))
        if self.composer is not None:
            request = with_plan(self.composer, request)
        request = replace(request, seed=seed, closes=prompt.constrained)  # a close keeps some from ending
        part = parts.new_part(request, self.info.time_base)
        if not prompt.constrained:
            part.piece.tracker.restrict(bars=0, ticks=0, endless=False)
        return PlannedPiece(prompt, seed, part.piece, part)


@dataclass(frozen=True)
class PlannedPiece:
    """A piece that is being played for a prompt."""

    prompt: Prompt
    seed: int
    piece: Piece
    planned: parts.Part

    def result(self) -> Played:
        """The piece, as far as it was played."""
        finished, tokens = self.piece.tracker.finished, self.piece.tokens
        shift = self.planned.request.shift or 0
        if self.prompt.constrained and finished:
            return Played(self.planned.score(), self.prompt.wishes, plan=self.plan, shift=shift)
        ended = finished and not self.prompt.constrained and ends_in_time(tokens, "grid", self.prompt.bars)
        score = codec.decode(tokens, "grid")  # what is unfinished is left out
        return Played(score, self.prompt.wishes, ended, self.plan, shift)

    @property
    def plan(self) -> NDArray[np.uint8]:
        """What each bar is to be. (bars, ROW_WIDTH)"""
        plan = self.planned.request.plan
        bars = plan.bars if plan else []
        rows = np.zeros((len(bars), features.ROW_WIDTH), np.uint8)
        for row, bar in zip(rows, bars, strict=True):
            for column, value in bar.wishes.items():
                row[column] = value
        return rows

    def __str__(self) -> str:
        """For messages."""
        wishes = "".join(f", {name} {value}" for name, value in self.prompt.wishes.items())
        return f"the piece of seed {self.seed} ({counted(self.prompt.bars, 'bar')}{wishes})"

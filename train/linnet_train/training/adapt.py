"""Carrying a network on with a little music of somebody's own, without its forgetting what it knew."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from linnet.controls.wishes import INDEX
from linnet.tokens import vocabulary
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.data.batches import Lanes, Loaded, Shuffle
from linnet_train.data.examples import training_example
from linnet_train.errors import TrainError
from linnet_train.network.checkpoint import group, prefixed
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.training.loop import Fit
from linnet_train.training.step import Training

Way = Literal["all", "last", "start"]
WAYS: dict[Way, str] = {
    "all": "all weights",
    "last": "the last layer and its heads",
    "start": "what is read before the first note",
}
"""What of a network may learn. What is read before the first note, the row of the token `bos`, decides the
state in which a piece begins."""


@dataclass(frozen=True, slots=True)
class Adaptation:
    """How a network is carried on."""

    way: Way = "all"
    """What of it learns."""

    pull: float = 0.0
    """How strongly weights are drawn back to where they began, as a multiple of the learning rate."""

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise ValueError(f"way must be one of {', '.join(WAYS)}, got {self.way!r}")
        if not self.pull >= 0:
            raise ValueError(f"pull must be at least 0, got {self.pull}")


class Adapt(Fit):
    """The loop around the steps, half of whose pieces are of the old music, where there is some."""

    def __init__(
        self,
        corpus: Corpus,
        folder: Path,
        model: ModelConfig,
        run: RunConfig,
        adaptation: Adaptation,
        *,
        resume: bool,
        start: Path | None = None,
        replay: Corpus | None = None,
    ) -> None:
        """Makes or reopens the run folder; nothing is trained yet.

        Args:
            corpus: the music to be learnt.
            folder: of the run.
            model: the network, as `start` has it or with more.
            run: how it is trained.
            adaptation: what of it learns, and how far.
            resume: go on with the run in the folder.
            start: what it begins with, as `linnet_train.network.start.Start` reads it; None when resumed.
            replay: music that the network has learnt from, to be read in turn with the new.

        Raises:
            TrainError: they do not go together.
        """
        if model.latent:
            raise TrainError("a variational model is trained on phrases: linnet-train fit goes on with those")
        if replay and replay.time_base != corpus.time_base:
            raise TrainError(f"{replay.path} is in the {replay.time_base} base, {corpus.path} is not")
        self.adaptation, self.replay = adaptation, replay
        self.old = [piece for piece in replay.pieces("train") if len(piece.tokens) > 1] if replay else []
        self.old_shuffle = Shuffle(max(len(self.old), 1), run.seed)
        super().__init__(corpus, folder, model, run, resume=resume, start=start)

    def _training(self, model: ModelConfig, device: torch.device) -> Training:
        return _Adapting(model, self.run, self._lanes(device), device, self.adaptation)

    def _load(self, draw: int) -> Loaded:
        if not self.old:
            return super()._load(draw)
        draw, old = divmod(draw, 2)
        if not old:
            return super()._load(draw)
        i, rng = self.old_shuffle[draw]
        piece = without_style(self.old[i])  # that number is another style's now
        return training_example(
            piece.tokens, piece.wishes, self.corpus.time_base, rng, self.run, self.model, piece.roles
        )


def without_style(piece: CorpusPiece) -> CorpusPiece:
    """The piece for a network whose styles are not those of the piece's corpus."""
    wishes = piece.wishes.copy()
    wishes[:, INDEX["style"]] = 0
    return replace(piece, wishes=wishes)


class _Adapting(Training):
    """Steps in which some weights stay, and the others are drawn back to where they began."""

    def __init__(
        self, model: ModelConfig, run: RunConfig, lanes: Lanes, device: torch.device, adaptation: Adaptation
    ) -> None:
        super().__init__(model, run, lanes, device)
        self.pull = adaptation.pull
        self.first: dict[str, Tensor] = {}
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(
                adaptation.way == "all"
                or (adaptation.way == "last" and name.startswith("output."))
                or (adaptation.way == "start" and name == "embedding.weight")
            )
        if adaptation.way == "start":
            bos = torch.zeros(model.feature_count, 1, device=device)
            bos[1 + vocabulary.FAMILIES["bos"].first] = 1  # ids of features begin at 1, with the last token
            weight = self.network.embedding.weight
            weight.register_hook(lambda gradient: gradient * bos)  # type: ignore[no-untyped-call]  # torch

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        super().start_from(weights)
        self._remember()

    def tensors(self) -> dict[str, Tensor]:
        return {**super().tensors(), **prefixed("first", self.first)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        super().restore(tensors)
        self.first = {name: tensor.to(self.device) for name, tensor in group("first", tensors).items()}

    def _remember(self) -> None:
        if self.pull:
            self.first = {name: p.detach().clone() for name, p in self.network.named_parameters()}

    def _learn(self, loss: Tensor, learning_rate: float) -> None:
        super()._learn(loss, learning_rate)
        self._draw_back(learning_rate)

    @torch.no_grad()
    def _draw_back(self, learning_rate: float) -> None:
        """L2-SP (Li, Grandvalet and Davoine 2018), decoupled from the gradient as AdamW's decay is."""
        for name, parameter in self.network.named_parameters():
            if name in self.first and parameter.requires_grad:
                parameter.lerp_(self.first[name], min(1.0, learning_rate * self.pull))

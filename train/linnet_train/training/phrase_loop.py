"""`linnet-train fit --latent N`: trains a variational model, on phrases instead of whole pieces."""

from functools import cached_property

import torch

from linnet.tools.text import counted
from linnet_train.data.phrases import Phrase, Phrases, held_out, length_wishes
from linnet_train.errors import TrainError
from linnet_train.network.config import ModelConfig
from linnet_train.training.loop import Fit
from linnet_train.training.step import Training
from linnet_train.training.variational import VariationalTraining, score_phrases

EVALUATED = {2: 100, 8: 50}
"""Held-out phrases at each evaluation: bars, and how many phrases."""


class PhraseFit(Fit):
    """The loop around the steps, whose steps are over phrases."""

    def _training(self, model: ModelConfig, device: torch.device) -> Training:
        if self.corpus.time_base != "grid":
            raise TrainError(f"{self.corpus.path} keeps human timing and has no bars to cut phrases at")
        if model.inputs != "full":
            raise TrainError("a variational model reads all features: leave --inputs as it is")
        if self.ranks.size > 1:
            raise TrainError("a variational model is trained by one process: start it without torchrun")
        return VariationalTraining(model, self.run, Phrases(self.train, self.run), device)

    def _steps_an_epoch(self) -> float:
        return Phrases(self.train, self.run).batches_an_epoch

    def _held_out(self) -> tuple[dict[str, float], str]:
        numbers, words, cost, tokens = {}, [], 0.0, 0
        for bars, phrases in self._phrases.items():
            own = score_phrases(self.training.average, phrases)
            zeros = score_phrases(self.training.average, phrases, latent="none")
            count, kl = int(own.tokens.sum()), own.kl.sum(dim=1)
            nats, without = float(own.nats.sum()) / count, float(zeros.nats.sum()) / count
            numbers[f"valid_{bars}_bars"], numbers[f"valid_{bars}_bars_without_latent"] = nats, without
            numbers[f"kl_{bars}_bars"] = float(kl.mean())
            figures = f"{nats:.4f} nats/token ({without:.4f} without latent), KL {kl.mean():.1f}"
            words.append(f"{counted(bars, 'bar')} {figures}")
            # Without a price on the latent, the one that holds most would always win.
            paid = self.run.kl_weight * (kl - self.run.free_nats).clamp(min=0)
            cost, tokens = cost + float((own.nats + paid).sum()), tokens + count
        return {"valid": cost / tokens, **numbers}, "; ".join(words)

    @cached_property
    def _phrases(self) -> dict[int, list[Phrase]]:
        return {
            bars: [Phrase.of(tokens, length_wishes(bars)) for tokens in held_out(self.valid, bars, most=most)]
            for bars, most in EVALUATED.items()
        }

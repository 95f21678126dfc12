"""The training of a plan model: steps over spelled plans, evaluations, checkpoints; resumed exactly."""

import math
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from linnet.controls.plan_layout import ANSWERS, COLUMNS, TOLD_AHEAD
from linnet_train.data.batches import Lanes, Loaded, Shuffle
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.network import Network
from linnet_train.plans import config as configs
from linnet_train.plans.config import PlanConfig
from linnet_train.plans.heldout import Likelihood, likelihood
from linnet_train.plans.music import Music
from linnet_train.plans.samples import write_sample
from linnet_train.plans.spelling import Spelled
from linnet_train.training.metrics import Metrics
from linnet_train.training.run import StoppedError, set_up_processor, stop_signals
from linnet_train.training.step import Training, carried, to_tensors

WARMUP = 100
"""Steps over which the learning rate rises."""

QUIET, LOUD = 0.2, 1.0
"""Standard deviations of the embeddings at the start; the question is loud, or the sum would drown it."""

_HIDDEN = (("style",), ("bars", "bars_left"), ("mode",))
"""Columns that are hidden together."""


class PlanTraining(Training):
    """Steps whose loss counts only the answers that there are to a question."""

    def __init__(self, config: PlanConfig, lanes: Lanes) -> None:
        super().__init__(config.model, config.run, lanes, torch.device("cpu"))
        generator = torch.Generator().manual_seed(config.seed)
        with torch.no_grad():
            for network in (self.network, self.average):
                rows = network.embedding.weight.normal_(0.0, QUIET, generator=generator)
                _, first, count = COLUMNS["question"]
                rows[first : first + count] *= LOUD / QUIET
                rows[0].zero_()
            self.average.load_state_dict(self.network.state_dict())

    def loss(self) -> tuple[Tensor, int]:
        """Of the next batch, in nats a question, and how many questions it holds; the state moves on."""
        batch = next(self.lanes)
        ids, targets = to_tensors(batch, self.device)
        logits, state = self.network(ids, carried(self.state, batch.starts))
        self.state = (state[0].detach(), state[1].detach())
        count = int(np.count_nonzero(batch.targets))
        return answer_nats(logits, targets, torch.from_numpy(batch.allowed)).sum() / max(count, 1), count


def answer_nats(logits: Tensor, targets: Tensor, possible: Tensor) -> Tensor:
    """Nats of each answer among the possible ones.

    Args:
        logits: (batch, time, ANSWERS).
        targets: 1 + the answer, 0 for padding. (batch, time)
        possible: packed bits. (batch, time, bytes)

    Returns:
        (batch, time), 0 where there is padding.
    """
    bits = torch.from_numpy(np.unpackbits(possible.numpy(), axis=-1)[..., :ANSWERS].astype(np.bool_))
    known = targets > 0
    bits[~known] = True
    nats = torch.log_softmax(logits.masked_fill(~bits, -torch.inf), dim=-1)
    nats = nats.gather(-1, (targets - 1).clamp(min=0)[..., None])[..., 0]
    return torch.where(known, -nats, torch.zeros_like(nats))


class Fit:
    """One call of `fit`: the loop around the steps, its reports and its files."""

    def __init__(self, music: Music, folder: Path, config: PlanConfig, *, resume: bool) -> None:
        if not music.pieces and not music.tables:
            raise TrainError("there are no plans to learn from")
        self.music, self.folder, self.config = music, folder, config
        set_up_processor()
        saved = folder / checkpoint.RESUME
        if saved.exists() and not resume:
            raise TrainError(f"{folder} already holds a run: go on with --resume, or choose another folder")
        if resume and configs.read(folder)[1] != music.about:
            raise TrainError(f"{folder} was trained on other plans than these")
        folder.mkdir(parents=True, exist_ok=True)
        configs.write(folder, config, music.about)
        write_sample(folder, "train", [*music.pieces, *music.tables])
        write_sample(folder, "valid", music.valid or music.pieces)
        self._kinds = [
            (each, Shuffle(len(each), config.seed + number))
            for number, each in enumerate((music.pieces, music.tables))
            if each
        ]
        lanes = Lanes(self._load, batch_size=config.batch_size, chunk=config.chunk)
        self.training = PlanTraining(config, lanes)
        self.best = math.inf
        if resume and saved.exists():
            tensors, notes = checkpoint.read_tensors(saved)
            self.training.restore(tensors)
            self.best = float(notes["best"])
        self.metrics = Metrics(folder, self.training.step)

    def until_done(self) -> Path:
        """Steps, evaluations of the held-out plans and saves, in turn."""
        config, training = self.config, self.training
        bar = tqdm(total=config.steps, initial=training.step, unit="step", dynamic_ncols=True, disable=None)
        with closing(self.metrics), bar, stop_signals() as stop:
            while training.step < config.steps:
                loss, _ = training.advance(self.learning_rate)
                if not math.isfinite(loss):
                    raise TrainError(f"the loss became {loss}: try a lower --learning-rate")
                bar.update()
                bar.set_postfix_str(f"{loss:.3f} nats", refresh=False)
                over = training.step >= config.steps
                if training.step % config.valid_every == 0 or over:
                    bar.write(self._evaluate(loss), file=sys.stderr)
                if training.step % config.save_every == 0 or over or stop:
                    self.save()
                if stop and not over:
                    raise StoppedError(f"stopped at step {training.step}; --resume goes on from here")
        return self.folder

    @property
    def learning_rate(self) -> float:
        """Rises over the first steps, then falls along half a cosine."""
        config, step = self.config, self.training.step
        warm = min(1.0, (step + 1) / min(WARMUP, max(config.steps // 10, 1)))
        return config.learning_rate * warm * (0.51 + 0.49 * math.cos(math.pi * step / config.steps))

    def _load(self, draw: int) -> Loaded:
        """A plan, of a corpus or of a table; some of what it is asked for is hidden, and of what is told."""
        rng = np.random.default_rng((self.config.seed, 2, draw))
        kinds = self._kinds
        kind = int(rng.random() < self.config.tables_share) if len(kinds) > 1 else 0
        plans, shuffle = kinds[kind]
        spelled = plans[shuffle[draw][0]]
        ids = spelled.ids.astype(np.int32)
        for columns in _HIDDEN:
            if rng.random() < self.config.hide:
                ids[:, [COLUMNS[name].place for name in columns]] = 0
        if rng.random() >= self.config.tell:
            ids[:, TOLD_AHEAD:] = 0
        return Loaded(ids, spelled.answers + 1, spelled.possible)

    def _evaluate(self, loss: float) -> str:
        """Scores the held-out plans with the averaged weights, and keeps them if they are the best."""
        step, average = self.training.step, self.training.average
        if not self.music.valid:
            checkpoint.save_weights(self.folder, "best", average, {"step": step, "metrics": {}})
            return f"step {step}: no held-out plans to evaluate"
        found = held_out(average, self.music.valid)
        numbers = {"loss": loss, "valid": found.total, **{f"valid_{k}": v for k, v in found.by_field.items()}}
        self.metrics.add(step, numbers)
        better = found.total < self.best
        if better:
            self.best = found.total
            checkpoint.save_weights(self.folder, "best", average, {"step": step, "metrics": numbers})
        star = " *" if better else ""
        fields = ", ".join(f"{name} {nats:.3f}" for name, nats in found.by_field.items())
        return f"step {step}: held out {found.total:.4f} nats/bar ({fields}){star}"

    def save(self) -> None:
        """What it takes to go on, and the averaged weights."""
        notes = {"best": self.best}
        checkpoint.write_tensors(self.folder / checkpoint.RESUME, self.training.tensors(), notes)
        checkpoint.save_weights(
            self.folder, "last", self.training.average, {"step": self.training.step, **notes}
        )


def held_out(network: Network, plans: Sequence[Spelled], *, told: bool = False) -> Likelihood:
    """What plans cost the network, in nats a bar; `told`: with their chords to come seen."""
    return likelihood(plans, [plan_nats(network, plan, told=told) for plan in plans])


def plan_nats(network: Network, plan: Spelled, *, told: bool = False) -> np.ndarray[Any, Any]:
    """Nats of each answer of a plan. (n,)"""
    ids = plan.ids.astype(np.int32)
    if not told:
        ids[:, TOLD_AHEAD:] = 0
    with torch.inference_mode():
        logits, _ = network(torch.from_numpy(ids)[None])
        targets = torch.from_numpy(plan.answers.astype(np.int64) + 1)[None]
        return answer_nats(logits, targets, torch.from_numpy(plan.possible)[None])[0].numpy()

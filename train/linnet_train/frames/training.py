"""Trains a network on frames, within a time limit, and keeps the weights that do best on held-out pieces."""

import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from linnet_train.errors import TrainError
from linnet_train.frames.batches import AS_IT_IS, FrameData, FrameLanes, FrameModel, Transposing
from linnet_train.network.checkpoint import group, prefixed, read_tensors, write_tensors
from linnet_train.training.run import StoppedError, stop_signals


@dataclass(frozen=True, slots=True)
class FrameRecipe:
    """How a network is trained on frames."""

    learning_rate: float
    weight_decay: float
    epochs: float = math.inf
    """At most so many; the time limit may come first."""

    steps: int | None = None
    """Likewise."""

    lanes: int = 16
    chunk: int = 64
    """Frames, or tokens, that a lane goes on in each step."""

    clip_norm: float = 1.0
    average: float = 0.999
    """Decay of the running average of the weights, which is what is scored."""

    warmup_steps: int = 200
    final_rate: float = 0.02
    """Where the learning rate ends, as a share of its peak."""

    transposing: Transposing = AS_IT_IS
    evaluations: int = 20
    """How often the held-out pieces are scored."""

    patience: int = 6
    """Evaluations without a new best after which the run is over."""


@dataclass(slots=True)
class FrameRecord:
    """What a run remembers besides tensors."""

    elapsed_seconds: float = 0.0
    """Spent on training and on evaluating the held-out pieces."""

    looks: int = 0
    best: float = math.inf
    """Lowest held-out nats a frame so far."""

    best_epoch: float = 0.0
    worse: int = 0
    """Evaluations since then."""


class FrameFit:
    """One network on its way through training."""

    def __init__(
        self,
        name: str,
        build: Callable[[], FrameModel],
        train: FrameData,
        valid: FrameData,
        recipe: FrameRecipe,
        *,
        minutes: float,
        seed: int = 1,
        saved: Path | None = None,
    ) -> None:
        """`build` makes the network with weights from PyTorch's own generator, which is seeded here.

        If `saved` exists, the run goes on from there.
        """
        self.name, self.train, self.valid, self.recipe, self.saved = name, train, valid, recipe, saved
        self.limit_seconds = 60 * minutes
        torch.manual_seed(seed)  # dropout draws from there, too
        self.network = build().train()
        self.average = build().eval().requires_grad_(False)
        self.average.load_state_dict(self.network.state_dict())
        self.best = {name: tensor.clone() for name, tensor in self.average.state_dict().items()}
        self.optimizer = torch.optim.AdamW(
            _parameter_groups(self.network, recipe.weight_decay), lr=0.0, fused=True
        )
        self.batches = batches_of(
            self.network,
            train,
            lanes=recipe.lanes,
            chunk=recipe.chunk,
            seed=seed,
            transposing=recipe.transposing,
        )
        self.state = self.network.initial_state(self.batches.width)
        self.step, self.record = 0, FrameRecord()
        by_epochs = recipe.epochs * self.batches.chunks / recipe.lanes
        self.steps = max(1, round(min(by_epochs, recipe.steps or math.inf)))
        if saved and saved.exists():
            self._restore(saved)

    def until_done(self) -> FrameModel:
        """Steps, evaluations and saves in turn; returns the network as it did best on the held-out pieces."""
        form = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining} {postfix}"
        bar = tqdm(total=1.0, desc=self.name, bar_format=form, dynamic_ncols=True, disable=None)
        with bar, stop_signals() as stop:
            bar.update(self.progress)
            while not self.over:
                self._advance()
                bar.update(min(1.0, self.progress) - bar.n)
                bar.set_postfix_str(f"held out {self.record.best:.3f}", refresh=False)
                due = self.evaluation_is_due
                if due:
                    self._evaluate()
                if self.saved and (due or stop):
                    self._save(self.saved)
                if stop and not self.over:
                    kept = "; --resume goes on from here" if self.saved else " and nothing kept: no -o"
                    raise StoppedError(f"stopped at {self.progress:.0%} of {self.name}{kept}")
        self.average.load_state_dict(self.best)
        return self.average

    @property
    def epoch(self) -> float:
        """How often the training pieces were seen."""
        return self.step * self.recipe.lanes / self.batches.chunks

    @property
    def progress(self) -> float:
        """How much of the run is over, 0 to 1: by steps or by time, whichever is further."""
        return max(self.step / self.steps, self.record.elapsed_seconds / self.limit_seconds)

    @property
    def over(self) -> bool:
        """Whether a limit is reached, or the held-out pieces have long done worse than before."""
        return self.progress >= 1 or self.record.worse >= self.recipe.patience

    @property
    def evaluation_is_due(self) -> bool:
        """Whether it is time to score the held-out pieces."""
        return self.progress >= 1 or self.progress * self.recipe.evaluations >= self.record.looks + 1

    @property
    def learning_rate(self) -> float:
        """Rises over the first steps, then falls along half a cosine."""
        recipe = self.recipe
        warm = min(1.0, (self.step + 1) / min(recipe.warmup_steps, self.steps / 10 + 1))
        cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, self.progress))
        return recipe.learning_rate * warm * (recipe.final_rate + (1 - recipe.final_rate) * cosine)

    def _advance(self) -> None:
        began = time.monotonic()
        batch = next(self.batches)
        nats, _, self.state = self.network(self.train, batch, self.state)
        loss = nats.sum() / len(batch.index)
        value = loss.item()
        if not math.isfinite(value):
            raise TrainError(f"the loss of {self.name} became {value} at step {self.step}")
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip_norm)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = self.learning_rate
        self.optimizer.step()
        self.step += 1
        self._update_average()
        self.record.elapsed_seconds += time.monotonic() - began

    @torch.no_grad()
    def _update_average(self) -> None:
        # Young averages forget faster, or the random first weights would stay in for thousands of steps.
        decay = min(self.recipe.average, self.step / (self.step + 9))
        for mean, parameter in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(parameter, 1 - decay)

    def _evaluate(self) -> None:
        began, record = time.monotonic(), self.record
        nats = frame_nats(self.average, self.valid)
        mean = micro(nats, self.valid)
        better = mean < record.best
        record.worse += 1
        if better:
            record.best, record.best_epoch, record.worse = mean, self.epoch, 0
            self.best = {name: tensor.clone() for name, tensor in self.average.state_dict().items()}
        record.elapsed_seconds += time.monotonic() - began
        record.looks = max(record.looks + 1, int(self.progress * self.recipe.evaluations))
        star = " *" if better else ""
        minutes = record.elapsed_seconds / 60
        line = f"{self.name}: epoch {self.epoch:.1f}, {minutes:.1f} minutes, held out {mean:.4f}{star}"
        tqdm.write(line, file=sys.stderr)

    def _save(self, path: Path) -> None:
        moments = {
            f"{i}.{name}": value
            for i, values in self.optimizer.state_dict()["state"].items()
            for name, value in values.items()
        }
        tensors = {
            **prefixed("network", self.network.state_dict()),
            **prefixed("average", self.average.state_dict()),
            **prefixed("best", self.best),
            **prefixed("optimizer", moments),
            **prefixed("state", {str(i): tensor.clone() for i, tensor in enumerate(self.state)}),
            "random": torch.get_rng_state(),
            "position": torch.from_numpy(self.batches.position),
        }
        write_tensors(path, tensors, {"step": self.step, **asdict(self.record)})

    def _restore(self, path: Path) -> None:
        tensors, notes = read_tensors(path)
        try:
            self.step = notes.pop("step")
            self.record = FrameRecord(**notes)
            self.network.load_state_dict(group("network", tensors))
            self.average.load_state_dict(group("average", tensors))
            self.best = group("best", tensors)
            moments: dict[int, dict[str, Tensor]] = {}
            for name, value in group("optimizer", tensors).items():
                i, _, moment = name.partition(".")
                moments.setdefault(int(i), {})[moment] = value
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
            self.state = tuple(tensors[f"state.{i}"] for i in range(len(self.state)))
            self.batches.seek(tensors["position"].numpy())
            torch.set_rng_state(tensors["random"])
        except (KeyError, TypeError, RuntimeError, ValueError) as error:
            raise TrainError(f"{path}: not a checkpoint of this run") from error


def batches_of(
    network: FrameModel,
    data: FrameData,
    *,
    lanes: int,
    chunk: int,
    seed: int | None = None,
    transposing: Transposing = AS_IT_IS,
) -> FrameLanes:
    """Batches of the steps that a network makes: tokens or frames."""
    offsets = data.rolls.offsets
    if network.by_tokens:
        offsets = data.token_offsets.numpy()[offsets]
    skip = 0 if network.by_tokens else 1  # a frame network is never asked for the first frame
    return FrameLanes(
        data.rolls, offsets, lanes=lanes, chunk=chunk, skip=skip, seed=seed, transposing=transposing
    )


@torch.inference_mode()
def frame_nats(
    network: FrameModel, data: FrameData, *, lanes: int = 48, chunk: int = 64
) -> NDArray[np.float64]:
    """What each frame costs, (frames,): pieces whole, state carried, no dropout; 0 for first frames."""
    training = network.training
    network.eval()
    nats = torch.zeros(len(data.rolls.roll), dtype=torch.float64)
    batches = batches_of(network, data, lanes=lanes, chunk=chunk)
    state = network.initial_state(batches.width)
    for batch in batches:
        cost, frame, state = network(data, batch, state)
        nats.index_add_(0, frame, cost.double())
    network.train(training)
    return nats.numpy()


def micro(nats: NDArray[np.float64], data: FrameData) -> float:
    """Nats a frame over all frames but the first of each piece."""
    scored = data.rolls.place > 0
    return float(nats[scored].mean())


def macro(nats: NDArray[np.float64], data: FrameData) -> float:
    """Nats a frame of each piece, averaged over pieces."""
    scored = data.rolls.place > 0
    piece = data.rolls.piece_of[scored]
    sums, counts = np.bincount(piece, nats[scored]), np.bincount(piece)
    return float((sums[counts > 0] / counts[counts > 0]).mean())


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weight matrices and embeddings decay, biases do not."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]

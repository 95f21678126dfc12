"""`linnet-train fit`: trains a network on a corpus, and can be stopped at any moment and resumed exactly."""

import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM, default_int_handler, getsignal, signal
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from linnet import features
from linnet_train import checkpoint
from linnet_train.augment import varied
from linnet_train.batches import Lanes, Loaded, Shuffle, chunks
from linnet_train.config import ModelConfig, RunConfig, read_config, write_config
from linnet_train.corpus import Corpus, Piece
from linnet_train.curves import draw_losses
from linnet_train.errors import TrainError
from linnet_train.heldout import load, tally
from linnet_train.metrics import Metrics
from linnet_train.training import Training

DEFAULT_EPOCHS = 20


class StoppedError(TrainError):
    """Someone asked to stop; everything is saved."""


def fit(corpus: Corpus, folder: Path, model: ModelConfig, run: RunConfig, *, resume: bool = False) -> Path:
    """Trains until a limit of the run or until the held-out loss stops falling; returns the run folder."""
    return Fit(corpus, folder, model, run, resume=resume).until_done()


class Fit:
    """One call of `fit`: the loop around the steps, with its clock, its reports and its files."""

    def __init__(
        self, corpus: Corpus, folder: Path, model: ModelConfig, run: RunConfig, *, resume: bool
    ) -> None:
        """Makes or reopens the run folder; nothing is trained yet."""
        self.corpus, self.folder, self.run = corpus, folder, run
        self.train = [piece for piece in corpus.pieces("train") if len(piece.tokens) > 1]
        self.valid = [piece for piece in corpus.pieces("valid") if len(piece.tokens) > 1]
        if not self.train:
            raise TrainError("the corpus has no pieces to train on")
        if run.threads:
            torch.set_num_threads(run.threads)
        saved = folder / checkpoint.RESUME
        if resume:
            check_corpus(folder, corpus)
        elif saved.exists():
            raise TrainError(f"{folder} already holds a run: go on with --resume, or choose another folder")
        folder.mkdir(parents=True, exist_ok=True)
        write_config(folder / "config.json", model, run, about_corpus(corpus, model))

        self.shuffle = Shuffle(len(self.train), run.seed)
        lanes = Lanes(self._load, batch_size=run.batch_size, chunk=run.chunk)
        self.training = Training(model, run, lanes, find_device(run))
        self.steps = self._step_limit()
        self.elapsed_seconds, self.best, self.worse = 0.0, math.inf, 0
        if resume and saved.exists():
            tensors, notes = checkpoint.read_tensors(saved)
            self.training.restore(tensors)
            self.elapsed_seconds, self.worse = notes["elapsed_seconds"], notes["worse"]
            self.best = math.inf if notes["best"] is None else notes["best"]
        self.metrics = Metrics(folder, self.training.step)

    def until_done(self) -> Path:
        """Steps, looks at the held-out pieces and saves, in turn."""
        run, training = self.run, self.training
        clock, loss_sum, tokens, log_tokens, log_clock = time.monotonic(), 0.0, 0, 0, time.monotonic()
        bar = tqdm(total=self.steps, initial=training.step, unit="step", dynamic_ncols=True, disable=None)
        with stop_signals() as stop, bar:
            while self.progress < 1 and not (run.patience and self.worse >= run.patience):
                loss, count = training.advance(self.learning_rate)
                if not math.isfinite(loss):
                    raise TrainError(
                        f"the loss became {loss} at step {training.step}: try a lower --learning-rate "
                        f"(now {run.learning_rate:g}) or --clip-norm (now {run.clip_norm:g})"
                    )
                now = time.monotonic()
                self.elapsed_seconds, clock = self.elapsed_seconds + now - clock, now
                loss_sum, tokens, log_tokens = loss_sum + loss * count, tokens + count, log_tokens + count
                bar.update()
                if training.step % run.log_every == 0:
                    speed = log_tokens / (now - log_clock)
                    self._log(loss_sum / tokens, speed)
                    bar.set_postfix_str(f"{loss_sum / tokens:.3f} nats, {speed:,.0f} tokens/s")
                    loss_sum, tokens, log_tokens, log_clock = 0.0, 0, 0, now
                done = self.progress >= 1
                if training.step % run.valid_every == 0 or done:
                    bar.write(self._look(), file=sys.stderr)
                    clock = log_clock = time.monotonic()  # a look is not training
                    log_tokens = 0
                if training.step % run.save_every == 0 or done or stop:
                    self._save()
                if stop and not done:
                    self.metrics.close()
                    raise StoppedError(f"stopped at step {training.step}; --resume goes on from here")
        self.metrics.close()
        return self.folder

    @property
    def progress(self) -> float:
        """How much of the run is over, 0 to 1: by steps or by minutes, whichever is further."""
        by_steps = self.training.step / self.steps if self.steps else 0.0
        by_time = self.elapsed_seconds / (60 * self.run.minutes) if self.run.minutes else 0.0
        return max(by_steps, by_time)

    @property
    def learning_rate(self) -> float:
        """Rises over the first steps, then falls along half a cosine."""
        run = self.run
        warm = min(1.0, (self.training.step + 1) / run.warmup_steps) if run.warmup_steps else 1.0
        cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, self.progress))
        return run.learning_rate * warm * (run.final_rate + (1 - run.final_rate) * cosine)

    def _load(self, draw: int) -> Loaded:
        i, rng = self.shuffle[draw]
        piece = self.train[i]
        tokens, wishes = varied(piece.tokens, piece.wishes, self.corpus.time_base, rng, self.run)
        return load(tokens, wishes, self.corpus.time_base)

    def _step_limit(self) -> int | None:
        run = self.run
        epochs = run.epochs
        if not (run.steps or run.epochs or run.minutes):
            epochs = DEFAULT_EPOCHS
        limits = [run.steps] if run.steps else []
        if epochs:
            epoch = chunks([len(piece.tokens) - 1 for piece in self.train], run.chunk) / run.batch_size
            limits.append(max(1, round(epochs * epoch)))
        return min(limits, default=None)

    def _log(self, loss: float, speed: float) -> None:
        numbers = {
            "loss": loss,
            "learning_rate": self.learning_rate,
            "tokens_per_second": speed,
            "elapsed_seconds": self.elapsed_seconds,
            "epoch": int(self.training.lanes.position[-1, 0]) / len(self.train),
        }
        self.metrics.add(self.training.step, {name: float(f"{value:.6g}") for name, value in numbers.items()})

    def _look(self) -> str:
        """Scores the held-out pieces with the averaged weights, and keeps them if they are the best."""
        step, average = self.training.step, self.training.average
        if not self.valid:
            checkpoint.save_weights(self.folder, "best", average, {"step": step, "metrics": {}})
            return f"step {step}: no held-out pieces to look at"
        told = tally(average, self.valid, self.corpus.time_base).nats_per_token
        untold = tally(average, self.valid, self.corpus.time_base, wishes=False).nats_per_token
        # A model has to play well with wishes and without: both count alike.
        loss = (told + untold) / 2
        numbers = {"valid": loss, "valid_with_wishes": told, "valid_without_wishes": untold}
        self.metrics.add(step, numbers)
        self.worse = 0 if loss < self.best else self.worse + 1
        if not self.worse:
            self.best = loss
            checkpoint.save_weights(self.folder, "best", average, {"step": step, "metrics": numbers})
        draw_losses(self.folder / "loss.png", self.metrics.lines)
        star = " *" if not self.worse else ""
        return f"step {step}: held out {told:.4f} nats/token with wishes, {untold:.4f} without{star}"

    def _save(self) -> None:
        notes = {
            "elapsed_seconds": self.elapsed_seconds,
            "best": None if math.isinf(self.best) else self.best,
            "worse": self.worse,
        }
        checkpoint.write_tensors(self.folder / checkpoint.RESUME, self.training.tensors(), notes)
        checkpoint.save_weights(
            self.folder, "last", self.training.average, {"step": self.training.step, **notes}
        )


def about_corpus(corpus: Corpus, model: ModelConfig) -> dict[str, Any]:
    """What a run has to remember about its corpus."""
    return {
        "path": str(corpus.path.resolve()),
        "time_base": corpus.time_base,
        "styles": list(corpus.styles),
        "sources": corpus.sources,
        "attribution": corpus.attribution,
        "fingerprint": corpus.fingerprint,
        "wishes_trained": [] if model.bag == "last-token" else wishes_heard(corpus.pieces("train")),
    }


def check_corpus(folder: Path, corpus: Corpus) -> None:
    """TrainError unless the run in this folder was trained on this corpus."""
    _, _, saved = read_config(folder)
    if saved["fingerprint"] != corpus.fingerprint:
        raise TrainError(f"{folder} was trained on another corpus than {corpus.path} is now")


def wishes_heard(pieces: Sequence[Piece]) -> list[str]:
    """The wishes that some piece fulfils; of the others a network learns nothing."""
    heard = np.zeros(len(features.WISHES), dtype=np.bool_)
    for piece in pieces:
        heard |= piece.wishes.any(axis=0)
    return [name for (name, _), yes in zip(features.WISHES, heard.tolist(), strict=True) if yes]


def find_device(run: RunConfig) -> torch.device:
    """The device of a run."""
    cuda = torch.cuda.is_available()
    if run.device == "cuda" and not cuda:
        raise TrainError("--device cuda: this PyTorch finds no GPU it can use")
    device = torch.device("cuda" if cuda and run.device != "cpu" else "cpu")
    if run.precision == "bf16" and device.type == "cpu":
        raise TrainError("--precision bf16 needs a GPU; on a CPU it would only be slower")
    return device


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list that fills when Ctrl-C or SIGTERM comes, to finish the step first; a second Ctrl-C cuts in."""
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        signal(SIGINT, default_int_handler)

    if current_thread() is not main_thread():  # only the main thread may set handlers
        yield received
        return
    before = {number: getsignal(number) for number in (SIGINT, SIGTERM)}
    try:
        for number in before:
            signal(number, stop)
        yield received
    finally:
        for number, handler in before.items():
            signal(number, handler)

"""The loop around the training steps; it can be stopped at any moment and resumed exactly."""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from linnet_train.corpus.corpus import Corpus
from linnet_train.data.batches import Lanes, Loaded, Shuffle, chunks
from linnet_train.data.examples import training_example
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import ModelConfig, RunConfig, read_config, write_config
from linnet_train.network.start import Start
from linnet_train.training.curves import plot_losses
from linnet_train.training.heldout import tally
from linnet_train.training.metrics import Metrics, Silent
from linnet_train.training.practice import Practice
from linnet_train.training.ranks import Ranks
from linnet_train.training.run import StoppedError, check_corpus, find_device, set_up_processor, stop_signals
from linnet_train.training.step import Training
from linnet_train.training.tracking import Tracker
from linnet_train.training.warm_start import about_corpus, warm_start

DEFAULT_EPOCHS = 20


@dataclass(slots=True)
class FitRecord:
    """What a run remembers besides tensors."""

    elapsed_seconds: float = 0.0
    """Spent on training steps; evaluations and checkpoints are not counted."""

    best: float | None = None
    """Lowest held-out loss so far."""

    worse: int = 0
    """Evaluations since then."""

    nats: float = 0.0
    """Training loss, tokens and seconds since the last line of metrics."""

    tokens: int = 0
    seconds: float = 0.0


class Fit:
    """One call of `training.fit`: the loop around the steps, with its clock, its reports and its files."""

    def __init__(
        self,
        corpus: Corpus,
        folder: Path,
        model: ModelConfig,
        run: RunConfig,
        *,
        resume: bool,
        start: Path | None = None,
        mlflow: str | None = None,
    ) -> None:
        """Makes or reopens the run folder; nothing is trained yet."""
        self.corpus, self.folder, self.run = corpus, folder, run
        self.ranks = Ranks.here(run.device)
        if self.ranks.size > run.batch_size:
            raise TrainError(f"--batch-size {run.batch_size} gives {self.ranks.size} processes no piece each")
        self.train = [piece for piece in corpus.pieces("train") if len(piece.tokens) > 1]
        self.valid = [piece for piece in corpus.pieces("valid") if len(piece.tokens) > 1]
        if not self.train:
            raise TrainError("the corpus has no pieces to train on")
        set_up_processor(run.threads)
        saved = folder / checkpoint.RESUME
        if resume:
            check_corpus(folder, corpus)
        elif saved.exists():
            raise TrainError(f"{folder} already holds a run: go on with --resume, or choose another folder")
        about, weights = about_corpus(corpus, model), None
        if start:
            weights, about = warm_start(Start.read(start), model, about)
        if resume and saved.exists():  # a resumed run keeps what it remembers of its corpus
            about = read_config(folder)[2]
        if self.ranks.first:
            folder.mkdir(parents=True, exist_ok=True)
            write_config(folder / "config.json", model, run, about)

        self.shuffle = Shuffle(len(self.train), run.seed)
        self.model = model
        self.training = self._training(model, find_device(run, self.ranks))
        if weights:
            self.training.start_from(weights)
        self.carries_on = bool(weights)
        self.practice = Practice(self.train, corpus.time_base, run, model)
        self.steps = self._step_limit()
        self.record = FitRecord()
        if resume and saved.exists():
            tensors, notes = checkpoint.read_tensors(saved)
            self.training.restore(tensors)
            self.record = FitRecord(**notes)
        self.metrics: Metrics = Silent()
        if self.ranks.first:
            tracker = Tracker(mlflow, folder) if mlflow else None
            self.metrics = Metrics(folder, self.training.step, tracker)

    def until_done(self) -> Path:
        """Steps, evaluations of the held-out pieces and saves, in turn."""
        run, training = self.run, self.training
        quiet = None if self.ranks.first else True  # None: where nobody looks
        bar = tqdm(total=self.steps, initial=training.step, unit="step", dynamic_ncols=True, disable=quiet)
        with self._recorded(), bar, stop_signals() as stop:
            if self.carries_on:  # where nothing becomes better, the best weights are the first
                self._say(bar, self._evaluate())
            while not self.over:
                self._advance()
                bar.update()
                if training.step % run.log_every == 0:
                    bar.set_postfix_str(self._log())
                if training.step % run.valid_every == 0 or self.progress >= 1:
                    self._say(bar, self._evaluate())
                stopped = bool(self.ranks.sums([len(stop)], training.device)[0])
                if training.step % run.save_every == 0 or self.over or stopped:
                    self._save()
                if stopped and not self.over:
                    raise StoppedError(f"stopped at step {training.step}; --resume goes on from here")
        return self.folder

    @property
    def over(self) -> bool:
        """Whether a limit is reached or the held-out loss has stopped falling."""
        return self.progress >= 1 or 0 < self.run.patience <= self.record.worse

    @property
    def progress(self) -> float:
        """How much of the run is over, 0 to 1: by steps or by minutes, whichever is further."""
        by_steps = self.training.step / self.steps if self.steps else 0.0
        by_time = self.record.elapsed_seconds / (60 * self.run.minutes) if self.run.minutes else 0.0
        return max(by_steps, by_time)

    @property
    def learning_rate(self) -> float:
        """Rises over the first steps, then falls along half a cosine."""
        run = self.run
        warmup = run.warmup_steps
        if self.steps is not None:
            warmup = min(warmup, self.steps // 10)  # a short run must not be all warm-up
        warm = min(1.0, (self.training.step + 1) / warmup) if warmup else 1.0
        cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, self.progress))
        return run.learning_rate * warm * (run.final_rate + (1 - run.final_rate) * cosine)

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.metrics.close(done=self.over)

    def _say(self, bar: "tqdm[Any]", text: str) -> None:  # Any: tqdm's own
        if self.ranks.first:
            bar.write(self.ranks.named(text), file=sys.stderr)

    def _training(self, model: ModelConfig, device: torch.device) -> Training:
        return Training(model, self.run, self._lanes(device), device, self.ranks)

    def _lanes(self, device: torch.device) -> Lanes:
        """Those of this rank."""
        mine = self.ranks.part(self.run.batch_size)
        share = partial(self.ranks.before_and_all, device=device) if self.ranks.size > 1 else None
        return Lanes(self._load, batch_size=mine.stop - mine.start, chunk=self.run.chunk, share=share)

    def _load(self, draw: int) -> Loaded:
        i, rng = self.shuffle[draw]
        piece = self.train[i]
        return training_example(
            piece.tokens, piece.wishes, self.corpus.time_base, rng, self.run, self.model, piece.roles
        )

    def _step_limit(self) -> int | None:
        run = self.run
        epochs = run.epochs
        if not (run.steps or run.epochs or run.minutes):
            epochs = DEFAULT_EPOCHS
        limits = [run.steps] if run.steps else []
        if epochs:
            limits.append(max(1, round(epochs * self._steps_an_epoch())))
        return min(limits, default=None)

    def _steps_an_epoch(self) -> float:
        run = self.run
        return chunks([len(piece.tokens) - 1 for piece in self.train], run.chunk) / run.batch_size

    def _advance(self) -> None:
        began, training, record = time.monotonic(), self.training, self.record
        loss, tokens = training.advance(self.learning_rate)
        if not math.isfinite(loss):
            raise TrainError(
                f"the loss became {loss} at step {training.step}: try a lower --learning-rate "
                f"(now {self.run.learning_rate:g}) or --clip-norm (now {self.run.clip_norm:g})"
            )
        if self._practises:
            training.network.eval()
            played = self.practice.play(training.network, training.step, self.ranks)
            training.network.train()
            training.practise(played, self.learning_rate)
        seconds = time.monotonic() - began
        seconds = self.ranks.sums([seconds * self.ranks.first], training.device)[0]  # one clock for all
        record.elapsed_seconds += seconds
        record.nats += loss * tokens
        record.tokens += tokens
        record.seconds += seconds

    @property
    def _practises(self) -> bool:
        run = self.run
        every = run.practice_every if run.grammar_weight and not self.training.network.config.latent else 0
        return every > 0 and self.training.step % every == 0

    def _log(self) -> str:
        record = self.record
        loss, speed = record.nats / record.tokens, record.tokens / record.seconds
        numbers = {
            "loss": loss,
            "learning_rate": self.learning_rate,
            "tokens_per_second": speed,
            "elapsed_seconds": record.elapsed_seconds,
            "epoch": int(self.training.lanes.position[-1, 0]) / len(self.train),
        }
        self.metrics.add(self.training.step, {name: float(f"{value:.6g}") for name, value in numbers.items()})
        record.nats, record.tokens, record.seconds = 0.0, 0, 0.0
        return f"{loss:.3f} nats, {speed:,.0f} tokens/s"

    def _evaluate(self) -> str:
        """Scores the held-out pieces with the averaged weights, and keeps them if they are the best."""
        step = self.training.step
        if not self.valid:
            self._keep_best({})
            return f"step {step}: no held-out pieces to evaluate"
        numbers, text = self._held_out()
        loss = numbers["valid"]
        self.metrics.add(step, numbers)
        better = self.record.best is None or loss < self.record.best
        self.record.worse += 1
        if better:
            self.record.best, self.record.worse = loss, 0
            self._keep_best(numbers)
        if self.ranks.first:
            plot_losses(self.folder / "loss.png", self.metrics.lines)
        star = " *" if better else ""
        return f"step {step}: held out {text}{star}"

    def _keep_best(self, numbers: dict[str, float]) -> None:
        if self.ranks.first:
            notes = {"step": self.training.step, "metrics": numbers}
            checkpoint.save_weights(self.folder, "best", self.training.average, notes)

    def _held_out(self) -> tuple[dict[str, float], str]:
        """Figures of the held-out pieces, `valid` the one that decides, and the same for people."""
        average, base = self.training.average, self.corpus.time_base
        conditional = tally(average, self.valid, base, ranks=self.ranks).nats_per_token
        unconditional = tally(average, self.valid, base, wishes=False, ranks=self.ranks).nats_per_token
        # A model has to play well with wishes and without: both count alike.
        numbers = {
            "valid": (conditional + unconditional) / 2,
            "valid_with_wishes": conditional,
            "valid_without_wishes": unconditional,
        }
        return numbers, f"{conditional:.4f} nats/token with wishes, {unconditional:.4f} without"

    def _save(self) -> None:
        notes, tensors = asdict(self.record), self.training.tensors()
        if not self.ranks.first:
            return
        checkpoint.write_tensors(self.folder / checkpoint.RESUME, tensors, notes)
        checkpoint.save_weights(
            self.folder, "last", self.training.average, {"step": self.training.step, **notes}
        )

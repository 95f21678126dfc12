"""The loop of tuning: a trained network plays, earns rewards and learns; it resumes exactly after a stop."""

import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

import linnet
from linnet.tokens import codec
from linnet_train import storage
from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import RunConfig, current_names, read_config, resumed
from linnet_train.network.network import Network
from linnet_train.network.start import Start
from linnet_train.sampling.rollout import Rollout, play
from linnet_train.training.metrics import Metrics
from linnet_train.training.run import StoppedError, check_corpus, find_device, set_up_processor, stop_signals
from linnet_train.tuning import policy, prompts
from linnet_train.tuning.config import TuneConfig
from linnet_train.tuning.judges import Judgement, Judges
from linnet_train.tuning.played import Played
from linnet_train.tuning.prompts import PlannedPiece
from linnet_train.tuning.reward_file import Rewards, RewardValues
from linnet_train.tuning.rewards import EARLIER_NAMES

_JUDGED_SEED = 1 << 40
"""The first seed of what is played for the judges, the same at every evaluation."""

_MOST_IN_A_BAR = 128
"""Tokens; a piece with more is cut."""


@dataclass(slots=True)
class TuneRecord:
    """What tuning remembers besides tensors."""

    update: int = 0
    elapsed_seconds: float = 0.0

    before: dict[str, float] | None = None
    """The judgement of the network that tuning began with."""

    rewards_before: list[float] = field(default_factory=list)
    """Of the pieces that it then played for the judges, to compare later ones of the same seeds with."""

    best: float | None = None
    """The highest mean reward of an evaluation with all judges within their bounds."""

    beyond: int = 0
    """Evaluations in a row with a bound crossed."""


class Tune:
    """One call of `linnet-train tune`."""

    def __init__(
        self,
        corpus: Corpus,
        run: Path,
        folder: Path,
        rewards: Rewards,
        config: TuneConfig,
        *,
        resume: bool = False,
    ) -> None:
        """Makes or reopens the folder; nothing is learnt yet.

        Args:
            corpus: what the run was trained on.
            run: the run to be tuned, which stays as it is; or a model file or a packaged model by name, whose
                pieces are then planned, ruled and sampled as it ships.
            folder: for the tuned run.
            rewards: what pieces earn.
            config: how it learns.
            resume: go on with what the folder holds.

        Raises:
            TrainError: these do not go together, or a reward fails on a first piece.
        """
        self.corpus, self.folder, self.rewards, self.config = corpus, folder, rewards, config
        if folder.resolve() == run.resolve():
            raise TrainError(f"{folder} is the run to be tuned: choose another folder for -o")
        start = Start.read(run)
        model, about = start.model, dict(start.about)
        if start.sha256:
            _check_styles(start, corpus)
            about |= {"path": corpus.address, "fingerprint": corpus.fingerprint, "started_from": start.parent}
        else:
            check_corpus(run, corpus)
        if corpus.time_base != "grid":
            raise TrainError(f"{run} keeps human timing, and tuning needs bars")
        if model.latent:
            raise TrainError(f"{run} is a variational model, and tuning has no latent to give it")
        set_up_processor(config.threads)
        fitted = RunConfig() if start.sha256 else read_config(run)[1]
        device = find_device(replace(fitted, device=config.device, precision=config.precision))
        self.trained = Network(model).to(device).eval().requires_grad_(False)
        self.trained.load_state_dict(start.weights)
        self.network = Network(model).to(device)  # in training mode, where a GPU keeps what gradients need
        self.network.load_state_dict(self.trained.state_dict())
        # The embeddings stay: Adam would take as large a step for a row that is met once as for weights that
        # every token uses, and learn the luck of a few pieces there.
        self.network.embedding.requires_grad_(False)
        learning = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.Adam(learning, lr=0.0, betas=(0.9, 0.99))
        self.pieces = [piece for piece in corpus.pieces("train") if piece.notes]
        if start.sha256:
            opened = linnet.load(start.path)
            self.starter = prompts.PieceStarter(opened.info, opened.engine)
            sampling = self.starter.sampling
            self.config = config = replace(
                config, temperature=float(sampling["temperature"]), min_p=float(sampling["min_p"])
            )
        else:
            self.starter = prompts.PieceStarter.of_run(run.name, about, corpus, config, model)
        self.judges = Judges(corpus, config.judged_bars)
        person = self.judges.pieces[0]  # a reward that fails shall do so before anything is written
        rewards(Played(codec.decode(person.tokens, "grid")), person.name)
        self.record = TuneRecord()
        origin = {
            "run": {"name": run.name, "sha256": start.sha256 or _hash(run / "best.safetensors")},
            "rewards": [reward.about() for reward in rewards.each],
        }
        self._open(model, fitted, about, origin, resume=resume)
        self.metrics = Metrics(folder, self.record.update)

    def until_done(self) -> Path:
        """Updates, evaluations and checkpoints, in turn."""
        config, record = self.config, self.record
        bar = tqdm(
            total=config.updates, initial=record.update, unit="update", dynamic_ncols=True, disable=None
        )
        with closing(self.metrics), bar, stop_signals() as stop:
            if record.before is None:
                bar.write(self._evaluate(), file=sys.stderr)
                self._save()
            while not self.over:
                bar.set_postfix_str(self._update())
                bar.update()
                if record.update % config.judge_every == 0 or self.progress >= 1:
                    bar.write(self._evaluate(), file=sys.stderr)
                if record.update % config.save_every == 0 or self.over or stop:
                    self._save()
                if stop and not self.over:
                    raise StoppedError(f"stopped at update {record.update}; --resume goes on from here")
        return self.folder

    @property
    def over(self) -> bool:
        """Whether a limit is reached or the judges have had enough."""
        return self.progress >= 1 or 0 < self.config.patience <= self.record.beyond

    @property
    def progress(self) -> float:
        """How much is over, 0 to 1: by updates or by minutes, whichever is further."""
        minutes, record = self.config.minutes, self.record
        by_time = record.elapsed_seconds / (60 * minutes) if minutes else 0.0
        return max(record.update / self.config.updates, by_time)

    def _update(self) -> str:
        began, config, record = time.monotonic(), self.config, self.record
        rng = np.random.default_rng((config.seed, record.update))
        chosen_prompts = [
            prompts.sample_prompt(self.pieces, self.starter.trained_wishes, config, rng)
            for _ in range(config.groups)
        ]
        seeds = rng.integers(2**63, size=(config.groups, config.group_size)).tolist()
        parts = [
            self.starter.begin(prompt, seed, form_seed=row[0])
            for prompt, row in zip(chosen_prompts, seeds, strict=True)
            for seed in row
        ]
        rollouts, pieces = self._play(parts)
        played = time.monotonic() - began
        earned = self._reward(parts, pieces)
        groups = [earned[i : i + config.group_size] for i in range(0, len(earned), config.group_size)]
        totals = np.array([[each.total for each in group] for group in groups])
        rewarded = time.monotonic() - began
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * (1 - self.progress)
        advantages = policy.advantages(groups, config)
        selected = policy.selected(totals, config)
        learnt = policy.learn(
            self.network,
            self.trained,
            self.optimizer,
            [rollouts[i] for i in selected],
            [advantages[i] for i in selected],
            config,
        )
        seconds = time.monotonic() - began
        record.update += 1
        record.elapsed_seconds += seconds
        numbers = {
            "reward": float(totals.mean()),
            "reward_deviation": float(totals.std(axis=1).mean()),
            **{
                f"reward/{name}": float(np.mean([each.values[name] for each in earned]))
                for name in earned[0].values
            },
            "kl": learnt.kl,
            "rounding": learnt.rounding,
            "gradient": learnt.gradient,
            "tokens_played_per_second": sum(map(len, rollouts)) / played,
            "pieces_rewarded_per_second": len(parts) / (rewarded - played),
            "tokens_learnt_per_second": learnt.tokens / (seconds - rewarded),
            "elapsed_seconds": record.elapsed_seconds,
        }
        self._log(numbers)
        return f"reward {numbers['reward']:.3f}, {learnt.kl:.4f} nats of KL, {seconds:.1f} s"

    def _play(self, parts: Sequence[PlannedPiece]) -> tuple[list[Rollout], list[Played]]:
        rollouts = play(
            self.network,
            [part.piece for part in parts],
            _MOST_IN_A_BAR * max(part.prompt.bars for part in parts),
            bars_left=[None if part.prompt.constrained else part.prompt.bars for part in parts],
            temperature=self.config.temperature,
            min_p=self.config.min_p,
            precision=self.config.precision,
        )
        return rollouts, [part.result() for part in parts]

    def _reward(self, parts: Sequence[PlannedPiece], pieces: Sequence[Played]) -> list[RewardValues]:
        return [self.rewards(piece, str(part)) for piece, part in zip(pieces, parts, strict=True)]

    def _evaluate(self) -> str:
        """Plays for the judges; keeps the weights if they are the best within the bounds."""
        began, config, record = time.monotonic(), self.config, self.record
        people = self.judges.pieces
        models = [people[i * len(people) // config.judged] for i in range(config.judged)]
        key = [name for name in ("key",) if name in self.starter.trained_wishes]
        parts = [
            self.starter.begin(prompts.prompt_like(piece, key, config.judged_bars), _JUDGED_SEED + i)
            for i, piece in enumerate(models)
        ]
        _, pieces = self._play(parts)
        judgement = self.judges.evaluate(self.network, [piece.score for piece in pieces])
        totals = np.array([each.total for each in self._reward(parts, pieces)])
        if record.before is None:
            record.before, record.rewards_before = asdict(judgement), totals.tolist()
        beyond = judgement.beyond(Judgement(**record.before), config)
        reward, rises = float(totals.mean()), totals - record.rewards_before
        error = float(rises.std()) / len(rises) ** 0.5
        better = not beyond and (record.best is None or reward > record.best)
        record.beyond = record.beyond + 1 if beyond else 0
        record.elapsed_seconds += time.monotonic() - began
        numbers = {
            "judged_reward": reward,
            "rise": float(rises.mean()),
            "rise_error": error,
            **asdict(judgement),
        }
        self._log({f"evaluation/{name}": value for name, value in numbers.items()})
        if better:
            record.best = reward
            notes = {"tuned_by": [each.about() for each in self.rewards.each], "updates": record.update}
            checkpoint.save_weights(self.folder, "best", self.network, {**notes, "metrics": numbers})
        crossed = ", ".join(beyond)
        mark = f"; beyond a bound: {crossed}" if beyond else " *" if better else ""
        return (
            f"update {record.update}: reward {reward:.3f} ({rises.mean():+.3f}, standard error {error:.3f}), "
            f"{judgement.nats_per_note:.3f} nats a note, Fréchet distance {judgement.distance:.2f}, "
            f"AUC {judgement.auc:.3f}{mark}"
        )

    def _log(self, numbers: dict[str, float]) -> None:
        self.metrics.add(self.record.update, {name: float(f"{n:.6g}") for name, n in numbers.items()})

    # The folder

    def _open(self, model: Any, fitted: Any, about: Any, origin: dict[str, Any], *, resume: bool) -> None:
        saved, config_file = self.folder / checkpoint.RESUME, self.folder / "config.json"
        if resume:
            self._resume(config_file, saved, origin)
        elif saved.exists():
            raise TrainError(
                f"{self.folder} already holds a run: go on with --resume, or choose another folder"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        everything = {"model": asdict(model), "run": asdict(fitted), "corpus": about}
        storage.write_json(config_file, {**everything, "tune": {**origin, "settings": asdict(self.config)}})

    def _resume(self, config_file: Path, saved: Path, origin: dict[str, Any]) -> None:
        if not config_file.is_file():
            raise TrainError(f"{self.folder} is no run that could be resumed: it has no config.json")
        before = storage.read_json(config_file).get("tune")
        if before is None:
            raise TrainError(f"{self.folder} is a run of linnet-train fit, not of tune")
        for reward in before["rewards"]:
            reward["name"] = EARLIER_NAMES.get(reward["name"], reward["name"])
        for name, what in (("run", "another run"), ("rewards", "other rewards")):
            if before[name] != origin[name]:
                raise TrainError(f"{self.folder} was tuned from {what}; --resume keeps to what it began with")
        resumed(TuneConfig(**current_names("tune", before["settings"])), asdict(self.config))
        if saved.is_file():
            tensors, notes = checkpoint.read_tensors(saved)
            self._restore(tensors)
            self.record = TuneRecord(**notes)

    def _save(self) -> None:
        moments = {
            f"{i}.{name}": value
            for i, values in self.optimizer.state_dict()["state"].items()
            for name, value in values.items()
        }
        tensors = {
            **checkpoint.prefixed("network", self.network.state_dict()),
            **checkpoint.prefixed("optimizer", moments),
        }
        checkpoint.write_tensors(self.folder / checkpoint.RESUME, tensors, asdict(self.record))
        checkpoint.save_weights(self.folder, "last", self.network, {"updates": self.record.update})

    def _restore(self, tensors: dict[str, torch.Tensor]) -> None:
        self.network.load_state_dict(checkpoint.group("network", tensors))
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in checkpoint.group("optimizer", tensors).items():
            i, _, moment = name.partition(".")
            moments.setdefault(int(i), {})[moment] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _check_styles(start: Start, corpus: Corpus) -> None:
    """TrainError where the styles of a corpus have other numbers than a model file gives them."""
    known = start.about["styles"]
    if corpus.styles and list(corpus.styles) != known[: len(corpus.styles)]:
        raise TrainError(
            f"{start.path} knows the styles {', '.join(known) or 'of nothing'}, and {corpus.path} has "
            f"{', '.join(corpus.styles)}: tune it with what it was trained on"
        )

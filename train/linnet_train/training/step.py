"""One training step after another: the network, its running average, the optimizer and the carried state."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from linnet_train.data.batches import Batch
from linnet_train.network.checkpoint import group, prefixed
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.network import Network, forbidden_nats, next_token_nats
from linnet_train.sampling.rollout import Rollout, gather
from linnet_train.training.ranks import Ranks


class BatchStream(Protocol):
    """Whatever batches come from; it can be left and resumed."""

    def __next__(self) -> Any:  # Any: a Batch, or what the loss of a subclass reads
        """The next batch."""

    @property
    def position(self) -> NDArray[np.int64]:
        """Where it is; in the last row, how many pieces were drawn."""

    def seek(self, position: NDArray[np.int64]) -> None:
        """Goes to a position of an equal stream."""


class Training:
    """Everything that changes while a network is trained, to be stepped, saved and restored."""

    def __init__(
        self,
        model: ModelConfig,
        run: RunConfig,
        lanes: BatchStream,
        device: torch.device,
        ranks: Ranks | None = None,
    ) -> None:
        """Draws fresh weights from the seed of the run; `lanes` are those of this rank."""
        self.run, self.lanes, self.device, self.ranks = run, lanes, device, ranks or Ranks()
        self.network = Network(
            model,
            dropout=run.dropout,
            locked=run.dropout_kind == "locked",
            weight_drop=run.weight_drop,
            seed=run.seed,
        )
        self.network.to(device).train()
        self.average = Network(model, seed=run.seed).to(device).eval().requires_grad_(False)
        self.optimizer = torch.optim.AdamW(_parameter_groups(self.network, run), lr=0.0, fused=True)
        mine = self.ranks.part(run.batch_size)
        self.state = self.network.initial_state(mine.stop - mine.start)
        self.step = 0
        # Dropout draws from PyTorch's own generator, the one thing here that cannot be handed a private one.
        torch.manual_seed(run.seed)
        self._forward: Callable[..., Any] = self.ranks.parallel(self.network)  # Any: as Network's own
        if run.compile:
            self._forward = torch.compile(self._forward)

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Takes the first weights from another network of the same shape.

        A plain one may begin a variational one: columns that read the latent are left as they are.
        """
        for network in (self.network, self.average):
            own = network.state_dict()
            for name, tensor in weights.items():
                own[name][..., : tensor.shape[-1]] = tensor

    def advance(self, learning_rate: float) -> tuple[float, int]:
        """Learns from the next batch; returns its loss in nats a token, and how many tokens it held."""
        loss, count = self.loss()
        value = self.ranks.sums([loss.item()], self.device)[0] / self.ranks.size
        if np.isfinite(value):  # else the weights of the step before stay as they are
            self._learn(loss, learning_rate)
            self.step += 1
            self._update_average()
        return value, count

    def practise(self, played: Sequence[Rollout], learning_rate: float) -> None:
        """Learns what the grammar forbids from what the network played."""
        mine = self._see(len(played))
        feature_ids, _, legal = (whole[mine] for whole in gather(played, self.device))
        with self._precision():
            logits, _ = self._forward(feature_ids)
        steps = sum(map(len, played)) / self.ranks.size
        self._learn(self.run.grammar_weight * forbidden_nats(logits, legal).sum() / steps, learning_rate)

    def _see(self, rows: int) -> slice:
        """Which rows of a batch this rank sees; what is dropped of them depends on it."""
        mine = self.ranks.part(rows)
        if self.ranks.size > 1:
            self.network.dropout.rows = mine.start, rows
        return mine

    def _learn(self, loss: Tensor, learning_rate: float) -> None:
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        if self.run.clip_norm:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.run.clip_norm)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = learning_rate * parameters["rate"]
        self.optimizer.step()

    def loss(self) -> tuple[Tensor, int]:
        """Of the next batch, in nats a token, and how many tokens it holds; the state moves on.

        Of several ranks, each has its part of the loss, times their number: the mean of their gradients is
        that of the whole batch.
        """
        batch = next(self.lanes)
        self._see(self.run.batch_size)
        feature_ids, targets = to_tensors(batch, self.device)
        allowed = 0 if batch.allowed is None else int(batch.allowed.any(axis=-1).sum())
        mine = [int(np.count_nonzero(batch.targets)), allowed]
        count, steps = map(int, self.ranks.sums(mine, self.device))
        with self._precision():
            logits, state = self._forward(feature_ids, carried(self.state, batch.starts))
        self.state = (state[0].detach().float(), state[1].detach().float())
        loss = next_token_nats(logits, targets).sum() / max(count, 1)
        if batch.allowed is not None:
            legal = torch.from_numpy(np.unpackbits(batch.allowed, axis=-1).view(np.bool_)).to(self.device)
            forbidden = forbidden_nats(logits, legal).sum() / max(steps, 1)
            loss = loss + self.run.grammar_weight * forbidden
        return loss * self.ranks.size, count

    def tensors(self) -> dict[str, Tensor]:
        """All of it, for a checkpoint: of all ranks, which have to ask together."""
        moments = {
            f"{i}.{name}": value
            for i, values in self.optimizer.state_dict()["state"].items()
            for name, value in values.items()
        }
        random = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state(self.device)
        return {
            **prefixed("network", self.network.state_dict()),
            **prefixed("average", self.average.state_dict()),
            **prefixed("optimizer", moments),
            **prefixed("state", {"hidden": self._joined(self.state[0]), "cell": self._joined(self.state[1])}),
            **prefixed("random", random),
            "lanes": torch.from_numpy(self._position()),
            "step": torch.tensor(self.step),
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Goes on from where `tensors()` was taken, as if nothing had happened; ranks may be others."""
        self.network.load_state_dict(group("network", tensors))
        self.average.load_state_dict(group("average", tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in group("optimizer", tensors).items():
            i, _, moment = name.partition(".")
            moments.setdefault(int(i), {})[moment] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        mine = self.ranks.part(self.run.batch_size)
        hidden, cell = (tensors[f"state.{name}"][:, mine].to(self.device) for name in ("hidden", "cell"))
        self.state, lanes = (hidden, cell), tensors["lanes"].numpy()
        self.lanes.seek(lanes if self.ranks.size == 1 else np.concatenate([lanes[:-1][mine], lanes[-1:]]))
        self.step = int(tensors["step"])
        torch.set_rng_state(tensors["random.cpu"])
        if self.device.type == "cuda" and "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"], self.device)

    def _joined(self, state: Tensor) -> Tensor:
        return state if self.ranks.size == 1 else self.ranks.joined(state, dim=1)

    def _position(self) -> NDArray[np.int64]:
        position = self.lanes.position
        if self.ranks.size == 1:
            return position
        return np.concatenate([*self.ranks.gather(position[:-1]), position[-1:]])

    def _precision(self) -> AbstractContextManager[Any]:
        if self.run.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    @torch.no_grad()
    def _update_average(self) -> None:
        # Young averages forget faster, or the random first weights would stay in for thousands of steps.
        decay = min(self.run.average, self.step / (self.step + 9))
        for mean, parameter in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(parameter, 1 - decay)


def to_tensors(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor]:
    """Feature ids (batch, time, width) and targets (batch, time) on the device."""
    return torch.from_numpy(batch.feature_ids).to(device), torch.from_numpy(batch.targets).to(device)


def carried(state: tuple[Tensor, Tensor], starts: np.ndarray[Any, Any]) -> tuple[Tensor, Tensor]:
    """The state, set to zero in the lanes where a piece starts."""
    keep = torch.from_numpy(~starts).to(state[0])[None, :, None]
    return state[0] * keep, state[1] * keep


def _parameter_groups(network: Network, run: RunConfig) -> list[dict[str, Any]]:
    """Weight matrices decay; embeddings learn at their own rate; biases do neither."""
    named = dict(network.named_parameters())
    embeddings = [named.pop(name) for name in list(named) if name.endswith("embedding.weight")]
    return [
        {"params": [p for p in named.values() if p.dim() > 1], "weight_decay": run.weight_decay, "rate": 1.0},
        {"params": [p for p in named.values() if p.dim() == 1], "weight_decay": 0.0, "rate": 1.0},
        {"params": embeddings, "weight_decay": 0.0, "rate": run.embedding_rate},
    ]

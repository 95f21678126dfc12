"""Networks with random weights, and their files: what linnet exports and what torch.onnx.export makes.

Speed depends on shapes, not on what was learnt, so nothing has to be trained.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from linnet.core import Tracker
from linnet.engine.engine import Engine
from linnet.tokens import features, vocabulary
from linnet_export import exact, graph
from linnet_export.builder import Builder
from linnet_export.observe import observe
from linnet_export.passport import ExportSettings, Origin, metadata
from linnet_export.quantise import quantise
from linnet_export.weights import Weights
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.network import Network

OBSERVED = 256
"""Tokens that the exact graph is scaled by; here only its shape matters."""

ORIGIN = {
    "time_base": "grid",
    "wishes_trained": [],
    "styles": [],
    "attribution": "random weights",
    "sources": [],
    "fingerprint": "",
}


@dataclass(frozen=True, slots=True)
class Size:
    """Layers and units in each."""

    layers: int
    units: int

    @classmethod
    def of(cls, text: str) -> "Size":
        """From text such as "2x256"."""
        layers, units = text.split("x")
        return cls(int(layers), int(units))

    def __str__(self) -> str:
        return f"{self.layers}x{self.units}"


SIZES = tuple(map(Size.of, ("2x256", "2x512", "3x512")))


class PlainStep(nn.Module):
    """The step as people write it for torch.onnx.export: embedding, nn.LSTM, nn.Linear."""

    def __init__(self, network: Network) -> None:
        """With the weights of a network."""
        super().__init__()
        # nn.EmbeddingBag becomes a loop over rows that takes longer than all the rest; rows and a sum do not.
        self.embedding = nn.Embedding.from_pretrained(network.embedding.weight.detach(), padding_idx=0)
        self.lstm, self.output = network.lstm, network.output

    def forward(self, feature_ids: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (batch, vocabulary) and the next state, from feature_ids (batch, width) and a state."""
        x = self.embedding(feature_ids).sum(1, keepdim=True)
        y, (h, c) = self.lstm(x, (h, c))
        return self.output(y[:, -1]), h, c


@dataclass(frozen=True)
class Made:
    """A network of one size, and its files in a folder; each is made when it is first asked for."""

    size: Size
    folder: Path
    heads: str = "none"
    """As a recipe names them; with some, `step` and `exported`, which have none, are another network."""

    @cached_property
    def network(self) -> Network:
        """In PyTorch."""
        config = ModelConfig(hidden_size=self.size.units, num_layers=self.size.layers, heads=self.heads)
        return Network(config, seed=1).eval()

    @cached_property
    def step(self) -> PlainStep:
        """In PyTorch, as a step."""
        return PlainStep(self.network).eval().requires_grad_(False)

    @cached_property
    def weights(self) -> Weights:
        """Laid out for one step."""
        config = self.network.config
        state = {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}
        return Weights.of(state, width=config.feature_width, columns=config.feature_width)

    def example(self, batch: int = 1) -> tuple[Tensor, Tensor, Tensor]:
        """What a step is fed at the start of a piece."""
        return torch.ones(batch, features.WIDTH, dtype=torch.int64), *self.network.initial_state(batch)

    @cached_property
    def floats(self) -> Path:
        """The graph of linnet-export in float32."""
        return self._write("floats", graph.build(self.weights))

    @cached_property
    def exact(self) -> Path:
        """The graph of linnet-export in integers, its default."""
        music = [(random_bags(OBSERVED), np.empty(0, np.int64), None)]
        observed = observe(self.weights, Engine.open(self.floats, engine="onnxruntime"), music)
        return self._write("exact", exact.build(quantise(self.weights, observed)))

    @cached_property
    def exported(self) -> Path:
        """What torch.onnx.export makes of it."""
        path = self.folder / f"{self.size}-exported.onnx"
        names = {"input_names": ["features", "h", "c"], "output_names": ["logits", "h_next", "c_next"]}
        with quiet():
            torch.onnx.export(self.step, self.example(), path, external_data=False, verbose=False, **names)
        return path

    def _write(self, kind: str, step: Builder) -> Path:
        origin = Origin(self.network.config, RunConfig(), features.table(), ORIGIN, {})
        path = self.folder / f"{self.size}-{kind}.onnx"
        data = step.model(
            metadata(origin, ExportSettings(f"{self.size}-{kind}"), step, None)
        ).SerializeToString()
        path.write_bytes(data)
        return path


def random_bags(count: int) -> NDArray[np.int64]:
    """The feature ids (count, width) of a piece of random tokens, each from those that may come next."""
    rng, tracker = np.random.default_rng(1), Tracker()
    tracker.restrict(endless=True)
    mask = np.zeros(vocabulary.SIZE, np.uint8)
    feature_ids = np.zeros((count, features.WIDTH), np.int64)
    for row in feature_ids:
        tracker.mask(mask)
        tracker.advance(int(rng.choice(np.flatnonzero(mask))))
        tracker.features(row)
    return feature_ids


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps exporters and converters, and the C++ below them, from talking into the table."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        try:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            with (
                contextlib.redirect_stdout(nowhere),
                contextlib.redirect_stderr(nowhere),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")
                yield
        finally:
            for descriptor, original in zip((1, 2), saved, strict=True):
                os.dup2(original, descriptor)
                os.close(original)

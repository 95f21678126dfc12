"""The encoder of a variational model, and the phrases on which its graphs are compared."""

from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import torch
from numpy.typing import NDArray

from linnet.controls.model_info import Json
from linnet.engine import latent as latent_readings
from linnet.engine.engine import Engine
from linnet.engine.modelfile import FORMAT
from linnet_export import exact, graph
from linnet_export.builder import Builder
from linnet_export.density import density
from linnet_export.errors import ExportError
from linnet_export.music import Passage, spread
from linnet_export.observe import observe
from linnet_export.parity import MAX_DIFFERENCE
from linnet_export.quantise import quantise
from linnet_export.weights import Weights
from linnet_train.corpus.corpus import Corpus, Split
from linnet_train.data.phrases import BARS, Phrase, held_out, length_wishes
from linnet_train.network.network import Network

OBSERVED = 300
"""Phrases of training music that the encoder reads, to learn the inputs of its products."""

OBSERVED_TOKENS = 20_000
"""Of phrases that the decoder plays: with 10,000 rounding cost 0.21 % of half a nat, with these 0.12 %."""

MAX_SHIFT = 0.05
"""Largest share of a latent that rounding to integers may move, root of mean squares."""


def phrases(corpus: Corpus, split: Split, *, tokens: int, network: Network) -> list[Passage]:
    """About so many tokens of phrases from all over a split, with the latents that the encoder gives them."""
    music: list[Passage] = []
    pieces = corpus.pieces(split)
    lengths = sorted(set(BARS))
    for turn, number in enumerate(spread(len(pieces))):
        bars = lengths[turn % len(lengths)]
        for cut in held_out([pieces[number]], bars, most=1, seed=turn):
            phrase = Phrase.of(cut, length_wishes(bars))
            feature_ids, targets = phrase.feature_ids.astype(np.int64), phrase.targets.astype(np.int64)
            music.append((feature_ids, targets, encode(network, phrase.readings)))
            tokens -= len(targets)
        if tokens <= 0:
            break
    return music


def encode(network: Network, readings: NDArray[np.int64]) -> NDArray[np.float32]:
    """The latent of a phrase, as PyTorch has it."""
    with torch.inference_mode():
        posterior = network.encode(torch.from_numpy(readings)[:, None], torch.tensor([readings.shape[1]]))
    latent: NDArray[np.float32] = posterior.mean[0].numpy()
    return latent


def encoder(network: Network, corpus: Corpus, *, integers: bool) -> dict[str, Json]:
    """What the model file says of its latent: its size, the bars of a phrase, where phrases lie, the encoder.

    ExportError when the encoder's graph gives other latents than PyTorch.
    """
    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    own = {name: value for name, value in state.items() if name.startswith("places.")}
    own |= {name[len("encoder.") :]: state[name] for name in state if name.startswith("encoder.")}
    weights = Weights.of(own, width=latent_readings.WIDTH, columns=latent_readings.WIDTH, writes=True)
    step = graph.build(weights)
    data = _file(step)
    music = [latent_readings.readings(tokens) for tokens in _some(corpus)]
    if integers:
        rows = [(reading, np.empty(0, np.int64), None) for both in music for reading in both]
        step = exact.build(quantise(weights, observe(weights, _engine(data), rows)))
        _compare(network, _engine(data), music[:50], MAX_DIFFERENCE)
        data = _file(step)
    _compare(network, _engine(data), music[:50], MAX_SHIFT if integers else MAX_DIFFERENCE)
    text = b2a_base64(data, newline=False).decode()
    about = {"size": network.config.latent, "bars": [min(BARS), max(BARS)], "encoder": text}
    found = density(network, corpus)
    return about | {"density": found} if found else about


def _some(corpus: Corpus) -> list[NDArray[np.uint16]]:
    pieces, lengths = corpus.pieces("train"), sorted(set(BARS))
    cuts = []
    for turn, number in enumerate(spread(len(pieces))):
        cuts += held_out([pieces[number]], lengths[turn % len(lengths)], most=1, seed=turn)
        if len(cuts) == OBSERVED:
            break
    return cuts


def _compare(network: Network, engine: Engine, music: Sequence[NDArray[np.int64]], limit: float) -> None:
    latents = np.stack([encode(network, both) for both in music])
    given = np.stack([latent_readings.read(engine, both) for both in music])
    shift = float(np.sqrt(((given - latents) ** 2).mean() / (latents**2).mean()))
    if not shift <= limit:  # written so that NaN fails too
        raise ExportError(f"parity failed, nothing was written: the encoder is off by {shift:.2%}")


def _file(step: Builder) -> bytes:
    """Just enough metadata for the engine; the model file around it says the rest."""
    states = [asdict(state) for state in step.states]
    about: dict[str, Json] = {"format": FORMAT, "time_base": "grid", "exact": step.exact, "states": states}
    about |= {"vocabulary": {}, "features": {}, "wishes": []}
    about |= {"defaults": {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}, "passport": {}}
    data: bytes = step.model(about).SerializeToString()
    return data


def _engine(data: bytes) -> Engine:
    return Engine(data, source="the encoder's graph", engine="onnxruntime")

"""A trained plan model as the runtime reads it: an exact network, and what it has to know beside it."""

import json
from binascii import b2a_base64
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from linnet.controls.model_info import Json
from linnet.controls.plan_layout import ANSWERS, WIDTH, table
from linnet.engine.engine import read_info
from linnet.engine.plan import PlanNetwork
from linnet_export import exact, graph
from linnet_export.errors import ExportError
from linnet_export.observe import Observed
from linnet_export.quantise import quantise
from linnet_export.weights import Floats, Weights
from linnet_train.network.checkpoint import load_weights
from linnet_train.plans import config
from linnet_train.plans.samples import Sample, read_sample
from linnet_train.storage import read_json

MOST_LOST, LEAST = 0.01, 0.002
"""Largest share of a held-out nat that rounding to integers may cost, and so many nats in any case."""


def plan_entry(folder: Path) -> dict[str, Json]:
    """What a model file says under `linnet.plan`.

    Args:
        folder: the run that `linnet-train plan` wrote, or a model file whose plan model it shall be.

    Raises:
        ExportError: rounded to integers the model is worse by more than MOST_LOST; the file has none.
        TrainError: it is no such run, or one that has not come to its first evaluation.
        LinnetError: the file is no model.
    """
    if folder.is_file():
        return _taken(folder)
    settings, about = config.read(folder)
    network = load_weights(folder, settings.model)
    weights = Weights.of(
        {name: tensor.numpy() for name, tensor in network.state_dict().items()}, width=WIDTH, columns=WIDTH
    )
    observed, compared = read_sample(folder, "train"), read_sample(folder, "valid")
    floats = graph.build(weights).model({}).SerializeToString()
    data = exact.build(quantise(weights, _observe(weights, floats, observed))).model({}).SerializeToString()
    before, after = _nats(floats, compared), _nats(data, compared)
    if not after <= before * (1 + MOST_LOST) + LEAST:  # written so that NaN fails too
        raise ExportError(f"the plan model in integers costs {after:.4f} nats an answer, {before:.4f} before")
    return {
        "layout": table(),
        "network": b2a_base64(data, newline=False).decode(),
        "asked": about["asked"],
        "bands": about["bands"],
        "held_out": {
            "nats_per_bar": read_json(folder / "figures.json"),
            "nats_per_answer": {"floats": before, "integers": after},
        },
    }


def _taken(file: Path) -> dict[str, Json]:
    """What a model file says under `linnet.plan`."""
    if read_info(file).plan is None:
        raise ExportError(f"{file} has no plan model")
    entries = onnx.load(str(file), load_external_data=False).metadata_props
    found: dict[str, Json] = json.loads(next(each.value for each in entries if each.key == "linnet.plan"))
    return found


def _observe(weights: Weights, floats: bytes, sample: Sample) -> Observed:
    """The inputs of the products while the float graph reads plans."""
    network = PlanNetwork(floats, source="the float graph", engine="onnxruntime")
    inputs, outputs = list[Floats](), list[Floats]()
    for ids in sample.plans():
        state = network.start()
        for row in ids:
            inputs.append(np.concatenate([weights.embedding[row].sum(axis=0), state.hidden]))
            state.ask(row.tolist())
            outputs.append(state.hidden)
    return Observed(sample.ids, (np.stack(inputs),), np.stack(outputs))


def _nats(data: bytes, sample: Sample) -> float:
    """What the answers of plans cost a graph, in the mean."""
    network, place, nats = PlanNetwork(data, source="the plan model's graph", engine="onnxruntime"), 0, 0.0
    for ids in sample.plans():
        state = network.start()
        for row in ids:
            logits = np.array(state.ask(row.tolist()), np.float64)
            nats += _cost(logits, sample.possible[place], int(sample.answers[place]))
            place += 1
    return nats / max(place, 1)


def _cost(logits: NDArray[np.float64], possible: NDArray[np.uint8], answer: int) -> float:
    bits = np.unpackbits(possible)[:ANSWERS].astype(np.bool_)
    return float(np.logaddexp.reduce(logits[bits]) - logits[answer])

"""What a run remembers of its corpus, and how it begins from the weights of another run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from linnet.tokens import features, vocabulary
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import ModelConfig, read_config, wider
from linnet_train.network.heads import Head
from linnet_train.network.plan import PLAN, only, told_of_plan


def about_corpus(corpus: Corpus, model: ModelConfig) -> dict[str, Any]:
    """What a run has to remember about its corpus."""
    return {
        "path": corpus.address,
        "time_base": corpus.time_base,
        "styles": list(corpus.styles),
        "sources": corpus.sources_used,
        "attribution": corpus.attribution,
        "fingerprint": corpus.fingerprint,
        "wishes_trained": wishes_trained(corpus, model),
    }


def warm_start(
    start: Path, model: ModelConfig, about: dict[str, Any]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The best weights of another run, and what is to be remembered of both corpora.

    Rows of a style move to its number in the new corpus; those of styles that the other run never had stay as
    they are; so does what a variational model has beside a plain one, and what heads have that it had not.
    """
    before, _, corpus = read_config(start)
    weights = dict(checkpoint.load_weights(start, before).state_dict())
    new = wider(before).feature_count - before.feature_count  # rows that said nothing then
    weights["embedding.weight"] = F.pad(weights["embedding.weight"], (0, 0, 0, new))
    weights |= moved_heads(weights, before.all_heads, model.all_heads)
    before = replace(wider(before), heads=model.heads, home=model.home, plan=model.plan, roles=model.roles)
    if before != (model if before.latent else replace(model, latent=0, encoder_size=before.encoder_size)):
        raise TrainError(f"{start} holds a network of another shape: {before} is not {model}")
    family = next(family for family in features.FAMILIES if family.name == "wish_style")
    rows = weights["embedding.weight"]
    moved = rows.clone()
    # value 0 of a wish is "no wish", so style s is value s + 1
    for number, style in enumerate(about["styles"]):
        if style in corpus["styles"]:
            moved[family.first_id + 1 + number] = rows[family.first_id + 1 + corpus["styles"].index(style)]
    weights["embedding.weight"] = moved
    earlier = [source for source in corpus["sources"] if source not in about["sources"]]
    return weights, {
        **about,
        "sources": [*about["sources"], *earlier],
        "wishes_trained": about["wishes_trained"]
        if model.latent
        else sorted({*about["wishes_trained"], *corpus["wishes_trained"]}),
        "started_from": {"fingerprint": corpus["fingerprint"], "sources": corpus["sources"]},
    }


def moved_heads(
    weights: Mapping[str, Tensor], before: Sequence[Head], heads: Sequence[Head]
) -> dict[str, Tensor]:
    """The last layer with these heads instead of those before; what both have keeps its weights, the others
    begin at zero.
    """
    places, first = {}, vocabulary.SIZE
    for head in before:
        places[head] = slice(first, first + head.size)
        first += head.size
    moved = {}
    for name in ("output.weight", "output.bias"):
        tensor = weights[name]
        parts = [tensor[: vocabulary.SIZE]]
        for head in heads:
            known = places.get(head)
            parts.append(tensor.new_zeros(head.size, *tensor.shape[1:]) if known is None else tensor[known])
        moved[name] = torch.cat(parts)
    return moved


def wishes_trained(corpus: Corpus, model: ModelConfig) -> list[str]:
    """The wishes that a network learns. A variational one learns how long a phrase is, and no more."""
    if model.inputs == "last-token":
        return []
    if model.latent:
        return ["bars_left"]
    return fulfilled_wishes(corpus.pieces("train"), told_of_plan(model.plan))


def fulfilled_wishes(pieces: Sequence[CorpusPiece], plan: Collection[str] = PLAN) -> list[str]:
    """The wishes that some piece fulfils, of the plan no more than these, and `chords` where they are told;
    of the others a network learns nothing.
    """
    found = np.zeros(features.ROW_WIDTH, dtype=np.bool_)
    for piece in pieces:
        found |= only(piece.wishes, plan).any(axis=0)
    names = [
        name for (name, _), yes in zip(features.WISHES, found[: len(features.WISHES)], strict=True) if yes
    ]
    return names + ["chords"] * bool(found[features.CHORDS].any())

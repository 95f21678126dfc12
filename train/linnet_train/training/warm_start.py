"""What a run remembers of its corpus, and how it begins with a network that was trained before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from linnet.tokens import features, vocabulary
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.errors import TrainError
from linnet_train.network.config import ModelConfig, wider
from linnet_train.network.heads import Head
from linnet_train.network.plan import PLAN, only, told_of_plan, untold
from linnet_train.network.start import Start

RARE_METERS = next(family for family in features.FAMILIES if family.name == "rare_time_signature")

RARER = 5.0
"""Nats by which a meter that a network never saw is less likely at first than the one that is like it: so
little that what it predicts stays as it was."""

STYLES = dict(features.WISHES)["style"] - 1
"""Most that a network can tell apart."""


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
    start: Start, model: ModelConfig, about: dict[str, Any]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights of a network that was trained before, and what is to be remembered of both corpora.

    What it has not learnt begins so that it predicts what it predicted: features and heads that it never
    had at zero, a wish or a style that it does not know as no wish, a meter that it does not know as the one
    that is most like it, though rarer. Styles that it knows move to their numbers in the new corpus. What a
    variational model has beside a plain one stays as it is.
    """
    before, corpus = start.model, start.about
    _check_shape(start, model)
    if corpus["time_base"] != about["time_base"]:
        raise TrainError(
            f"{start.path} plays in the {corpus['time_base']} base, and {about['path']} is in the "
            f"{about['time_base']} base"
        )
    weights = dict(start.weights)
    new = wider(before).feature_count - before.feature_count  # rows that said nothing then
    rows = F.pad(weights["embedding.weight"], (0, 0, 0, new))
    for row in silent(before):
        rows[row] = 0
    if "style" in corpus["wishes_trained"]:  # it may still be asked for the styles that it knows
        others = [style for style in corpus["styles"] if style not in about["styles"]]
        about = {**about, "styles": [*about["styles"], *others][:STYLES]}
    weights["embedding.weight"] = told_alike(rows, corpus, about)
    if new and before.feature_count <= RARE_METERS.first_id:
        weights |= with_rare_meters(weights)
    weights |= moved_heads(weights, before.all_heads, model.all_heads)
    known = {source["name"] for source in about["sources"]}
    earlier = [source for source in corpus["sources"] if source["name"] not in known]
    return weights, {
        **about,
        "sources": [*about["sources"], *earlier],
        "attribution": _both(about["attribution"], corpus.get("attribution", "")),
        "wishes_trained": about["wishes_trained"]
        if model.latent
        else sorted({*about["wishes_trained"], *corpus["wishes_trained"]}),
        "started_from": start.parent,
    }


def _check_shape(start: Start, model: ModelConfig) -> None:
    """TrainError where the weights of a start do not fit a network."""
    before = wider(start.model)
    told = {"heads", "home", "plan", "roles", "given"}  # what may be others: weights are added and left out
    if not before.latent:
        told |= {"latent", "encoder_size"}
    names = [field.name for field in fields(model) if field.name not in told]
    differing = [name for name in names if getattr(before, name) != getattr(model, name)]
    if differing:
        words = ", ".join(f"{name} {getattr(before, name)}, not {getattr(model, name)}" for name in differing)
        raise TrainError(f"{start.path} holds a network of another shape: {words}")


def silent(model: ModelConfig) -> list[slice]:
    """The rows of features that a network with these settings has never been shown."""
    told = told_of_plan(model.plan)
    names = {family.name for family in untold(told, roles=model.roles, given=model.given)}
    names |= set() if model.at_home else {"home_shift"}
    names |= set() if "cadence" in told else {"cadence_due"}
    families = [family for family in features.FAMILIES if family.name in names]
    return [slice(family.first_id, family.first_id + family.count * family.tables) for family in families]


def with_rare_meters(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The embedding and the last layer of a network of before there were rare meters, grown to all features.

    Each meter begins with the rows of the common one that is like it (`vocabulary.common_meter`), and RARER
    than that.
    """
    rows = weights["embedding.weight"].clone()
    last = {name: weights[name].clone() for name in ("output.weight", "output.bias")}
    told = next(family for family in features.FAMILIES if family.name == "time_signature")
    for number, token in enumerate(vocabulary.SIGNATURE_TOKENS[vocabulary.COMMON_METERS :]):
        like = vocabulary.common_meter(vocabulary.COMMON_METERS + number)
        for family in features.FAMILIES:
            if family.name in ("last_token", "suffix_match"):  # a table of all tokens, or several
                first = family.first_id + vocabulary.SIZE * np.arange(family.tables)
                rows[first + token] = rows[first + vocabulary.SIGNATURE_TOKENS[like]]
        rows[RARE_METERS.first_id + number] = rows[told.first_id + like]
        for tensor in last.values():
            tensor[token] = tensor[vocabulary.SIGNATURE_TOKENS[like]]
        last["output.bias"][token] -= RARER
    return {"embedding.weight": rows, **last}


def told_alike(rows: Tensor, before: Mapping[str, Any], after: Mapping[str, Any]) -> Tensor:
    """Rows of an embedding, where each value of a wish that was not learnt says what no wish says.

    Args:
        rows: of all features. (count, embedding)
        before: `styles` and `wishes_trained` of the corpus that they were learnt from.
        after: `styles` of the corpus to come.
    """
    moved = rows.clone()
    for family in features.FAMILIES:
        name = family.name.removeprefix("wish_")
        if name == family.name:
            continue
        first, values = family.first_id, slice(family.first_id + 1, family.first_id + family.count)
        if name not in before["wishes_trained"] or name == "style":
            moved[values] = rows[first]
        if name == "style" and name in before["wishes_trained"]:
            # value 0 is "no wish", so style s is value s + 1
            for number, style in enumerate(after["styles"]):
                if style in before["styles"]:
                    moved[first + 1 + number] = rows[first + 1 + before["styles"].index(style)]
    return moved


def _both(attribution: str, earlier: str) -> str:
    """The credits of two corpora, those once that stand in both."""
    if earlier in attribution:
        return attribution
    return earlier if attribution in earlier else f"{attribution.rstrip()}\n\n{earlier}"


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

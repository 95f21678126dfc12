"""The heads that share, in torch: see `linnet_train.network.heads`."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from linnet.tokens import features
from linnet.tokens.vocabulary import FAMILIES, SIZE
from linnet_train.network.heads import QUALITIES, REACH, SIZES, Head

_NOTE, _DRUM = FAMILIES["note"], FAMILIES["drum"]
_FAMILIES = {family.name: family for family in features.FAMILIES}

# Where outputs go: a token, or behind the tokens a pitch class, or nowhere.
_CLASSES = SIZE
_NOWHERE = SIZE + 12
_WIDTH = SIZE + 12 + 1


def _places(kind: str, count: int) -> Tensor:
    """Where each output of a head goes, for each value that it may refer to. (count + 2, size)

    The first row is for an empty column, and the last for whatever is no value of the column.
    """
    values, outputs = torch.arange(count)[:, None], torch.arange(SIZES[kind])
    if kind == "interval":
        pitches = values + outputs - REACH
        inside = (values < _NOTE.count) & (pitches >= 0) & (pitches < _NOTE.count)
        places = torch.where(inside, _NOTE.first + pitches, _NOWHERE)
    elif kind == "class":
        places = torch.where(values < _NOTE.count, _CLASSES + (values + outputs) % 12, _NOWHERE)
    elif kind == "chord":  # values: seven qualities for each root, and the last one is no chord
        root, quality = values // QUALITIES, values % QUALITIES
        told = (root < 12) & (outputs // 12 == quality)
        places = torch.where(told, _CLASSES + (root + outputs) % 12, _NOWHERE)
    elif count == SIZE:
        places = values
    else:
        drum = _DRUM.first - _NOTE.count
        places = torch.where(values < _NOTE.count, _NOTE.first + values, drum + values)
    nowhere = torch.full((1, len(outputs)), _NOWHERE)
    return torch.cat([nowhere, places, nowhere])


class _References(nn.Module):
    """Heads of one kind that refer to columns of equally many values."""

    def __init__(self, heads: Sequence[Head]) -> None:
        super().__init__()
        families = [_FAMILIES[head.family] for head in heads]
        count = families[0].count
        columns, before = [], []
        for head, family in zip(heads, families, strict=True):
            table = head.column * family.tables // family.columns
            columns.append(family.first_column + head.column)
            before.append(family.first_id + table * count - 1)
        self.last = count + 1
        self.register_buffer("columns", torch.tensor(columns), persistent=False)
        self.register_buffer("before", torch.tensor(before), persistent=False)
        self.register_buffer("places", _places(heads[0].kind, count), persistent=False)

    columns: Tensor
    before: Tensor
    places: Tensor

    def forward(self, feature_ids: Tensor) -> Tensor:
        """Where each output goes. (steps, outputs)"""
        values = feature_ids[:, self.columns] - self.before
        return F.embedding(values.clamp(0, self.last), self.places).flatten(1)


class _Tonic(nn.Module):
    """The head that refers to the key."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("places", _CLASSES + torch.arange(12), persistent=False)

    places: Tensor

    def forward(self, feature_ids: Tensor) -> Tensor:
        """Where each output goes. (steps, outputs)"""
        return self.places.expand(len(feature_ids), -1)


class SharedHeads(nn.Module):
    """Puts the outputs of heads at their places. It has no weights: those are columns of the last layer."""

    def __init__(self, heads: Sequence[Head]) -> None:
        """Heads as `heads_of` gives them."""
        super().__init__()
        self.size = sum(head.size for head in heads)
        """Outputs beside the logits."""
        groups: list[list[Head]] = []
        for head in heads:
            if groups and _together(groups[-1][-1], head):
                groups[-1].append(head)
            else:
                groups.append([head])
        self.groups = nn.ModuleList(
            _Tonic() if group[0].kind == "tonic" else _References(group) for group in groups
        )

    def forward(self, raw: Tensor, feature_ids: Tensor) -> Tensor:
        """Logits (..., vocabulary).

        Args:
            raw: what the last layer gives. (..., vocabulary + size)
            feature_ids: of the same steps. (..., width)
        """
        if not self.size:
            return raw
        ids = feature_ids.flatten(0, -2)
        places = torch.cat([group(ids) for group in self.groups], dim=1)
        logits: Tensor = _Added.apply(raw.float().flatten(0, -2), places)  # type: ignore[no-untyped-call]
        return logits.view(*raw.shape[:-1], SIZE)


def _together(a: Head, b: Head) -> bool:
    return a.kind == b.kind != "tonic" and _FAMILIES[a.family].count == _FAMILIES[b.family].count


class _Added(torch.autograd.Function):
    """Outputs added up at their places, all in one scatter, without the copies that autograd would keep."""

    @staticmethod
    def forward(ctx: Any, raw: Tensor, places: Tensor) -> Tensor:  # Any: torch's context has no type
        ctx.save_for_backward(places)
        sums = raw.new_zeros(len(raw), _WIDTH)
        sums[:, :SIZE] = raw[:, :SIZE]
        sums.scatter_add_(1, places, raw[:, SIZE:])
        of_classes = sums[:, _CLASSES:_NOWHERE].repeat(1, -(-_NOTE.count // 12))
        sums[:, _NOTE.first : _NOTE.first + _NOTE.count] += of_classes[:, : _NOTE.count]
        return sums[:, :SIZE].contiguous()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (places,) = ctx.saved_tensors
        notes = gradient[:, _NOTE.first : _NOTE.first + _NOTE.count]
        octaves = F.pad(notes, (0, -_NOTE.count % 12)).view(len(notes), -1, 12)
        nowhere = gradient.new_zeros(len(gradient), 1)
        sums = torch.cat([gradient, octaves.sum(dim=1), nowhere], dim=1)
        return torch.cat([gradient, sums.gather(1, places)], dim=1), None

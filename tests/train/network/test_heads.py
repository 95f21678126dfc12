"""Heads that share, against their table written out token by token."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from linnet.tokens import features
from linnet.tokens.vocabulary import FAMILIES, SIZE
from linnet_train.network.config import ModelConfig
from linnet_train.network.heads import SETS, SIZES, Head, heads_of, table
from linnet_train.network.network import Network
from linnet_train.network.shared_heads import SharedHeads
from tests.train.feature_rows import random_rows

NOTE, DRUM = FAMILIES["note"], FAMILIES["drum"]


def added(raw: NDArray[np.float64], row: NDArray[np.int32], heads: tuple[Head, ...]) -> NDArray[np.float64]:
    """The logits of one step."""
    logits, rest = raw[:SIZE].copy(), raw[SIZE:]
    for head in heads:
        own, rest = rest[: head.size], rest[head.size :]
        family = next((family for family in features.FAMILIES if family.name == head.family), None)
        value = 0
        if family is not None:
            here = int(row[family.first_column + head.column])
            if here == 0:
                continue
            value = (here - family.first_id) % family.count
        for pitch in range(128):
            note = NOTE.first + pitch
            if head.kind == "interval" and value < 128 and abs(pitch - value) <= 24:
                logits[note] += own[pitch - value + 24]
            if head.kind == "class" and value < 128:
                logits[note] += own[(pitch - value) % 12]
            if head.kind == "tonic":
                logits[note] += own[pitch % 12]
            if head.kind == "chord" and value < 84:
                logits[note] += own[12 * (value % 7) + (pitch - value // 7) % 12]
        if head.kind == "pointer" and family is not None:
            if family.count == SIZE:
                logits[value] += own[0]
            else:
                logits[NOTE.first + value if value < 128 else DRUM.first + value - 128] += own[0]
    assert not len(rest)
    return logits


@pytest.mark.parametrize("text", [*SETS, "all,-interval:last_pitch", "pointer:last_token,tonic"])
def test_each_output_is_added_to_what_its_head_refers_to(text: str) -> None:
    heads, rows = heads_of(text), random_rows(50, seed=1)
    shared = SharedHeads(heads)
    raw = np.random.default_rng(2).normal(size=(50, SIZE + shared.size)).astype(np.float32)
    logits = shared(torch.from_numpy(raw), torch.from_numpy(rows))
    expected = [added(one, row, heads) for one, row in zip(raw.astype(np.float64), rows, strict=True)]
    np.testing.assert_allclose(logits.numpy(), expected, rtol=0, atol=1e-5)


def test_the_gradient_of_an_output_is_that_of_all_it_was_added_to() -> None:
    shared, rows = SharedHeads(heads_of("all")), torch.from_numpy(random_rows(6, seed=3))
    raw = torch.randn(6, SIZE + shared.size, generator=torch.Generator().manual_seed(4), requires_grad=True)
    weights = torch.randn(6, SIZE, generator=torch.Generator().manual_seed(5))
    torch.autograd.backward((shared(raw, rows) * weights).sum())
    # what is added is linear in the outputs, so the gradient of the sum is its change for a unit of each
    expected = torch.zeros_like(raw)
    base = shared(raw.detach(), rows)
    for i in range(raw.shape[1]):
        moved = raw.detach().clone()
        moved[:, i] += 1
        expected[:, i] = ((shared(moved, rows) - base) * weights).sum(dim=1)
    torch.testing.assert_close(raw.grad, expected, rtol=0, atol=1e-4)


def test_heads_say_nothing_at_first_and_leave_other_weights_as_they_are() -> None:
    shape = {"embedding_dim": 12, "hidden_size": 16}
    plain = Network(ModelConfig(**shape, heads="none"), seed=3)
    headed = Network(ModelConfig(**shape, heads="all"), seed=3)
    rows = torch.from_numpy(random_rows(20, seed=6))[None]
    assert headed.output.out_features > SIZE
    assert not headed.output.weight[SIZE:].any()
    torch.testing.assert_close(headed(rows)[0], plain(rows)[0])


def test_a_network_that_reads_the_last_token_alone_has_no_heads() -> None:
    assert ModelConfig(inputs="last-token", heads="all").all_heads == ()


def test_heads_stand_in_the_order_of_their_kinds_each_once() -> None:
    heads = heads_of("pointers,interval:last_pitch,tonic,pointer:suffix_match:2,interval:sounding:3")
    assert [head.kind for head in heads] == sorted((h.kind for h in heads), key=list(SIZES).index)
    assert len(set(heads)) == len(heads)
    assert table(heads)[:3] == [["interval", "last_pitch", 0], ["interval", "sounding", 3], ["tonic", "", 0]]


@pytest.mark.parametrize(
    "text", ["everything", "interval:program", "interval:no_such", "chord:sounding", "interval:sounding:99"]
)
def test_a_head_that_there_is_not_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=f"heads must be names of .*; got '{text}'"):
        ModelConfig(heads=text)

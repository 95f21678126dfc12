"""The network against its equations, written out in numpy."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from linnet_train.network.config import ModelConfig
from linnet_train.network.network import Dropout, Network, next_token_nats
from tests.train.corpora import TINY


def feature_ids(batch: int, time: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, TINY.feature_count, (batch, time, TINY.feature_width), generator=generator)
    return ids.to(torch.int32)


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-x)))


def test_a_step_follows_the_equations_of_the_lstm() -> None:
    network = Network(TINY, seed=3).double().eval()
    w = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    ids = feature_ids(1, 5)
    h, c = np.random.default_rng(4).normal(size=(2, TINY.num_layers, TINY.hidden_size))
    state = (torch.from_numpy(h[:, None].copy()), torch.from_numpy(c[:, None].copy()))
    with torch.no_grad():
        logits, (h_after, c_after) = network(ids, state)

    for t in range(5):
        x = np.zeros(TINY.embedding_dim)
        for row in ids[0, t].tolist():
            if row:  # the pad says nothing
                x += w["embedding.weight"][row]
        for layer in range(TINY.num_layers):
            W_ih, W_hh = w[f"lstm.weight_ih_l{layer}"], w[f"lstm.weight_hh_l{layer}"]
            gates = W_ih @ x + w[f"lstm.bias_ih_l{layer}"] + W_hh @ h[layer] + w[f"lstm.bias_hh_l{layer}"]
            input_, forget, candidate, output = np.split(gates, 4)
            c[layer] = sigmoid(forget) * c[layer] + sigmoid(input_) * np.tanh(candidate)
            h[layer] = sigmoid(output) * np.tanh(c[layer])
            x = h[layer]
        dense = w["output.weight"] @ x + w["output.bias"]
        np.testing.assert_allclose(logits[0, t].numpy(), dense, rtol=0, atol=1e-12)

        chance = np.exp(dense - dense.max())
        chance /= chance.sum()
        target = 300 + t
        nats = next_token_nats(logits[:, t : t + 1], torch.tensor([[target]]))
        np.testing.assert_allclose(nats.item(), -np.log(chance[target]), rtol=1e-6)
    np.testing.assert_allclose(h_after[:, 0].numpy(), h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(c_after[:, 0].numpy(), c, rtol=0, atol=1e-12)


def test_carrying_the_state_from_chunk_to_chunk_is_reading_in_one_go() -> None:
    network, ids = Network(TINY).double().eval(), feature_ids(3, 12)
    with torch.no_grad():
        whole, _ = network(ids)
        state = network.initial_state(3)
        parts = []
        for start in (0, 5, 10):
            logits, state = network(ids[:, start : start + 5], state)
            parts.append(logits)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, rtol=0, atol=1e-12)


def test_the_ablation_sees_the_last_token_alone() -> None:
    network = Network(ModelConfig(embedding_dim=12, hidden_size=16, inputs="last-token")).eval()
    ids, other = feature_ids(2, 6, seed=1), feature_ids(2, 6, seed=2)
    other[..., 0] = ids[..., 0]
    with torch.no_grad():
        torch.testing.assert_close(network(ids)[0], network(other)[0], rtol=0, atol=0)


def test_pads_learn_nothing_and_cost_nothing() -> None:
    network = Network(TINY)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1)
    for seed in range(3):
        ids = feature_ids(2, 4, seed)
        ids[:, :, 7:] = 0
        targets = torch.tensor([[5, 6, 0, 0], [7, 0, 0, 0]])
        nats = next_token_nats(network(ids)[0], targets)
        assert (nats > 0).tolist() == (targets > 0).tolist()
        torch.autograd.backward(nats.sum())
        optimizer.step()
        optimizer.zero_grad()
    assert not network.embedding.weight[0].any()


def test_the_seed_decides_the_first_weights() -> None:
    first, again, other = (Network(TINY, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first if "bias_hh" not in name)


@pytest.mark.parametrize("kind", [{"locked": True}, {"weight_drop": 0.5}])
def test_other_kinds_of_dropout_act_in_training_alone(kind: dict[str, Any]) -> None:
    torch.manual_seed(0)
    network = Network(TINY, dropout=0.5, **kind)
    ids = feature_ids(2, 5)
    plain = Network(TINY)(ids)[0]
    assert torch.equal(network.eval()(ids)[0], plain)
    assert not torch.allclose(network.train()(ids)[0], plain)


def test_layer_by_layer_is_the_lstm_in_one() -> None:
    network = Network(TINY, locked=True)
    ids = feature_ids(2, 5)
    logits, state = network.train()(ids)
    expected, whole = network.eval()(ids)
    torch.testing.assert_close(logits, expected)
    torch.testing.assert_close(state, whole)


def test_locked_dropout_drops_the_same_numbers_at_all_times() -> None:
    torch.manual_seed(0)
    dropped = Dropout(0.5, locked=True).train()(torch.ones(3, 7, 11))
    assert torch.equal(dropped, dropped[:, :1].expand(3, 7, 11))
    assert set(dropped.unique().tolist()) == {0.0, 2.0}

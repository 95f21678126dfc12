"""Learning from played pieces: advantages, and the gradient that the papers write down."""

import numpy as np
import pytest
import torch

from linnet.tokens.vocabulary import FAMILIES
from linnet_train.network.network import Network
from linnet_train.sampling import probabilities
from linnet_train.sampling.rollout import gather
from linnet_train.tuning import policy
from linnet_train.tuning.config import TuneConfig
from linnet_train.tuning.reward_file import RewardValues
from tests.train.corpora import TINY
from tests.train.rollouts import played


def loss(
    logits: torch.Tensor,
    usual: torch.Tensor,
    open_: torch.Tensor,
    tokens: torch.Tensor,
    before: torch.Tensor,
    advantage: torch.Tensor,
    config: TuneConfig,
) -> torch.Tensor:
    """What `policy.policy_gradient` is the gradient of, row by row and in words of the papers."""
    total = torch.zeros((), dtype=torch.float64)
    for row in range(len(tokens)):
        may = open_[row].nonzero()[:, 0]
        p, q = (each[row][may].softmax(0) for each in (logits, usual))
        total = total + config.kl_coef * (p * (p / q).log()).sum()
        warm = (logits[row][may] / config.temperature).softmax(0)
        stays = warm >= config.min_p * warm.max()
        now = (warm[may == tokens[row]] / warm[stays].sum()).log()[0]
        ratio = (now - before[row]).exp()
        clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
        total = total - torch.minimum(ratio * advantage[row], clipped * advantage[row])
    return total


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_the_gradient_is_that_of_the_loss(temperature: float) -> None:
    generator = torch.Generator().manual_seed(1)
    config = TuneConfig(kl_coef=0.3, min_p=0.05, temperature=temperature)
    shape = (40, 6)
    logits, usual = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    open_ = torch.rand(shape, generator=generator) < 0.7
    tokens = torch.randint(6, (40,), generator=generator)
    open_[torch.arange(40), tokens] = True
    logits[torch.arange(40), tokens] += 1.5  # above the filter, as what was sampled is
    advantage = torch.randn(40, generator=generator, dtype=torch.float64)
    _, weights = probabilities.weigh(logits / config.temperature, open_)
    now, _ = probabilities.of_sampled(weights, tokens, config.min_p)
    before = now + torch.linspace(-0.5, 0.5, 40, dtype=torch.float64)  # far enough for some to be clipped

    found, away, off = policy.policy_gradient(
        logits,
        usual,
        allowed=open_,
        tokens=tokens,
        log_probabilities=before,
        advantages_of_tokens=advantage,
        config=config,
    )

    logits.requires_grad_()
    loss(logits, usual, open_, tokens, before, advantage, config).backward()
    assert logits.grad is not None
    assert found.numpy() == pytest.approx(logits.grad.numpy(), abs=1e-9)
    assert off.numpy() == pytest.approx(np.linspace(0.5, -0.5, 40))
    p, q = (each[0][open_[0]].detach().softmax(0) for each in (logits, usual))
    assert away[0].item() == pytest.approx(float((p * (p / q).log()).sum()))


def test_learning_follows_the_gradient_of_all_steps() -> None:
    network, rollouts = played(3)
    trained = Network(TINY, seed=4).requires_grad_(False)
    advantage = [np.linspace(-1, 1, 8) * (i + 1) for i in range(3)]
    config = TuneConfig(min_p=0.02, micro_batch=2, clip_norm=0.0)
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    before = {name: each.detach().clone() for name, each in network.named_parameters()}
    twin = Network(TINY, seed=3)
    learnt = policy.learn(network, trained, optimizer, rollouts, advantage, config)

    feature_ids, tokens, open_ = gather(rollouts, torch.device("cpu"))
    known = tokens != 0
    logits, usual = (each(feature_ids)[0][known].double() for each in (twin, trained))
    then = np.concatenate([rollout.log_probabilities for rollout in rollouts])
    worth = [policy.per_token(*each) for each in zip(advantage, (r.tokens for r in rollouts), strict=True)]
    rows = (torch.from_numpy(each) for each in (then, np.concatenate(worth)))
    total = loss(logits, usual, open_[known], tokens[known], *rows, config)
    (total / len(then)).backward()
    for name, parameter in twin.named_parameters():
        assert parameter.grad is not None
        moved = before[name] - network.get_parameter(name)
        assert torch.allclose(moved, parameter.grad, atol=1e-6), name
    assert learnt.tokens == len(then)
    assert learnt.rounding < 1e-4


def earned(whole: float, *bars: float) -> RewardValues:
    return RewardValues({}, whole, np.array(bars))


def test_the_return_of_a_bar_is_of_itself_and_what_follows_beside_its_group() -> None:
    groups = [[earned(1, 0, 4, 2), earned(1, 2, 0, 0)], [earned(3, 1), earned(3, 1)]]
    found = policy.advantages(groups, TuneConfig(discount=0.5))
    deviation = ((2.0**2 + 0) / 2) ** 0.5  # whole pieces are worth 7 and 3, and 4 and 4
    assert found[0] * deviation == pytest.approx((np.array([2.5, 5, 2]) - [2, 0, 0]) / 2)
    assert found[1] == pytest.approx(-found[0])
    assert not found[2].any()
    later = policy.advantages([[earned(2, 0), earned(0, 0)]], TuneConfig(discount=0))
    assert later[0] == pytest.approx([1])  # every bar counts the whole


def test_tokens_have_the_advantage_of_their_bar() -> None:
    bar = FAMILIES["bar"].first
    tokens = np.array([3, bar, 300, 301, bar, 300, bar])
    assert policy.per_token(np.array([1.0, 2]), tokens).tolist() == [1, 1, 1, 1, 2, 2, 2]


def test_the_best_and_the_worst_are_learnt_from() -> None:
    totals = np.array([[3.0, 1, 2, 0], [0, 0, 5, -1]])
    assert policy.selected(totals, TuneConfig(extremes=1)) == [0, 3, 6, 7]
    assert policy.selected(totals, TuneConfig()) == list(range(8))

"""Tuning: it raises what is praised, it can be stopped, its judges stop it, trouble is one line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from linnet._core import Piece, Rng, Tracker
from linnet.controls import form
from linnet.tokens.vocabulary import FAMILIES
from linnet_train import commands, storage
from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import RunConfig, read_config
from linnet_train.network.network import Network
from linnet_train.sampling import probabilities
from linnet_train.sampling.rollout import Rollout, gather, play
from linnet_train.training import fit
from linnet_train.training.heldout import load
from linnet_train.tuning import policy, prompts, reward_file
from linnet_train.tuning.config import TuneConfig
from linnet_train.tuning.judges import Judgement
from linnet_train.tuning.reward_file import RewardValues
from linnet_train.tuning.tune import Tune
from tests.train.corpora import TINY, corpus, pieces

SETTINGS = TuneConfig(
    updates=4,
    groups=2,
    group_size=3,
    bars=8,
    unconstrained=0.4,
    judge_every=2,
    judged=20,
    judged_bars=8,
    patience=0,
    save_every=1,
    threads=1,
    device="cpu",
)
RUN = RunConfig(steps=30, batch_size=4, chunk=32, valid_every=30, threads=1, device="cpu")


@pytest.fixture(scope="module")
def music() -> Corpus:
    return corpus(pieces(12, notes=60), pieces(24, notes=60, first_seed=100))


@pytest.fixture(scope="module")
def run(music: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fit(music, tmp_path_factory.mktemp("run") / "fitted", TINY, RUN)


@pytest.fixture
def rewards(tmp_path: Path) -> reward_file.Rewards:
    return read(tmp_path, "in_key", "proper_ending", "autocorrelation")


def read(folder: Path, *names: str) -> reward_file.Rewards:
    path = folder / "reward.toml"
    path.write_text("".join(f'[[reward]]\nname = "{name}"\n' for name in names))
    return reward_file.read(path)[0]


def test_it_raises_what_is_praised(music: Corpus, run: Path, tmp_path: Path) -> None:
    (tmp_path / "low.py").write_text(
        "def low(take):\n    return -float(take.pitches.mean()) if len(take.pitches) else 0.0\n"
    )
    (tmp_path / "low.toml").write_text('[[reward]]\nname = "low"\nfile = "low.py"\n')
    rewards, _ = reward_file.read(tmp_path / "low.toml")
    config = replace(
        SETTINGS, updates=15, groups=4, group_size=6, unconstrained=0.0, judge_every=15, learning_rate=0.01
    )
    Tune(music, run, tmp_path / "tuned", rewards, config).until_done()

    lines = [json.loads(line) for line in (tmp_path / "tuned/metrics.jsonl").open()]
    heard = [line["reward"] for line in lines if "reward" in line]
    # by chance the means of 24 pieces differ by less than a semitone
    assert np.mean(heard[-5:]) > np.mean(heard[:5]) + 3


def test_a_stopped_run_goes_on_to_the_same_end(
    music: Corpus, run: Path, rewards: reward_file.Rewards, tmp_path: Path
) -> None:
    straight, halved = tmp_path / "straight", tmp_path / "halved"
    Tune(music, run, straight, rewards, SETTINGS).until_done()
    for update in (0, 3):  # crashes after the first hearing, and later
        tune = Tune(music, run, halved, rewards, SETTINGS, resume=bool(update))
        save = tune._save

        def crash(tune: Tune = tune, save: Callable[[], None] = save, update: int = update) -> None:
            save()
            if tune.record.update == update:
                raise ZeroDivisionError

        tune._save = crash  # type: ignore[method-assign]
        with pytest.raises(ZeroDivisionError):
            tune.until_done()
    tune = Tune(music, run, halved, rewards, SETTINGS, resume=True)
    assert tune.record.update == 3
    tune.until_done()

    a, b = (checkpoint.read_tensors(folder / checkpoint.RESUME)[0] for folder in (straight, halved))
    assert [name for name in a if not torch.equal(a[name], b[name])] == []
    assert (straight / "best.safetensors").read_bytes() == (halved / "best.safetensors").read_bytes()
    lines = [
        [
            {k: v for k, v in json.loads(line).items() if "second" not in k}
            for line in (f / "metrics.jsonl").open()
        ]
        for f in (straight, halved)
    ]
    assert lines[0] == lines[1]
    assert list((straight / "tensorboard").iterdir())


def test_a_tuned_run_is_a_run_like_any_other(
    music: Corpus, run: Path, rewards: reward_file.Rewards, tmp_path: Path
) -> None:
    folder = Tune(music, run, tmp_path / "tuned", rewards, replace(SETTINGS, updates=1)).until_done()
    assert read_config(folder) == read_config(run)  # what export, evaluate and fit --from ask of it
    before, after = (checkpoint.load_weights(each, TINY, "last").state_dict() for each in (run, folder))
    assert not torch.equal(before["output.weight"], after["output.weight"])
    assert torch.equal(
        checkpoint.load_weights(run, TINY).embedding.weight, after["embedding.weight"]
    )  # the embeddings stay
    notes = storage.read_json(folder / "best.json")
    assert [each["name"] for each in notes["tuned_by"]] == ["in_key", "proper_ending", "autocorrelation"]


def test_judges_that_are_never_content_end_it_and_keep_the_untuned_weights(
    music: Corpus, run: Path, rewards: reward_file.Rewards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = [Judgement(1.0, 2.0, 0.7), *[Judgement(1.03, 2.0, 0.7)] * 9]
    monkeypatch.setattr("linnet_train.tuning.judges.Judges.evaluate", lambda *_: verdicts.pop(0))
    config = replace(SETTINGS, updates=9, judge_every=1, patience=2)
    tune = Tune(music, run, tmp_path / "tuned", rewards, config)
    tune.until_done()

    assert tune.record.update == 2
    weights = [
        checkpoint.read_tensors(folder / "best.safetensors")[0] for folder in (run, tmp_path / "tuned")
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.parametrize(
    ("after", "crossed"),
    [
        (Judgement(1.019, 2.49, 0.729), 0),
        (Judgement(1.021, 2, 0.7), 1),
        (Judgement(1, 2.51, 0.7), 1),
        (Judgement(1.1, 3, 0.74), 3),
        (Judgement(0.9, 1, 0.5), 0),
    ],
)
def test_bounds_are_those_of_the_settings(after: Judgement, crossed: int) -> None:
    assert len(after.beyond(Judgement(1.0, 2.0, 0.7), TuneConfig())) == crossed


# ---- what is learnt from -----------------------------------------------------------------------------------


def played_piece(seed: int) -> Piece:
    tracker = Tracker()
    tracker.restrict(bars=8)
    piece = Piece(tracker, Rng(seed), script=[FAMILIES["bos"].first], min_p=0.02)
    bars, again, _ = form.plan("AB", (), 8)
    piece.plan(bars, again=again, first=1)
    piece.cadence(8, line=[0], chord=[0])
    return piece


FILTERED = {"min_p": 0.02}


def played(count: int) -> tuple[Network, list[Rollout]]:
    network = Network(TINY, seed=3)
    pieces = [played_piece(seed) for seed in range(count)]
    return network, play(network, pieces, 400, **FILTERED)


def test_log_probabilities_are_those_the_tokens_were_sampled_with() -> None:
    network, rollouts = played(5)
    for rollout in rollouts:
        assert len(rollout) > 8
        feature_ids, _, open_ = gather([rollout], torch.device("cpu"))
        logits, _ = network(feature_ids)
        weight = np.where(open_[0].numpy(), np.exp(logits[0].detach().numpy().astype(np.float64)), 0)
        weight[weight < 0.02 * weight.max(axis=1, keepdims=True) * (1 - 1e-5)] = 0
        expected = np.log(weight[np.arange(len(rollout)), rollout.tokens] / weight.sum(axis=1))
        assert rollout.log_probabilities == pytest.approx(expected, abs=1e-4)


def test_a_token_of_the_script_has_a_probability_of_one() -> None:
    piece = Piece(Tracker(), Rng(5), script=[FAMILIES["bos"].first, -2, FAMILIES["time_signature"].first + 4])
    rollout = play(Network(TINY, seed=3), [piece], 200)[0]
    meter = np.flatnonzero(rollout.tokens == FAMILIES["time_signature"].first + 4)[0]
    assert np.unpackbits(rollout.masks[meter]).sum() == 1
    assert rollout.log_probabilities[meter] == 0


def test_pieces_without_a_plan_have_the_features_that_training_computes() -> None:
    piece = Piece(Tracker(), Rng(5), script=[FAMILIES["bos"].first])
    rollout = play(Network(TINY, seed=3), [piece], 200)[0]
    feature_ids, tokens, _ = load(np.array(piece.tokens, np.uint16), None, "grid")
    assert np.array_equal(rollout.feature_ids, feature_ids)
    assert np.array_equal(rollout.tokens, tokens)


def test_a_piece_in_company_is_what_it_is_alone() -> None:
    network, together = played(4)
    for seed, rollout in enumerate(together):
        alone = play(network, [played_piece(seed)], 400, **FILTERED)[0]
        assert np.array_equal(alone.tokens, rollout.tokens)


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


def test_prompts_ask_for_what_people_wrote(music: Corpus) -> None:
    rng = np.random.default_rng(1)
    sampled = [
        prompts.sample_prompt(music.pieces("train"), ["key", "density"], SETTINGS, rng) for _ in range(100)
    ]
    free = [prompt for prompt in sampled if not prompt.constrained]
    assert 20 < len(free) < 60  # 40 of 100 are expected; this goes wrong once in 10,000 runs
    names = {name for prompt in sampled for name in prompt.wishes}
    assert names == {"key", "density"}  # register was not learnt
    assert all("key" in prompt.wishes for prompt in sampled)


# ---- trouble -----------------------------------------------------------------------------------------------


def test_another_reward_another_run_or_other_settings_cannot_be_resumed(
    music: Corpus, run: Path, rewards: reward_file.Rewards, tmp_path: Path
) -> None:
    folder = tmp_path / "tuned"
    Tune(music, run, folder, rewards, replace(SETTINGS, updates=1)).until_done()
    with pytest.raises(TrainError, match="other rewards"):
        Tune(music, run, folder, read(tmp_path, "motifs"), SETTINGS, resume=True)
    with pytest.raises(TrainError, match="groups is 2, not 5"):
        Tune(music, run, folder, rewards, replace(SETTINGS, groups=5), resume=True)
    with pytest.raises(TrainError, match="already holds a run"):
        Tune(music, run, folder, rewards, SETTINGS)
    with pytest.raises(TrainError, match="is the run to be tuned"):
        Tune(music, run, run, rewards, SETTINGS)
    with pytest.raises(TrainError, match="not of tune"):
        Tune(music, folder, run, rewards, SETTINGS, resume=True)
    other = fit(music, tmp_path / "other", TINY, replace(RUN, seed=5))
    with pytest.raises(TrainError, match="another run"):
        Tune(music, other, folder, rewards, SETTINGS, resume=True)


def test_music_without_bars_cannot_be_tuned(run: Path, rewards: reward_file.Rewards, tmp_path: Path) -> None:
    music = corpus(pieces(2), pieces(2))
    music.time_base = "performance"
    with pytest.raises(TrainError, match="keeps human timing, and tuning needs bars"):
        Tune(music, run, tmp_path / "tuned", rewards, SETTINGS)


def test_a_variational_model_cannot_be_tuned(
    music: Corpus, run: Path, rewards: reward_file.Rewards, tmp_path: Path
) -> None:
    settings = storage.read_json(run / "config.json")
    (tmp_path / "phrase").mkdir()
    storage.write_json(
        tmp_path / "phrase/config.json", {**settings, "model": {**settings["model"], "latent": 4}}
    )
    with pytest.raises(TrainError, match="is a variational model"):
        Tune(music, tmp_path / "phrase", tmp_path / "tuned", rewards, SETTINGS)


def test_a_reward_that_fails_does_so_before_anything_is_written(
    music: Corpus, run: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.py").write_text("def bad(piece):\n    return piece.nothing\n")
    (tmp_path / "bad.toml").write_text('[[reward]]\nname = "bad"\nfile = "bad.py"\n')
    rewards, _ = reward_file.read(tmp_path / "bad.toml")
    with pytest.raises(TrainError, match=r"reward bad \(bad.py\) failed on tune: AttributeError"):
        Tune(music, run, tmp_path / "tuned", rewards, SETTINGS)
    assert not (tmp_path / "tuned").exists()


def test_a_setting_that_is_wrong_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "reward.toml"
    for table, said in (
        ("groups = 0", "groups must be at least 1, got 0"),
        ("grops = 2", "unknown setting 'grops' in [tune]; did you mean 'groups'?"),
        ('form = "A-B"', "form must be letters"),
        ("form = 3", "form must be text"),
    ):
        path.write_text(f'[[reward]]\nname = "in_key"\n[tune]\n{table}\n')
        assert commands.main(["tune", str(tmp_path), "--reward", str(path), "-o", str(tmp_path / "x")]) == 1
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    assert not (tmp_path / "x").exists()

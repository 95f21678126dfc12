"""Tuning: it raises what is rewarded, it can be stopped, its judges stop it, trouble is one line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import linnet
from linnet_train import commands, storage
from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import RunConfig, read_config
from linnet_train.network.start import Start
from linnet_train.training import fit
from linnet_train.tuning import prompts, reward_file
from linnet_train.tuning.config import TuneConfig
from linnet_train.tuning.judges import Judgement
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
TINY_FILE = Path(__file__).parents[2] / "data/tiny.onnx"
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


def test_it_raises_what_is_rewarded(music: Corpus, run: Path, tmp_path: Path) -> None:
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


def test_a_model_file_is_tuned_by_how_it_ships(rewards: reward_file.Rewards, tmp_path: Path) -> None:
    music = corpus(pieces(12, notes=60), pieces(24, notes=60, first_seed=100), styles=("tunes",))
    folder = Tune(music, TINY_FILE, tmp_path / "tuned", rewards, replace(SETTINGS, updates=1)).until_done()

    _, _, about = read_config(folder)
    assert about["started_from"]["model"] == TINY_FILE.stem
    settings = storage.read_json(folder / "config.json")["tune"]["settings"]
    defaults = linnet.load(TINY_FILE).info.defaults
    assert settings["min_p"] == defaults["min_p"]
    before = Start.read(TINY_FILE)
    after = checkpoint.load_weights(folder, before.model, "last").state_dict()
    assert before.weights.keys() == after.keys()
    assert not torch.equal(before.weights["output.weight"], after["output.weight"])
    assert torch.equal(before.weights["embedding.weight"], after["embedding.weight"])


def test_a_model_file_wants_the_corpus_that_it_was_trained_on(
    music: Corpus, rewards: reward_file.Rewards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TrainError, match="knows the styles tunes, and memory has tests"):
        Tune(music, TINY_FILE, tmp_path / "tuned", rewards, SETTINGS)
    assert not (tmp_path / "tuned").exists()
    (tmp_path / "reward.toml").write_text('[[reward]]\nname = "in_key"\n')
    asked = ["tune", str(TINY_FILE), "--reward", str(tmp_path / "reward.toml"), "-o", str(tmp_path / "x")]

    assert commands.main(asked) == 1

    assert "--corpus" in capsys.readouterr().err


def test_pieces_of_a_model_file_follow_its_plans() -> None:
    model = linnet.load("chorale")
    starter = prompts.PieceStarter(model.info, model.engine)
    prompt = prompts.Prompt(8, {"key": 1})

    one, other = (starter.begin(prompt, seed, form_seed=5) for seed in (5, 6))

    assert one.plan.any(axis=1).all()
    assert np.array_equal(one.plan, other.plan)
    assert not np.array_equal(one.plan, starter.begin(prompt, 6).plan)

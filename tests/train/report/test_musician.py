"""A musician's figures in the report card: by name in the data, in the tables, and in the verdict."""

import json
import wave
from dataclasses import replace
from pathlib import Path

import pytest

import linnet
from linnet_train import commands
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation.musician.table import EVERY, KEY_FIGURES, PRIMER_FIGURES
from linnet_train.progress import Stages
from linnet_train.report import card as report_card
from linnet_train.report import tables
from linnet_train.report.card import Card
from linnet_train.report.page import page
from linnet_train.report.verdict import Goal, goals, overall
from tests.train.tunes import write_tunes

TINY = str(Path(__file__).parents[2] / "data" / "tiny.onnx")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    write_tunes(folder / "midi", 44)
    command = ["prepare", str(folder / "midi"), "-o", str(folder / "corpus"), "--workers", "1"]
    assert commands.main([*command, "--valid", "0.3", "--test", "0.3"]) == 0
    return folder / "corpus"


@pytest.fixture(scope="module")
def card(corpus: Path) -> Card:
    with Stages("report") as stages:
        return report_card.measure(
            linnet.load(TINY), Corpus.open(corpus), count=20, bars=10, seed=0, stages=stages
        )


def test_the_data_have_the_figures_that_apply_by_name(card: Card) -> None:
    data = json.loads(json.dumps(tables.data(card, {})))
    assert data["texture"] == "melody"
    found = data["musician"]
    assert set(found) >= {"bar_8_on_tonic", "bar_repeat", "new_at_the_end"}
    assert set(found) >= {figure.name for figure in PRIMER_FIGURES}
    assert set(found) <= set(EVERY)
    assert not set(found) & {"parallel_fifths", "hands_crossed", "pulse"}, "a tune has no such thing"
    for name, row in found.items():
        assert row["unit"] == EVERY[name].unit
        people, made = row["people"], row["as_shipped"]
        assert people["low"] <= people["value"] <= people["high"]
        if made["value"] is not None:
            assert made["low"] <= made["value"] <= made["high"]
            low, high = (-1e9 if x is None and i == 0 else 1e9 if x is None else x
                         for i, x in enumerate(row["limits"]))  # fmt: skip
            assert row["far"] == (not low <= made["value"] <= high)
    assert len(data["pieces"]["people"]["bar_8_on_tonic"]) == len(data["pieces"]["people"]["names"])


def test_keys_are_asked_of_models_that_have_learnt_them(card: Card) -> None:
    learnt = any(wish["name"] == "key" and wish["trained"] for wish in card.model.info.wishes)
    asked = {each.figure.name for each in card.musician} & {figure.name for figure in KEY_FIGURES}
    assert bool(asked) == learnt


def test_tables_and_page_name_the_figures(card: Card) -> None:
    text, html = tables.markdown(card, {}), page(card, {}, "linnet-train report")
    for each in card.musician:
        assert f"| {each.figure.words} " in text
        assert f">{each.figure.words}</td>" in html
    far = sum(each.far for each in card.musician)
    assert text.count(" low *") + text.count(" high *") + text.count("nothing there *") == far
    assert f"{far} of {len(card.musician)} are far from people" in text


def test_one_figure_far_from_people_keeps_a_model_from_the_aim(card: Card) -> None:
    near = replace(card, musician=[replace(each, far=False) for each in card.musician])
    one_far = replace(card, musician=[replace(card.musician[0], far=True), *near.musician[1:]])
    all_far = replace(card, musician=[replace(each, far=True) for each in card.musician])

    def verdict(measured: Card) -> str:
        [goal] = [each for each in goals(measured, {}) if each.name == "figures_far_from_people"]
        return goal.verdict

    assert verdict(near) == "aim reached"
    assert verdict(one_far) == "met"
    assert verdict(all_far) == "missed"
    assert verdict(replace(card, musician=[])) == "not measured"
    others = [Goal("x", 0, 0, 0, "lower", str)]
    for measured, all_together in ((near, "aim reached"), (one_far, "met"), (all_far, "missed")):
        goal = [each for each in goals(measured, {}) if each.name == "figures_far_from_people"]
        assert overall(others + goal) == all_together


def test_nothing_is_reached_while_something_was_not_measured() -> None:
    reached, met, missed = (Goal("x", 1, 0, value, "lower", str) for value in (0, 1, 2))
    unknown = Goal("x", 1, 0, float("nan"), "lower", str)
    assert overall([reached]) == "aim reached"
    assert overall([reached, met]) == "met"
    assert overall([reached, met, unknown]) == "not measured"
    assert overall([reached, unknown, missed]) == "missed"


def test_sound_and_data_where_they_are_asked_for(
    corpus: Path,
    card: Card,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(report_card, "measure", lambda *model, **settings: card)
    command = ["report", TINY, "--against", str(corpus), "-o", str(tmp_path)]
    assert commands.main([*command, "--audio", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "tiny.json").read_text())
    names = [f"tiny-{number}.wav" for number in range(1, 11)]
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == sorted(names)
    html = (tmp_path / "tiny.html").read_text()
    assert html.count("<audio ") == 10
    assert "--audio" in html
    for number, name in enumerate(names):
        assert f"src='{name}'" in html
        with wave.open(str(tmp_path / name)) as sound:
            score = linnet.load(TINY).generate(bars=10, seed=number)
            assert sound.getnframes() / sound.getframerate() > float(score.seconds(score.end)) - 1

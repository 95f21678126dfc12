"""`linnet info` of a model: what it learnt from, what may be wished for, and whom to credit."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet import cli
from linnet.cli.credits import credits
from linnet.cli.output import size
from tests.runtime.streams import PERFORMED

HOME = str(Path(__file__).parents[1] / "data" / "home.onnx")

NAMED = {
    "folk": ["Ceol Rince na hEireann", "O'Neill's 1850 and Ryan's Mammoth"],
    "phrase": ["Ceol Rince na hEireann", "O'Neill's 1850 and Ryan's Mammoth"],
    "groove": ["Groove MIDI Dataset"],
}
"""Those of the packaged models that learnt from little, and how the credit for each collection begins."""


def info(name: str | Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert cli.main(["info", str(name), *options]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", NAMED)
def test_a_model_credits_those_whom_it_learnt_from_and_no_others(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    items = re.findall(r"^- .*", info(name, capsys), re.MULTILINE)

    assert len(items) == len(NAMED[name])
    assert all(item.startswith(f"- {begins}") for item, begins in zip(items, NAMED[name], strict=True))
    assert re.findall(r"^- .*", json.loads(info(name, capsys, "--json"))["credits"], re.MULTILINE) == items


@pytest.mark.parametrize("name", ["piano", "band"])
def test_a_model_that_learnt_from_nearly_all_credits_nearly_all(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`band` from accompaniments too, with drums; `piano` from all but those."""
    facts: dict[str, Any] = json.loads(info(name, capsys, "--json"))
    items = re.findall(r"^- (\w+)", facts["credits"], re.MULTILINE)

    older = ["Chopin", "OpenScore", "Open", "Ceol", "Freedoom", "O", "Mutopia"]
    more = {"piano": ["polish", "hauptstimme", "mutopia"]}
    more["band"] = ["polish", "hauptstimme", "free", "openewld", "mutopia"]
    if name == "band":
        older.insert(4, "Groove")
    assert items == [*older, *more[name]]
    assert facts["credits"].count("Mutopia-20") > 60  # each piece that asks for it


def test_styles_are_explained_as_collections(capsys: pytest.CaptureFixture[str]) -> None:
    said = info("folk", capsys)

    assert "learnt    from these collections; --style leans to one of them:\n" in said
    for corpus in linnet.load("folk").info.passport["corpora"]:
        assert f"          {corpus['name']}" in said
        assert f"{corpus['notes']:,} notes, {corpus['licence']}" in said
    assert "--style" not in info(PERFORMED, capsys).partition("learnt")[2]  # it has but one


def test_wishes_are_named_as_they_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    wishes = "--key, --style, --density, --register, --texture, --loudness, --chords, --bpm"
    assert f"\nwishes    {wishes}\n" in info("folk", capsys)
    assert "\nwishes    --style, --density\n" in info(PERFORMED, capsys)


CREDIT = """# Attribution

Thanks to all.

- The Bach project: CC0
  - one piece
- Songs of Ulm (c) Somebody, CC BY
- Others
"""


@pytest.mark.parametrize(
    ("corpora", "credit"),
    [
        ([("ulm-songs", "x.org")], "Thanks to all.\n- Songs of Ulm (c) Somebody, CC BY"),
        (
            [("songs", "github.com/x/music, commit 0bacc")],
            "Thanks to all.\n- Songs of Ulm (c) Somebody, CC BY",
        ),
        ([("chorales", "github.com/someone/project")], None),  # a credit may be owed under another name
        ([("mine", "not stated")], "Thanks to all."),
        ([("bachproject", "a"), ("somebody", "b")], None),
    ],
)
def test_what_is_not_about_the_collections_is_left_out(
    corpora: list[tuple[str, str]], credit: str | None
) -> None:
    found = credits(CREDIT, [{"name": name, "origin": origin} for name, origin in corpora])

    assert found == (CREDIT.strip() if credit is None else credit)


def test_a_credit_that_is_no_list_stays_whole() -> None:
    assert credits("By A and B.\n", [{"name": "a", "origin": "b"}]) == "By A and B."
    assert credits("- By A\n- By B", [{"name": "c", "origin": "not stated"}]) == ""
    assert credits("", [{"name": "a", "origin": "b"}]) == credits("", []) == ""


def test_a_judge_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    line = "judge     finds the best of --candidates, in sections of 4 bars"
    assert line in info("folk", capsys).splitlines()
    assert "close_degree" in json.loads(info("folk", capsys, "--json"))["judge"]["hears"]
    assert json.loads(info(PERFORMED, capsys, "--json"))["judge"] is None


def test_a_model_says_what_it_can_do_in_words_and_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    lines = info(HOME, capsys).splitlines()

    assert "key       read in C major or A minor, and played in any key alike" in lines
    assert "roles     lead, bass; --roles says who plays" in lines
    (notes,) = (line for line in lines if line.startswith("notes     "))
    assert notes.endswith("place in the key, place in the chord, what stood here before")
    (plan,) = (line for line in lines if line.startswith("plan      "))
    assert "composed for each piece: what comes back, where phrases end, chords" in plan
    told = json.loads(info(HOME, capsys, "--json"))
    assert told["home_key"]
    assert {head["kind"] for head in told["heads"]} >= {"interval", "tonic", "chord", "pointer"}
    assert set(told["roles"]) == {"lead", "bass"}
    assert told["plan"]["bands"][0]["roles"] == ["lead", "bass"]


def test_a_model_that_can_do_none_of_it_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    words = {line.split(" ")[0] for line in info(PERFORMED, capsys).splitlines()}
    assert not words & {"key", "notes", "roles", "plan", "judge"}
    told = json.loads(info(PERFORMED, capsys, "--json"))
    assert (told["home_key"], told["heads"], told["roles"], told["plan"]) == (False, [], {}, None)


def test_chords_are_those_that_a_file_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = linnet.Score.from_notes([("C4", 4), ("E4", 4), ("D4", 4), ("C4", 4)])
    file = tmp_path / "named.mid"
    notes.with_markers([(0, "F"), (480 * 6, "Bb"), (480 * 8, "Dm7"), (480 * 12, "Section A")]).save(file)
    assert cli.main(["info", "--chords", str(file)]) == 0
    assert "F | F . Bb . | Dm7 | Dm7" in capsys.readouterr().out

    notes.with_markers([(0, "Section A")]).save(file)
    assert cli.main(["info", "--chords", str(file)]) == 0
    assert "bar 1" in capsys.readouterr().out


def test_the_size_of_a_small_file_is_not_nothing(tmp_path: Path) -> None:
    for count, said in ((87, "87 bytes"), (1_234, "1.2 kB"), (9_999, "10 kB"), (123_456, "123 kB")):
        (tmp_path / "file").write_bytes(bytes(count))
        assert size(tmp_path / "file") == said

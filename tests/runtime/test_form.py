from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet._core import Piece
from linnet.controls import form
from linnet.controls.form import Form
from linnet.controls.wishes import INDEX
from linnet.generation import parts
from linnet.model import Model
from linnet.music import theory
from linnet.music.similarity import bar_contents

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
LIKENESS = INDEX["likeness"]


def sources(letters: str, bars: int, *, endless: bool = False) -> list[Any]:
    """Where a form looks in so many bars of a piece, or of endless music."""
    found, again, _ = form.plan(letters, (), 0 if endless else bars)[:3]
    assert all((bar.quarters, bar.wishes) == MEANS.get(bar.source, MEANS[8]) for bar in found)
    return [
        found[bar if bar < len(found) else again + (bar - len(found)) % (len(found) - again)].source
        for bar in range(bars)
    ]


NEW: Any = "nowhere"
MEANS: dict[Any, Any] = {NEW: (0, {LIKENESS: 1}), 4: (15, {LIKENESS: 4}), 8: (15, {LIKENESS: 5})}
PERIOD = [NEW] * 4 + [4] * 2 + [NEW] * 2


def test_a_new_section_of_eight_bars_is_a_period() -> None:
    assert sources("A", 24)[:8] == PERIOD


def test_a_repeated_letter_is_like_the_section_before() -> None:
    assert sources("AABB", 32) == [*PERIOD, *[8] * 8, *PERIOD, *[8] * 8]
    assert sources("AAAB", 16) == [NEW] * 4 + [4] * 8 + [NEW] * 4


def test_a_letter_that_comes_back_is_like_its_section_before() -> None:
    """It was new music again."""
    assert sources("ABA", 12) == [NEW] * 8 + [8] * 4
    assert sources("AABA", 32) == [*PERIOD, *[8] * 8, *PERIOD, *[16] * 8]
    assert sources("ABCA", 32)[24:] == [24] * 8
    assert sources("ABCDEFGA", 64)[56:] == [56] * 8
    assert sources("ABCDEFGHA", 72)[64:] == PERIOD  # too long ago


def test_the_form_starts_over() -> None:
    assert sources("AB", 16) == [NEW] * 8 + [8] * 8
    assert sources("A", 12) == [NEW] * 4 + [4] * 8
    assert sources("AB", 64)[16:] == [16] * 48
    assert sources("ABA", 64)[:32] == [*PERIOD * 2, *[16] * 8, *[8] * 8]


def test_endless_music_starts_over_with_new_sections() -> None:
    assert sources("AB", 64, endless=True) == PERIOD * 8
    assert sources("A", 32, endless=True) == [*PERIOD, *[8] * 24]
    assert sources("ABA", 72, endless=True) == [*PERIOD * 2, *[16] * 8, *([8] * 8 + PERIOD + [16] * 8) * 2]


@pytest.mark.parametrize(("letters", "bars"), [("ABA", 24), ("AABA", 32), ("ABAB", 16), ("ABCA", 32)])
def test_music_comes_back_with_its_letter(letters: str, bars: int) -> None:
    """The overlap with the first A was .04; people's own returns have .7 to .9."""
    section, alike = form.section_bars(bars), []
    for score in linnet.load("folk").generate(count=6, seed=1, bars=bars, form=letters):
        contents = bar_contents(score)
        for place, letter in enumerate(letters):
            first = letters.find(letter)
            if first < place:
                later, earlier = (contents[i * section : (i + 1) * section] for i in (place, first))
                pairs = zip(later, earlier, strict=True)
                alike += [len(a & b) / max(len(a | b), 1) for a, b in pairs]

    assert sum(alike) / len(alike) > 0.75


def test_short_pieces_have_short_sections() -> None:
    sections = [form.plan("A", (), bars).again for bars in (0, 1, 16, 23, 24, 64)]
    assert sections == [8, 4, 4, 4, 8, 8]


@pytest.mark.parametrize("letters", ["A1", "A-B", "A-"])
def test_what_is_no_form_is_refused(letters: str) -> None:
    with pytest.raises(ValueError, match="form must be letters"):
        linnet.load(TINY).generate(bars=4, seed=1, form=letters)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What pieces were told by `Piece.plan` and `Piece.cadence`."""
    told: list[dict[str, Any]] = []

    class Told(Piece):
        def plan(self, bars: Sequence[Any], **settings: Any) -> None:
            super().plan(bars, **settings)
            told.append({"bars": [bar[:3] for bar in bars], **settings})

        def cadence(self, bar: int, **settings: Any) -> None:
            super().cadence(bar, **settings)
            if settings["line"]:  # else it comes to an end without a close
                told[-1] |= {"cadence": bar, **settings}

    monkeypatch.setattr(parts, "Piece", Told)
    return told


def test_a_piece_is_told_what_every_bar_is_to_be(plans: list[dict[str, Any]]) -> None:
    linnet.load(TINY).generate(bars=12, seed=1, form="AAB", key="D major")

    [told] = plans
    assert (told["first"], told["cadence"], told["line"], told["chord"]) == (1, 12, (2,), [2, 6, 9])
    assert told["bars"] == [bar[:3] for bar in form.plan("AAB", (), 12).bars]


def test_a_continuation_begins_its_own_form(plans: list[dict[str, Any]]) -> None:
    model = linnet.load(TINY)
    primer = model.generate(bars=5, seed=1, form="")
    model.generate(primer=primer, bars=8, seed=1, form="AA", key="A minor")

    [told] = plans
    assert (told["first"], told["cadence"], told["chord"]) == (6, 13, [9, 0, 4])
    assert [source for source, _, _ in told["bars"][:8]] == ["nowhere"] * 4 + [4] * 4


def test_no_form_plans_nothing(plans: list[dict[str, Any]]) -> None:
    linnet.load(TINY).generate(bars=8, seed=1, form="")

    assert plans == []


def test_a_piece_with_a_form_begins_on_the_beat() -> None:
    model = linnet.load(TINY)
    begin = {form: [first(model, seed, form) for seed in range(40)] for form in ("", "AB")}

    assert set(begin["AB"]) == {0}
    assert any(begin[""])


def first(model: linnet.Model, seed: int, letters: str) -> int:
    score = model.generate(bars=4, seed=seed, form=letters, temperature=2.0)
    return int(score.notes.onset[0])


@pytest.mark.parametrize(("meter", "last_beat"), [("4/4", 24), ("6/8", 36), ("3/4", 24)])
def test_a_line_in_a_key_closes_on_its_tonic(meter: str, last_beat: int) -> None:
    model, struck = linnet.load(TINY), 0
    for seed in range(20):
        settings: dict[str, Any] = {"time_signature": meter, "drums": [], "programs": [0], "polyphony": 1}
        score = model.generate(bars=4, seed=seed, key="E minor", **settings)
        late = score.notes.pitch[score.notes.end > score.end - last_beat]
        struck += len(late)
        assert set((late % 12).tolist()) <= {4}
    assert struck


def test_where_the_scale_has_no_tonic_the_scale_wins() -> None:
    score = linnet.load(TINY).generate(bars=8, seed=1, form="AB", key="D major", scale="C major pentatonic")

    assert set((score.notes.pitch % 12).tolist()) <= {0, 2, 4, 7, 9}


def test_without_a_form_nobody_closes_the_piece() -> None:
    model = linnet.load(TINY)
    late = [
        score.notes.pitch[score.notes.onset >= score.end - 24] % 12
        for seed in range(20)
        for score in [model.generate(bars=4, seed=seed, form="", key="E minor", drums=[])]
    ]

    assert {int(pitch) for pitches in late for pitch in pitches} - {4}


# ---- forms that a model brings along


def people(
    bars: int, *, meter: str = "4/4", upbeat: bool = False, key: str = "D major", density: str = "5"
) -> Form:
    """A form of so many bars: every second one comes back, its first half alone."""
    rows = {
        "source": ("02" * bars)[:bars],
        "quarters": ("03" * bars)[:bars],
        "likeness": ("13" * bars)[:bars],
        "density": (density * bars)[: bars - 1] + "1",
        "polyphony": "1" * bars,
        "register": "4" * bars,
    }
    wishes = {"key": theory.key_index(key) + 1, "tempo": 20, "style": 0}
    return Form.of(
        {"time_signature": meter, "upbeat": upbeat, "scale": [0, 2, 4, 7, 9], "wishes": wishes, "rows": rows}
    )


FORMS = (
    *(people(16, density="2") for _ in range(8)),
    *(people(17, upbeat=True, density="3") for _ in range(8)),
    people(33, meter="6/8", upbeat=True),
    people(32, meter="6/8", key="A minor"),
)


@pytest.fixture
def bringing(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The tiny model, with forms."""
    model = linnet.load(TINY)
    monkeypatch.setattr(model.engine, "info", replace(model.info, forms=FORMS))
    return model


def draw(seed: int, bars: int, **suiting: Any) -> str:
    return form.choose(FORMS, seed, bars, **{"time_signature": None, "key": 0, "style": 0, **suiting})


def test_forms_that_are_as_long_come_first() -> None:
    assert {int(draw(seed, 16)) for seed in range(200)} == set(range(16))


def test_where_they_are_few_longer_ones_will_do() -> None:
    assert {int(draw(seed, 32)) for seed in range(50)} == {16, 17}
    assert {int(draw(seed, 8)) for seed in range(400)} == set(range(18))


def test_meter_and_mode_are_those_that_were_asked_for_if_there_is_such_a_form() -> None:
    assert {int(draw(seed, 16, time_signature="6/8")) for seed in range(50)} == {16, 17}
    assert {int(draw(seed, 16, key=theory.key_index("C minor") + 1)) for seed in range(50)} == {17}
    assert {int(draw(seed, 16, time_signature="9/8")) for seed in range(200)} == set(range(16))


@pytest.mark.parametrize("bars", [0, 40])
def test_longer_pieces_string_forms_of_one_meter_together(bars: int) -> None:
    chains = [[int(number) for number in draw(seed, bars).split()] for seed in range(50)]

    assert {len(chain) for chain in chains} == {form.CHAIN}
    assert all(len({FORMS[i].time_signature for i in chain}) == 1 for chain in chains)
    assert {FORMS[chain[0]].time_signature for chain in chains} == {"4/4", "6/8"}


def test_a_form_that_is_cut_short_ends_as_it_does() -> None:
    found, again, upbeat = form.plan("16", FORMS, 31)[:3]

    assert (len(found), again, upbeat) == (32, 1, True)
    assert [bar.wishes[INDEX["density"]] for bar in found] == [5] * 31 + [1]
    assert [bar.source for bar in found] == [NEW, NEW, *[NEW, 2] * 14, NEW, NEW]


def test_what_comes_back_at_the_end_is_as_far_away_as_it_was() -> None:
    found = form.plan("17", FORMS, 31).bars  # bar 32 looked at bar 30, which is the one before it now

    assert (found[-1].source, found[-1].quarters) == (1, 3)


def test_of_forms_in_a_row_none_has_an_upbeat() -> None:
    found, again, upbeat = form.plan("16 8", FORMS, 0)[:3]

    assert (len(found), again, upbeat) == (32 + 16, 0, False)
    assert found[1].source == "nowhere"  # two bars ago was the upbeat


def test_a_piece_has_the_form_that_its_seed_draws(bringing: Model, plans: list[dict[str, Any]]) -> None:
    pieces = bringing.generate(bars=32, seed=1, count=20)
    drawn = [FORMS[int(draw(seed, 32))] for seed in range(1, 21)]

    for piece, own, told in zip(pieces, drawn, plans, strict=True):
        assert piece.time_signatures[0].numerator == int(own.time_signature[0])
        assert told["bars"] == [bar[:3] for bar in own.bars(32, upbeat=True)]
        tonic = (own.wishes["key"] - 1) % 12
        classes = {(step + tonic) % 12 for step in own.scale}
        assert set((piece.pitched_notes.pitch % 12).tolist()) <= classes
        assert told["line"] == (tonic,)


def test_a_form_may_be_asked_for_by_its_number(bringing: Model) -> None:
    drawn = bringing.generate(bars=32, seed=5)
    asked = bringing.generate(bars=32, seed=5, form=draw(5, 32))

    assert replace(asked, texts=()) == replace(drawn, texts=())
    assert bringing.generate(bars=32, seed=5, form="3") != drawn


def test_what_is_asked_for_wins(bringing: Model, plans: list[dict[str, Any]]) -> None:
    piece = bringing.generate(bars=32, seed=5, key="C major", time_signature="3/4", density=7, bpm=100)
    [told] = plans

    assert (piece.time_signatures[0].numerator, piece.time_signatures[0].denominator) == (3, 4)
    assert told["line"] == (0,)
    assert all(INDEX["density"] not in wishes for _, _, wishes in told["bars"])
    assert all(wishes[INDEX["register"]] == 4 for _, _, wishes in told["bars"])
    assert set((piece.pitched_notes.pitch % 12).tolist()) <= {0, 2, 4, 7, 9}


def test_rules_win(bringing: Model, plans: list[dict[str, Any]]) -> None:
    piece = bringing.generate(
        bars=32, seed=5, scale=[1, 3], polyphony=2, pitch_range=(61, 75), form="16", drums=[]
    )
    [told] = plans

    assert set((piece.notes.pitch % 12).tolist()) <= {1, 3}
    assert all(set(wishes) == {LIKENESS, INDEX["density"]} for _, _, wishes in told["bars"])


def test_a_scale_that_leaves_no_note_in_the_range_is_not_the_player_s(bringing: Model) -> None:
    piece = bringing.generate(bars=8, seed=5, pitch_range=(61, 61), drums=[])  # not in the scale of any form

    assert set(piece.notes.pitch.tolist()) <= {61}


def test_letters_and_no_form_are_as_without_forms(bringing: Model) -> None:
    other = linnet.load(TINY)
    for letters in ("", "AAB"):
        pieces = [
            replace(each.generate(bars=8, seed=3, form=letters, key="C major"), texts=())
            for each in (bringing, other)
        ]
        assert pieces[0] == pieces[1]


@pytest.mark.parametrize("wrong", ["18", "-1", "1 B", "1.5"])
def test_a_number_that_is_no_form_is_refused(bringing: Model, wrong: str) -> None:
    with pytest.raises(ValueError, match="below 18"):
        bringing.generate(bars=4, seed=1, form=wrong)


def test_a_continuation_has_a_form_in_its_own_meter(bringing: Model, plans: list[dict[str, Any]]) -> None:
    primer = bringing.generate(bars=3, seed=1, form="", time_signature="6/8")
    plans.clear()
    bringing.generate(primer=primer, bars=32, seed=1)

    [told] = plans
    assert told["first"] == 4
    assert told["bars"] in [[bar[:3] for bar in each.bars(32, upbeat=True)] for each in FORMS[16:]]


def test_a_stream_goes_through_forms(bringing: Model) -> None:
    stream = bringing.stream(seed=1, drums=[])
    saved = stream.save()
    heard = stream.advance(30.0, budget=None)

    assert heard == bringing.restore(saved).advance(30.0, budget=None)
    assert {note.pitch % 12 for note in heard} <= {2, 4, 6, 9, 11}


def test_a_key_that_is_wished_for_ends_the_scale_of_the_form(bringing: Model) -> None:
    stream = bringing.stream(seed=1, drums=[])
    stream.advance(4.0, budget=None)
    stream.wish(key="Bb minor")
    saved = bringing.restore(stream.save())
    heard = stream.advance(60.0, budget=None)

    assert {note.pitch % 12 for note in heard} - {2, 4, 6, 9, 11}
    assert saved.advance(60.0, budget=None) == heard


def test_a_wish_in_a_stream_wins_until_it_is_taken_back(bringing: Model, plans: list[dict[str, Any]]) -> None:
    stream = bringing.stream(seed=1)
    for density in (7, None):
        stream.wish(density=density)
        stream.advance(20.0, budget=None)
        held = {INDEX["density"] in wishes for _, _, wishes in plans[-1]["bars"]}
        assert held == {density is None}


def entry(**changed: Any) -> dict[str, Any]:
    own = FORMS[0]
    values = {name: getattr(own, name) for name in ("time_signature", "upbeat", "scale", "wishes", "rows")}
    return values | changed


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_signature": "5/9"},
        {"upbeat": 3},
        {"scale": [12]},
        {"scale": "C"},
        {"wishes": {"key": 1}},
        {"wishes": {"key": 25, "tempo": 0, "style": 0}},
        {"rows": {}},
        {"rows": dict.fromkeys(form.ROWS, "")},
        {"rows": dict.fromkeys(form.ROWS, "1" * 65)},
        {"rows": FORMS[0].rows | {"density": "9" * 16}},
        {"rows": FORMS[0].rows | {"source": "0"}},
        {"rows": FORMS[0].rows | {"source": "!" * 16}},
        {"title": "The Wind that Shakes the Barley"},
    ],
    ids=str,
)
def test_what_is_no_form_is_not_read(wrong: dict[str, Any]) -> None:
    Form.of(entry())
    with pytest.raises((ValueError, TypeError, LookupError)):
        Form.of(entry(**wrong))

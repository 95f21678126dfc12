"""Who is heard where nobody is asked for: instruments that suit the model, in turn by the seed."""

import pytest

import linnet
from linnet.controls.repertoire import usual_instrument
from linnet.music.general_midi import program_number

FOLK = [program_number(name) for name in ("fiddle", "flute", "whistle", "accordion")]


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def programs(score: linnet.Score) -> list[int]:
    return [track.program for track in score.tracks]


def heard_in(stream: linnet.Stream) -> set[int]:
    """Programs of the next four seconds."""
    return {due.program for _ in range(40) for due in stream.advance(0.1)}


def test_instruments_come_in_turn_by_the_seed(folk: linnet.Model) -> None:
    heard = [programs(folk.generate(seed=seed, bars=2)) for seed in range(4)]

    assert sorted(heard) == sorted([each] for each in FOLK)


def test_who_is_asked_for_is_heard(folk: linnet.Model) -> None:
    assert programs(folk.generate(seed=1, bars=2, instrument="harp")) == [program_number("orchestral harp")]
    assert programs(folk.generate(seed=1, bars=2, programs=["celesta"])) == [program_number("celesta")]


def test_who_accompanies_is_heard_as_the_music_has_it(folk: linnet.Model) -> None:
    for seed in range(4):
        score = folk.generate(seed=seed, bars=4, roles=["lead", "right hand", "left hand"])
        assert set(programs(score)) == {program_number("acoustic grand piano")}


def test_a_primer_goes_on_with_its_own(folk: linnet.Model) -> None:
    primer = folk.generate(seed=1, bars=4, instrument="clarinet")

    assert programs(folk.generate(seed=2, bars=4, primer=primer)) == programs(primer)


def test_a_saved_stream_goes_on_with_the_same(folk: linnet.Model) -> None:
    stream = folk.stream(seed=2, bpm=120)
    before = heard_in(stream)

    assert before == {FOLK[2]}
    assert heard_in(folk.restore(stream.save())) == before


def test_voices_sing_or_are_played_by_an_organ() -> None:
    chorale = linnet.load("chorale")
    heard = {tuple(programs(chorale.generate(seed=seed, bars=2))) for seed in (1, 2)}

    assert heard == {(program_number("choir aahs"),) * 4, (program_number("church organ"),) * 4}


@pytest.mark.parametrize("value", [[128], ["violin"], [True], -1, {}])
def test_a_file_that_names_no_instrument_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no program of General MIDI"):
        usual_instrument({"instrument": value}, 0)

"""The benchmarks of what the music is like find what is there."""

import json
from pathlib import Path

from benchmarks.music import feeling, feeling_words, mood, stuck
from linnet import Note, Notes, Score, Track

DATA = Path(__file__).parents[1] / "data"


def test_pieces_in_a_loop_are_counted_as_stuck_and_the_watchdog_frees_them(tmp_path, capsys):
    file = tmp_path / "quality.json"
    stuck.main(["folk", "--seeds", "20", "--temperatures", "0.7", "--record", str(file)])
    (row,) = json.loads(file.read_text(encoding="utf-8"))["stuck"]["folk"]["temperatures"].values()
    assert row["unconstrained_without_watchdog"]["stuck"] > 0.5
    assert row["unconstrained_without_watchdog"]["interventions_per_piece"] == 0
    assert row["unconstrained_with_watchdog"]["stuck"] == 0
    assert row["unconstrained_with_watchdog"]["interventions_per_piece"] > 0
    assert "| 0.7 | " in capsys.readouterr().out


def test_moods_are_asked_for_and_found(tmp_path, capsys):
    file = tmp_path / "quality.json"
    file.write_text('{"frames": 1}', encoding="utf-8")
    tiny = str(DATA / "tiny.onnx")
    code = mood.main([tiny, "--samples", "12", "--each", "1", "--record", str(file)])
    kept = json.loads(file.read_text(encoding="utf-8"))
    found = kept["moods"]["tiny"]["correlations"]["as_played"]
    assert kept["frames"] == 1
    assert code == int(found["valence"][0] < 0.5 or found["arousal"][0] < 0.8)
    assert found["arousal"][1] <= found["arousal"][0] <= found["arousal"][2]
    assert found["arousal"][0] > 0.8  # tempo and loudness are set outright, whatever the model does
    assert "| calm " in capsys.readouterr().out


def test_titles_say_what_is_glad_and_what_is_sad(tmp_path):
    folder = tmp_path / "train" / "some"
    folder.mkdir(parents=True)
    glad = {"Joy": True, "Polka": True, "Op. 3/Marche funèbre": False, "Lament": False}
    other = ("Joy and sorrow", "Sonata", "Gladiator")
    index = [{"file": f"{i}.mid", "title": title} for i, title in enumerate((*glad, *other))]
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    assert [is_glad for _, _, is_glad in feeling_words.labelled(tmp_path)] == list(glad.values())
    row, mean = feeling_words.rows({"some": ([0.5, 0.25], [-0.25, 0.25])})
    assert row == ("some", "2", "2", "0.88", "+0.38", "+0.00", "+0.19")
    assert mean[3:] == row[3:]


def test_what_is_done_to_music_is_heard():
    pitches = [60, 64, 67, 65, 69, 72, 67, 71, 74, 72] * 4
    notes = Notes.of([Note(i * 240, 240, pitch, 70 + i % 2 * 20) for i, pitch in enumerate(pitches)])
    table = {row[0]: row[1:] for row in feeling.rows([Score(480, (Track(notes),))])}
    assert table["major to parallel minor"][-1] == table["tempo x 1.5"][-1] == "1.00"
    assert float(table["major to parallel minor"][2]) < -0.3
    assert float(table["velocity + 24"][3]) > 0


def test_titles_and_headers_tell_the_mode():
    told = {
        "Sonata in A minor": "minor",
        "Mazurka As-dur": "major",
        "Etude c-moll": "minor",
        "Minor Swing in C major": None,
        "Majorana": None,
    }
    assert {title: feeling.told_mode({"title": title}) for title in told} == told
    keys = {"G % signature": "major", "Em": "minor", "Dmix": None, "F#min": "minor", "Bb maj": "major"}
    assert {key: feeling.told_mode({"title": "", "key": key}) for key in keys} == keys

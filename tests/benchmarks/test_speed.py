"""The benchmarks run and say what they promise; how fast anything is, is not tested here."""

import json
import time

import numpy as np
import pytest

from benchmarks import table
from benchmarks.speed import command, draws, heads, native, networks, peers, rounds, sampler, start
from benchmarks.speed.step import OTHERS
from benchmarks.table import Figure, at_least, at_most, faster
from tests.csrc import sampler_oracle
from tests.csrc.chance import chi_square_p


def test_the_rows_fill_a_table_and_a_json_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(native, "process", lambda settings: iter(()))  # starts a dozen processes
    file = tmp_path / "figures.json"
    rows = ["step", "limit", "busy", "batch", "native", "frame"]
    tiny = ["--sizes", "1x16", "--rounds", "1", "--seconds", "0.02", "--play", "0.3"]
    assert command.main(arguments=[*rows, *tiny, "--json", str(file)]) == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    assert {"(b) exact graph, run", "(c) exact graph, io binding", "PyTorch, eager"} <= set(
        found["step"]["1x16"]
    )
    assert set(found["limit"]["1x16"]) == {"reading its weights once"}
    assert "linnet, main thread idle" in found["busy"]["1x16"]
    assert {"linnet, one stream", "PyTorch, batched"} == set(found["batch"]["1x16, 64 streams"])
    assert {"linnet, onnxruntime", "reading its weights once"} <= set(found["native"]["1x16"])
    assert found["native"]["1x16, 64 streams"]["its byte products alone"] > 0
    assert set(found["frame"]) == {"p99 of a call", "late notes", "share of 16.7 ms"}
    ratios = [ratio for row in rows for size in found[row].values() for ratio in size.values()]
    assert all(ratio >= 0 for ratio in ratios)
    printed = capsys.readouterr().out.splitlines()
    assert len([line for line in printed if line.startswith(tuple(rows))]) == len(ratios)


def test_the_float_and_the_exported_graph_compute_what_pytorch_does(tmp_path):
    """Peers that computed something else would be no peers."""
    made = networks.Made(networks.Size.of("2x24"), tmp_path)
    bags = networks.random_bags(20)[:, None]
    steps = {"PyTorch, eager": peers.torch_eager(made), "floats": peers.ort_run(made.floats)}
    for name, make in OTHERS.items():
        try:
            steps[name] = make(made)
        except ImportError:
            continue
    logits = {name: np.stack([step(bag).copy() for bag in bags]) for name, step in steps.items()}
    for name, found in logits.items():
        loose = 0.05 if "int8" in name or name == "OpenVINO" else 1e-5  # OpenVINO may compute in bfloat16
        assert np.abs(found - logits["PyTorch, eager"]).max() < loose, name


def test_all_samplers_draw_from_one_distribution():
    """A false alarm once in 1e5 runs, were the seeds not fixed."""
    logits, mask = (row[0] for row in sampler.at_random(200, 0.5))
    options = sampler_oracle.Options(draws.TEMPERATURE, draws.TOP_K, draws.TOP_P)
    chances = sampler_oracle.probabilities(logits, mask, options)
    for name, make in {"linnet": draws.with_linnet, **draws.PEERS}.items():
        draw, counts = make(logits, mask), np.zeros(len(logits))
        for _ in range(2000):
            token, logprob = draw()
            counts[token] += 1
            assert logprob == pytest.approx(np.log(chances[token]), abs=1e-4), name
        assert chi_square_p(counts, 2000 * chances) > 1e-6, name


def test_the_sampler_is_timed_beside_its_peers(capsys):
    assert command.main(["sampler"], ["--rounds", "1", "--seconds", "0.01"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("sampler")]
    assert len(lines) == 4 * (len(draws.PEERS) + 1)


def test_the_median_counts_and_a_first_round_does_not(monkeypatch):
    monkeypatch.setattr(rounds, "ATTEMPTS", 1)
    values = iter([100.0, 3.0, 1.0, 2.0])

    assert rounds.take_turns({"one": lambda: next(values)}, 3) == {"one": 2.0}


def test_a_round_in_which_nothing_ran_is_repeated():
    """Asleep, a process has nothing of its core, as when others have taken it."""
    count = 0

    def work():
        nonlocal count
        count += 1
        if count < 3:
            time.sleep(0.02)
            return 0.0
        rounds.seconds_of(lambda: None, 0.05)
        return 1.0

    assert rounds.take_turns({"one": work}, 1) == {"one": 1.0}


def test_peak_memory_is_the_programs_own():
    """A process that is started from a large one would begin with its peak."""
    ballast = bytearray(200_000_000)
    wall, megabytes, cpu = start.launch(["-c", "pass"], {})
    assert megabytes * 1e6 < len(ballast) / 4
    assert 0 < cpu <= wall  # of one thread, which may wait


def test_a_program_that_fails_is_not_timed():
    with pytest.raises(RuntimeError, match="exit code 3"):
        start.launch(["-c", "raise SystemExit(3)"], {})


def test_goals_say_whether_they_are_met():
    rates = {"linnet": 30.0, "other": 10.0}
    assert faster("step", "2x256", "other", rates, goal=3).cells()[-3:] == ("3.0x", ">= 3x", "met")
    assert faster("step", "2x256", "other", rates, goal=4).cells()[-1] == "missed"
    assert not at_least(4, 3.99).met
    assert at_most(60, 60, " MB") == table.Goal("<= 60 MB", True)


def test_a_table_goes_between_the_marks_of_a_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"above\n{table.BEGIN}\nold\n{table.END}\nbelow\n", encoding="utf-8")
    lines = list(table.lines([Figure("step", "2x256", 1234.0, "tokens/s")], markdown=True))
    table.put_into(page, "\n".join(lines))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("above\n")
    assert text.endswith("below\n")
    assert "| 1,234 tokens/s |" in text
    assert "old" not in text


def test_a_page_without_marks_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("text\n", encoding="utf-8")
    with pytest.raises(ValueError, match="must have one line"):
        table.put_into(page, "table")
    assert page.read_text(encoding="utf-8") == "text\n"


def test_heads_are_set_beside_none(capsys):
    assert heads.main(["--sizes", "2x24", "--heads", "tonic", "--rounds", "1", "--tokens", "50"]) == 0
    *_, without, tonic = capsys.readouterr().out.splitlines()
    assert without.split("|")[3].strip() == "0"
    assert tonic.split("|")[3].strip() == "12"
    assert "time" in tonic

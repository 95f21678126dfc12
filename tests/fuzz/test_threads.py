"""Everything at once in forty threads; `tests.fuzz.threads` under ThreadSanitizer is the long run."""

import linnet
from tests.fuzz import fuzz_model, threads


def test_streams_among_threads_play_what_they_play_alone() -> None:
    assert threads.round_of(linnet.load(fuzz_model.TINY), 1) == 40

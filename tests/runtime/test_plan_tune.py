"""Who leads does not rest for long in a composed plan."""

from itertools import groupby

import linnet
from linnet.controls.options import Options
from linnet.controls.resolve import resolve
from linnet.controls.wishes import INDEX
from linnet.engine.engine import Engine
from linnet.generation.planned import with_plan
from linnet.music.roles import ROLES

LEADING = (ROLES.index("lead"), ROLES.index("second"))


def longest_rest(engine: Engine, seed: int) -> int:
    """Bars in a row in which the plan has all rest who lead."""
    request = with_plan(engine, resolve(engine.info, Options(seed=seed, bars=32)))
    assert request.plan is not None
    leading = [slot for slot, role in enumerate(request.roles[:8]) if role in LEADING]
    silent = [
        all(bar.wishes.get(INDEX[f"plays_{slot}"]) == 1 for slot in leading) for bar in request.plan.bars
    ]
    runs = [len(list(run)) for rests, run in groupby(silent) if rests]
    return max(runs, default=0) if leading else 0


def test_those_who_lead_rest_for_four_bars_at_most() -> None:
    """In 6 of these 24 they rested for 7 to 32 bars by the code of before."""
    engine = linnet.load("band").engine

    assert max(longest_rest(engine, seed) for seed in range(24)) <= 4

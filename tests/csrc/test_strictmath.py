"""exp and log of the core (csrc/strictmath.h), against decimals."""

import math
import random
import sys
from decimal import Decimal, localcontext

import numpy as np
import pytest

from linnet import _core

INF, NAN = math.inf, math.nan


def ulps(found: float, exact: Decimal) -> float:
    return float(abs(Decimal(found) - exact) / Decimal(math.ulp(float(exact))))


def test_exp_is_within_one_unit_in_the_last_place() -> None:
    pick = random.Random(5)
    arguments = [-pick.random() * pick.choice([1e-9, 1, 40, 708]) for _ in range(3000)] + [
        -708.0,
        -5e-324,
        -0.5,
        -1.0,
    ]
    with localcontext(prec=40):
        assert max(ulps(_core.exp(x), Decimal(x).exp()) for x in arguments) < 1


def test_exp_is_within_two_ulps_of_numpy_s() -> None:
    """One of them is ours, the other numpy's own."""
    x = -np.abs(np.random.default_rng(6).normal(size=5000) * 100)
    x = x[x > -708]
    ours = np.array([_core.exp(float(v)) for v in x])

    assert (np.abs(ours - np.exp(x)) <= 2 * np.spacing(np.exp(x))).all()


@pytest.mark.parametrize(
    ("x", "value"),
    [(0.0, 1.0), (-0.0, 1.0), (np.nextafter(-708, -709), 0.0), (-1e300, 0.0), (-INF, 0.0), (NAN, 0.0)],
)
def test_exp_at_its_ends(x: float, value: float) -> None:
    assert _core.exp(x) == value


def test_log_is_within_one_unit_in_the_last_place() -> None:
    pick = random.Random(7)
    arguments = [1 + pick.random() * pick.choice([1e-12, 1e-3, 1, 700]) for _ in range(2000)]
    arguments += [10 ** pick.uniform(-307, 308) for _ in range(1000)] + [0.5, 2.0, 672.0, sys.float_info.max]
    with localcontext(prec=60):
        assert max(ulps(_core.log(x), Decimal(x).ln()) for x in arguments if x != 1) < 1


def test_log_of_one_is_zero() -> None:
    assert _core.log(1.0) == 0.0

"""The sampler against its contract (csrc/sampler.h), an oracle in numpy, and the exact distribution."""

import math
import sys
import threading
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from linnet._core import Rng, sample
from linnet.errors import ModelError
from tests.csrc import rng_oracle, sampler_oracle
from tests.csrc.chance import chi_square_p
from tests.csrc.sampler_oracle import Options

INF, NAN = math.inf, math.nan
LARGEST = float(np.finfo(np.float32).max)


def row(values: ArrayLike) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)


def tokens_drawn(
    logits: ArrayLike, draws: int = 200, mask: ArrayLike | None = None, **options: float
) -> set[int]:
    rng = Rng(0)
    allowed = None if mask is None else np.asarray(mask, dtype=np.uint8)
    return {sample(row(logits), mask=allowed, rng=rng, **options)[0] for _ in range(draws)}


# ---- draw for draw -----------------------------------------------------------------------------------------


def random_case(pick: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.uint8] | None, Options]:
    """Logits of every shape a network, or a broken one, may hand over."""
    n = int(pick.choice([1, 2, 3, 17, 100, 672, 787]))
    logits = row(pick.normal(size=n) * pick.choice([0, 1e-3, 1, 4, 30, 1000, 1e37]))
    match pick.integers(7):
        case 0:
            logits = np.round(logits)  # ties, zeros of both signs
        case 1:
            logits = np.round(logits / 8) * 8
        case 2:
            strange = row([NAN, INF, -INF, 0.0, -0.0, 1e-45, -1e-45, LARGEST, -LARGEST])
            logits[pick.integers(n, size=n // 4 + 1)] = pick.choice(strange, size=n // 4 + 1)
        case 3:
            strange = row([NAN, -INF, -0.0, 0.0, -LARGEST])
            logits[pick.integers(n, size=n // 2 + 1)] = pick.choice(strange, size=n // 2 + 1)
    mask = None if pick.random() < 0.3 else (pick.random(n) < pick.choice([0.02, 0.3, 0.9])).astype(np.uint8)
    options = Options(
        temperature=float(pick.choice([0, 5e-324, 1e-3, 0.7, 1, 1, 1, 1.3, 50, 1e308])),
        top_k=int(pick.choice([0, 0, 1, 2, 5, 40, 100, 128, 129, 400, 2**31 - 1])),
        top_p=float(pick.choice([1, 1, 0, 5e-324, 0.1, 0.5, 0.9, 0.95, 1 - 2**-53])),
        min_p=float(pick.choice([0, 0, 0, 1e-300, 0.02, 0.3, 1])),
    )
    return logits, mask, options


def test_agrees_with_the_oracle_draw_for_draw() -> None:
    """10,000 cases. exp is an ulp off numpy's, so a number might fall in between: once in 1e11 such runs."""
    pick = np.random.default_rng(20)
    drawn = refused = 0
    for case in range(10_000):
        logits, mask, options = random_case(pick)
        rng = Rng(case, stream=1)
        settings = vars(options) | {"mask": mask, "rng": rng}
        (u,) = islice(rng_oracle.uniforms(case, stream=1), 1)
        try:
            expected = sampler_oracle.draw(logits, mask, options, u)
        except (sampler_oracle.AllMaskedError, sampler_oracle.NoLogitError) as error:
            with pytest.raises(
                ValueError if isinstance(error, sampler_oracle.AllMaskedError) else ModelError
            ):
                sample(logits, **settings)
            assert rng.state == (case, 1 << 64), "a refusal must not use up a number"
            refused += 1
        else:
            token, logprob = sample(logits, **settings)

            assert (token, logprob) == (expected[0], pytest.approx(expected[1], abs=1e-12)), (case, options)
            assert rng.state == (case, 1 << 64 | 1), "each token uses up one number"
            drawn += 1
    assert drawn > 8_000
    assert refused > 200


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(temperature=0.6),
        Options(temperature=2.5),
        Options(top_k=7),
        Options(top_p=0.8),
        Options(min_p=0.1),
        Options(temperature=1.4, top_k=30, top_p=0.9, min_p=0.02),
    ],
    ids=str,
)
@pytest.mark.parametrize("masked", [False, True])
def test_draws_follow_the_exact_distribution(options: Options, masked: bool) -> None:
    """Chi-square, 20,000 draws. The seed is fixed; others would raise a false alarm once in 1e6."""
    pick = np.random.default_rng(3)
    logits = row(pick.normal(size=100) * 2)
    mask = (pick.random(100) < 0.5).astype(np.uint8) if masked else None
    rng = Rng(99)
    counts = np.zeros(100)
    for _ in range(20_000):
        counts[sample(logits, mask=mask, rng=rng, **vars(options))[0]] += 1

    assert chi_square_p(counts, 20_000 * sampler_oracle.probabilities(logits, mask, options)) > 1e-6


def test_the_chi_square_would_notice_a_wrong_temperature() -> None:
    logits = row(np.linspace(-2, 2, 20))
    rng = Rng(1)
    counts = np.bincount([sample(logits, temperature=1.1, rng=rng)[0] for _ in range(20_000)], minlength=20)

    assert chi_square_p(counts, 20_000 * sampler_oracle.probabilities(logits, None, Options())) < 1e-6


def test_a_seed_means_these_tokens() -> None:
    """Golden: a change here breaks the promise that a seed keeps its music."""
    logits = row([i * 2654435761 % 4099 / 512 for i in range(672)])
    rng = Rng(2026, 5)
    draws = [sample(logits, temperature=0.9, top_k=40, top_p=0.95, rng=rng) for _ in range(12)]

    assert [token for token, _ in draws] == [99, 495, 99, 528, 660, 419, 122, 66, 198, 594, 56, 429]
    assert math.fsum(logprob for _, logprob in draws).hex() == "-0x1.5802a65945109p+5"


# ---- the contract, line by line ----------------------------------------------------------------------------


def test_zero_temperature_ignores_the_seed() -> None:
    logits = row([0.1, 2.0, 1.9])

    assert {sample(logits, temperature=0, rng=Rng(seed)) for seed in range(50)} == {(1, 0.0)}


def test_zero_temperature_takes_the_lowest_of_tied_ids() -> None:
    assert tokens_drawn([1, 3, 3, 3], temperature=0) == {1}


def test_zeros_of_either_sign_tie() -> None:
    assert tokens_drawn([-1, -0.0, 0.0], temperature=0) == {1}
    assert tokens_drawn([-1, 0.0, -0.0], top_k=1) == {1}
    assert tokens_drawn([-1, -0.0, 0.0], top_p=0) == {1}


def test_top_k_keeps_exactly_k_of_tied_tokens_the_lowest_ids_first() -> None:
    assert tokens_drawn([5, 5, 5, 5, 5], top_k=3) == {0, 1, 2}
    assert tokens_drawn([1, 5, 9, 5, 5], top_k=2, temperature=100) == {1, 2}


@pytest.mark.parametrize("top_k", [0, 4, 5, 2**31 - 1, 2**31, 10**30])
def test_top_k_above_the_number_of_tokens_keeps_all(top_k: int) -> None:
    assert tokens_drawn([0, 0, 0, 0], top_k=top_k) == {0, 1, 2, 3}


def test_top_k_counts_candidates_only() -> None:
    assert tokens_drawn([9, 8, NAN, 7, 6], mask=[0, 1, 1, 1, 1], top_k=2, temperature=50) == {1, 3}


@pytest.mark.parametrize(
    ("top_p", "left"),
    [
        (0, {0}),
        (0.25, {0}),
        (0.26, {0, 1}),
        (0.5, {0, 1}),
        (0.75, {0, 1, 2}),
        (0.76, {0, 1, 2, 3}),
        (1, {0, 1, 2, 3}),
    ],
)
def test_top_p_keeps_the_fewest_tokens_that_reach_it(top_p: float, left: set[int]) -> None:
    assert tokens_drawn([3, 3, 3, 3], top_p=top_p) == left


def test_top_p_counts_the_mass_that_top_k_left() -> None:
    assert tokens_drawn([3, 3, 3, 3], top_k=2, top_p=0.5) == {0}


def test_min_p_is_measured_against_the_best_token() -> None:
    logits = np.log([0.5, 0.26, 0.24])

    assert tokens_drawn(logits, min_p=0.5) == {0, 1}
    assert tokens_drawn(logits, min_p=1) == {0}


def test_a_masked_token_is_never_drawn_however_likely() -> None:
    assert tokens_drawn([50, 0, INF, 0], mask=[0, 1, 0, 255]) == {1, 3}


def test_nan_and_minus_infinity_are_never_drawn() -> None:
    assert tokens_drawn([NAN, 0, -INF, 0, -NAN], temperature=1e308) == {1, 3}


@pytest.mark.parametrize(
    "options", [{}, {"temperature": 0}, {"temperature": 1e308}, {"top_k": 3, "top_p": 0.9}]
)
def test_the_first_plus_infinity_takes_all(options: dict[str, float]) -> None:
    assert tokens_drawn([1, NAN, INF, LARGEST, INF], **options) == {2}
    assert sample(row([0, INF]), rng=Rng(0), **options) == (1, 0.0)


def test_a_subnormal_temperature_leaves_the_tokens_tied_for_best() -> None:
    assert tokens_drawn([1, 2, np.nextafter(np.float32(2), np.float32(0)), 2], temperature=5e-324) == {1, 3}


def test_a_huge_temperature_makes_all_tokens_alike() -> None:
    _, logprob = sample(row([-LARGEST, 0, 7, LARGEST]), temperature=1.7e308, rng=Rng(0))

    assert logprob == pytest.approx(-math.log(4), abs=1e-15)


def test_a_single_token_is_certain() -> None:
    assert sample(row([-3.0]), rng=Rng(0)) == (0, 0.0)


def test_logprob_is_that_of_the_filtered_distribution() -> None:
    token, logprob = sample(row(np.log([0.5, 0.3, 0.2])), top_k=2, rng=Rng(1))

    assert logprob == pytest.approx(math.log([0.625, 0.375][token]), abs=1e-7)


@pytest.mark.parametrize("mask", [[0, 0, 0], []])
def test_nothing_allowed_is_an_error_that_names_the_mask(mask: list[int]) -> None:
    with pytest.raises(ValueError, match="mask allows no token"):
        sample(row([1.0] * len(mask)), mask=np.array(mask, np.uint8), rng=Rng(0))


def test_logits_without_a_number_are_the_fault_of_the_model() -> None:
    with pytest.raises(ModelError, match="no allowed token a logit above -inf"):
        sample(row([NAN, -INF, 5]), mask=np.array([1, 1, 0], np.uint8), rng=Rng(0))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("temperature", -0.1, "temperature must be finite and at least 0, got -0.1"),
        ("temperature", INF, "temperature must be finite and at least 0, got inf"),
        ("temperature", NAN, "temperature must be finite and at least 0, got nan"),
        ("top_k", -1, "top_k must be at least 0, got -1"),
        ("top_k", -(10**30), "top_k must be at least 0, got -1000"),
        ("top_p", 1.5, "top_p must be between 0 and 1, got 1.5"),
        ("top_p", NAN, "top_p must be between 0 and 1, got nan"),
        ("min_p", -0.5, "min_p must be between 0 and 1, got -0.5"),
        ("min_p", NAN, "min_p must be between 0 and 1, got nan"),
    ],
)
def test_an_option_out_of_range_is_named(option: str, value: float, message: str) -> None:
    rng = Rng(4)
    with pytest.raises(ValueError, match=message):
        sample(row([1, 2]), rng=rng, **{option: value})

    assert rng.state == (4, 0)


@pytest.mark.parametrize(
    ("logits", "mask", "message"),
    [
        (np.zeros(3), None, "logits must be a contiguous array of 'f'"),
        (np.zeros((1, 3), np.float32), None, "logits must have one dimension, got 2"),
        (np.zeros(3, np.float32), np.ones(2, np.uint8), "mask"),
        (np.zeros(3, np.float32), np.ones(4, np.uint8), "mask must have one element for each of"),
        (np.zeros(3, np.float32), np.ones(3, np.int32), "mask must be a contiguous array of 'B'"),
        (np.zeros(6, np.float32)[::2], None, "contiguous"),
    ],
)
def test_an_array_of_the_wrong_kind_is_refused(
    logits: NDArray[np.float32], mask: NDArray[np.uint8] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        sample(logits, mask=mask, rng=Rng(0))


def test_arguments_are_left_as_they_were() -> None:
    logits, mask = row(np.arange(100) % 7), np.ones(100, np.uint8)
    logits.flags.writeable = mask.flags.writeable = False
    sample(logits, mask=mask, top_k=5, top_p=0.5, min_p=0.1, rng=Rng(0))

    assert (logits == np.arange(100) % 7).all()
    assert mask.all()


# ---- properties --------------------------------------------------------------------------------------------

SOME_LOGITS = st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=60)


@given(SOME_LOGITS, st.integers(1, 60), st.integers(0, 2**64 - 1))
def test_top_k_never_draws_a_token_beyond_the_k_best(logits: list[float], k: int, seed: int) -> None:
    token, _ = sample(row(logits), top_k=k, temperature=20, rng=Rng(seed))

    assert sum(other > logits[token] for other in logits) < k


@given(SOME_LOGITS, st.floats(0.01, 10), st.integers(0, 2**64 - 1))
def test_adding_a_constant_to_all_logits_changes_nothing(
    logits: list[float], temperature: float, seed: int
) -> None:
    coarse = np.round(row(logits) * 8) / 8  # so that adding is exact

    assert sample(coarse, temperature=temperature, rng=Rng(seed)) == sample(
        coarse + np.float32(1024), temperature=temperature, rng=Rng(seed)
    )


@given(SOME_LOGITS, st.integers(0, 2**64 - 1))
def test_masking_is_the_same_as_a_logit_of_minus_infinity(logits: list[float], seed: int) -> None:
    mask = np.array([i % 3 != 1 for i in range(len(logits))], np.uint8)
    silenced = np.where(mask, row(logits), np.float32(-INF))

    assert sample(row(logits), mask=mask, rng=Rng(seed)) == sample(silenced, rng=Rng(seed))


def test_two_generators_do_not_disturb_each_other() -> None:
    logits = row(np.zeros(1000))
    alone = [sample(logits, rng=rng)[0] for rng in [Rng(1)] for _ in range(20)]
    ours, other = Rng(1), Rng(2)
    together = [(sample(logits, rng=ours)[0], sample(logits, rng=other)[0])[0] for _ in range(20)]

    assert together == alone


def test_other_threads_run_during_a_draw() -> None:
    """A thread that holds the interpreter keeps it for 100 s here, unless it lets go by itself."""
    logits = row(np.zeros(3_000_000))
    started, done, finished_first = threading.Event(), threading.Event(), True

    def draw() -> None:
        started.set()
        sample(logits, top_p=0.99, rng=Rng(0))
        done.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(100)
    try:
        thread = threading.Thread(target=draw)
        thread.start()
        started.wait()
        finished_first = done.is_set()
        thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert not finished_first

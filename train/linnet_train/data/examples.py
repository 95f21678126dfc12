"""What a network reads of a piece in training: the piece a little different each time, now and then only its
end, now and then with suffixes looked up only where the form of the piece has repeats, as in play.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.controls.plan_reading import sources
from linnet.controls.wishes import INDEX, LIKENESS_BARS, MOST_BARS_LEFT
from linnet.core import Tracker
from linnet.music.score import Score
from linnet.tokens import codec, features, vocabulary
from linnet.tokens.quantise import TimeBase
from linnet_train.data.augment import Tokens, Wishes, drop_controls, varied
from linnet_train.data.batches import Loaded
from linnet_train.data.given import chosen
from linnet_train.data.repeats import likeness_wish
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.plan import only, shift_of, told_of_plan

TAIL = 8, 32
"""Fewest and most bars of an ending that is read alone: as long as the pieces that people ask for."""

_BARS_LEFT = next(family for family in features.FAMILIES if family.name == "wish_bars_left")
_PAD, _BAR, _EOS = (vocabulary.FAMILIES[name].first for name in ("pad", "bar", "eos"))
LIKENESS = INDEX["likeness"]


def training_example(
    tokens: Tokens,
    wishes: Wishes,
    time_base: TimeBase,
    rng: np.random.Generator,
    run: RunConfig,
    model: ModelConfig,
    roles: Sequence[int] = (),
) -> Loaded:
    """One reading of a piece; the stored piece stays as it is.

    Args:
        tokens: of the whole piece, from bos to eos. (tokens)
        wishes: that it fulfils, and its plan: row 0 for the header, then one for each bar. (rows, ROW_WIDTH)
        time_base: of the tokens.
        rng: decides what is varied.
        run: how much.
        model: what the network is told, and whether it reads music in its home key.
        roles: of each slot, by number; 0: none.

    Returns:
        Features and the token to predict at each step (pad where it follows from what is given, and is not
        learnt) and, if the grammar has a weight, what it allows: in the home key for a network that reads
        music there.
    """
    plan = None
    if time_base == "grid" and (run.tail_share or run.form_share):
        cut, planned = rng.random() < run.tail_share, rng.random() < run.form_share
        score = codec.decode(tokens, "grid") if cut or planned else None
        if score and cut:
            tokens, wishes, score = tail(score, wishes, int(rng.integers(*TAIL, endpoint=True)))
        if score and planned:
            plan, wishes = follow_form(score, wishes)
    tokens, wishes = varied(tokens, wishes, time_base, rng, run)
    shift = shift_of(wishes) if model.at_home else None
    wishes, roles = told(wishes, roles, rng, run, model)
    ahead = None
    if time_base == "grid" and model.given and rng.random() < run.given_share:
        ahead = chosen(tokens, rng)
    feature_ids = features.compute(
        tokens, time_base, wishes, plan, shift=shift, roles=roles, given=ahead.given if ahead else None
    )[:-1]
    targets = features.home(tokens, shift)[1:]
    if ahead:
        targets = np.where(ahead.forced[1:], _PAD, targets).astype(np.uint16)
    rules = None
    if run.grammar_weight:
        rules = with_end_rules(allowed(tokens, time_base, shift)[:-1], feature_ids)
    return Loaded(feature_ids, targets, rules)


def told(
    wishes: Wishes, roles: Sequence[int], rng: np.random.Generator, run: RunConfig, model: ModelConfig
) -> tuple[Wishes, Sequence[int]]:
    """What a network that plays or reads in training is told of rows and roles: some of it, at random."""
    wishes = drop_controls(
        only(wishes, told_of_plan(model.plan)),
        rng,
        each=run.wish_drop,
        together=run.wish_drop_all,
        span=run.wish_span,
    )
    return wishes, roles if model.roles and rng.random() >= run.wish_drop else ()


def tail(score: Score, wishes: Wishes, bars: int) -> tuple[Tokens, Wishes, Score]:
    """The last so many bars of a quantised score, or all of them, as a piece of their own."""
    first = max(score.bars - bars, 0)
    score = score.slice_bars(first)
    header, rows = wishes[:1].copy(), wishes[1 + first :].copy()
    header[:, INDEX["bars_left"]] = min(len(rows), MOST_BARS_LEFT) + 1
    back = np.array([0, 0, *LIKENESS_BARS])[rows[:, LIKENESS]]
    rows[back > np.arange(len(rows)), LIKENESS] = 1  # that bar is not there any more: this one is new
    return codec.encode(score, "grid"), np.concatenate([header, rows]), score


def follow_form(score: Score, wishes: Wishes) -> tuple[NDArray[np.uint8], Wishes]:
    """What a network is shown when a piece is played by its own form.

    Args:
        score: a quantised piece.
        wishes: that it fulfils. (bars + 1, wishes)

    Returns:
        Where suffixes are looked up in each bar, as `linnet.tokens.features.compute` takes it, row 0 for the
        header (bars + 1, 2); and the wishes as the form has them.
    """
    found, wishes = [(0, 0, 0.0), *sources(score)], wishes.copy()
    for bar, (back, _, alike) in enumerate(found):
        wishes[bar, LIKENESS] = likeness_wish(int(wishes[bar, LIKENESS]), back, alike)
    return np.array([(back, quarters) for back, quarters, _ in found], np.uint8), wishes


def allowed(tokens: Tokens, time_base: TimeBase, shift: int | None = None) -> NDArray[np.uint8]:
    """What the grammar lets follow each token, a bit for each token of the vocabulary, packed as numpy packs
    them; by home tokens, so many semitones below the sounding ones. (n, vocabulary / 8)
    """
    bits = np.empty((len(tokens), vocabulary.SIZE // 8), np.uint8)
    tracker = Tracker(time_base)
    tracker.set_shift(shift)
    tracker.masks_of(np.ascontiguousarray(tokens, np.uint16), bits)
    return bits


def with_end_rules(rules: NDArray[np.uint8], feature_ids: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
    """The rules of the grammar, and those of the wish for bars left: in the last bar no other bar begins if
    the piece can end there, and before it the piece does not end.

    Args:
        rules: what the grammar allows at each step, packed bits; changed in place. (steps, vocabulary / 8)
        feature_ids: of the same steps. (steps, width)
    """
    left, can_end = bars_left_of(feature_ids), (rules[:, _EOS // 8] & 128 >> _EOS % 8) != 0
    rules[(left == 0) & can_end, _BAR // 8] &= np.uint8(255 ^ 128 >> _BAR % 8)
    rules[left > 0, _EOS // 8] &= np.uint8(255 ^ 128 >> _EOS % 8)
    return rules


def bars_left_of(feature_ids: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """How many bars are left after this one, as the network sees it in its features; -1 where no wish says
    so.
    """
    return feature_ids[:, _BARS_LEFT.first_column].astype(np.int64) - _BARS_LEFT.first_id - 1

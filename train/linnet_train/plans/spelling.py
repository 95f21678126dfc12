"""People's plans as the questions of `linnet.controls.plan_layout` and the answers that make these plans."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet.controls.plan_bar import NOTHING_GIVEN
from linnet.controls.plan_draft import Draft
from linnet.controls.plan_given import fitting, told
from linnet.controls.plan_layout import ANSWERS, QUESTIONS, WIDTH
from linnet_train.corpus.peoples_plan import PeoplesPlan

_OFFSETS = {name: (question.first, question.first + question.size) for name, question in QUESTIONS.items()}
_KIND = {name: number for number, name in enumerate(QUESTIONS)}


@dataclass(frozen=True, slots=True)
class Spelled:
    """A plan as the plan model learns it: a row for each question that has a known answer."""

    ids: NDArray[np.int16]
    """What is seen when it is asked. (n, WIDTH)"""

    answers: NDArray[np.uint16]
    """Counted through all questions. (n,)"""

    possible: NDArray[np.uint8]
    """The answers there are, packed bits. (n, bytes)"""

    kinds: NDArray[np.uint8]
    """Numbers of the questions. (n,)"""

    bars: int


def spell(plan: PeoplesPlan) -> Spelled:
    """The questions that lead to a plan. What the plan does not tell is not asked."""
    bars = plan.bars
    draft = Draft(plan.conditions, lambda number: bars[number] if number < len(bars) else NOTHING_GIVEN)
    ids, answers, possible, kinds = list[list[int]](), list[int](), list[bytes](), list[int]()
    for given in bars:
        asks = draft.bar()
        answer: int | None = None
        begun = False
        while True:
            try:
                ask = asks.send(answer) if begun else next(asks)
            except StopIteration:
                break
            begun, answer = True, None
            if not told(ask, given):
                continue
            fits = fitting(ask, draft.given_from_here())
            if 1 not in fits:  # told in a way that cannot be, such as a source before the beginning
                continue
            answer = fits.index(1)
            first, end = _OFFSETS[ask.name]
            ids.append(draft.ids[:])
            answers.append(first + answer)
            possible.append(bytes(first) + ask.possible + bytes(ANSWERS - end))
            kinds.append(_KIND[ask.name])
    bits = np.frombuffer(b"".join(possible), np.uint8).reshape(-1, ANSWERS)
    return Spelled(
        np.array(ids, np.int16).reshape(-1, WIDTH),
        np.array(answers, np.uint16),
        np.packbits(bits, axis=1),
        np.array(kinds, np.uint8),
        len(bars),
    )

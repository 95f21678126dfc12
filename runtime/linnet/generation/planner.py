"""Composes plans: the plan model answers one question about a bar after the other, by the seed."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Collection, Mapping
from operator import and_
from typing import Any, Self

from linnet._core import Rng, sample
from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_close import coming_home
from linnet.controls.plan_draft import Ask, Draft, Given
from linnet.controls.plan_given import fitting
from linnet.controls.plan_layout import ANSWERS, QUESTIONS, Conditions
from linnet.controls.plan_players import somebody_plays
from linnet.controls.plan_repeats import turning
from linnet.engine.plan import PlanNetwork, PlanState

__all__ = ["Planner"]


class Planner:
    """A plan in the making, to be composed bar by bar for as long as one likes."""

    def __init__(
        self,
        network: PlanNetwork,
        conditions: Conditions,
        *,
        rng: Rng,
        given: Given | None = None,
        asked: Collection[str] = frozenset(QUESTIONS),
        temperature: float = 1.0,
    ) -> None:
        """Before the first bar.

        Args:
            network: The plan model.
            conditions: What is asked for.
            rng: The same chance, the same plan, on every CPU.
            given: What is told of the bars from the first on, an upbeat included; it is kept, and the rest
                composed around it.
            asked: The questions that the model has learnt to answer.
            temperature: At which answers are drawn.
        """
        self.network, self.asked, self.temperature = network, asked, temperature
        self.draft = Draft(conditions, given)
        self._state: PlanState = network.start()
        self._rng = Rng(0)
        self._rng.state = rng.state

    def compose(self, bars: int) -> list[PlanBar]:
        """The next bars."""
        return [self._bar() for _ in range(bars)]

    def _bar(self) -> PlanBar:
        draft = self.draft
        asks = draft.bar()
        answer: int | None = None
        ask = next(asks, None)
        while ask is not None:
            answer = self._answer(ask) if ask.name in self.asked else None
            try:
                ask = asks.send(answer)
            except StopIteration:
                ask = None
        return draft.bars[-1]

    def _answer(self, ask: Ask) -> int:
        draft = self.draft
        logits = self._state.ask(draft.ids)
        question, possible = QUESTIONS[ask.name], ask.possible
        if draft.given is not None:
            fits = fitting(ask, draft.given_from_here())
            possible = fits if 1 in fits else possible
        for rule in (coming_home, somebody_plays, turning):
            if (allowed := rule(ask, draft)) is not ask.possible:  # as it is for most questions
                left = bytes(map(and_, possible, allowed))
                possible = left if 1 in left else possible
        mask = _BEFORE[ask.name] + possible + _AFTER[ask.name]
        token, _ = sample(logits, mask=mask, temperature=self.temperature, rng=self._rng)
        return token - question.first

    def copy(self) -> Self:
        """The same place, to be composed on from by itself."""
        new = object.__new__(type(self))
        new.network, new.asked, new.temperature = self.network, self.asked, self.temperature
        new.draft, new._state = self.draft.copy(), self._state.copy()
        new._rng = Rng(0)
        new._rng.state = self._rng.state
        return new

    def anew(self, conditions: Conditions, given: Given | None) -> Planner:
        """A planner of other music; its chance goes on from here."""
        return Planner(
            self.network,
            conditions,
            rng=self._rng,
            given=given,
            asked=self.asked,
            temperature=self.temperature,
        )

    def save(self) -> dict[str, Any]:  # Any: JSON
        """All that `restored` needs besides the network."""
        state = b2a_base64(self._state.save(), newline=False).decode()
        return {"draft": self.draft.save(), "state": state, "rng": list(self._rng.state)}

    @classmethod
    def restored(
        cls,
        network: PlanNetwork,
        saved: Mapping[str, Any],
        *,
        asked: Collection[str] = frozenset(QUESTIONS),
        temperature: float = 1.0,
    ) -> Planner:
        """The planner that was saved. ValueError, TypeError or KeyError for what no planner saved."""
        draft = Draft.restored(saved["draft"])
        rng = Rng(0)
        seed, counter = saved["rng"]
        rng.state = (seed, counter)
        new = cls(network, draft.conditions, rng=rng, asked=asked, temperature=temperature)
        new.draft, new._state = draft, network.state(a2b_base64(saved["state"]))
        return new


_BEFORE = {name: bytes(question.first) for name, question in QUESTIONS.items()}
_AFTER = {name: bytes(ANSWERS - question.first - question.size) for name, question in QUESTIONS.items()}
"""Of the answers to other questions, which are not possible."""

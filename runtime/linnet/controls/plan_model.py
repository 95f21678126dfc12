"""What a model file says about its plan model."""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from linnet.controls.plan_layout import PLAYERS, QUESTIONS, table
from linnet.tools.dataclass import dataclass, field

__all__ = ["Band", "OtherSpellingError", "PlanModel"]

MOST_TEMPERATURE = 10


class OtherSpellingError(ValueError):
    """A plan model of a linnet that asked other questions, or showed other columns."""


@dataclass(frozen=True, slots=True)
class Band:
    """Who plays together in some of people's pieces."""

    style: int
    """As the wish has it; 0: none."""

    roles: tuple[int, ...]
    """Of the slots, in the order of the header."""

    kit: bool
    pieces: int
    """How many have it."""

    ensembles: tuple[tuple[int, ...], ...] = ()
    """Programs that the slots had in some of them; empty: nobody says."""


@dataclass(frozen=True, slots=True)
class PlanModel:
    """A small network that composes plans, and what has to be known beside it."""

    network: bytes = field(repr=False)
    """Its ONNX file; `linnet.engine.plan` opens it."""

    asked: frozenset[str]
    """The questions it has learnt to answer, of `plan_layout.QUESTIONS`."""

    bands: tuple[Band, ...]
    held_out: Any  # JSON
    """What people's held-out plans cost it."""

    temperature: float = 1.0
    """At which its answers are drawn."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> PlanModel:
        """From a model file; OtherSpellingError, or ValueError or its kin for what is no plan model."""
        if entry["layout"] != json.loads(json.dumps(table())):
            raise OtherSpellingError("its plans are spelled otherwise than in this linnet")
        bands = tuple(
            Band(int(style), tuple(map(int, roles)), bool(kit), int(pieces), _ensembles(*ensembles))
            for style, roles, kit, pieces, *ensembles in entry["bands"]
        )
        if not set(entry["asked"]) <= set(QUESTIONS) or any(
            len(band.roles) >= PLAYERS
            or not all(0 <= role < 12 for role in band.roles)
            or not 0 <= band.style < 34
            or band.pieces < 1
            or not all(map(partial(_plays, band), band.ensembles))
            for band in bands
        ):
            raise ValueError("the plan model is damaged")
        network = binascii.a2b_base64(entry["network"])
        temperature = float(entry.get("temperature", 1.0))
        if not 0 < temperature <= MOST_TEMPERATURE:
            raise ValueError(f"its temperature must be above 0 and at most {MOST_TEMPERATURE}")
        return cls(network, frozenset(entry["asked"]), bands, entry.get("held_out"), temperature)


def _ensembles(programs: Sequence[Sequence[int]] = ()) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(map(int, each)) for each in programs)


def _plays(band: Band, programs: Sequence[int]) -> bool:
    return len(programs) == len(band.roles) and all(0 <= program < 128 for program in programs)

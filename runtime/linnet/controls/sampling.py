"""How the next token is chosen, and how much wishes weigh: settled, with the model's own values filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.controls import kinds
from linnet.controls.options import ABOUT, Options
from linnet.tools.dataclass import dataclass, fields

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo

__all__ = ["Sampling", "candidates_of", "check_candidates", "check_guidance", "guidance_of", "sampling_of"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. The filters work in the order of the fields."""

    temperature: float = 1.0
    """Flattens (above 1) or sharpens (below 1) the choice; 0 always takes the likeliest."""

    top_k: int = 0
    """Only the k likeliest tokens may be chosen; 0: all."""

    top_p: float = 1.0
    """Only the likeliest tokens that together reach this probability; 1: all."""

    min_p: float = 0.0
    """Only tokens at least this likely, as a share of the likeliest; 0: all."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = kinds.read(each.name, ABOUT[each.name].kind, getattr(self, each.name))
            object.__setattr__(self, each.name, value)


def sampling_of(options: Options, info: ModelInfo) -> Sampling:
    """As asked for, or else as it suits the model."""
    names = [each.name for each in fields(Sampling)]
    chosen = {name: getattr(options, name) for name in names}
    return Sampling(
        **{name: info.defaults[name] if value is None else value for name, value in chosen.items()}
    )


def guidance_of(options: Options, info: ModelInfo) -> float:
    """How much wishes weigh: as asked for, or else as it suits the model."""
    return (
        check_guidance(info.defaults.get("guidance", 1.0)) if options.guidance is None else options.guidance
    )


def candidates_of(options: Options, info: ModelInfo) -> int:
    """How many times each section is composed: as asked for, or else as it suits the model.

    Raises:
        ValueError: For more than one where the model has no judge to choose.
    """
    asked = options.candidates
    count = check_candidates(info.defaults.get("candidates", 1) if asked is None else asked)
    if count > 1 and info.judge is None:
        raise ValueError(f"candidates is not for {info.name}: it has no judge to choose the best of them")
    return count


def check_candidates(count: int) -> int:
    """How many times each section is composed."""
    checked: int = kinds.read("candidates", ABOUT["candidates"].kind, count)
    return checked


def check_guidance(guidance: float) -> float:
    """How much wishes weigh: 1 as learnt, more or less than that, 0 not at all."""
    checked: float = kinds.read("guidance", ABOUT["guidance"].kind, guidance)
    return checked

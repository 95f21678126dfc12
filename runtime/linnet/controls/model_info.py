"""What a model file says about itself, as plain data."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, Any, Literal

from linnet.controls.form import DIGITS, Form
from linnet.controls.judge import Judge
from linnet.controls.originality import Originality
from linnet.controls.plan_model import PlanModel
from linnet.controls.repertoire import Repertoire
from linnet.controls.timing import Timing
from linnet.tools.dataclass import dataclass, field
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


Json = Any
"""What `json.loads` gives: only the reader of a key knows what to expect there."""


@dataclass(frozen=True, slots=True)
class StateSpec:
    """One tensor the network hands from step to step."""

    input: str
    output: str
    dtype: Literal["float32", "uint8"]
    shape: tuple[int, ...]
    """Without the batch."""

    initial: float
    """Every element at the start of a piece."""

    def row(self) -> memoryview[Any]:
        """The state of one piece at its start, (1, *shape)."""
        size, shape = math.prod(self.shape), (1, *self.shape)
        if self.dtype == "uint8":
            return memoryview(bytes([int(self.initial)]) * size).cast("B", shape)
        return memoryview(array("f", [self.initial]) * size).cast("B").cast("f", shape)

    def first(self, batch: int) -> NDArray[Any]:  # float32 or uint8, as dtype says
        """The state at the start of a piece."""
        return np.full((batch, *self.shape), self.initial, self.dtype)


@dataclass(frozen=True, slots=True)
class Density:
    """Where phrases lie among latents: the normal distribution of those that were learnt."""

    unit: float
    """What 1 stands for in the numbers."""

    numbers: bytes = field(repr=False)
    """int16, the low byte first: the mean, then the Cholesky factor of the covariance, column by column from
    the diagonal down."""


@dataclass(frozen=True, slots=True)
class Latent:
    """What a variational model says about its latent."""

    size: int
    """Numbers in it."""

    bars: tuple[int, int]
    """The fewest and the most bars of a phrase that its encoder reads."""

    encoder: bytes = field(repr=False)
    """A model file of its own, which plays readings of phrases; see `linnet.engine.latent`."""

    density: Density | None = None
    """Of random latents; without one their numbers are independent, of mean 0 and variance 1."""


USUAL = 0.015
"""Share of the bars of people's forms from which on a value of a wish is usual."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Everything a model file says about itself."""

    source: str
    """Where it was read from; error messages begin with it."""

    sha256: str
    """Fingerprint of the whole file, in hexadecimal digits."""

    size: int
    """Bytes."""

    time_base: Literal["grid", "performance"]
    exact: bool
    """The same bits on every CPU (integer graph), not only on one kind of CPU (float graph)."""

    states: tuple[StateSpec, ...]
    vocabulary: Json
    features: Json
    wishes: list[dict[str, Json]]
    """For each wish its `name`, the `count` of its values, and whether the model `trained` with it."""

    defaults: dict[str, Json]
    """Settings that suit the model: temperature, top_k, top_p, min_p; and, where there are some, the
    `guidance`, the `candidates`, the watchdog's `stuck_after` in quarters, how much weighs what `returns`,
    the `beat` of the kit (csrc/returns.h), and each semitone of a line that is not `in_register`
    (csrc/register.h), the rules of `parallels` and `crossing`, the `form` its pieces have, the `keys` that
    are usual in its music, with their shares, the `instrument` that suits it: programs, of which one is heard
    in a piece where nobody is asked for, and the `styles` that it plays where none is asked for."""

    passport: dict[str, Json]
    """Where the model comes from: name, corpora, licences, training settings, figures, allowed use."""

    latent: Latent | None = None
    """What a variational model is steered by; None for others."""

    forms: tuple[Form, ...] = ()
    """Those of people's pieces, for the model's own to have."""

    home: bool = False
    """Whether its network reads and writes music in its home key (`linnet.music.key.home_shift`)."""

    given: bool = False
    """Whether it has learnt to look ahead in music that is given (`Model.generate(given=...)`)."""

    heads: tuple[tuple[str, str, int], ...] = ()
    """Heads that share (csrc/heads.h): kind, family of features, column of the family."""

    plan: PlanModel | None = None
    """What composes the plans of its pieces; None where they have the forms of people's."""

    repertoire: Repertoire | None = None
    """The instruments and rhythms that its music has; None in a file of before they were kept."""

    timing: Timing | None = None
    """Of the people that it learnt from; None where they left no trace of it."""

    original: Originality | None = None
    """What stands in the music it learnt from, and is not written again; None in a file that says nothing."""

    judge: Judge | None = None
    """Says which of several ways on is most like people's music; None where there is none."""

    def has_learnt(self, wish: str) -> bool:
        """Whether the model was trained with a wish."""
        return any(entry["name"] == wish and entry["trained"] for entry in self.wishes)

    @property
    def usual_styles(self) -> frozenset[int]:
        """Of the pieces for which no style is asked, as the wish has them; none: of all."""
        styles = next((entry for entry in self.wishes if entry["name"] == "style"), {})
        names = list(styles.get("values", ()))
        return frozenset(names.index(name) + 1 for name in self.defaults.get("styles", ()) if name in names)

    def usual(self, wish: str) -> tuple[int, int] | None:
        """The least and the most of a wish that people's pieces have in more than a bar or two; None where
        it has no forms of theirs, or they say nothing about it.

        More than that it was told so rarely that it knows no music of it: with the fewest notes, bars that
        rest.
        """
        told = "".join(form.rows.get(wish, "") for form in self.forms)
        usual = [
            value for value, digit in enumerate(DIGITS[1:], 1) if 0 < told.count(digit) >= USUAL * len(told)
        ]
        return (usual[0], usual[-1]) if usual else None

    def typical(self, wish: str) -> tuple[int, int] | None:
        """The least and the most of a wish that nine in ten of people's pieces have in their middle bar: what
        whole pieces can be like, where `usual` is what a bar can; None where it has no forms of theirs, or
        they say nothing about it.
        """
        told = (sorted(DIGITS.index(digit) for digit in form.rows.get(wish, "")) for form in self.forms)
        known = [[value for value in values if value] for values in told]
        middles = sorted(values[len(values) // 2] for values in known if values)
        few = len(middles) // 20
        return (middles[few], middles[-1 - few]) if middles else None

    @property
    def meters(self) -> tuple[str, ...]:
        """The time signatures that it has tokens for, such as `6/8`."""
        listed = self.vocabulary["time_signatures"]
        return tuple(f"{numerator}/{denominator}" for numerator, denominator, _ in listed)

    @property
    def name(self) -> str:
        """What the model is called."""
        return str(self.passport.get("name", ""))

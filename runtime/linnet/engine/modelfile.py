"""What a model file says about itself: the JSON under the `linnet.*` keys of its ONNX metadata."""

from __future__ import annotations

import binascii
import json
import math
from collections.abc import Mapping
from typing import TypeVar

from linnet._core import Heads
from linnet.controls.form import Form, check
from linnet.controls.judge import Judge
from linnet.controls.limits import check_leading, check_stuck_after
from linnet.controls.model_info import Density, Json, Latent, ModelInfo, StateSpec
from linnet.controls.originality import Originality
from linnet.controls.plan_model import OtherSpellingError, PlanModel
from linnet.controls.repertoire import Repertoire
from linnet.controls.sampling import Sampling, check_candidates, check_guidance
from linnet.controls.timing import Timing
from linnet.errors import ModelFormatError, ModelVersionError, VocabularyError
from linnet.music import theory
from linnet.tools.dataclass import fields

CHORDS = "chords"
"""A wish that is no column of the features: whether the network learnt to follow chords. Others lack it."""

FORMAT = 1
"""Version of the model file this linnet reads and writes."""


T = TypeVar("T")

_RENAMED = {
    "ahead": "earlier_next_onset",
    "followed": "suffix_match",
    "here": "simultaneous",
    "back": "earlier_bars",
    "own": "voice_sounding",
    "patience": "stuck_after",
    "look": "source",
}
"""What earlier files call families of features, a default and a row of a form: the same under other names."""

_LARGEST = 1 << 24
"""Elements along a side of a state, and what they may begin with: far more than there is."""


def parse(metadata: Mapping[str, str], *, source: str, sha256: str = "", size: int = 0) -> ModelInfo:
    """Checks the metadata of a model file and puts it in order; `source` is named in errors."""
    if "linnet.format" not in metadata:
        raise ModelFormatError(f"{source}: an ONNX file, but not a linnet model (it has no linnet.format)")
    version = _take(metadata, "format", int, source)
    if version != FORMAT:
        advice = "update linnet" if version > FORMAT else "export the model again"
        raise ModelVersionError(
            f"{source}: model format {version}, but this linnet reads format {FORMAT}; {advice}"
        )
    time_base = _take(metadata, "time_base", str, source)
    if time_base not in ("grid", "performance"):
        raise _damaged(source, "time_base")
    return ModelInfo(
        source=source,
        sha256=sha256,
        size=size,
        time_base="grid" if time_base == "grid" else "performance",
        exact=_take(metadata, "exact", bool, source),
        states=tuple(_state(entry, source) for entry in _take(metadata, "states", list, source)),
        vocabulary=_take(metadata, "vocabulary", object, source),
        features=_features(_take(metadata, "features", object, source)),
        wishes=[_wish(entry, source) for entry in _take(metadata, "wishes", list, source)],
        defaults=_defaults(_take(metadata, "defaults", dict, source), source),
        passport=_take(metadata, "passport", dict, source),
        latent=_latent(_take(metadata, "latent", dict, source), source)
        if "linnet.latent" in metadata
        else None,
        forms=_forms(metadata, source),
        home=_take(metadata, "home", bool, source) if "linnet.home" in metadata else False,
        given=_take(metadata, "given", bool, source) if "linnet.given" in metadata else False,
        heads=_heads(metadata, source),
        repertoire=_repertoire(metadata, source),
        timing=_timing(metadata, source),
        plan=_plan(metadata, source),
        judge=_judge(metadata, source),
        original=_original(metadata, source),
    )


def check_vocabulary(info: ModelInfo) -> None:
    """Refuses a model whose tokens or features do not mean what they mean in this linnet.

    Its features may be the first families of these, as those of an earlier linnet are, whose vocabulary has
    no rare meters.
    """
    from linnet.tokens import features, vocabulary

    earlier = [count for count in features.EARLIER if info.features == features.table(count)]
    families = earlier[0] if earlier else None
    for what, theirs, ours in (
        ("vocabulary", info.vocabulary, vocabulary.table(rare=features.has_rare_meters(families))),
        ("features", info.features, features.table(families)),
        (
            "wishes",
            [[wish["name"], wish["count"]] for wish in info.wishes if wish["name"] != CHORDS],
            features.wish_table(families),
        ),
    ):
        if theirs != json.loads(json.dumps(ours)):  # through JSON, where tuples are lists
            raise VocabularyError(f"{info.source}: its {what} are not this linnet's; export the model again")


def _take(metadata: Mapping[str, str], key: str, kind: type[T], source: str) -> T:
    try:
        value = json.loads(metadata[f"linnet.{key}"])
    except (KeyError, ValueError, RecursionError) as error:
        raise _damaged(source, key) from error
    # True is an int to Python, but no version number
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _damaged(source, key)
    return value


def _features(layout: Json) -> Json:
    """The layout under the names of today, if it is one; what is wrong with it `check_vocabulary` finds."""
    families = layout.get("families") if isinstance(layout, dict) else None
    if not isinstance(families, list) or not all(isinstance(row, list) and row for row in families):
        return layout
    return layout | {"families": [[_today(name), *sizes] for name, *sizes in families]}


def _today(name: Json) -> Json:
    return _RENAMED.get(name, name) if isinstance(name, str) else name


def _state(entry: Json, source: str) -> StateSpec:
    try:
        spec = StateSpec(
            input=str(entry["input"]),
            output=str(entry["output"]),
            dtype=entry["dtype"],
            shape=tuple(int(size) for size in entry["shape"]),
            initial=float(entry["initial"]),
        )
    except (TypeError, KeyError, ValueError, ArithmeticError) as error:
        raise _damaged(source, "states") from error
    if spec.dtype not in ("float32", "uint8") or not all(1 <= size <= _LARGEST for size in spec.shape):
        raise _damaged(source, "states")
    least, most = (0, 255) if spec.dtype == "uint8" else (-_LARGEST, _LARGEST)
    if not least <= spec.initial <= most:
        raise _damaged(source, "states")
    return spec


def _latent(entry: Json, source: str) -> Latent:
    try:
        size, (fewest, most) = int(entry["size"]), entry["bars"]
        density = None
        if "density" in entry:
            about = entry["density"]
            density = Density(float(about["unit"]), binascii.a2b_base64(about["numbers"]))
        latent = Latent(size, (int(fewest), int(most)), binascii.a2b_base64(entry["encoder"]), density)
    except (TypeError, KeyError, ValueError, ArithmeticError) as error:
        raise _damaged(source, "latent") from error
    if not (1 <= latent.size <= 4096 and 1 <= latent.bars[0] <= latent.bars[1] <= 1000):
        raise _damaged(source, "latent")
    if density and not (0 < density.unit < math.inf and len(density.numbers) == size * (size + 3)):
        raise _damaged(source, "latent")
    return latent


def _wish(entry: Json, source: str) -> dict[str, Json]:
    kinds = {"name": str, "count": int, "trained": bool}
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(key), kind) for key, kind in kinds.items()
    ):
        raise _damaged(source, "wishes")
    values = entry.get("values", [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _damaged(source, "wishes")
    return entry


def _forms(metadata: Mapping[str, str], source: str) -> tuple[Form, ...]:
    entries = _take(metadata, "forms", list, source) if "linnet.forms" in metadata else []
    try:
        return tuple(Form.of(entry | {"rows": _rows(entry["rows"])}) for entry in entries)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _damaged(source, "forms") from error


def _rows(rows: Mapping[str, Json]) -> Mapping[str, Json]:
    """Of a form, under the names of today; most models have them, and a hundred forms."""
    return rows if _RENAMED.keys().isdisjoint(rows) else {_today(name): row for name, row in rows.items()}


def _heads(metadata: Mapping[str, str], source: str) -> tuple[tuple[str, str, int], ...]:
    entries = _take(metadata, "heads", list, source) if "linnet.heads" in metadata else []
    try:
        heads = tuple((str(kind), _today(str(family)), int(column)) for kind, family, column in entries)
        Heads(heads)
    except (ValueError, TypeError) as error:
        raise _damaged(source, "heads") from error
    return heads


def _plan(metadata: Mapping[str, str], source: str) -> PlanModel | None:
    if "linnet.plan" not in metadata:
        return None
    try:
        return PlanModel.of(_take(metadata, "plan", dict, source))
    except OtherSpellingError as error:
        raise ModelVersionError(
            f"{source}: {error}; make a plan model anew (linnet-train plan) and export the model with it"
        ) from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _damaged(source, "plan") from error


def _repertoire(metadata: Mapping[str, str], source: str) -> Repertoire | None:
    if "linnet.repertoire" not in metadata:
        return None
    entry = _take(metadata, "repertoire", dict, source)
    try:
        return Repertoire.of(entry)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _damaged(source, "repertoire") from error


def _timing(metadata: Mapping[str, str], source: str) -> Timing | None:
    if "linnet.timing" not in metadata:
        return None
    entry = _take(metadata, "timing", dict, source)
    try:
        return Timing.of(entry)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _damaged(source, "timing") from error


def _judge(metadata: Mapping[str, str], source: str) -> Judge | None:
    if "linnet.judge" not in metadata:
        return None
    entry = _take(metadata, "judge", dict, source)
    try:
        return Judge.of(entry)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _damaged(source, "judge") from error


def _original(metadata: Mapping[str, str], source: str) -> Originality | None:
    if "linnet.original" not in metadata:
        return None
    entry = _take(metadata, "original", dict, source)
    try:
        return Originality.of(entry)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _damaged(source, "original") from error


def _defaults(entry: dict[str, Json], source: str) -> dict[str, Json]:
    entry = {_today(name): value for name, value in entry.items()}
    try:
        Sampling(**{field.name: entry[field.name] for field in fields(Sampling)})
        check(entry.get("form", ""))
        check_guidance(entry.get("guidance", 1.0))
        check_candidates(entry.get("candidates", 1))
        check_stuck_after(entry.get("stuck_after", 1))
        for rule in ("parallels", "crossing"):
            check_leading(entry.get(rule, "allowed"))
        for name, share in entry.get("keys", {}).items():
            theory.key_index(name)
            if not 0 <= share <= 1:
                raise ValueError(f"{share} of the music is in {name}")
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise _damaged(source, "defaults") from error
    return entry


def _damaged(source: str, key: str) -> ModelFormatError:
    return ModelFormatError(f"{source}: not a usable linnet model: linnet.{key} is missing or damaged")

"""Everything a model file says about itself, under the linnet.* keys of its metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import linnet
from linnet.controls.model_info import Json
from linnet.engine.modelfile import CHORDS, FORMAT
from linnet.tokens import features, vocabulary
from linnet_export.builder import Builder
from linnet_export.parity import Parity
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.heads import table

_TUNED = "tuned_by"
"""Under which `linnet-train tune` leaves its rewards beside the weights."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What the person who exports adds to what the run knows."""

    name: str
    allowed_use: str = "not stated; ask whoever made this model, and mind the licences of its corpora"
    attribution: str = ""
    """What the makers of the music ask to be said; empty: as the corpus has it."""

    defaults: Mapping[str, Json] = field(
        default_factory=lambda: {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
    )
    """Sampling settings that suit the model; 0 (for top_p 1) switches a filter off."""

    forms: Sequence[Mapping[str, Json]] = ()
    """Of people's pieces."""

    repertoire: Mapping[str, Json] | None = None
    """What the music is made of, as `linnet.controls.repertoire.Repertoire` reads it."""

    timing: Mapping[str, Json] | None = None
    """Of who played the music, as `linnet.controls.timing.Timing` reads it."""

    original: Mapping[str, Json] | None = None
    """What is not written again, as `linnet.controls.originality.Originality` reads it."""

    plan: Mapping[str, Json] | None = None
    """What composes plans, as `linnet.controls.plan_model.PlanModel` reads it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The run a model comes from."""

    model: ModelConfig
    run: RunConfig
    features: Mapping[str, Json]
    """Their layout, as `linnet.tokens.features.table` gives it."""

    corpus: Mapping[str, Json]
    """What the run remembers about its corpus."""

    best: Mapping[str, Json]
    """Step and held-out figures of the weights."""

    latent: Mapping[str, Json] | None = None
    """Of a variational model, what the runtime reads as `linnet.controls.model_info.Latent`."""


def metadata(
    origin: Origin, settings: ExportSettings, step: Builder, parity: Parity | None
) -> dict[str, Json]:
    """Each key is stored as JSON under linnet.<key>."""
    return {
        "format": FORMAT,
        "time_base": origin.corpus["time_base"],
        "exact": step.exact,
        "states": [asdict(state) for state in step.states],
        "vocabulary": vocabulary.table(rare=features.has_rare_meters(len(origin.features["families"]))),
        "features": origin.features,
        "wishes": wishes(origin.corpus, len(origin.features["families"])),
        **({"heads": table(origin.model.all_heads)} if origin.model.all_heads else {}),
        **({"home": True} if origin.model.at_home else {}),
        **({"given": True} if told_of_given(origin) else {}),
        "defaults": dict(settings.defaults),
        "forms": list(settings.forms),
        **({"repertoire": dict(settings.repertoire)} if settings.repertoire else {}),
        **({"timing": dict(settings.timing)} if settings.timing else {}),
        **({"original": dict(settings.original)} if settings.original else {}),
        **({"plan": dict(settings.plan)} if settings.plan else {}),
        "passport": passport(origin, settings, parity),
        **({"latent": dict(origin.latent)} if origin.latent else {}),
    }


def told_of_given(origin: Origin) -> bool:
    """Whether the network learnt to look ahead in music that is given."""
    model = origin.model
    may = model.given and not model.latent and model.inputs != "last-token"
    return may and origin.corpus["time_base"] == "grid" and origin.run.given_share > 0


def wishes(corpus: Mapping[str, Json], families: int | None = None) -> list[dict[str, Json]]:
    """For each wish its number of values ("no wish" included) and whether the model knows it; of those among
    the first so many families of features, or of all.
    """
    rows: list[dict[str, Json]] = [
        {"name": name, "count": count, "trained": name in corpus["wishes_trained"]}
        for name, count in features.wish_table(families)
    ]
    for row in rows:
        if row["name"] == "style":
            row["values"] = list(corpus["styles"])
    if CHORDS in corpus["wishes_trained"]:
        rows.append({"name": CHORDS, "count": features.CHORD_COUNT + 1, "trained": True})
    return rows


def passport(origin: Origin, settings: ExportSettings, parity: Parity | None) -> dict[str, Json]:
    """Where a model comes from and what may be done with it.

    It holds no dates and no paths, so that the same run gives the same bytes.
    """
    return {
        "name": settings.name,
        "made_with": f"linnet {linnet.__version__}",
        "allowed_use": settings.allowed_use,
        "attribution": settings.attribution or origin.corpus["attribution"],
        "corpora": origin.corpus["sources"],
        "corpus_fingerprint": origin.corpus["fingerprint"],
        "training": {"model": asdict(origin.model), **_trained(origin)},
        "held_out": {**_best(origin), "export": asdict(parity) if parity else {}},
    }


def _trained(origin: Origin) -> dict[str, Json]:
    """How: by the settings of a run, or by rewards."""
    if _TUNED in origin.best:
        return {name: origin.best[name] for name in (_TUNED, "updates")}
    return {"seed": origin.run.seed, "run": asdict(origin.run)}


def _best(origin: Origin) -> dict[str, Json]:
    return {name: value for name, value in origin.best.items() if name not in (_TUNED, "updates")}

"""From a run folder to one .onnx file."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from linnet.controls.model_info import Json
from linnet.controls.originality import Originality
from linnet.engine.engine import Engine
from linnet.tokens import features
from linnet.tools.files import write_whole
from linnet_export import exact, graph, latent, original, repertoire, timing
from linnet_export.builder import Builder
from linnet_export.errors import ExportError
from linnet_export.music import Cut, Passage, held_out, sample, usual_keys
from linnet_export.observe import observe
from linnet_export.parity import Parity, compare
from linnet_export.passport import ExportSettings, Origin, metadata
from linnet_export.plan import plan_entry
from linnet_export.quantise import quantise
from linnet_export.weights import Weights
from linnet_train.corpus.corpus import Corpus
from linnet_train.data.forms import MOST_FORMS, forms
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import ModelConfig, read_config
from linnet_train.storage import read_json
from linnet_train.training.run import check_corpus

OBSERVED_TOKENS = 40_000
"""Of training music, to learn the inputs of the products: some 80 for each input of the largest, so that
music of many styles is heard in all of them."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    size: int
    sha256: str
    parity: Parity
    original: Originality | None = None
    """The filter of its training music."""


def export(
    folder: Path,
    output: Path,
    settings: ExportSettings,
    *,
    corpus: Path | None = None,
    weights: Literal["best", "last"] = "best",
    integers: bool = True,
    parity_tokens: int = 20_000,
    form_count: int = MOST_FORMS,
    anywhere: bool = False,
    plan: Path | None = None,
    plan_temperature: float | None = None,
    keep_original: bool = True,
) -> Exported:
    """Writes the model of a run, unless the graph plays anything else than what was trained.

    Args:
        folder: the run.
        output: the file, something.onnx.
        settings: what the file says about itself besides what the run knows.
        corpus: where the corpus is now; None: where it was trained from.
        weights: which checkpoint.
        integers: exact integers, or floats as trained.
        parity_tokens: about how many held-out tokens the graphs are compared on.
        form_count: forms of training pieces in the file, unless the settings have one form for all pieces.
        anywhere: whether in new bars of these forms suffixes are looked up in all that was played.
        plan: the run of a plan model, to compose the plans of pieces.
        plan_temperature: at which its answers are drawn; None: as they were learnt.
        keep_original: whether the file gets a filter of its training music.

    Raises:
        ExportError: parity fails, the features are those of another linnet, or the file cannot be called so.
        TrainError: the folder is no run, or the corpus is another one.
    """
    if output.suffix != ".onnx":
        raise ExportError(f"{output}: a model file is called something.onnx")
    if not output.parent.is_dir():
        raise ExportError(f"{output}: there is no folder {output.parent}")
    model, run, about = read_config(folder)
    layout = layout_of(model)
    if layout is None:
        raise ExportError(
            f"{folder} was trained with another linnet, whose features were others; train it again, or go on "
            "from it (linnet-train fit --from)"
        )
    network = load_weights(folder, model, weights)
    music = Corpus.open(corpus or Path(about["path"]))
    check_corpus(folder, music)
    if unknown := set(settings.defaults.get("styles", ())) - set(music.styles):
        raise ExportError(f"no style of {music.address}: {', '.join(sorted(unknown))}")
    if "key" in about["wishes_trained"]:
        settings = replace(settings, defaults={**settings.defaults, "keys": usual_keys(music)})
    if (
        music.time_base == "grid"
        and "likeness" in about["wishes_trained"]
        and not settings.defaults.get("form")
    ):
        learnt = about["wishes_trained"]
        found = forms(music, form_count, anywhere=anywhere, plan=learnt, players=model.roles)
        settings = replace(settings, forms=found)
    settings = replace(settings, repertoire=repertoire.measure(music, roles=model.roles).entry())
    if people := timing.measure(music):
        settings = replace(settings, timing=people.entry())
    if known := original.measure(music) if keep_original else None:
        settings = replace(settings, original=known.entry())
    if plan:
        entry = plan_entry(plan)
        if plan_temperature is not None:
            entry["temperature"] = plan_temperature
        settings = replace(settings, plan=entry)
    origin = Origin(model, run, layout, about, read_json(folder / f"{weights}.json"))
    trained = Weights.of(
        {name: tensor.numpy() for name, tensor in network.state_dict().items()},
        width=model.feature_width,
        columns=1 if model.inputs == "last-token" else model.feature_width,
    )
    cut: Cut = partial(latent.phrases, network=network) if model.latent else partial(sample, model=model)
    if model.latent:
        origin = replace(origin, latent=latent.encoder(network, music, integers=integers))
    step = graph.build(trained)
    float_engine, exact_engine = _engine(step, origin, settings), None
    if integers:
        observed_music = cut(
            music, "train", tokens=latent.OBSERVED_TOKENS if model.latent else OBSERVED_TOKENS
        )
        observed = observe(trained, float_engine, progress(observed_music, "observing"))
        step = exact.build(quantise(trained, observed))
        exact_engine = _engine(step, origin, settings)
    split, pieces = held_out(music, parity_tokens, cut)
    measured = compare(network, float_engine, exact_engine, progress(pieces, "comparing"), split)
    measured.check()
    data = step.model(metadata(origin, settings, step, measured)).SerializeToString()
    write_whole(output, data)
    return Exported(output, len(data), hashlib.sha256(data).hexdigest(), measured, known)


def layout_of(model: ModelConfig) -> dict[str, Json] | None:
    """The table of the features that a network was trained with: this linnet's, or those of an earlier one,
    which are the first of these; None if it is neither.
    """
    for families in (None, *features.EARLIER):
        table = features.table(families)
        if (model.feature_count, model.feature_width) == (table["count"], table["width"]):
            return table
    return None


def progress(music: Iterable[Passage], what: str) -> Iterable[Passage]:
    """The same music with a bar on the terminal."""
    bar: Iterable[Passage] = tqdm(music, desc=what, unit="piece", leave=False, disable=None)
    return bar


def _engine(step: Builder, origin: Origin, settings: ExportSettings) -> Engine:
    """The graph as the runtime will open it; only the figures are still missing."""
    data = step.model(metadata(origin, settings, step, None)).SerializeToString()
    source = "the exact graph" if step.exact else "the float graph"
    return Engine(data, source=source, engine="onnxruntime")

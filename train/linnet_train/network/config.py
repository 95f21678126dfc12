"""All settings of a training run, in two frozen dataclasses: `ModelConfig` and `RunConfig`.

The command line, the recipes (TOML) and `config.json` beside every checkpoint are made from these fields, so
that a setting is written down once, with its default, its limits and its explanation.
"""

import dataclasses
import difflib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from linnet.tokens import features, vocabulary
from linnet_train.errors import TrainError
from linnet_train.network.heads import Head, heads_of
from linnet_train.network.plan import told_of_plan
from linnet_train.storage import write_json

T = TypeVar("T")

EARLIER_NAMES = {
    "model": {"bag": "inputs"},
    "run": {},
    "tune": {
        "takes": "group_size",
        "foresight": "discount",
        "unforced": "unconstrained",
        "leash": "kl_coef",
        "part": "micro_batch",
    },
}
"""What settings were called before, by table: runs and recipes of then are still read."""

BEFORE: dict[str, Any] = {"heads": "none", "home": False, "plan": "none", "roles": False, "given": False}
"""Settings of a network whose run does not say them, since it is from before there were any."""


def setting(
    default: T, text: str, *, lowest: float | None = None, highest: float | None = None, late: bool = False
) -> T:
    """A field that recipes and the command line may set; a `late` one may change when a run is resumed."""
    metadata = {"help": text, "lowest": lowest, "highest": highest, "late": late}
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, slots=True)
class ModelConfig:
    """The shape of the network. Numbers of features and tokens are facts of the installed linnet."""

    embedding_dim: int = setting(256, "numbers in the embedding of a step", lowest=1)
    hidden_size: int = setting(256, "units in each LSTM layer", lowest=1)
    num_layers: int = setting(2, "LSTM layers, one on top of the other", lowest=1)
    inputs: Literal["full", "last-token"] = setting(
        "full", "what the network sees: all features, or the last token alone (the ablation)"
    )
    heads: str = setting(
        "all,given",
        "heads that share weights between pitches, beside the logits: all, none, or names with commas "
        "between (intervals, classes, tonic, chords, pointers, given, kind:family, kind:family:column; "
        "-name: less)",
    )
    home: bool = setting(
        True, "whether music is read and written in its home key, C major or A minor; phrases never are"
    )
    plan: str = setting(
        "all",
        "what of the plan the network may be told, beside wishes: all, none, or names with commas between "
        "(cadence, phrase_left, loudness, plays, chords)",
    )
    roles: bool = setting(True, "whether the network is told the roles of those who play")
    given: bool = setting(True, "whether the network may be told what lies ahead of music that is given")
    latent: int = setting(
        0,
        "numbers in the latent of a variational model, which learns phrases; 0: none",
        lowest=0,
        highest=1024,
    )
    encoder_size: int = setting(256, "latent: units of the LSTM that encodes phrases", lowest=1)
    feature_count: int = features.COUNT
    feature_width: int = features.WIDTH
    vocabulary_size: int = vocabulary.SIZE

    def __post_init__(self) -> None:
        check(self)
        heads_of(self.heads)
        told_of_plan(self.plan)

    @property
    def at_home(self) -> bool:
        """Whether it reads music in its home key. A latent is of a phrase as it sounds."""
        return self.home and not self.latent

    @property
    def all_heads(self) -> tuple[Head, ...]:
        """The heads of the network; one that reads the last token alone has nothing to refer to."""
        return () if self.inputs == "last-token" else heads_of(self.heads)


@dataclasses.dataclass(frozen=True, slots=True)
class RunConfig:
    """How the network is trained. Of steps, epochs and minutes the first to be reached ends the run."""

    steps: int = setting(0, "stop after this many steps; 0: no such limit", lowest=0, late=True)
    epochs: float = setting(
        0.0,
        "stop when every piece was seen this often; 0: no such limit, or 20 where no limit is given at all",
        lowest=0,
        late=True,
    )
    minutes: float = setting(
        0.0, "stop after this many minutes of training; 0: no such limit", lowest=0, late=True
    )
    batch_size: int = setting(32, "pieces that are read side by side", lowest=1)
    chunk: int = setting(128, "tokens of each piece in a step; gradients flow this far back", lowest=1)
    learning_rate: float = setting(5e-3, "peak learning rate of AdamW", lowest=0)
    embedding_rate: float = setting(
        3.0,
        "learning rate of the embeddings, as a multiple of the others' (each row is seen rarely)",
        lowest=0,
    )
    warmup_steps: int = setting(200, "steps over which the learning rate rises to its peak", lowest=0)
    final_rate: float = setting(0.02, "learning rate at the end, as a share of the peak", lowest=0, highest=1)
    weight_decay: float = setting(
        0.01, "AdamW's decay of weight matrices (not of embeddings and biases)", lowest=0
    )
    clip_norm: float = setting(0.25, "longest gradient, all weights together; 0: unlimited", lowest=0)
    dropout: float = setting(
        0.2, "dropout on embeddings, between layers and before the output", lowest=0, highest=0.95
    )
    dropout_kind: Literal["each", "locked"] = setting(
        "each", "drop anew at each token, or the same numbers all through a chunk (variational dropout)"
    )
    weight_drop: float = setting(
        0.0, "dropout on the recurrent weights (DropConnect, as in AWD-LSTM)", lowest=0, highest=0.95
    )
    average: float = setting(
        0.999,
        "decay of the running average of the weights, which is what gets evaluated and exported",
        lowest=0,
        highest=0.999999,
    )
    transpose: int = setting(
        5, "move each piece by up to this many semitones, up or down", lowest=0, highest=24
    )
    transpose_share: float = setting(
        0.7, "share of the readings that are moved; the others keep the usual keys usual", lowest=0, highest=1
    )
    tempo_bins: int = setting(
        1, "grid: move the tempo by up to this many steps of about 7 %", lowest=0, highest=8
    )
    stretch: float = setting(0.05, "performance: stretch time by up to this share", lowest=0, highest=0.5)
    grammar_weight: float = setting(
        5.0,
        "what a nat costs that is lost to tokens which the grammar forbids, on top of its share of the "
        "likelihood (semantic loss)",
        lowest=0,
    )
    practice_every: int = setting(
        20,
        "steps between two rounds of practice, in which the network plays and learns what the grammar "
        "would have forbidden; 0: no practice",
        lowest=0,
    )
    form_share: float = setting(
        0.5,
        "grid: share of the readings in which suffixes are looked up only where the form of the piece has "
        "repeats, as when a form is played",
        lowest=0,
        highest=1,
    )
    tail_share: float = setting(
        0.3, "grid: share of the readings that are the last 8 to 32 bars alone", lowest=0, highest=1
    )
    given_share: float = setting(
        0.3,
        "grid: share of the readings in which some parts, bars or onsets are given, known ahead and not "
        "learnt",
        lowest=0,
        highest=1,
    )
    wish_drop: float = setting(
        0.2, "chance that a wish is left out, for each wish by itself", lowest=0, highest=1
    )
    wish_drop_all: float = setting(0.2, "chance that all wishes are left out together", lowest=0, highest=1)
    wish_span: int = setting(16, "mean number of bars until other wishes are left out", lowest=1)
    kl_weight: float = setting(
        0.2, "latent: what a nat of it costs, as a share of a nat of the music", lowest=0
    )
    free_nats: float = setting(16.0, "latent: so many nats of each phrase cost nothing", lowest=0)
    kl_warmup_steps: int = setting(1000, "latent: steps over which its cost rises from nothing", lowest=0)
    hidden_share: float = setting(
        0.3,
        "latent: share of the steps that see nothing of the music so far but the place in the bar",
        lowest=0,
        highest=1,
    )
    valid_every: int = setting(
        500, "steps between two evaluations of the held-out pieces", lowest=1, late=True
    )
    patience: int = setting(
        10, "stop after this many evaluations without a better loss; 0: never", lowest=0, late=True
    )
    save_every: int = setting(250, "steps between two checkpoints to resume from", lowest=1, late=True)
    log_every: int = setting(20, "steps between two lines of metrics", lowest=1, late=True)
    precision: Literal["fp32", "bf16"] = setting("fp32", "bf16 halves the work on GPUs and CPUs that have it")
    compile: bool = setting(
        False, "let torch.compile make the network of fewer and larger steps, for GPUs", late=True
    )
    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto", "where to compute; auto: the GPU if there is one", late=True
    )
    threads: int = setting(0, "CPU threads; 0: as PyTorch likes", lowest=0, late=True)
    seed: int = setting(1, "seed of everything random", lowest=0)

    def __post_init__(self) -> None:
        check(self)


def check(config: Any) -> None:  # Any: a dataclass of settings
    """ValueError for a setting of another type than its field, or beyond its limits."""
    hints = get_type_hints(type(config))
    for field in dataclasses.fields(config):
        value, hint = getattr(config, field.name), hints[field.name]
        if get_origin(hint) is Literal:
            if value not in get_args(hint):
                raise ValueError(f"{field.name} must be one of {', '.join(get_args(hint))}, got {value!r}")
            continue
        if hint is bool:
            if not isinstance(value, bool):
                raise ValueError(f"{field.name} must be true or false, got {value!r}")
            continue
        if hint is str:
            if not isinstance(value, str):
                raise ValueError(f"{field.name} must be text, got {value!r}")
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float) if hint is float else int):
            kind = "a number" if hint is float else "a whole number"
            raise ValueError(f"{field.name} must be {kind}, got {value!r}")
        lowest, highest = field.metadata.get("lowest"), field.metadata.get("highest")
        # written so that NaN fails too
        if (lowest is not None and not value >= lowest) or (highest is not None and not value <= highest):
            limits = f"at least {lowest}" if highest is None else f"between {lowest} and {highest}"
            raise ValueError(f"{field.name} must be {limits}, got {value}")


def read_recipe(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The [model] and [run] tables of a TOML file, under the names of today; TrainError for an unknown
    key.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainError(f"{path}: not a TOML file: {error}") from error
    for name, table in tables.items():
        if name not in ("model", "run") or not isinstance(table, dict):
            raise TrainError(f"{path}: unknown entry '{name}'; a recipe has the tables [model] and [run]")
    model, run = (current_names(name, tables.get(name, {})) for name in ("model", "run"))
    for table_name, table, config in (("model", model, ModelConfig), ("run", run, RunConfig)):
        check_known(path, table_name, table, config)
    return model, run


def current_names(table_name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of settings under the names that they have today."""
    earlier = EARLIER_NAMES[table_name]
    return {earlier.get(name, name): value for name, value in table.items()}


def check_known(path: Path, table_name: str, table: Mapping[str, Any], config: type[Any]) -> None:
    """TrainError, naming the file, for a key of one of its tables that is no setting."""
    known = [field.name for field in settings_of(config)]
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise TrainError(f"{path}: unknown setting '{key}' in [{table_name}]{hint}")


def build(config: type[T], *tables: Mapping[str, Any]) -> T:
    """A config from tables of settings; later tables win. TrainError for a value beyond its limits."""
    merged: dict[str, Any] = {}
    for table in tables:
        merged.update(table)
    try:
        return config(**merged)
    except ValueError as error:
        raise TrainError(str(error)) from error


def resumed(config: T, changes: Mapping[str, Any]) -> T:
    """The settings of a run that goes on; only limits, rhythm of reports and hardware may change."""
    late = {field.name for field in settings_of(type(config)) if field.metadata["late"]}
    for name, value in changes.items():
        if name not in late and value != getattr(config, name):
            raise TrainError(
                f"--resume keeps the settings of the run: {name} is {getattr(config, name)}, not {value}"
            )
    return build(type(config), dataclasses.asdict(config), changes)  # type: ignore[call-overload]  # one of ours


def write_config(path: Path, model: ModelConfig, run: RunConfig, corpus: Mapping[str, Any]) -> None:
    """Writes all settings, and what the network was trained on, as JSON."""
    write_json(
        path, {"model": dataclasses.asdict(model), "run": dataclasses.asdict(run), "corpus": dict(corpus)}
    )


def read_config(folder: Path) -> tuple[ModelConfig, RunConfig, dict[str, Any]]:
    """The settings of a run folder, and what it remembers of its corpus.

    Raises:
        TrainError: it is no run, or one that this linnet cannot read.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise TrainError(f"{folder} is not a run: it has no config.json (linnet-train fit writes one)")
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        model, run = BEFORE | current_names("model", saved["model"]), current_names("run", saved["run"])
        return ModelConfig(**model), RunConfig(**run), dict(saved["corpus"])
    except (ValueError, TypeError, KeyError) as error:
        raise TrainError(f"{path}: not the settings of a run this linnet can read: {error}") from error


def wider(model: ModelConfig) -> ModelConfig:
    """The same network with the features of this linnet, if its own are the beginning of those."""
    tables = [features.table(families) for families in features.EARLIER]
    if (model.feature_count, model.feature_width) not in [(each["count"], each["width"]) for each in tables]:
        return model
    return dataclasses.replace(model, feature_count=features.COUNT, feature_width=features.WIDTH)


def settings_of(config: type[Any]) -> list["dataclasses.Field[Any]"]:
    """The fields of a config that recipes and the command line may set."""
    return [field for field in dataclasses.fields(config) if "help" in field.metadata]

"""The settings of the training of a plan model."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from linnet.controls.plan_layout import ANSWERS, COUNT, WIDTH
from linnet_train.errors import TrainError
from linnet_train.network.config import ModelConfig, RunConfig, check, setting
from linnet_train.storage import read_json, write_json

T = TypeVar("T")

_RUN = {each.name: dict(each.metadata) for each in fields(RunConfig)}


def shared(name: str, default: T, text: str = "") -> T:
    """A setting that runs of networks have too, with the same limits; its help is theirs unless given."""
    metadata = _RUN[name] | ({"help": text} if text else {})
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class PlanConfig:
    """How a plan model is shaped and trained."""

    hidden_size: int = setting(96, "units of the LSTM, and numbers in the sum of embeddings", lowest=1)
    steps: int = setting(3000, "stop after this many steps", lowest=1, late=True)
    batch_size: int = shared("batch_size", 32, "plans that are read side by side")
    chunk: int = shared("chunk", 96, "questions of each plan in a step; gradients flow this far back")
    learning_rate: float = shared("learning_rate", 4e-3)
    dropout: float = shared("dropout", 0.2, "dropout on the sum of embeddings and before the output")
    weight_decay: float = shared("weight_decay", 0.02)
    hide: float = setting(
        0.15,
        "chance that a plan is learnt without its style, its length or its mode, each by itself",
        lowest=0,
        highest=1,
    )
    tell: float = setting(
        0.3, "chance that the chords to come are seen, as when they are given", lowest=0, highest=1
    )
    tables_share: float = setting(
        0.25, "share of the plans that come from chord tables, where there are any", lowest=0, highest=1
    )
    valid_every: int = shared("valid_every", 250, "steps between two evaluations of the held-out plans")
    save_every: int = shared("save_every", 250)
    seed: int = shared("seed", 1)

    def __post_init__(self) -> None:
        check(self)

    @property
    def model(self) -> ModelConfig:
        """The shape of the network."""
        return ModelConfig(
            embedding_dim=self.hidden_size,
            hidden_size=self.hidden_size,
            num_layers=1,
            heads="none",
            feature_count=COUNT,
            feature_width=WIDTH,
            vocabulary_size=ANSWERS,
        )

    @property
    def run(self) -> RunConfig:
        """What of it a training step reads."""
        own = {name: value for name, value in asdict(self).items() if name in _RUN}
        return RunConfig(**own, clip_norm=1.0, device="cpu")


def write(folder: Path, config: PlanConfig, about: dict[str, Any]) -> None:  # Any: JSON
    """The settings, and what the model was trained on, as JSON."""
    write_json(folder / "config.json", {"plan": asdict(config), "about": about})


def read(folder: Path) -> tuple[PlanConfig, dict[str, Any]]:
    """The settings of a run, and what it remembers of its music.

    Raises:
        TrainError: it is no run of a plan model.
    """
    path = folder / "config.json"
    try:
        saved = read_json(path)
        return PlanConfig(**saved["plan"]), dict(saved["about"])
    except FileNotFoundError as error:
        raise TrainError(
            f"{folder} is not a run: it has no config.json (linnet-train plan writes one)"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise TrainError(f"{path}: not the settings of a plan model") from error

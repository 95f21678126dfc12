"""The settings of the training of a plan model."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from linnet.controls.plan_layout import ANSWERS, COUNT, WIDTH
from linnet_train.errors import TrainError
from linnet_train.network.config import ModelConfig, RunConfig, check, setting
from linnet_train.storage import read_json, write_json


@dataclass(frozen=True, slots=True)
class PlanConfig:
    """How a plan model is shaped and trained."""

    hidden_size: int = setting(96, "units of the LSTM, and numbers in the sum of embeddings", lowest=1)
    steps: int = setting(3000, "stop after this many steps", lowest=1, late=True)
    batch_size: int = setting(32, "plans that are read side by side", lowest=1)
    chunk: int = setting(96, "questions of each plan in a step; gradients flow this far back", lowest=1)
    learning_rate: float = setting(4e-3, "peak learning rate of AdamW", lowest=0)
    dropout: float = setting(
        0.2, "dropout on the sum of embeddings and before the output", lowest=0, highest=0.95
    )
    weight_decay: float = setting(0.02, "AdamW's decay of weight matrices", lowest=0)
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
    valid_every: int = setting(
        250, "steps between two evaluations of the held-out plans", lowest=1, late=True
    )
    save_every: int = setting(250, "steps between two checkpoints to resume from", lowest=1, late=True)
    seed: int = setting(1, "seed of everything random", lowest=0)

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
        return RunConfig(
            steps=self.steps,
            batch_size=self.batch_size,
            chunk=self.chunk,
            learning_rate=self.learning_rate,
            dropout=self.dropout,
            weight_decay=self.weight_decay,
            clip_norm=1.0,
            device="cpu",
            seed=self.seed,
        )


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

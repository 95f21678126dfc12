"""What a run may begin with: another run, a model file, or a packaged model by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import linnet
from linnet.controls.model_info import ModelInfo
from linnet.engine import modelfile
from linnet_train.errors import TrainError
from linnet_train.network.config import BEFORE, ModelConfig, build, current_names, read_config
from linnet_train.network.heads import heads_of, table
from linnet_train.network.onnx_tensors import tensors
from linnet_train.network.plan import PLAN, told_of_plan

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Start:
    """A trained network to be carried on."""

    path: Path
    """The run folder, or the model file."""

    model: ModelConfig
    """Its shape, with as many features as it has learnt."""

    about: Mapping[str, Any]  # Any: JSON
    """What it remembers of its corpus, as `config.json` has it."""

    sha256: str = ""
    """Of a model file."""

    @classmethod
    def read(cls, path: Path) -> "Start":
        """What is at a path, or the packaged model of that name; the weights are not read yet.

        Raises:
            TrainError: there is no such thing, or one that cannot be carried on.
            LinnetError: the file is no model, or one of another vocabulary.
        """
        if path.is_dir():
            model, _, about = read_config(path)
            return cls(path, model, about)
        if not path.is_file() and str(path) not in linnet.models():
            names = ", ".join(linnet.models())
            raise TrainError(f"{path} is no run, no model file, and no packaged model ({names})")
        return _of_file(path)

    @property
    def parent(self) -> dict[str, Any]:  # Any: JSON
        """What a run that begins with it remembers of it."""
        origin = {"model": self.path.stem, "sha256": self.sha256} if self.sha256 else {"run": str(self.path)}
        return {**origin, **{key: self.about[key] for key in ("fingerprint", "sources")}}

    @cached_property
    def weights(self) -> "dict[str, Tensor]":
        """The state dict of its network."""
        # torch takes seconds to import, and the settings are wanted before
        from linnet_train.network import checkpoint

        if not self.sha256:
            return dict(checkpoint.load_weights(self.path, self.model).state_dict())
        import torch

        from linnet_train.network.network import Network
        from linnet_train.network.read_back import state_dict

        try:
            found = state_dict(tensors(self.path.read_bytes()))
            state = {name: torch.from_numpy(values) for name, values in found.items()}
            Network(self.model).load_state_dict(state)
        except (ValueError, KeyError, RuntimeError) as error:
            raise TrainError(
                f"{self.path}: its weights cannot be read back: another linnet laid them out otherwise; "
                "begin with its run"
            ) from error
        return state


def _of_file(path: Path) -> Start:
    opened = linnet.load(path)
    info = opened.info
    modelfile.check_vocabulary(info)
    if info.latent is not None:
        raise TrainError(
            f"{path} is a variational model, and a file does not hold all of it: begin with its run"
        )
    file = Path(info.source)
    try:
        return Start(file, _model(info, file), _about(info), info.sha256)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise TrainError(
            f"{path}: is not laid out like a file that linnet-export wrote: {error!r}"
        ) from error


def _model(info: ModelInfo, file: Path) -> ModelConfig:
    """The settings of the network: its shape as it is, and what it is told as the passport says it."""
    found = tensors(file.read_bytes())
    learnt = {
        "plays" if wish["name"].startswith("plays_") else wish["name"]
        for wish in info.wishes
        if wish["trained"]
    }
    plan = ",".join(name for name in PLAN if name in learnt) or "none"
    passport = info.passport.get("training", {}).get("model", {})
    said = BEFORE | {"plan": plan, "inputs": "full"} | current_names("model", passport)
    heads = ",".join(":".join(map(str, entry)) if entry[0] != "tonic" else "tonic" for entry in info.heads)
    if table(heads_of(str(said["heads"]))) == [list(entry) for entry in info.heads]:
        heads = str(said["heads"])
    settings = {
        "embedding_dim": found["embedding"].shape[1],
        "hidden_size": len(found["layer_0.bias"]) // 4,
        "num_layers": sum(state.input.startswith("h_") for state in info.states),
        "inputs": said["inputs"],
        "heads": heads or "none",
        "home": info.home,
        "plan": said["plan"],
        "roles": said["roles"],
        "given": said["given"],
        "feature_count": info.features["count"],
        "feature_width": info.features["width"],
    }
    return build(ModelConfig, settings)


def _about(info: ModelInfo) -> dict[str, Any]:  # Any: JSON
    styles = [style for wish in info.wishes if wish["name"] == "style" for style in wish.get("values", [])]
    return {
        "time_base": info.time_base,
        "styles": styles,
        "sources": info.passport.get("corpora", []),
        "attribution": info.passport.get("attribution", ""),
        "fingerprint": info.passport.get("corpus_fingerprint", ""),
        "wishes_trained": [wish["name"] for wish in info.wishes if wish["trained"]],
    }


def what_grows(before: ModelConfig, after: ModelConfig) -> list[str]:
    """What a network that is carried on with these settings has or is told that it had not or was not, a line
    for each.
    """
    lines = []
    if before.feature_count < after.feature_count:
        new = after.feature_width - before.feature_width
        lines.append(f"it learnt before there were {new} of the {after.feature_width} columns of features")
    added = [head for head in after.all_heads if head not in before.all_heads]
    if added:
        lines.append(f"{len(added)} of its {len(after.all_heads)} heads are new, and say nothing yet")
    named = [name for name in PLAN if name in told_of_plan(after.plan) - told_of_plan(before.plan)]
    named += ["roles"] * (after.roles and not before.roles)
    named += ["given music"] * (after.given and not before.given)
    if named:
        lines.append(f"these are new to it: {', '.join(named)}")
    if before.at_home != after.at_home:
        learnt, now = (
            ("in the home key", "as they sound") if before.at_home else ("as they sound", "in the home key")
        )
        lines.append(
            f"it learnt pitches {learnt} and reads them {now} from here on: it begins worse than it was, and "
            "has to learn the keys again"
        )
    return lines

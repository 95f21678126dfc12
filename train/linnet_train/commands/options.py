"""What several commands say or refuse alike."""

from typing import TYPE_CHECKING

from linnet_train.errors import TrainError

if TYPE_CHECKING:
    import linnet


def refuse_latent(model: "linnet.Model") -> None:
    """TrainError for a variational model, in commands that have no latents to tell."""
    if model.info.latent is not None:
        raise TrainError(f"{model.info.name} is a variational model: `linnet-train latent` measures those")

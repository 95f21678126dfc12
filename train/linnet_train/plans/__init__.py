"""The plan model: people's plans spelled as questions and answers, and a small network that learns them."""

from collections.abc import Iterator
from pathlib import Path

from linnet_train.plans.config import PlanConfig
from linnet_train.plans.music import Music


def fit(music: Music, folder: Path, config: PlanConfig, *, resume: bool = False) -> Iterator[str]:
    """Trains a plan model, and tells what its held-out plans cost beside baselines that count.

    Args:
        music: what is learnt from and what is held out.
        folder: for checkpoints, metrics and settings; made if need be.
        config: how the model is shaped and trained.
        resume: go on with the run in the folder, exactly as if it had never stopped.

    Returns:
        Lines of a table.

    Raises:
        TrainError: music, settings and folder do not go together, or the loss is no number any more.
        StoppedError: Ctrl-C or SIGTERM came; everything is saved.
    """
    # TensorBoard takes seconds to import
    from linnet_train.plans.figures import figures
    from linnet_train.plans.training import Fit

    Fit(music, folder, config, resume=resume).until_done()
    yield from figures(folder, music, config)

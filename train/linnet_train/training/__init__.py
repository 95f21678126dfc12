"""Training a network on a corpus."""

from pathlib import Path

from linnet_train.corpus.corpus import Corpus
from linnet_train.network.config import ModelConfig, RunConfig


def fit(
    corpus: Corpus,
    folder: Path,
    model: ModelConfig,
    run: RunConfig,
    *,
    resume: bool = False,
    start: Path | None = None,
    mlflow: str | None = None,
) -> Path:
    """Trains until a limit of the run or until the held-out loss stops falling.

    Args:
        corpus: the music; its valid split is held out.
        folder: for checkpoints, metrics and settings; made if need be.
        model: the shape of the network; with a latent it is trained on phrases instead of whole pieces.
        run: how it is trained.
        resume: go on with the run in the folder, exactly as if it had never stopped.
        start: a run whose best weights are the first ones (of much music, to be tuned to one style), a model
            file, or the name of a packaged model.
        mlflow: address of an MLflow server that gets the settings and figures too.

    Returns:
        The folder.

    Raises:
        TrainError: corpus, settings and folder do not go together, or the loss is no number any more.
        StoppedError: Ctrl-C or SIGTERM came; everything is saved.
    """
    # TensorBoard takes seconds to import, and whoever reads a run (export, frames, tuning) does without
    from linnet_train.training.loop import Fit
    from linnet_train.training.phrase_loop import PhraseFit
    from linnet_train.training.ranks import together

    kind = PhraseFit if model.latent else Fit
    with together():
        return kind(corpus, folder, model, run, resume=resume, start=start, mlflow=mlflow).until_done()

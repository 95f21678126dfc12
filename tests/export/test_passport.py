"""What a model file says of how it was trained."""

from linnet_export.passport import ExportSettings, Origin, passport
from linnet_train.network.config import ModelConfig, RunConfig

CORPUS = {"attribution": "", "sources": [], "fingerprint": ""}


def test_a_tuned_model_says_by_which_rewards_and_not_by_which_run() -> None:
    rewards = [{"name": "in_key", "weight": 2.0, "source": "linnet"}]
    best = {"tuned_by": rewards, "updates": 7, "metrics": {"auc": 0.6}}
    tuned = passport(Origin(ModelConfig(), RunConfig(), {}, CORPUS, best), ExportSettings("it"), None)
    fitted = passport(
        Origin(ModelConfig(), RunConfig(seed=4), {}, CORPUS, {"step": 9}), ExportSettings("it"), None
    )

    assert tuned["training"]["tuned_by"] == rewards  # type: ignore[index, call-overload]
    assert "run" not in tuned["training"]  # type: ignore[operator]
    assert tuned["held_out"] == {"metrics": {"auc": 0.6}, "export": {}}
    assert fitted["training"]["seed"] == 4  # type: ignore[index, call-overload]
    assert fitted["held_out"] == {"step": 9, "export": {}}

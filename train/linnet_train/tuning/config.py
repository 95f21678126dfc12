"""All settings of `linnet-train tune`."""

from dataclasses import dataclass
from typing import Literal

from linnet.controls import form as forms
from linnet_train.network.config import check, setting


@dataclass(frozen=True, slots=True)
class TuneConfig:
    """How a network is tuned by rewards. Of updates and minutes the first to be reached ends it."""

    updates: int = setting(100, "stop after this many updates", lowest=1, late=True)
    minutes: float = setting(0.0, "stop after this many minutes; 0: no such limit", lowest=0, late=True)
    groups: int = setting(8, "different requests in an update", lowest=1)
    group_size: int = setting(
        8, "pieces played for each request; their mean reward is the baseline", lowest=2
    )
    extremes: int = setting(
        0, "so many of the best group_size of a request, and of the worst, are learnt from; 0: all", lowest=0
    )
    discount: float = setting(
        1.0, "share of the return of a bar that counts for the bar before it too", lowest=0, highest=1
    )
    bars: int = setting(16, "length of a piece", lowest=8, highest=1000)
    unconstrained: float = setting(
        0.25,
        "share of the pieces that no rule ends; they have the wish for bars left alone",
        lowest=0,
        highest=1,
    )
    wish: float = setting(
        0.5,
        "probability that density is asked for, and likewise register; a key always is",
        lowest=0,
        highest=1,
    )
    form: str = setting(
        "", "letters for sections, such as AABB; empty: forms of people's pieces, as in export"
    )
    temperature: float = setting(1.0, "as the model will be exported", lowest=0.05, highest=10)
    min_p: float = setting(0.0, "likewise", lowest=0, highest=0.99)
    learning_rate: float = setting(2e-4, "of Adam at first; it falls to 0 along a line", lowest=0)
    clip_norm: float = setting(1.0, "longest gradient, all weights together; 0: unlimited", lowest=0)
    kl_coef: float = setting(
        0.5, "weight of the KL divergence from the trained network, in nats a token", lowest=0
    )
    clip: float = setting(0.2, "how far importance ratios may go from 1 for more reward", lowest=0.01)
    precision: Literal["fp32", "bf16"] = setting("fp32", "bf16 halves the work on GPUs and CPUs that have it")
    micro_batch: int = setting(
        16, "pieces that are learnt from at a time; only memory depends on it", lowest=1
    )
    judge_every: int = setting(20, "updates between two evaluations by the judges", lowest=1)
    judged: int = setting(100, "pieces played for an evaluation", lowest=20)
    judged_bars: int = setting(32, "length of these, as in a report card", lowest=8, highest=1000)
    nats_bound: float = setting(0.02, "held-out nats a note may rise by this share", lowest=0)
    distance_bound: float = setting(0.5, "the Fréchet distance from people may rise by this much", lowest=0)
    auc_bound: float = setting(0.03, "the classifier's AUC may rise by this much", lowest=0, highest=1)
    patience: int = setting(2, "stop after this many evaluations in a row beyond a bound; 0: never", lowest=0)
    save_every: int = setting(5, "updates between two checkpoints to resume from", lowest=1, late=True)
    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto", "where to compute; auto: the GPU if there is one", late=True
    )
    threads: int = setting(0, "CPU threads; 0: as PyTorch likes", lowest=0, late=True)
    seed: int = setting(1, "seed of everything random", lowest=0)

    def __post_init__(self) -> None:
        check(self)
        forms.check(self.form)

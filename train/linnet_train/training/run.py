"""A run: its device, its corpus, and how it is asked to stop."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM, default_int_handler, getsignal, signal
from threading import current_thread, main_thread
from types import FrameType

import torch

from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from linnet_train.network.config import RunConfig, read_config
from linnet_train.training.ranks import Ranks


class StoppedError(TrainError):
    """Someone asked to stop; everything is saved."""


def check_corpus(folder: Path, corpus: Corpus) -> None:
    """TrainError unless the run in this folder was trained on this corpus."""
    _, _, saved = read_config(folder)
    if saved["fingerprint"] != corpus.fingerprint:
        raise TrainError(f"{folder} was trained on another corpus than {corpus.path} is now")


def find_device(run: RunConfig, ranks: Ranks | None = None) -> torch.device:
    """The device of a run; of several ranks each has a GPU of its own."""
    cuda = torch.cuda.is_available()
    if run.device == "cuda" and not cuda:
        raise TrainError("--device cuda: this PyTorch finds no GPU it can use")
    device = torch.device("cuda" if cuda and run.device != "cpu" else "cpu")
    if ranks and ranks.size > 1 and device.type == "cuda":
        device = torch.device("cuda", ranks.local)
    if run.precision == "bf16" and device.type == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        raise TrainError("--precision bf16: this CPU has no bf16 arithmetic, it would only be slower")
    return device


def set_up_processor(threads: int = 0) -> None:
    """Before training on the CPU: how many threads (0: as PyTorch has it), and numbers too small to be normal
    (below 1.2e-38) count as zero.

    The gradient of a token that is all but impossible is such a number, and processors take a hundred
    times as long over it: a trained network learns at half the speed or less (`benchmarks.speed.tiny`).
    """
    if threads:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list that fills when Ctrl-C or SIGTERM comes, to finish the step first; a second Ctrl-C cuts in."""
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        signal(SIGINT, default_int_handler)

    if current_thread() is not main_thread():  # only the main thread may set handlers
        yield received
        return
    before = {number: getsignal(number) for number in (SIGINT, SIGTERM)}
    try:
        for number in before:
            signal(number, stop)
        yield received
    finally:
        for number, handler in before.items():
            signal(number, handler)

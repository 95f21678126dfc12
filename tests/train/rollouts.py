"""Pieces that an untrained network plays, with what it saw at each step."""

from linnet.controls import form
from linnet.core import Piece, Rng, Tracker
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.network.network import Network
from linnet_train.sampling.rollout import Rollout, play
from tests.train.corpora import TINY

MIN_P = 0.02


def played_piece(seed: int) -> Piece:
    tracker = Tracker()
    tracker.restrict(bars=8)
    piece = Piece(tracker, Rng(seed), script=[FAMILIES["bos"].first], min_p=MIN_P)
    bars, again = form.plan("AB", (), 8)[:2]
    piece.plan(bars, again=again, first=1)
    piece.cadence(8, line=[0], chord=[0])
    return piece


def played(count: int) -> tuple[Network, list[Rollout]]:
    network = Network(TINY, seed=3)
    pieces = [played_piece(seed) for seed in range(count)]
    return network, play(network, pieces, 400, min_p=MIN_P)

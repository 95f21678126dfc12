"""The music of a game, made before it ships: loops, stings and transitions, as files and one description."""

from linnet.bank.cues import Cue, Plan, read_plan
from linnet.bank.making import Made, make
from linnet.bank.writing import write

__all__ = ["Cue", "Made", "Plan", "make", "read_plan", "write"]

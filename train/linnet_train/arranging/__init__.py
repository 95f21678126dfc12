"""Accompaniments written out: real melodies over their chords, for a band, in styles of popular music.

Freely licensed music for bass, drums, chords and lead is scarce, and a network that heard only little of it
has no beat. So a band is written for tunes of other collections: the melody and its chords are people's, so
are the bars of drums (of recorded performances, where a style has some); which notes of the chords the bass
and the others play, and when, are the patterns of `styles`. All of it comes from a seed.
"""

from linnet_train.arranging.band import arrange
from linnet_train.arranging.drums import Drummer
from linnet_train.arranging.styles import STYLES, Style
from linnet_train.arranging.tune import Tune, read_tune

__all__ = ["STYLES", "Drummer", "Style", "Tune", "arrange", "read_tune"]

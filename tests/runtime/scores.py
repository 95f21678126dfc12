"""Random scores for property tests: any meter, overlaps, drums, more tracks than the codec has slots."""

import struct
from collections.abc import Iterator

from hypothesis import strategies as st

from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track

_LAST = 4000
_TICKS = st.integers(0, _LAST)
_NOTE = struct.Struct("<HHBBB")


def _read(data: bytes) -> Iterator[Note]:
    """Notes, as bytes say; half of them on the same few ticks or pitches, where they meet."""
    for onset, duration, pitch, velocity, crowd in _NOTE.iter_unpack(data):
        onset, duration = onset % (_LAST + 1), 1 + duration % 3000
        if crowd & 1:
            onset, duration = onset - onset % 240, 1 + duration % 481
        yield Note(onset, duration, pitch % (4 if crowd & 2 else 128), 1 + velocity % 127)


def notes(most: int = 24) -> st.SearchStrategy[Notes]:
    """In one draw, whatever their number: hypothesis takes a tenth of a millisecond for each."""
    sizes = st.integers(0, min(most, 8)) | st.integers(0, most)
    data = sizes.flatmap(lambda size: st.binary(min_size=size * _NOTE.size, max_size=size * _NOTE.size))
    return data.map(_read).map(Notes.of)


def tracks() -> st.SearchStrategy[Track]:
    return st.builds(Track, notes(), st.integers(0, 127), st.booleans())


signatures = st.builds(TimeSignature, _TICKS, st.integers(1, 17), st.sampled_from((1, 2, 4, 8, 16, 32, 64)))

_few = st.lists(tracks(), max_size=4)
_many = st.lists(tracks(), min_size=17, max_size=20)

scores = st.builds(
    Score,
    st.sampled_from((1, 24, 96, 120, 480, 1000)),
    st.integers(0, 4).flatmap(lambda one_in_five: _few if one_in_five else _many).map(tuple),
    st.lists(st.builds(TempoChange, _TICKS, st.integers(1, 0xFFFFFF)), max_size=4).map(tuple),
    st.lists(signatures, max_size=4).map(tuple),
    st.integers(-1, 5000),
)

"""Random scores for property tests: any meter, overlaps, drums, more tracks than the codec has slots."""

from hypothesis import strategies as st

from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track

_TICKS = st.integers(0, 4000)


def notes(most: int = 24) -> st.SearchStrategy[Notes]:
    note = st.builds(Note, _TICKS, st.integers(1, 3000), st.integers(0, 127), st.integers(1, 127))
    return st.lists(note, max_size=most).map(Notes.of)


def tracks() -> st.SearchStrategy[Track]:
    return st.builds(Track, notes(), st.integers(0, 127), st.booleans())


signatures = st.builds(TimeSignature, _TICKS, st.integers(1, 17), st.sampled_from((1, 2, 4, 8, 16, 32, 64)))

scores = st.builds(
    Score,
    st.sampled_from((1, 24, 96, 120, 480, 1000)),
    st.lists(tracks(), max_size=4).map(tuple) | st.lists(tracks(), min_size=17, max_size=20).map(tuple),
    st.lists(st.builds(TempoChange, _TICKS, st.integers(1, 0xFFFFFF)), max_size=4).map(tuple),
    st.lists(signatures, max_size=4).map(tuple),
    st.integers(-1, 5000),
)

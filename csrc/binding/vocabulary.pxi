# The tables of tokens and features, and the constants of time.
from feature_layout cimport (
    BARS_EARLIER, CHORD_CELLS, CHORD_COUNT, EARLIER_COUNT, FEATURE_COUNT, FEATURE_FAMILIES, FEATURE_FAMILY_COUNT, FEATURE_WIDTH,
    ROLE_COUNT, ROW_WIDTH, SHIFT_COUNT, SHIFT_LOWEST,
)
from tracker cimport SOURCE_MOST
from vocabulary cimport (
    LONGEST_DURATION, TICKS_PER_BEAT, WHOLE_NOTE, TOKEN_FAMILIES, TIME_SIGNATURES, TEMPO_BPM, TOKEN_FAMILY_COUNT, SIGNATURE_COUNT, TEMPO_COUNT,
)


cdef extern from "Python.h":
    object Py_BuildValue(const char *format, ...)


def constants():
    """TICKS_PER_BEAT, WHOLE_NOTE, LONGEST_DURATION and SOURCE_MOST; csrc/vocabulary.h and csrc/tracker.h say what they are."""
    return Py_BuildValue(b"iiii", TICKS_PER_BEAT, WHOLE_NOTE, LONGEST_DURATION, SOURCE_MOST)


def bars_earlier():
    """How many bars ago the bars were of which features speak."""
    return [BARS_EARLIER[i] for i in range(EARLIER_COUNT)]


def token_families():
    """(name, first id, count, value of the first, step between values) of each token family, in order of ids."""
    return [Py_BuildValue(b"siiii", TOKEN_FAMILIES[i].name, TOKEN_FAMILIES[i].first, TOKEN_FAMILIES[i].count,
                          TOKEN_FAMILIES[i].value, TOKEN_FAMILIES[i].step) for i in range(TOKEN_FAMILY_COUNT)]


def time_signatures():
    """(numerator, denominator, ticks of a bar) of each time-signature token; 24 ticks a quarter."""
    return [Py_BuildValue(b"iii", TIME_SIGNATURES[i].numerator, TIME_SIGNATURES[i].denominator, TIME_SIGNATURES[i].ticks)
            for i in range(SIGNATURE_COUNT)]


def tempos_bpm():
    """Beats per minute of each tempo token."""
    return [TEMPO_BPM[i] for i in range(TEMPO_COUNT)]


def feature_families():
    """(name, columns, ids in a table, tables) of each feature family, in order of columns and of ids."""
    return [Py_BuildValue(b"siii", FEATURE_FAMILIES[i].name, FEATURE_FAMILIES[i].columns, FEATURE_FAMILIES[i].count,
                          FEATURE_FAMILIES[i].tables) for i in range(FEATURE_FAMILY_COUNT)]


def feature_count():
    """Rows of the embedding table: every feature id and the pad."""
    return FEATURE_COUNT


def feature_width():
    """Columns of a row of features."""
    return FEATURE_WIDTH


def plan_layout():
    """(values of a row of the plan, chord cells at its end, chords that a cell can name, roles, lowest shift, shifts)."""
    return Py_BuildValue(b"iiiiii", ROW_WIDTH, CHORD_CELLS, CHORD_COUNT, ROLE_COUNT, SHIFT_LOWEST, SHIFT_COUNT)

# What csrc/feature_layout.h declares.


cdef extern from "feature_layout.h" nogil:
    ctypedef struct feature_family:
        const char *name
        int columns, count, tables

    const int BARS_EARLIER[]
    const feature_family FEATURE_FAMILIES[]
    int EARLIER_COUNT, FEATURE_FAMILY_COUNT, FEATURE_COUNT, FEATURE_WIDTH, WISH_COUNT, WISH_KEY
    int CHORD_CELLS, CHORD_COUNT, CHORD_BARS, ROW_CHORDS, ROW_WIDTH, ROLE_COUNT, SHIFT_LOWEST, SHIFT_COUNT

    const feature_family *wish_family(int wish)

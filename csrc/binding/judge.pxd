# What csrc/section.h and csrc/judge.h declare.
from libc.stdint cimport int32_t

from tracker cimport tracker


cdef extern from "section.h" nogil:
    ctypedef struct section:
        int32_t bars

    int SECTION_BARS

    void section_read(const tracker *self, int most, section *out)


cdef extern from "judge.h" nogil:
    int JUDGE_FEATURE_COUNT, JUDGE_SILENT, JUDGE_ENDS_NOTHING, JUDGE_ENDS_EIGHT
    const char *const JUDGE_FEATURES[1]  # JUDGE_FEATURE_COUNT of them

    void judge_hear(const section *bars, int key, int ends, int32_t *out)

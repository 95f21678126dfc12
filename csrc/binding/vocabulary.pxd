# What csrc/vocabulary.h declares.


cdef extern from "vocabulary.h" nogil:
    ctypedef struct token_family:
        const char *name
        int first, count, value, step

    ctypedef struct time_signature:
        int numerator, denominator, ticks, beat_ticks

    const token_family TOKEN_FAMILIES[]
    const time_signature TIME_SIGNATURES[]
    const int TEMPO_BPM[]
    int TOKEN_FAMILY_COUNT, SIGNATURE_COUNT, TEMPO_COUNT, VOCABULARY_SIZE, SLOT_COUNT, PITCH_COUNT, TICKS_PER_BEAT, WHOLE_NOTE, DRUM_COUNT
    int DRUM_LOWEST, LONGEST_DURATION, VELOCITY_COUNT, TOKEN_DRUM, TOKEN_NOTE, TOKEN_SLOT

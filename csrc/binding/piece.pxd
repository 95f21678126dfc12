# What csrc/piece.h declares.
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t

from rng cimport rng_state
from sampler cimport sampler_options
from tracker cimport tracker


cdef extern from "piece.h" nogil:
    ctypedef struct plan_bar:
        int8_t source
        uint8_t quarters, returns, return_quarters
        uint8_t *row

    ctypedef struct piece_plan:
        const plan_bar *bars
        int32_t count, again
        int64_t first
        float returns, beat, in_register

    ctypedef struct bar_chords:
        uint8_t count
        uint8_t *cells

    ctypedef struct piece_chords:
        const bar_chords *bars
        int32_t count
        int64_t first

    ctypedef struct piece_cadence:
        int64_t bar
        uint16_t line, chord
        int32_t notes
        int64_t given

    ctypedef struct piece_turn:
        uint8_t is_set, key
        int8_t shift

    ctypedef struct piece:
        tracker *tracker
        rng_state rng
        sampler_options sampling
        const int16_t *script
        int32_t scripted, read
        piece_plan plan
        piece_chords chords
        piece_cadence cadence
        piece_turn turn
        int64_t due
        int64_t tonic_at
        uint16_t open
        int64_t planned
        const float *latent

    ctypedef struct piece_workspace:
        uint8_t mask[1]  # VOCABULARY_SIZE of them
        void *scratch

    int SCRIPT_SAMPLE, SCRIPT_SAMPLE_TO_BAR, PLAN_LEAVES

    void piece_begin(piece *self)
    void piece_tell_chords(piece *self)
    int piece_next(piece *self, const float *logits, piece_workspace *workspace)

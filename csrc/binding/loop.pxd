# What csrc/loop.h declares.
from libc.stdint cimport int32_t, int64_t, uint16_t

from heads cimport head
from native cimport native_model, native_step
from ort cimport OrtIoBinding, OrtSession, ort_library, ort_problem
from piece cimport piece, piece_workspace


cdef extern from "loop.h" nogil:
    ctypedef struct loop:
        const native_model *native
        native_step own[2]
        void *work
        void *own_work
        const ort_library *ort
        OrtSession *session
        OrtIoBinding *step[2]
        piece **pieces
        int32_t count
        float guidance
        int32_t width
        int64_t *features
        int32_t outputs, head_count
        head heads[64]
        float *logits
        size_t latent
        float *latents
        piece_workspace workspace
        int side, due
        ort_problem problem

    int LOOP_NO_STEP, LOOP_FULL, LOOP_EOS, LOOP_TIME, LOOP_NO_TICK, LOOP_NO_DEADLINE

    int loop_append(loop *self, int token)
    int loop_step(loop *self, uint16_t *tokens)
    int loop_play(loop *self, int64_t until, int64_t deadline, uint16_t *tokens, size_t room, size_t *rows)
    int loop_follow(loop *self, int64_t until, int64_t deadline, const uint16_t *tokens, size_t *count)
    void loop_stop(loop *self)
    int64_t loop_clock()

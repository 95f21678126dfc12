# What csrc/sampler.h declares.
from libc.stdint cimport int32_t, uint8_t

from rng cimport rng_state


cdef extern from "sampler.h" nogil:
    ctypedef struct sampler_options:
        double temperature
        double top_p
        double min_p
        int32_t top_k

    int SAMPLER_ALL_MASKED, SAMPLER_NO_LOGIT
    int SAMPLER_BAD_TEMPERATURE, SAMPLER_BAD_TOP_K, SAMPLER_BAD_TOP_P, SAMPLER_BAD_MIN_P

    size_t sampler_scratch_size(int32_t count)
    int32_t sampler_sample(const float *logits, const uint8_t *mask, int32_t count, const sampler_options *options,
                         rng_state *rng, void *scratch, double *logprob)

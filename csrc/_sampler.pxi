from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.string cimport strcmp
from libc.stdint cimport INT32_MAX, int32_t, uint8_t, uint64_t


cdef extern from "rng.h" nogil:
    ctypedef struct rng_state:
        uint64_t seed
        uint64_t stream
        uint64_t position

    double rng_uniform(rng_state *rng)


cdef extern from "sampler.h" nogil:
    ctypedef struct sampler_options:
        double temperature
        double top_p
        double min_p
        int32_t top_k

    int SAMPLER_ALL_MASKED, SAMPLER_NO_LOGIT
    int SAMPLER_BAD_TEMPERATURE, SAMPLER_BAD_TOP_K, SAMPLER_BAD_TOP_P, SAMPLER_BAD_MIN_P

    size_t sampler_scratch_size(int32_t count)
    int32_t sampler_draw(const float *logits, const uint8_t *mask, int32_t count, const sampler_options *options,
                         rng_state *rng, void *scratch, double *logprob)


cdef extern from "strictmath.h" nogil:
    double strict_exp(double x)
    double strict_log(double x)


cdef uint64_t _word(value, name) except? 0:
    if not 0 <= value < 1 << 64:
        raise ValueError(f"{name} must be between 0 and 2**64 - 1, got {value}")
    return value


cdef class Rng:
    """Random numbers from a 64-bit seed, the same on every machine; each seed has 2**64 separate streams.

    One piece of music, one generator: two threads that share one may be handed the same number.
    """

    cdef rng_state _rng

    def __init__(self, seed, stream=0):
        self._rng = rng_state(seed=_word(seed, "seed"), stream=_word(stream, "stream"), position=0)

    @property
    def state(self):
        """All there is to save: the seed, and a 128-bit counter with the stream in its upper half and the
        count of numbers drawn in its lower one. May be set."""
        return self._rng.seed, <object>self._rng.stream << 64 | self._rng.position

    @state.setter
    def state(self, value):
        seed, counter = value
        self._rng = rng_state(seed=_word(seed, "the seed of state"), stream=_word(counter >> 64, "the stream of state"),
                              position=counter & 0xFFFF_FFFF_FFFF_FFFF)

    def uniform(self):
        """The next number: a multiple of 2**-53 in [0, 1)."""
        return rng_uniform(&self._rng)


def sample(logits, *, mask=None, double temperature=1.0, top_k=0, double top_p=1.0, double min_p=0.0, Rng rng not None):
    """Draws a token: (id, natural log of its probability in the distribution it was drawn from).

    logits float32[n]; mask uint8[n], 0 = forbidden. temperature 0 always takes the likeliest; top_k 0, top_p 1 and min_p 0 are
    off. csrc/sampler.h has the exact rules. Raises ModelError when no allowed token has a logit above -inf.
    """
    cdef sampler_options options
    cdef rng_state state = rng._rng
    cdef Py_buffer logit_view, mask_view
    cdef const uint8_t *allowed = NULL
    cdef double logprob = 0.0
    cdef int32_t count, token
    cdef long long wanted
    cdef int overflow
    cdef void *scratch
    cdef double small_scratch[4096]

    options.temperature, options.top_p, options.min_p = temperature, top_p, min_p
    wanted = PyLong_AsLongLongAndOverflow(top_k, &overflow)  # C needs no more than the sign and "more than there are"
    options.top_k = overflow * INT32_MAX if overflow else <int32_t>max(-1, min(wanted, INT32_MAX))

    _plain_buffer(logits, &logit_view, 0, b"f", 0, "logits")
    try:
        if logit_view.ndim != 1 or logit_view.shape[0] > INT32_MAX:
            raise ValueError(f"logits must have one dimension, got {logit_view.ndim}")
        count = <int32_t>logit_view.shape[0]
        if mask is not None:
            _plain_buffer(mask, &mask_view, 0, b"B", count, "mask")
            allowed = <const uint8_t *>mask_view.buf
        try:
            if mask is not None and mask_view.len != count:
                raise ValueError(f"mask must have one element for each of the {count} logits, got {mask_view.len}")
            if sampler_scratch_size(count) <= sizeof(small_scratch):  # drawn before another thread would give the GIL back
                token = sampler_draw(<const float *>logit_view.buf, allowed, count, &options, &state, small_scratch, &logprob)
            else:
                scratch = PyMem_Malloc(sampler_scratch_size(count))
                if scratch == NULL:
                    raise MemoryError
                with nogil:
                    token = sampler_draw(<const float *>logit_view.buf, allowed, count, &options, &state, scratch, &logprob)
                PyMem_Free(scratch)
        finally:
            if mask is not None:
                PyBuffer_Release(&mask_view)
    finally:
        PyBuffer_Release(&logit_view)

    if token < 0:
        raise _sampler_error(token, temperature, top_k, top_p, min_p)
    rng._rng = state
    return token, logprob


cdef _sampler_error(int code, temperature, top_k, top_p, min_p):
    if code == SAMPLER_ALL_MASKED:
        return ValueError("mask allows no token")
    if code == SAMPLER_BAD_TEMPERATURE:
        return ValueError(f"temperature must be finite and at least 0, got {temperature}")
    if code == SAMPLER_BAD_TOP_K:
        return ValueError(f"top_k must be at least 0, got {top_k}")
    if code == SAMPLER_BAD_TOP_P:
        return ValueError(f"top_p must be between 0 and 1, got {top_p}")
    if code == SAMPLER_BAD_MIN_P:
        return ValueError(f"min_p must be between 0 and 1, got {min_p}")

    from linnet.errors import ModelError
    return ModelError("the model gives no allowed token a logit above -inf; its weights may be damaged")


def exp(double x):
    """e**x for x <= 0, bit for bit the same everywhere; 0 below -708."""
    return strict_exp(x)


def log(double x):
    """The natural logarithm of a normal x > 0, bit for bit the same everywhere."""
    return strict_log(x)

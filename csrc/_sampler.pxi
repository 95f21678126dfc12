from cpython.exc cimport PyErr_Format
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.string cimport strcmp
from libc.stdint cimport INT32_MAX, INT64_MAX, INT64_MIN, int32_t, int64_t, uint8_t, uint64_t


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
    int32_t sampler_sample(const float *logits, const uint8_t *mask, int32_t count, const sampler_options *options,
                         rng_state *rng, void *scratch, double *logprob)


cdef extern from "strictmath.h" nogil:
    double strict_exp(double x)
    double strict_log(double x)


# Numbers from Python become C's here, and messages are made by C: Cython's own code for either is many times as long.
# More than 64 bits count as the most that they hold.

cdef int64_t _integer(value) except? -1:
    cdef int overflow
    cdef int64_t number = PyLong_AsLongLongAndOverflow(value, &overflow)
    return (INT64_MAX if overflow > 0 else INT64_MIN) if overflow else number


cdef int64_t _at_least_0(value, const char *name) except? -1:
    cdef int64_t number = _integer(value)
    if number < 0:
        PyErr_Format(ValueError, b"%s must be at least 0, got %S", name, <void *>value)
    return number


cdef int _within(value, int lowest, int highest, const char *name) except -1:
    cdef int64_t number = _integer(value)
    if not lowest <= number <= highest:
        PyErr_Format(ValueError, b"%s must be between %d and %d, got %S", name, lowest, highest, <void *>value)
    return <int>number


cdef int32_t _top_k(value) except? -1:
    """C needs no more than the sign and "more than there are"."""
    return <int32_t>max(-1, min(_integer(value), INT32_MAX))


cdef uint64_t _word(value, const char *name) except? 0:
    if not 0 <= value < 1 << 64:
        PyErr_Format(ValueError, b"%s must be between 0 and 2**64 - 1, got %S", name, <void *>value)
    return value


cdef class Rng:
    """Random numbers from a 64-bit seed, the same on every machine; each seed has 2**64 separate streams.

    One piece of music, one generator: two threads that share one may be handed the same number.
    """

    cdef rng_state _rng

    def __init__(self, seed, stream=0):
        self._rng = rng_state(seed=_word(seed, b"seed"), stream=_word(stream, b"stream"), position=0)

    @property
    def state(self):
        """All there is to save: the seed, and a 128-bit counter with the stream in its upper half and the
        count of numbers drawn in its lower one. May be set."""
        return self._rng.seed, <object>self._rng.stream << 64 | self._rng.position

    @state.setter
    def state(self, value):
        seed, counter = value
        self._rng = rng_state(seed=_word(seed, b"the seed of state"), stream=_word(counter >> 64, b"the stream of state"),
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
    cdef _Array scores, allowed
    cdef const uint8_t *flags = NULL
    cdef double logprob = 0.0
    cdef int32_t count, token
    cdef void *scratch
    cdef double small_scratch[4096]

    options.temperature, options.top_p, options.min_p, options.top_k = temperature, top_p, min_p, _top_k(top_k)
    scores = _plain(logits, False, b"f", 0, b"logits")
    if scores._view.ndim != 1 or scores._view.shape[0] > INT32_MAX:
        PyErr_Format(ValueError, b"logits must have one dimension, got %d", scores._view.ndim)
    count = <int32_t>scores._view.shape[0]
    if mask is not None:
        allowed = _plain(mask, False, b"B", count, b"mask")
        flags = <const uint8_t *>allowed._view.buf
        if allowed._view.len != count:
            PyErr_Format(ValueError, b"mask must have one element for each of the %d logits, got %zd", count, allowed._view.len)
    if sampler_scratch_size(count) <= sizeof(small_scratch):  # drawn before another thread would give the GIL back
        token = sampler_sample(<const float *>scores._view.buf, flags, count, &options, &state, small_scratch, &logprob)
    else:
        scratch = _memory(sampler_scratch_size(count))
        with nogil:
            token = sampler_sample(<const float *>scores._view.buf, flags, count, &options, &state, scratch, &logprob)
        PyMem_Free(scratch)
    if token < 0:
        raise _sampler_error(token, temperature, top_k, top_p, min_p)
    rng._rng = state
    return token, logprob


cdef _sampler_error(int code, temperature, top_k, top_p, min_p):
    if code == SAMPLER_ALL_MASKED:
        return ValueError("mask allows no token")
    if code == SAMPLER_BAD_TEMPERATURE:
        return ValueError("temperature must be finite and at least 0, got " + str(temperature))
    if code == SAMPLER_BAD_TOP_K:
        return ValueError("top_k must be at least 0, got " + str(top_k))
    if code == SAMPLER_BAD_TOP_P:
        return ValueError("top_p must be between 0 and 1, got " + str(top_p))
    if code == SAMPLER_BAD_MIN_P:
        return ValueError("min_p must be between 0 and 1, got " + str(min_p))
    return _error_of_model("the model gives no allowed token a logit above -inf; its weights may be damaged")


cdef _error_of_model(text):
    from linnet.errors import ModelError
    return ModelError(text)


def exp(double x):
    """e**x for x <= 0, bit for bit the same everywhere; 0 below -708."""
    return strict_exp(x)


def log(double x):
    """The natural logarithm of a normal x > 0, bit for bit the same everywhere."""
    return strict_log(x)

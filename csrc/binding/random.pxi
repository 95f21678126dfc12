# Random numbers, and what is drawn with them.
from rng cimport rng_state, rng_uniform
from sampler cimport sampler_options, sampler_scratch_size, sampler_sample
from strictmath cimport strict_exp, strict_log


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
    """Samples a token: (id, natural log of its probability in the distribution it was sampled from).

    logits float32[n]; mask uint8[n], 0 = forbidden. temperature 0 always takes the likeliest; top_k 0, top_p 1 and min_p 0 are
    off. csrc/sampler.h has the exact rules. Raises ModelError if no allowed token has a logit above -inf.
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


def exp(double x):
    """e**x for x <= 0, bit for bit the same everywhere; 0 below -708."""
    return strict_exp(x)


def log(double x):
    """The natural logarithm of a normal x > 0, bit for bit the same everywhere."""
    return strict_log(x)

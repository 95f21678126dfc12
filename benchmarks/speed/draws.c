/* Many draws in a row without Python in between, for benchmarks/speed/sampler.py. */
#include "sampler.h"

int32_t draw_all(const float *logits, const uint8_t *masks, int32_t count, int32_t rows, const sampler_options *options,
                 rng_state *rng, void *scratch, double *logprob) {
    int32_t token = 0;
    for (int32_t row = 0; row < rows && token >= 0; row++) {
        const size_t start = (size_t)row * (size_t)count;
        token = sampler_sample(logits + start, masks + start, count, options, rng, scratch, logprob);
    }
    return token;
}

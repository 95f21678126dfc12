/* The sampler under any logits, masks, options and counts. */
#include <math.h>

#include "input.h"
#include "sampler.h"
#include "strictmath.h"

static float any_float(input *in) {
    static const float strange[] = {0.0f, -0.0f, 1e-45f, 3.4e38f, -3.4e38f, INFINITY, -INFINITY, NAN};
    const uint32_t kind = below(in, 4);
    if (kind == 0)
        return strange[below(in, sizeof strange / sizeof *strange)];
    if (kind == 1)
        return (float)below(in, 64) - 32.0f; /* with many ties */
    const uint32_t bits = (uint32_t)word(in, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double any_double(input *in) {
    static const double strange[] = {0.0,  -0.0,     5e-324, 1e-300, 1e308,  1.0 - 0x1p-53, 0.5, 0.95, 1.0,
                                     2.0,  INFINITY, NAN,    -1.0,   -1e308, 0.8,           0.1};
    return strange[below(in, sizeof strange / sizeof *strange)];
}

static int ranks_before(const float *logits, int32_t a, int32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
}

static void check_choice(const float *logits, const uint8_t *mask, int32_t count, const sampler_options *options,
                         int32_t token, double logprob) {
    expect(token < count && (!mask || mask[token]), "the token is allowed");
    expect(logits[token] > -INFINITY, "the token has a logit");
    expect(logprob <= 1e-15 && logprob >= -709.0 - 7.0, "the log-probability is one");
    int32_t better = 0;
    for (int32_t i = 0; i < count; i++)
        better += (!mask || mask[i]) && ranks_before(logits, i, token);
    expect(!options->top_k || better < options->top_k, "no token beyond top_k");
    expect(better == 0 || (options->temperature > 0.0 && options->top_p > 0.0), "only the best token is left");
    expect(better == 0 || logits[token] < INFINITY, "the best of all infinities");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int32_t COUNTS[] = {0, 1, 2, 3, 4, 7, 31, 168, 672, 787};
    static const int32_t TOP_KS[] = {0, 1, 2, 3, 40, 168, 336, INT32_MAX, -1, INT32_MIN};
    input in = {data, data + size, 0};
    const int32_t count = COUNTS[below(&in, sizeof COUNTS / sizeof *COUNTS)];
    const sampler_options options = {any_double(&in), any_double(&in), any_double(&in),
                                     TOP_KS[below(&in, sizeof TOP_KS / sizeof *TOP_KS)]};
    const rng_state before = {word(&in, 8), word(&in, 8), word(&in, 8)};
    const uint32_t open = below(&in, 6); /* 5: no mask; 0: nothing is allowed */
    float *logits = memory((size_t)count * sizeof *logits);
    uint8_t *mask = open < 5 ? memory((size_t)count) : NULL;
    void *scratch = memory(sampler_scratch_size(count));
    for (int32_t i = 0; i < count; i++) {
        /* a short input comes back in each period, so that all of a long row means something */
        logits[i] = in.over && i > 16 ? logits[i % 16] : any_float(&in);
        if (mask)
            mask[i] = in.over && i > 16 ? mask[i % 16] : below(&in, 4) < open ? (uint8_t)(1 + below(&in, 255)) : 0;
    }

    rng_state rng = before, again = before;
    double logprob = 1.0, same = 1.0;
    const int32_t token = sampler_sample(logits, mask, count, &options, &rng, scratch, &logprob);
    expect(sampler_sample(logits, mask, count, &options, &again, scratch, &same) == token && same == logprob,
           "the same again");
    if (token >= 0) {
        check_choice(logits, mask, count, &options, token, logprob);
        expect(rng.position == before.position + 1, "one number for one token");
    } else {
        expect(token >= SAMPLER_BAD_MIN_P && logprob == 1.0 && rng.position == before.position,
               "an error leaves all as it was");
    }
    for (int32_t i = 0; i < count; i++) {
        const double power = strict_exp(-fabs((double)logits[i]));
        expect(power >= 0.0 && power <= 1.0, "0 <= exp <= 1");
        expect(!(logits[i] > 1e-37f && logits[i] < INFINITY) || fabs(strict_log(logits[i])) < 710.0, "log of a normal number");
    }
    free(logits);
    free(mask);
    free(scratch);
    return 0;
}

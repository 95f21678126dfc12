/* The sampler chooses the next token from the network's logits.
 *
 * The same logits, options and generator give the same token on every CPU. So all arithmetic is strict IEEE 754 double (build
 * with -ffp-contract=off), exp and log are ours (strictmath.h), and the order of every sum is part of the contract:
 *
 * Tokens are ranked by logit, the larger first; of equal logits (-0 equals +0) the lower id ranks first. A token is a
 * candidate when the mask allows it and its logit is above -infinity; NaN counts as -infinity. Then, in this order:
 *
 *   +infinity    If a candidate's logit is +infinity, the best-ranked such token takes all the mass.
 *   temperature  0 leaves only the best-ranked token. Otherwise the weight of a token is
 *                strict_exp((logit - largest candidate logit) / temperature): 1 for the best, and 0 where that
 *                argument is below STRICT_EXP_FLOOR. A tiny temperature leaves the tokens tied for best; a huge one
 *                makes all candidates alike.
 *   top_k        keeps the k best-ranked tokens, exactly k even when logits tie; 0, or k above the number of
 *                candidates, keeps all.
 *   top_p        keeps a token while the weights of the tokens ranked before it, added in rank order from 0, come to
 *                less than top_p times the total of the weights; the best token always stays. The total is added
 *                in order of id. 1 keeps all, also tokens of weight 0; 0 keeps the best token.
 *   min_p        keeps tokens whose weight is at least min_p times that of the best token; 0 keeps all.
 *   sample       With u the next number of the generator and the weights left added up in order of id: the first token
 *                whose running sum is above u times the total. A token of weight 0 is never drawn.
 *
 * The generator moves on by one number for each token, also when there was no choice; on an error it stays.
 */
#ifndef LINNET_SAMPLER_H
#define LINNET_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include "rng.h"

typedef struct {
    double temperature; /* finite, >= 0 */
    double top_p;       /* 0..1 */
    double min_p;       /* 0..1 */
    int32_t top_k;      /* >= 0 */
} sampler_options;

enum {
    SAMPLER_ALL_MASKED = -1, /* the mask allows no token, or there are none */
    SAMPLER_NO_LOGIT = -2,   /* no allowed token has a logit above -infinity */
    SAMPLER_BAD_TEMPERATURE = -3,
    SAMPLER_BAD_TOP_K = -4,
    SAMPLER_BAD_TOP_P = -5,
    SAMPLER_BAD_MIN_P = -6
};

/* Bytes of scratch memory for `count` logits, 0 <= count <= INT32_MAX. */
size_t sampler_scratch_size(int32_t count);

/* Samples one of `count` tokens: its id, or a negative code from above.
 *
 * logits       count floats
 * mask         count bytes, 0 = forbidden; NULL allows everything
 * scratch      sampler_scratch_size(count) bytes aligned for double; what it holds before and after means nothing
 * logprob      receives the natural logarithm of the token's share of the weights left, 0 when there was no choice;
 *              left alone on an error
 */
int32_t sampler_sample(const float *logits, const uint8_t *mask, int32_t count, const sampler_options *options,
                     rng_state *rng, void *scratch, double *logprob);

#endif

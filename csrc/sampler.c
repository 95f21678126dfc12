#include "sampler.h"

#include <math.h> /* INFINITY; nothing of libm is called */
#include <string.h>

#include "strictmath.h"

/* ---- candidates ---------------------------------------------------------------------------------------- */

/* A key is a logit as an integer of the same order. No float has the key INT32_MIN: it marks what is out. */
#define OUT INT32_MIN

typedef struct {
    double *weight; /* of the tokens left, in order of id */
    uint64_t *rank; /* of the tokens left, as a heap */
    int32_t *key;   /* of all tokens, later of the tokens left */
    int32_t *id;    /* of the tokens left */
} workspace;

size_t sampler_scratch_size(int32_t count) {
    return (size_t)count * (sizeof(double) + sizeof(uint64_t) + 2 * sizeof(int32_t));
}

static workspace workspace_in(void *scratch, int32_t count) {
    workspace w;
    w.weight = scratch;
    w.rank = (uint64_t *)(w.weight + count);
    w.key = (int32_t *)(w.rank + count);
    w.id = w.key + count;
    return w;
}

static inline int32_t key_of(float logit) {
    const float positive_zero = logit + 0.0f; /* -0 + 0 is +0 */
    uint32_t bits;
    memcpy(&bits, &positive_zero, sizeof bits);
    const int32_t key = (int32_t)(bits ^ ((0u - (bits >> 31)) >> 1)); /* negative floats run backwards */
    return logit > -INFINITY ? key : OUT;
}

/* Writes the key of every token and returns the largest. Plain loops without branches: each becomes vector code. */
static int32_t make_keys(const float *logits, const uint8_t *mask, int32_t count, int32_t *key) {
    int32_t best = OUT;
    for (int32_t i = 0; i < count; i++)
        key[i] = key_of(logits[i]);
    if (mask)
        for (int32_t i = 0; i < count; i++)
            key[i] = mask[i] ? key[i] : OUT;
    for (int32_t i = 0; i < count; i++)
        best = key[i] > best ? key[i] : best;
    return best;
}

/* ---- top_k --------------------------------------------------------------------------------------------- */

static int32_t count_at_least(const int32_t *key, int32_t count, int32_t least) {
    int32_t found = 0;
    for (int32_t i = 0; i < count; i++)
        found += key[i] >= least;
    return found;
}

/* A key that exactly k of the keys reach, or the k-th largest key where ties leave no such key. 1 <= k <= count, and
 * no key is above `best`. */
static int32_t least_of_best(const int32_t *key, int32_t count, int32_t best, int32_t k) {
    int64_t low = OUT, high = best; /* at least k keys are >= low; fewer than k are > high */
    int32_t found = count;
    while (low < high && found != k) {
        const int64_t middle = low + (high - low + 1) / 2;
        const int32_t here = count_at_least(key, count, (int32_t)middle);
        if (here >= k) {
            low = middle;
            found = here;
        } else {
            high = middle - 1;
        }
    }
    return (int32_t)low;
}

/* A key that at least k of the keys reach, and seldom many more: the tokens are dealt to 2 k groups, and the k groups
 * with the largest maxima hold k such keys. Searching there spares the search most of the tokens. */
static int32_t floor_of_best(const int32_t *key, int32_t count, int32_t best, int32_t k, int32_t *maximum) {
    if (k > count / 4)
        return OUT;
    const int32_t groups = 2 * k;
    memcpy(maximum, key, (size_t)groups * sizeof *key);
    for (const int32_t *row = key + groups; row + groups <= key + count; row += groups)
        for (int32_t i = 0; i < groups; i++)
            maximum[i] = row[i] > maximum[i] ? row[i] : maximum[i];
    return least_of_best(maximum, groups, best, k);
}

/* Keeps the tokens above `least` and the first `ties` of those that equal it; returns how many. */
static int32_t keep_best(const workspace *w, int32_t count, int32_t least, int32_t ties) {
    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++) {
        const int32_t key = w->key[i], tied = key == least;
        w->key[kept] = key;
        w->id[kept] = w->id[i];
        kept += (key > least) | (tied & (ties > 0));
        ties -= tied;
    }
    return kept;
}

static int32_t keep_top_k(const workspace *w, int32_t count, int32_t best, int32_t k) {
    const int32_t limit = 0 < k && k < count ? k : count;
    int32_t least = floor_of_best(w->key, count, best, limit, (int32_t *)w->rank);
    int32_t kept = 0;
    if (least == OUT)
        least = OUT + 1;
    for (int32_t i = 0; i < count; i++) { /* no branch: which tokens stay is hard to predict */
        const int32_t key = w->key[i];
        w->key[kept] = key;
        w->id[kept] = i;
        kept += key >= least;
    }
    if (kept <= limit)
        return kept;
    least = least_of_best(w->key, kept, best, limit);
    return keep_best(w, kept, least, limit - count_at_least(w->key, kept, least + 1));
}

/* ---- top_p and min_p ----------------------------------------------------------------------------------- */

/* Larger is better; of equal keys the one further to the front. */
static uint64_t rank_of(int32_t key, int32_t place) {
    return (uint64_t)((uint32_t)key ^ 0x80000000u) << 32 | (uint32_t)~place;
}

/* Puts `value` where it belongs in the heap below the hole at `i`. */
static void sift_down(uint64_t *heap, int32_t count, int32_t i, uint64_t value) {
    for (;;) {
        int32_t child = 2 * i + 1;
        if (child >= count)
            break;
        child += child + 1 < count && heap[child + 1] > heap[child];
        if (heap[child] <= value)
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = value;
}

/* The worst rank that passes top_p. A heap, because the best few usually hold the mass and the rest need no order. */
static uint64_t last_of_top_p(const workspace *w, int32_t count, double top_p) {
    double total = 0.0, before = 0.0;
    for (int32_t i = 0; i < count; i++) {
        total += w->weight[i];
        w->rank[i] = rank_of(w->key[i], i);
    }
    for (int32_t i = count / 2 - 1; i >= 0; i--)
        sift_down(w->rank, count, i, w->rank[i]);

    for (;;) {
        const uint64_t best = w->rank[0];
        before += w->weight[~(uint32_t)best];
        if (!(before < top_p * total) || --count == 0)
            return best;
        sift_down(w->rank, count, 0, w->rank[count]);
    }
}

static int32_t keep_top_p(const workspace *w, int32_t count, double top_p) {
    const uint64_t last = last_of_top_p(w, count, top_p);
    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++) {
        if (rank_of(w->key[i], i) >= last) {
            w->weight[kept] = w->weight[i];
            w->id[kept++] = w->id[i];
        }
    }
    return kept;
}

static int32_t keep_min_p(const workspace *w, int32_t count, double min_p) {
    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++) {
        if (w->weight[i] >= min_p) { /* the best token weighs 1 */
            w->weight[kept] = w->weight[i];
            w->id[kept++] = w->id[i];
        }
    }
    return kept;
}

/* ---- the draw ------------------------------------------------------------------------------------------ */

static int32_t check(const sampler_options *o) {
    if (!(o->temperature >= 0.0 && o->temperature < INFINITY))
        return SAMPLER_BAD_TEMPERATURE;
    if (o->top_k < 0)
        return SAMPLER_BAD_TOP_K;
    if (!(o->top_p >= 0.0 && o->top_p <= 1.0))
        return SAMPLER_BAD_TOP_P;
    if (!(o->min_p >= 0.0 && o->min_p <= 1.0))
        return SAMPLER_BAD_MIN_P;
    return 0;
}

static int32_t why_no_candidate(const uint8_t *mask, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        if (!mask || mask[i])
            return SAMPLER_NO_LOGIT;
    return SAMPLER_ALL_MASKED;
}

int32_t sampler_draw(const float *logits, const uint8_t *mask, int32_t count, const sampler_options *options,
                     rng_state *rng, void *scratch, double *logprob) {
    const int32_t fault = check(options);
    if (fault)
        return fault;

    const workspace w = workspace_in(scratch, count);
    const int32_t best = make_keys(logits, mask, count, w.key);
    if (best == OUT)
        return why_no_candidate(mask, count);

    const double u = rng_uniform(rng);
    int32_t first = 0;
    while (w.key[first] != best)
        first++;
    if (options->temperature == 0.0 || logits[first] == INFINITY) {
        *logprob = 0.0;
        return first;
    }

    const double largest = logits[first];
    int32_t left = keep_top_k(&w, count, best, options->top_k);
    for (int32_t i = 0; i < left; i++)
        w.weight[i] = logits[w.id[i]];
    for (int32_t i = 0; i < left; i++)
        w.weight[i] = strict_exp((w.weight[i] - largest) / options->temperature);
    if (options->top_p < 1.0)
        left = keep_top_p(&w, left, options->top_p);
    if (options->min_p > 0.0)
        left = keep_min_p(&w, left, options->min_p);

    double total = 0.0, sum = 0.0;
    for (int32_t i = 0; i < left; i++)
        total += w.weight[i];
    /* u <= 1 - 2^-53 and total >= 1, so u * total < total: the walk ends at a token. */
    int32_t i = 0;
    for (const double target = u * total; (sum += w.weight[i]) <= target;)
        i++;
    *logprob = (logits[w.id[i]] - largest) / options->temperature - strict_log(total);
    return w.id[i];
}

#include "sampler.h"

#include <float.h>
#include <math.h> /* INFINITY; nothing of libm is called */
#include <string.h>

#include "strictmath.h"

/* ---- candidates ---------------------------------------------------------------------------------------- */

/* The logits are copied into rows of so many columns, which the loops over whole rows turn into vector code. */
#define COLUMNS 128
#define LANES 4 /* the columns in turn stand in rows of so many lanes */

typedef struct {
    double *weight; /* of the tokens left, in order of id */
    uint64_t *tree; /* of their ranks: the leaves from tree[count] on, the root at tree[1] */
    float *logit;   /* of the tokens left */
    int32_t *id;    /* of the tokens left */
    float *value;   /* of all tokens: the logit, or what no comparison prefers */
} workspace;

static size_t room_for(int32_t count) {
    return ((size_t)count + COLUMNS - 1) / COLUMNS * COLUMNS;
}

size_t sampler_scratch_size(int32_t count) {
    return room_for(count) * (sizeof(double) + 2 * sizeof(uint64_t) + 2 * sizeof(float) + sizeof(int32_t));
}

static workspace workspace_in(void *scratch, int32_t count) {
    const size_t room = room_for(count);
    workspace w;
    w.weight = scratch;
    w.tree = (uint64_t *)(w.weight + room);
    w.logit = (float *)(w.tree + 2 * room);
    w.id = (int32_t *)(w.logit + room);
    w.value = (float *)(w.id + room);
    return w;
}

static inline float value_of(float logit, uint8_t allowed) {
    uint32_t bits;
    memcpy(&bits, &logit, sizeof bits);
    bits |= allowed ? 0 : UINT32_MAX; /* a NaN */
    memcpy(&logit, &bits, sizeof bits);
    return logit;
}

static void copy_allowed(const float *restrict logits, const uint8_t *restrict mask, int32_t count,
                         float *restrict value) {
    if (mask)
        for (int32_t i = 0; i < count; i++)
            value[i] = value_of(logits[i], mask[i]);
    else if (count > 0)
        memcpy(value, logits, (size_t)count * sizeof *value);
    for (size_t i = (size_t)count; i < room_for(count); i++)
        value[i] = -INFINITY;
}

/* The largest value of each column. */
static inline void maxima(const float *restrict value, size_t count, int columns, float *restrict maximum) {
    for (int i = 0; i < columns; i++)
        maximum[i] = -INFINITY;
    for (const float *row = value; row < value + count; row += columns)
        for (int i = 0; i < columns; i++)
            maximum[i] = row[i] > maximum[i] ? row[i] : maximum[i];
}

/* Gathers the tokens whose value is at least `least` in order of id; returns how many. Most columns hold none, and are
 * passed over. No branch inside: which tokens stay is hard to predict. */
static int32_t gather(const workspace *w, int32_t count, const float *maximum, float least) {
    uint8_t column[COLUMNS];
    size_t columns = 0, found = 0;
    for (int i = 0; i < COLUMNS; i++) {
        column[columns] = (uint8_t)i;
        columns += maximum[i] >= least;
    }
    for (size_t row = 0; row < (size_t)count; row += COLUMNS)
        for (size_t i = 0; i < columns; i++) {
            const size_t id = row + column[i];
            w->id[found] = (int32_t)id;
            found += w->value[id] >= least;
        }
    for (size_t i = 0; i < found; i++)
        w->logit[i] = w->value[w->id[i]];
    return (int32_t)found;
}

/* ---- top_k --------------------------------------------------------------------------------------------- */

static int32_t columns_at_least(const float *maximum, float least) {
    int32_t found = 0;
    for (int32_t i = 0; i < COLUMNS; i++)
        found += maximum[i] >= least;
    return found;
}

/* A finite number that at least k tokens reach, and seldom many more; or one that all candidates do. If k columns have
 * maxima that reach it, so do k tokens. The search starts at `guess`. */
static float floor_of_best(const float *maximum, float guess, float best, int32_t k) {
    float floor = -FLT_MAX, high = best, next = guess;
    for (int step = 0; step < 8 && k <= COLUMNS && next >= -FLT_MAX; step++) {
        const int32_t found = columns_at_least(maximum, next);
        if (found < k)
            high = next;
        else
            floor = next;
        if (found >= k && found <= k + k / 8)
            break;
        next = floor > -FLT_MAX ? floor / 2 + high / 2 : next - 2 * (best - next);
    }
    return floor;
}

/* ---- ranks --------------------------------------------------------------------------------------------- */

/* Larger is better; of equal logits the one further to the front. Neither a rank nor its complement is 0. */
static inline uint64_t rank_of(float logit, int32_t place) {
    const float positive_zero = logit + 0.0f; /* -0 + 0 is +0 */
    uint32_t bits;
    memcpy(&bits, &positive_zero, sizeof bits);
    bits ^= (0u - (bits >> 31)) >> 1; /* as integers, negative floats run backwards */
    return (uint64_t)(bits ^ 0x80000000u) << 32 | (uint32_t)~place;
}

static inline uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* Makes a tree in which every node is the larger of its two; its leaves are there. Returns the root. */
static uint64_t grow(uint64_t *tree, int32_t leaves) {
    for (size_t node = (size_t)leaves - 1; node > 0; node--)
        tree[node] = larger(tree[2 * node], tree[2 * node + 1]);
    return tree[1];
}

/* Takes a leaf out, and returns the root of the rest, 0 if nothing is left. */
static inline uint64_t take(uint64_t *tree, size_t leaf) {
    uint64_t root = 0;
    tree[leaf] = 0;
    for (size_t node = leaf; node > 1; node /= 2) {
        root = larger(root, tree[node ^ 1]);
        tree[node / 2] = root;
    }
    return root;
}

/* Takes out the worst until k are left. They are few: `gather` has passed most over. */
static int32_t keep_top_k(const workspace *w, int32_t count, int32_t k) {
    uint64_t *leaf = w->tree + count;
    for (int32_t i = 0; i < count; i++)
        leaf[i] = ~rank_of(w->logit[i], i);
    uint64_t worst = grow(w->tree, count);
    for (int32_t left = count; left > k; left--)
        worst = take(w->tree, (size_t)count + (uint32_t)worst);

    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++) {
        w->logit[kept] = w->logit[i];
        w->id[kept] = w->id[i];
        kept += leaf[i] != 0;
    }
    return kept;
}

/* ---- weights ------------------------------------------------------------------------------------------- */

static void weigh(const float *restrict logit, int32_t count, double largest, double temperature,
                  double *restrict weight) {
    for (int32_t i = 0; i < count; i++)
        weight[i] = strict_exp((logit[i] - largest) / temperature);
}

/* ---- top_p and min_p ----------------------------------------------------------------------------------- */

static inline void keep(const workspace *w, int32_t to, int32_t from) {
    w->weight[to] = w->weight[from];
    w->logit[to] = w->logit[from];
    w->id[to] = w->id[from];
}

/* Takes out the best until they hold the mass, and keeps those. */
static int32_t keep_top_p(const workspace *w, int32_t count, double top_p) {
    uint64_t *leaf = w->tree + count;
    double total = 0.0, before = 0.0;
    for (int32_t i = 0; i < count; i++)
        total += w->weight[i];
    for (int32_t i = 0; i < count; i++)
        leaf[i] = rank_of(w->logit[i], i);
    uint64_t best = grow(w->tree, count);
    do {
        const uint32_t place = ~(uint32_t)best;
        before += w->weight[place];
        best = take(w->tree, (size_t)count + place);
    } while (best && before < top_p * total);

    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++) {
        keep(w, kept, i);
        kept += leaf[i] == 0;
    }
    return kept;
}

static int32_t keep_min_p(const workspace *w, int32_t count, double min_p) {
    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++) {
        const double weight = w->weight[i];
        keep(w, kept, i);
        kept += weight >= min_p; /* the best token weighs 1 */
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

int32_t sampler_sample(const float *logits, const uint8_t *mask, int32_t count, const sampler_options *options,
                     rng_state *rng, void *scratch, double *logprob) {
    const int32_t fault = check(options);
    if (fault)
        return fault;

    const workspace w = workspace_in(scratch, count);
    float maximum[COLUMNS], lane[LANES], best = -INFINITY;
    copy_allowed(logits, mask, count, w.value);
    maxima(w.value, (size_t)count, COLUMNS, maximum);
    maxima(maximum, COLUMNS, LANES, lane);
    for (int i = 0; i < LANES; i++)
        best = lane[i] > best ? lane[i] : best;
    if (best == -INFINITY)
        return why_no_candidate(mask, count);

    const double u = rng_uniform(rng);
    if (options->temperature == 0.0 || best == INFINITY) {
        gather(&w, count, maximum, best);
        *logprob = 0.0;
        return w.id[0];
    }

    const int32_t k = options->top_k ? options->top_k : count;
    const double largest = best;
    float guess = best;
    for (int i = 0; i < LANES; i++)
        guess = lane[i] < guess && lane[i] > -INFINITY ? lane[i] : guess;
    int32_t left = gather(&w, count, maximum, floor_of_best(maximum, guess, best, k));
    if (left > k)
        left = keep_top_k(&w, left, k);
    weigh(w.logit, left, largest, options->temperature, w.weight);
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
    *logprob = (w.logit[i] - largest + 0.0) / options->temperature - strict_log(total); /* -0 + 0 is +0 */
    return w.id[i];
}

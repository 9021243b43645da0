/* The search for pairs worth merging. */
#include "swaps/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "parallel/try.h"

/* Each component is paired with its nearest ones, this many; of all pairs, PAIRS_PER_COMPONENT
 * times the number of components, those of least loss before entropy, get the exact loss. */
enum { NEAREST = 24, PAIRS_PER_COMPONENT = 6 };

static double f(double x)
{
    return x > 0.0 ? x * log(x) : 0.0;
}

typedef struct Finder {
    const EmixParts *parts;
    const EmixQueryOps *query;
    const EmixDataset *data;
    const EmixOwnership *ownership;
    EmixPairs *pairs;
    double *means;     /* [K x D] */
    double *variances; /* [K x D] */
    double *distances; /* [n_workers x K] */
    double *memory;    /* [n_workers x merge_size] */
    emix_index memory_size;
} Finder;

/* ---- near components ---- */

static void tabulate(Finder *finder)
{
    const EmixParts *parts = finder->parts;
    const emix_index d = parts->n_features;
    for (emix_index k = 0; k < parts->n_components; ++k) {
        for (emix_index e = 0; e < d; ++e) {
            finder->means[k * d + e] = parts->family->mean(parts, k, e);
            finder->variances[k * d + e] = parts->family->variance(parts, k, e);
        }
    }
}

/* The distance of means in the deviations of both, squared, feature by feature. */
static double distance2(const Finder *finder, emix_index i, emix_index j)
{
    const emix_index d = finder->parts->n_features;
    double sum = 0.0;
    for (emix_index e = 0; e < d; ++e) {
        const double step = finder->means[i * d + e] - finder->means[j * d + e];
        const double variance = finder->variances[i * d + e] + finder->variances[j * d + e];
        sum += variance > 0.0 ? step * step / variance : step != 0.0 ? (double)INFINITY : 0.0;
    }
    return sum;
}

/* Task k: the nearest components by insertion into a sorted list; of equal ones the first. */
static EmixStatus find_near(void *context, int task, int worker, EmixError *error)
{
    (void)error;
    Finder *finder = context;
    const emix_index k = task;
    const emix_index n_near = finder->pairs->n_near;
    emix_index *near = finder->pairs->near + k * n_near;
    double *distances = finder->distances + (emix_index)worker * n_near;
    emix_index n = 0;
    for (emix_index j = 0; j < finder->parts->n_components; ++j) {
        if (j == k || finder->ownership->counts[j] <= 0.0) {
            continue;
        }
        const double own = distance2(finder, k, j);
        if (n == n_near && own >= distances[n - 1]) {
            continue;
        }
        emix_index at = n < n_near ? n++ : n - 1;
        for (; at > 0 && distances[at - 1] > own; --at) {
            distances[at] = distances[at - 1];
            near[at] = near[at - 1];
        }
        distances[at] = own;
        near[at] = j;
    }
    for (; n < n_near; ++n) {
        near[n] = -1;
    }
    return EMIX_OK;
}

/* Every pair once, by its lower component: a pair is listed if either is near the other. */
static bool is_near(const EmixPairs *pairs, emix_index k, emix_index other)
{
    for (emix_index c = 0; c < pairs->n_near; ++c) {
        if (pairs->near[k * pairs->n_near + c] == other) {
            return true;
        }
    }
    return false;
}

static void list_pairs(Finder *finder)
{
    EmixPairs *pairs = finder->pairs;
    for (emix_index k = 0; k < finder->parts->n_components; ++k) {
        for (emix_index c = 0; c < pairs->n_near; ++c) {
            const emix_index j = pairs->near[k * pairs->n_near + c];
            if (j >= 0 && finder->ownership->counts[k] > 0.0 && (k < j || !is_near(pairs, j, k))) {
                pairs->all[pairs->n++] = (EmixPair){.i = k < j ? k : j, .j = k < j ? j : k};
            }
        }
    }
}

/* ---- losses ---- */

/* Before the entropy of responsibilities is counted. */
static EmixStatus find_loss(void *context, int task, int worker, EmixError *error)
{
    (void)error;
    Finder *finder = context;
    EmixPair *pair = &finder->pairs->all[task];
    const double *counts = finder->ownership->counts;
    const double n_i = counts[pair->i];
    const double n_j = counts[pair->j];
    const double fall = finder->query->merge(finder->parts, pair->i, pair->j, counts,
                                             finder->memory + worker * finder->memory_size, NULL);
    pair->loss = fall - (f(n_i + n_j) - f(n_i) - f(n_j));
    return EMIX_OK;
}

/* Rows that only one of them owns change next to nothing. */
static EmixStatus add_entropy(void *context, int task, int worker, EmixError *error)
{
    (void)error;
    (void)worker;
    Finder *finder = context;
    EmixPair *pair = &finder->pairs->all[task];
    const EmixOwnership *o = finder->ownership;
    emix_index a = o->first[pair->i];
    emix_index b = o->first[pair->j];
    while (a < o->first[pair->i + 1] && b < o->first[pair->j + 1]) {
        if (o->rows[a] < o->rows[b]) {
            ++a;
            continue;
        }
        if (o->rows[b] < o->rows[a]) {
            ++b;
            continue;
        }
        const double r_i = o->responsibilities[a];
        const double r_j = o->responsibilities[b];
        const double weight = emix_data_row_weight(finder->data, o->rows[a]);
        pair->loss += weight * (f(r_i + r_j) - f(r_i) - f(r_j));
        ++a;
        ++b;
    }
    return EMIX_OK;
}

static int by_loss(const void *a, const void *b)
{
    const EmixPair *x = a;
    const EmixPair *y = b;
    if (x->loss != y->loss) {
        return x->loss < y->loss ? -1 : 1;
    }
    return x->i != y->i ? (x->i < y->i ? -1 : 1) : (x->j > y->j) - (x->j < y->j);
}

static void sort(EmixPairs *pairs)
{
    if (pairs->n > 0) {
        qsort(pairs->all, (size_t)pairs->n, sizeof *pairs->all, by_loss);
    }
}

EmixStatus emix_pairs_find(const EmixParts *parts, const EmixQueryOps *query,
                           const EmixDataset *data, const EmixOwnership *ownership, int n_workers,
                           EmixPairs *pairs, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index n_components = parts->n_components;
    const emix_index d = parts->n_features;
    Finder finder = {.parts = parts,
                     .query = query,
                     .data = data,
                     .ownership = ownership,
                     .pairs = pairs,
                     .memory_size = emix_align_doubles(query->merge_size(parts))};
    emix_pairs_clear(pairs);
    pairs->n_near = n_components - 1 < NEAREST ? n_components - 1 : NEAREST;
    EMIX_TRY_ALLOC(pairs->near, n_components * pairs->n_near);
    EMIX_TRY_ALLOC(pairs->all, n_components * pairs->n_near);
    EMIX_TRY_ALLOC(finder.means, n_components * d);
    EMIX_TRY_ALLOC(finder.variances, n_components * d);
    EMIX_TRY_ALLOC(finder.distances, n_workers * pairs->n_near);
    EMIX_TRY_ALLOC(finder.memory, n_workers * finder.memory_size);
    tabulate(&finder);
    EMIX_TRY(emix_parallel_try((int)n_components, n_workers, find_near, &finder, error));
    list_pairs(&finder);
    EMIX_TRY(emix_parallel_try((int)pairs->n, n_workers, find_loss, &finder, error));
    sort(pairs);
    const emix_index most = PAIRS_PER_COMPONENT * n_components;
    pairs->n = pairs->n < most ? pairs->n : most;
    EMIX_TRY(emix_parallel_try((int)pairs->n, n_workers, add_entropy, &finder, error));
    sort(pairs);
cleanup:
    emix_free(finder.memory);
    emix_free(finder.distances);
    emix_free(finder.variances);
    emix_free(finder.means);
    return status;
}

void emix_pairs_clear(EmixPairs *pairs)
{
    emix_free(pairs->all);
    emix_free(pairs->near);
    *pairs = (EmixPairs){0};
}

/* Gathering rows by component. */
#include "families/gaussian/gather.h"

#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/covariance.h"

/* Up to this squared distance, moments about the common centre keep ten digits: 1e6 times eps. */
static const double far_distance2 = 1e6;
/* Gathering is faster if less than this part of the responsibilities matter. */
static const double sparse_part = 0.25;

static EmixKernelShape one_component(const EmixGaussian *g)
{
    EmixKernelShape shape = g->shape;
    shape.n_components = 1;
    return shape;
}

/* Largest number of rows that wait for a component: four groups of the widest kernels. */
enum { MAX_WAITING = 96 };

/* Responsibilities that are looked at together. */
enum { LOOK_AHEAD = 16 };

/* The regions of the scratch memory. */
typedef struct Waiting {
    EmixKernelShape one;
    emix_index capacity; /* rows of a buffer */
    double *panel;
    double *kernel_scratch;
    double *counts; /* [K] waiting rows */
    double *r;      /* [K x capacity] */
    double *rows;   /* [K x capacity x D] */
} Waiting;

/* Positions of the regions, in doubles. */
typedef struct Places {
    emix_index kernel_scratch;
    emix_index counts;
    emix_index r;
    emix_index rows;
    emix_index end;
} Places;

static emix_index capacity_of(const EmixGaussian *g)
{
    return g->shape.n_rows < MAX_WAITING ? g->shape.n_rows : MAX_WAITING;
}

static Places places_of(const EmixGaussian *g, emix_index kernel_scratch)
{
    const EmixKernelShape one = one_component(g);
    const emix_index n_components = g->shape.n_components;
    const emix_index capacity = capacity_of(g);
    Places at = {.kernel_scratch = emix_align_doubles(g->kernels->panel_size(&one))};
    at.counts = at.kernel_scratch + emix_align_doubles(kernel_scratch);
    at.r = at.counts + emix_align_doubles(n_components);
    at.rows = at.r + emix_align_doubles(n_components * capacity);
    at.end = at.rows + emix_align_doubles(n_components * capacity * one.n_features);
    return at;
}

static Waiting view_scratch(const EmixGaussian *g, emix_index kernel_scratch, double *scratch)
{
    const Places at = places_of(g, kernel_scratch);
    return (Waiting){
        .one = one_component(g),
        .capacity = capacity_of(g),
        .panel = scratch,
        .kernel_scratch = scratch + at.kernel_scratch,
        .counts = scratch + at.counts,
        .r = scratch + at.r,
        .rows = scratch + at.rows,
    };
}

emix_index emix_gather_scratch_size(const EmixGaussian *g, emix_index kernel_scratch)
{
    return places_of(g, kernel_scratch).end;
}

void emix_gather_begin(const EmixGaussian *g, const EmixGather *gather, double *scratch)
{
    const Waiting w = view_scratch(g, gather->kernel_scratch, scratch);
    memset(w.counts, 0, (size_t)g->shape.n_components * sizeof *w.counts);
}

/* Passes the waiting rows of component k to the sink. */
static void flush(const EmixGaussian *g, const EmixGather *gather, const Waiting *w, emix_index k,
                  double *sums)
{
    const emix_index n = (emix_index)w->counts[k];
    const emix_index group = g->kernels->row_group;
    const emix_index padded_rows = (n + group - 1) / group * group;
    const emix_index d = w->one.n_features;
    double *r = w->r + k * w->capacity;
    for (emix_index i = n; i < padded_rows; ++i) {
        r[i] = 0.0;
    }
    g->kernels->pack(&w->one, n, padded_rows, w->rows + k * w->capacity * d, d,
                     gather->means + k * gather->stride, w->panel);
    gather->sink(g, &w->one, k, padded_rows, w->panel, r, w->kernel_scratch, sums);
    w->counts[k] = 0.0;
}

/* Whether any of the responsibilities exceeds the threshold: a loop without branches, for the many
 * that do not. */
static bool any_exceeds(const double *r, emix_index n, double threshold)
{
    bool any = false;
    for (emix_index i = 0; i < n; ++i) {
        any |= r[i] > threshold;
    }
    return any;
}

void emix_gather_shard(const EmixGaussian *g, const EmixGather *gather, const EmixShard *shard,
                       const double *r, emix_index ldr, double *scratch, double *sums)
{
    const Waiting w = view_scratch(g, gather->kernel_scratch, scratch);
    const emix_index d = w.one.n_features;
    for (emix_index k = 0; k < g->shape.n_components; ++k) {
        double *rows = w.rows + k * w.capacity * d;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            if (i % LOOK_AHEAD == 0 && shard->row_weights == NULL &&
                i + LOOK_AHEAD <= shard->n_rows &&
                !any_exceeds(r + k * ldr + i, LOOK_AHEAD, EMIX_NEGLIGIBLE_RESPONSIBILITY)) {
                i += LOOK_AHEAD - 1;
                continue;
            }
            const double weight = shard->row_weights ? shard->row_weights[i] : 1.0;
            const double own = r[k * ldr + i];
            if (!(own > EMIX_NEGLIGIBLE_RESPONSIBILITY * weight)) {
                continue;
            }
            const emix_index n = (emix_index)w.counts[k];
            memcpy(rows + n * d, shard->x + i * shard->ldx, (size_t)d * sizeof *rows);
            w.r[k * w.capacity + n] = own;
            w.counts[k] += 1.0;
            if (n + 1 == w.capacity) {
                flush(g, gather, &w, k, sums);
            }
        }
    }
}

void emix_gather_end(const EmixGaussian *g, const EmixGather *gather, double *scratch, double *sums)
{
    const Waiting w = view_scratch(g, gather->kernel_scratch, scratch);
    for (emix_index k = 0; k < g->shape.n_components; ++k) {
        if (w.counts[k] > 0.0) {
            flush(g, gather, &w, k, sums);
        }
    }
}

bool emix_gather_pays(const EmixGaussian *g, const double *header)
{
    const double looked_at = header[EMIX_STAT_SAMPLED_ROWS] * (double)g->shape.n_components;
    return header[EMIX_STAT_ACTIVE] < sparse_part * looked_at;
}

bool emix_is_far(const EmixGaussian *g, const double *mean, const double *variances,
                 emix_index stride)
{
    for (emix_index j = 0; j < g->shape.n_features; ++j) {
        const double away = mean[j] - g->centre[j];
        if (away * away > far_distance2 * variances[j * stride]) {
            return true;
        }
    }
    return false;
}

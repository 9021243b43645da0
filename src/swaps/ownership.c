/* Lists of owned rows. */
#include "swaps/ownership.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/compensated.h"
#include "data/sweep.h"
#include "mixture/mixture.h"

typedef struct Entry {
    emix_index row;
    emix_index component;
    double responsibility;
} Entry;

/* What a lane finds, entries in the order of rows. */
typedef struct Lane {
    Entry *entries; /* [capacity] */
    emix_index n;
    emix_index capacity;
    double *counts; /* [K] */
    EmixSum log_likelihood;
} Lane;

typedef struct Sweep {
    EmixEngine *engine;
    const EmixMixture *mixture;
    double *joints; /* [n_workers x joint_size] */
    emix_index joint_size;
} Sweep;

/* Makes room for the entries of one more shard. */
static EmixStatus reserve(Lane *lane, emix_index n_more, EmixError *error)
{
    if (lane->n + n_more <= lane->capacity) {
        return EMIX_OK;
    }
    const emix_index capacity = 2 * lane->capacity + n_more;
    Entry *larger = emix_realloc(lane->entries, lane->capacity, capacity, sizeof *larger);
    if (larger == NULL) {
        return emix_fail_nomem(error, capacity, sizeof *larger);
    }
    lane->entries = larger;
    lane->capacity = capacity;
    return EMIX_OK;
}

/* Adds component k's entries of a shard, and its count. */
static EmixStatus add_component(Lane *lane, emix_index k, const EmixRows *rows, const double *r,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double count = 0.0;
    emix_index n_owned = 0;
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        count += emix_rows_weight(rows, i) * r[i];
        n_owned += r[i] > EMIX_OWNED_RESPONSIBILITY;
    }
    lane->counts[k] += count;
    if (n_owned == 0) {
        return EMIX_OK;
    }
    EMIX_TRY(reserve(lane, n_owned, error));
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        const double weight = emix_rows_weight(rows, i);
        if (r[i] > EMIX_OWNED_RESPONSIBILITY && weight > 0.0) {
            lane->entries[lane->n++] = (Entry){
                .row = rows->first_row + i, .component = k, .responsibility = r[i]};
        }
    }
cleanup:
    return status;
}

static EmixStatus add_shard(void *context, const EmixRows *rows, int worker, void *lane_memory,
                            EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const Sweep *sweep = context;
    Lane *lane = lane_memory;
    const EmixEngine *e = sweep->engine;
    EmixShard shard = emix_engine_shard(rows);
    shard.labels = NULL;
    const EmixJoint joint = emix_mixture_joint(
        sweep->mixture, e->current.derived, &shard, emix_engine_scratch(e, worker),
        sweep->joints + (emix_index)worker * sweep->joint_size);
    const emix_index n_components = sweep->mixture->shape.n_components;
    if (lane->counts == NULL) {
        EMIX_TRY_ALLOC(lane->counts, n_components);
    }
    for (emix_index k = 0; k < n_components; ++k) {
        EMIX_TRY(add_component(lane, k, rows, joint.responsibilities + k * joint.ld, error));
    }
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        const double weight = emix_rows_weight(rows, i);
        if (weight > 0.0 && isfinite(joint.log_density[i])) {
            emix_sum_add(&lane->log_likelihood, weight * joint.log_density[i]);
        }
    }
cleanup:
    return status;
}

/* ---- from lanes to lists ---- */

static EmixStatus allocate(const EmixSweepJob *job, emix_index n_components,
                           EmixOwnership *ownership, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    ownership->n_components = n_components;
    EMIX_TRY_ALLOC(ownership->first, n_components + 2);
    EMIX_TRY_ALLOC(ownership->counts, n_components);
    emix_index n = 0;
    for (int l = 0; l < job->plan.n_lanes; ++l) {
        n += ((const Lane *)emix_sweep_lane(job, l))->n;
    }
    EMIX_TRY_ALLOC(ownership->rows, n);
    EMIX_TRY_ALLOC(ownership->responsibilities, n);
cleanup:
    return status;
}

/* A counting sort by component; lanes, and entries within them, are in the order of rows. */
static void sort_entries(const EmixSweepJob *job, EmixOwnership *ownership)
{
    emix_index *next = ownership->first + 1;
    EmixSum log_likelihood = {0};
    for (int l = 0; l < job->plan.n_lanes; ++l) {
        const Lane *lane = emix_sweep_lane(job, l);
        for (emix_index e = 0; e < lane->n; ++e) {
            next[lane->entries[e].component + 1] += 1;
        }
        for (emix_index k = 0; k < ownership->n_components && lane->counts != NULL; ++k) {
            ownership->counts[k] += lane->counts[k];
        }
        emix_sum_add(&log_likelihood, emix_sum_total(&lane->log_likelihood));
    }
    ownership->log_likelihood = emix_sum_total(&log_likelihood);
    for (emix_index k = 0; k < ownership->n_components; ++k) {
        next[k + 1] += next[k];
    }
    /* next[k] is where component k's next entry goes, and in the end where k + 1 begins */
    for (int l = 0; l < job->plan.n_lanes; ++l) {
        const Lane *lane = emix_sweep_lane(job, l);
        for (emix_index e = 0; e < lane->n; ++e) {
            const emix_index at = next[lane->entries[e].component]++;
            ownership->rows[at] = lane->entries[e].row;
            ownership->responsibilities[at] = lane->entries[e].responsibility;
        }
    }
}

EmixStatus emix_ownership_take(EmixEngine *engine, EmixOwnership *ownership, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Sweep sweep = {.engine = engine, .mixture = engine->self};
    EmixSweepJob job = {
        .data = engine->data,
        .plan = engine->plan,
        .n_workers = engine->n_workers,
        .context = &sweep,
        .shard = add_shard,
        .lane_stride = sizeof(Lane),
        .lane_bytes = sizeof(Lane),
        .sum = EMIX_LANES_KEPT,
    };
    emix_ownership_clear(ownership);
    sweep.joint_size = emix_mixture_joint_size(sweep.mixture);
    EMIX_TRY_ALLOC(sweep.joints, engine->n_workers * sweep.joint_size);
    EMIX_TRY(emix_sweep_allocate(&job, error));
    EMIX_TRY(emix_sweep_run(&job, error));
    EMIX_TRY(allocate(&job, sweep.mixture->shape.n_components, ownership, error));
    sort_entries(&job, ownership);
cleanup:
    for (int l = 0; job.lanes != NULL && l < job.plan.n_lanes; ++l) {
        Lane *lane = emix_sweep_lane(&job, l);
        emix_free(lane->entries);
        emix_free(lane->counts);
    }
    emix_sweep_clear(&job);
    emix_free(sweep.joints);
    return status;
}

void emix_ownership_clear(EmixOwnership *ownership)
{
    emix_free(ownership->first);
    emix_free(ownership->rows);
    emix_free(ownership->responsibilities);
    emix_free(ownership->counts);
    *ownership = (EmixOwnership){0};
}

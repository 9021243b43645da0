/* Hashes lanes of rows side by side, then the hashes of the lanes in order. */
#include "data/fingerprint.h"

#include <stddef.h>

#include "core/hash.h"
#include "data/sweep.h"

/* Number of values that a worker hashes between two requests for more. */
enum { BLOCK_VALUES = 8192 };

static void begin_hash(void *context, int worker, void *lane)
{
    (void)context;
    (void)worker;
    *(uint64_t *)lane = EMIX_HASH_EMPTY;
}

static EmixStatus hash_rows(void *context, const EmixRows *rows, int worker, void *lane,
                            EmixError *error)
{
    (void)worker;
    (void)error;
    const EmixDataset *data = ((const EmixSweepJob *)context)->data;
    const size_t n_rows = (size_t)rows->n_rows;
    uint64_t hash = *(uint64_t *)lane;
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        hash = emix_hash_bytes(hash, rows->x + i * rows->ldx,
                               (size_t)data->n_features * sizeof *rows->x);
    }
    if (rows->row_weights != NULL) {
        hash = emix_hash_bytes(hash, rows->row_weights, n_rows * sizeof *rows->row_weights);
    }
    if (rows->labels != NULL) {
        hash = emix_hash_bytes(hash, rows->labels, n_rows * sizeof *rows->labels);
    }
    *(uint64_t *)lane = hash;
    return EMIX_OK;
}

EmixStatus emix_fingerprint_data(const EmixDataset *data, int n_workers, const EmixWatch *watch,
                                 uint64_t *fingerprint, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    const emix_index rows = d < BLOCK_VALUES ? BLOCK_VALUES / d : 1;
    EmixSweepJob job = {
        .data = data,
        .plan = emix_shard_plan(data->n_rows, rows, (emix_index)sizeof(uint64_t)),
        .n_workers = n_workers,
        .watch = watch,
        .context = &job,
        .begin_lane = begin_hash,
        .shard = hash_rows,
        .lane_stride = sizeof(uint64_t),
        .lane_bytes = sizeof(uint64_t),
    };
    EMIX_TRY(emix_sweep_allocate(&job, error));
    EMIX_TRY(emix_sweep_run(&job, error));
    *fingerprint = emix_hash_bytes(EMIX_HASH_EMPTY, job.lanes,
                                   (size_t)job.plan.n_lanes * sizeof(uint64_t));
cleanup:
    emix_sweep_clear(&job);
    return status;
}

/* Lanes of rows hashed side by side, then the hashes of the lanes in order. */
#include "data/fingerprint.h"

#include <stddef.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "data/shard_plan.h"
#include "data/sweep.h"
#include "parallel/parallel.h"

/* Values that a worker looks at before it asks for more. */
enum { BLOCK_VALUES = 8192 };

typedef struct Fingerprinting {
    const EmixDataset *data;
    EmixShardPlan plan;
    double *buffers;  /* [n_workers x shard_rows x D] */
    uint64_t *hashes; /* [n_lanes] */
} Fingerprinting;

static EmixStatus hash_lane(void *context, int lane, int worker)
{
    const Fingerprinting *f = context;
    const EmixDataset *data = f->data;
    const emix_index d = data->n_features;
    double *buffer = f->buffers + (emix_index)worker * f->plan.shard_rows * d;
    const emix_index end = emix_shard_plan_first(&f->plan, lane + 1);
    EmixSweep sweep = emix_data_sweep_begin(data, emix_shard_plan_lane_row(&f->plan, lane),
                                            emix_shard_plan_lane_row(&f->plan, lane + 1));
    uint64_t hash = EMIX_HASH_EMPTY;
    for (emix_index s = emix_shard_plan_first(&f->plan, lane); s < end; ++s) {
        emix_index n_rows = 0;
        emix_index ldx = 0;
        const emix_index first = emix_shard_plan_rows(&f->plan, s, &n_rows);
        const double *x = emix_data_sweep_view(&sweep, first, n_rows, buffer, &ldx);
        for (emix_index i = 0; i < n_rows; ++i) {
            hash = emix_hash_bytes(hash, x + i * ldx, (size_t)d * sizeof *x);
        }
        if (data->row_weights != NULL) {
            hash = emix_hash_bytes(hash, data->row_weights + first,
                                   (size_t)n_rows * sizeof *data->row_weights);
        }
        if (data->labels != NULL) {
            hash = emix_hash_bytes(hash, data->labels + first,
                                   (size_t)n_rows * sizeof *data->labels);
        }
    }
    emix_data_sweep_end(&sweep);
    f->hashes[lane] = hash;
    return EMIX_OK;
}

EmixStatus emix_fingerprint_data(const EmixDataset *data, int n_workers, uint64_t *fingerprint,
                                 EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    const emix_index rows = d < BLOCK_VALUES ? BLOCK_VALUES / d : 1;
    Fingerprinting f = {.data = data,
                        .plan = emix_shard_plan(data->n_rows, rows, (emix_index)sizeof *f.hashes)};
    EMIX_TRY_ALLOC(f.buffers, n_workers * f.plan.shard_rows * d);
    EMIX_TRY_ALLOC(f.hashes, f.plan.n_lanes);
    emix_parallel_for(f.plan.n_lanes, n_workers, hash_lane, &f);
    *fingerprint = emix_hash_bytes(EMIX_HASH_EMPTY, f.hashes,
                                   (size_t)f.plan.n_lanes * sizeof *f.hashes);
cleanup:
    emix_free(f.hashes);
    emix_free(f.buffers);
    return status;
}

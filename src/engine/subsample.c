/* Random subsamples. */
#include "engine/subsample.h"

#include "core/alloc.h"
#include "core/rng.h"
#include "data/sweep.h"

enum { MIN_ROWS = 10000, ROWS_PER_PARAMETER = 50, STREAM_TOURNAMENT = 1 };
static const emix_index max_bytes = (emix_index)256 << 20;
/* A data set with a cap on memory gives this part of it to the subsample. */
enum { MEMORY_SHARE = 8 };
/* Rows here and there bring in pages around them: this many between giving pages back. */
enum { ROWS_BETWEEN_RELEASES = 512 };

void emix_subsample_choose(emix_index n_rows, emix_index wanted, uint64_t seed, int stream,
                           emix_index *chosen)
{
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SUBSAMPLE, stream);
    emix_index n_chosen = 0;
    for (emix_index i = 0; n_chosen < wanted; ++i) {
        const emix_index still = wanted - n_chosen;
        if (emix_rng_uniform(&rng) * (double)(n_rows - i) < (double)still) {
            chosen[n_chosen++] = i;
        }
    }
}

static emix_index subsample_rows(const EmixDataset *data, double n_parameters)
{
    const double enough = (double)ROWS_PER_PARAMETER * n_parameters;
    const bool capped = data->memory_bytes > 0 && data->memory_bytes / MEMORY_SHARE < max_bytes;
    const emix_index bytes = capped ? data->memory_bytes / MEMORY_SHARE : max_bytes;
    const emix_index limit = bytes / (data->n_features * (emix_index)sizeof(double));
    emix_index rows = enough < (double)data->n_rows ? (emix_index)enough : data->n_rows;
    rows = rows < MIN_ROWS ? MIN_ROWS : rows;
    return rows > limit ? limit : rows;
}

EmixStatus emix_subsample_copy(const EmixDataset *data, emix_index n, const emix_index *chosen,
                               double *rows, double *weights, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    for (emix_index i = 0; i < n; ++i) {
        EMIX_TRY(emix_dataset_copy_rows(data, chosen[i], 1, rows + i * data->n_features, error));
        weights[i] = data->row_weights ? data->row_weights[chosen[i]] : 1.0;
        if (i % ROWS_BETWEEN_RELEASES == ROWS_BETWEEN_RELEASES - 1) {
            emix_data_stream_release(data);
        }
    }
    emix_data_stream_release(data);
cleanup:
    return status;
}

EmixStatus emix_subsample_create(const EmixDataset *data, double n_parameters,
                                 emix_index least_rows, uint64_t seed, double **storage,
                                 EmixDataset **subsample, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    const emix_index n = subsample_rows(data, n_parameters);
    emix_index *chosen = NULL;
    double *rows = NULL;
    if (n >= data->n_rows / 2 || n < least_rows) {
        *storage = NULL;
        *subsample = NULL;
        return EMIX_OK;
    }
    EMIX_TRY_ALLOC(chosen, n);
    EMIX_TRY_ALLOC(rows, n * (d + 1));
    emix_subsample_choose(data->n_rows, n, seed, STREAM_TOURNAMENT, chosen);
    double *weights = rows + n * d;
    for (emix_index i = 0; i < n; ++i) {
        EMIX_TRY(emix_dataset_copy_rows(data, chosen[i], 1, rows + i * d, error));
        weights[i] = data->row_weights ? data->row_weights[chosen[i]] : 1.0;
    }
    EMIX_TRY(
        emix_dataset_create(n, d, rows, d, data->row_weights ? weights : NULL, subsample, error));
    *storage = rows;
    rows = NULL;
cleanup:
    emix_free(rows);
    emix_free(chosen);
    return status;
}

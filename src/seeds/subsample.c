/* Random subsamples. */
#include "seeds/subsample.h"

#include "core/alloc.h"
#include "core/rng.h"
#include "data/stream.h"

enum { MIN_ROWS = 10000, ROWS_PER_PARAMETER = 50 };
/* Reading scattered rows loads pages around them; pages are released after this many rows. */
enum { ROWS_BETWEEN_RELEASES = 512 };

void emix_subsample_choose(emix_index n_rows, emix_index wanted, uint64_t seed,
                           EmixSubsampleStream stream, emix_index *chosen)
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
    const emix_index limit = emix_data_working_bytes(data) /
                             (data->n_features * (emix_index)sizeof(double));
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
        weights[i] = emix_data_row_weight(data, chosen[i]);
        if (i % ROWS_BETWEEN_RELEASES == ROWS_BETWEEN_RELEASES - 1) {
            emix_data_stream_release(data);
        }
    }
    emix_data_stream_release(data);
cleanup:
    return status;
}

/* Memory that a subsample owns. */
typedef struct Storage {
    double *rows;
    double *weights;
    int *labels;
} Storage;

static void release_storage(void *owner)
{
    Storage *storage = owner;
    if (storage != NULL) {
        emix_free(storage->labels);
        emix_free(storage->weights);
        emix_free(storage->rows);
        emix_free(storage);
    }
}

static EmixStatus copy_labels(const EmixDataset *data, emix_index n, const emix_index *chosen,
                              Storage *storage, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    if (data->labels == NULL) {
        return EMIX_OK;
    }
    EMIX_TRY_ALLOC(storage->labels, n);
    for (emix_index i = 0; i < n; ++i) {
        storage->labels[i] = data->labels[chosen[i]];
    }
cleanup:
    return status;
}

EmixStatus emix_subsample_create(const EmixDataset *data, double n_parameters,
                                 emix_index least_rows, uint64_t seed, EmixDataset **subsample,
                                 EmixError *error)
{
    const emix_index n = subsample_rows(data, n_parameters);
    *subsample = NULL;
    if (n >= data->n_rows / 2 || n < least_rows) {
        return EMIX_OK;
    }
    return emix_subsample_create_of(data, n, seed, EMIX_SUBSAMPLE_OF_TOURNAMENT, subsample, error);
}

EmixStatus emix_subsample_create_of(const EmixDataset *data, emix_index n, uint64_t seed,
                                    EmixSubsampleStream stream, EmixDataset **subsample,
                                    EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    emix_index *chosen = NULL;
    Storage *storage = NULL;
    *subsample = NULL;
    EMIX_TRY_ALLOC(chosen, n);
    EMIX_TRY_ALLOC(storage, 1);
    EMIX_TRY_ALLOC(storage->rows, n * d);
    EMIX_TRY_ALLOC(storage->weights, n);
    emix_subsample_choose(data->n_rows, n, seed, stream, chosen);
    EMIX_TRY(emix_subsample_copy(data, n, chosen, storage->rows, storage->weights, error));
    EMIX_TRY(copy_labels(data, n, chosen, storage, error));
    const EmixDataset fields = {
        .x = storage->rows,
        .dtype = EMIX_FLOAT64,
        .n_rows = n,
        .n_features = d,
        .row_stride = d,
        .feature_stride = 1,
        .row_weights = data->row_weights ? storage->weights : NULL,
        .release = release_storage,
        .owner = storage,
    };
    EMIX_TRY(emix_data_dataset_create_owned(&fields, subsample, error));
    storage = NULL;
    EMIX_TRY(emix_dataset_set_labels(*subsample, ((Storage *)(*subsample)->owner)->labels,
                                     data->n_labels, NULL, error));
cleanup:
    release_storage(storage);
    emix_free(chosen);
    return status;
}

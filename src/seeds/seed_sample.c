/* The rows from which seeds of starts are drawn. */
#include "seeds/seed_sample.h"

#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "seeds/subsample.h"

/* Seeds are drawn from at most SEED_ROWS rows, or ROWS_PER_COMPONENT rows per component if that is
 * more. Seeds of a label are drawn from at most ROWS_PER_COMPONENT of its rows. */
enum { SEED_ROWS = 4096, ROWS_PER_COMPONENT = 64 };

emix_index emix_seed_sample_n_of_label(const EmixSeedSample *sample, emix_index l)
{
    return l < sample->n_labels ? sample->label_first[l + 1] - sample->label_first[l] : 0;
}

static emix_index sample_rows(const EmixDataset *data, emix_index n_components)
{
    const emix_index most = n_components > SEED_ROWS / ROWS_PER_COMPONENT
                                ? n_components * ROWS_PER_COMPONENT
                                : SEED_ROWS;
    return data->n_rows < most ? data->n_rows : most;
}

/* Counts rows of positive weight of each label, at most ROWS_PER_COMPONENT, into
 * label_first[l + 1]. */
static emix_index count_labelled(const EmixDataset *data, emix_index *left, emix_index *count)
{
    emix_index n = 0;
    for (emix_index i = 0; data->labels != NULL && i < data->n_rows; ++i) {
        const bool counts = data->row_weights == NULL || data->row_weights[i] > 0.0;
        if (counts && data->labels[i] >= 0) {
            left[data->labels[i]] += 1;
        }
    }
    for (emix_index l = 0; l < data->n_labels; ++l) {
        count[l] = left[l] < ROWS_PER_COMPONENT ? left[l] : ROWS_PER_COMPONENT;
        n += count[l];
    }
    return n;
}

/* Chooses count[l] of the left[l] rows of each label, each set with equal probability (Knuth, The
 * Art of Computer Programming 2, section 3.4.2, algorithm S), with a stream of random numbers for
 * each label. Those of label l go to chosen + first[l], ascending. */
static void choose_labelled(const EmixDataset *data, uint64_t seed, emix_index *left,
                            emix_index *count, EmixRng *rngs, const emix_index *first,
                            emix_index *chosen)
{
    for (emix_index l = 0; l < data->n_labels; ++l) {
        rngs[l] = emix_rng_init(seed, EMIX_RNG_LABELLED, l);
    }
    for (emix_index i = 0; i < data->n_rows; ++i) {
        const int l = data->labels[i];
        if (l < 0 || (data->row_weights != NULL && data->row_weights[i] == 0.0)) {
            continue;
        }
        if (emix_rng_uniform(&rngs[l]) * (double)left[l] < (double)count[l]) {
            chosen[first[l + 1] - count[l]] = i;
            count[l] -= 1;
        }
        left[l] -= 1;
    }
}

/* Draws rows of each label. `chosen` are the rows that emix_seed_sample_init() copies behind the
 * n_plain others. */
static EmixStatus draw_labelled(const EmixDataset *data, uint64_t seed, emix_index n_plain,
                                EmixSeedSample *sample, emix_index **chosen, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index n_labels = data->n_labels;
    emix_index *left = NULL;
    emix_index *count = NULL;
    EmixRng *rngs = NULL;
    EMIX_TRY_ALLOC(left, n_labels);
    EMIX_TRY_ALLOC(count, n_labels);
    EMIX_TRY_ALLOC(rngs, n_labels);
    EMIX_TRY_ALLOC(sample->label_first, n_labels + 1);
    EMIX_TRY_ALLOC(*chosen, n_plain + count_labelled(data, left, count));
    sample->n_labels = n_labels;
    for (emix_index l = 0; l < n_labels; ++l) {
        sample->label_first[l + 1] = sample->label_first[l] + count[l];
    }
    if (n_labels > 0) {
        choose_labelled(data, seed, left, count, rngs, sample->label_first, *chosen + n_plain);
    }
cleanup:
    emix_free(rngs);
    emix_free(count);
    emix_free(left);
    return status;
}

/* Removes rows of weight 0 from the first n_plain, and moves the rows of labels into the gap. */
static void close_up(EmixSeedSample *sample, emix_index n_plain)
{
    const emix_index d = sample->n_features;
    const emix_index n_all = n_plain + sample->label_first[sample->n_labels];
    emix_index n = 0;
    for (emix_index c = 0; c < n_all; ++c) {
        if (c < n_plain && sample->weights[c] == 0.0) {
            continue;
        }
        memmove(sample->rows + n * d, sample->rows + c * d, (size_t)d * sizeof(double));
        sample->weights[n++] = sample->weights[c];
    }
    sample->n_rows = n - sample->label_first[sample->n_labels];
    for (emix_index l = 0; l <= sample->n_labels; ++l) {
        sample->label_first[l] += sample->n_rows;
    }
}

static void share_coordinates(EmixSeedSample *sample)
{
    for (int metric = sample->n_coordinates; metric < EMIX_N_METRICS; ++metric) {
        sample->coordinates[metric] = sample->coordinates[0];
    }
}

static void transform_from(EmixSeedSample *sample, emix_index first)
{
    const emix_index d = sample->n_features;
    for (int metric = 0; metric < sample->n_coordinates; ++metric) {
        for (emix_index i = first; i < sample->n_all; ++i) {
            emix_metric_transform(sample->summary, d, (EmixMetric)metric, sample->rows + i * d,
                                  sample->coordinates[metric] + i * d);
        }
    }
}

EmixStatus emix_seed_sample_init(const EmixDataset *data, const EmixDataSummary *summary,
                                 emix_index n_components, uint64_t seed, EmixSeedSample *sample,
                                 EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    const emix_index wanted = sample_rows(data, n_components);
    emix_index *chosen = NULL;
    *sample = (EmixSeedSample){
        .n_features = d,
        .summary = summary,
        .is_part = wanted < data->n_rows,
        .n_coordinates = emix_metric_scales(summary, EMIX_METRIC_SPHERED) ? 1 : EMIX_N_METRICS,
    };
    EMIX_TRY(draw_labelled(data, seed, wanted, sample, &chosen, error));
    const emix_index n_all = wanted + sample->label_first[sample->n_labels];
    EMIX_TRY_ALLOC(sample->rows, n_all * d);
    EMIX_TRY_ALLOC(sample->weights, n_all);
    emix_subsample_choose(data->n_rows, wanted, seed, EMIX_SUBSAMPLE_OF_SEEDS, chosen);
    EMIX_TRY(emix_subsample_copy(data, n_all, chosen, sample->rows, sample->weights, error));
    close_up(sample, wanted);
    sample->n_all = sample->label_first[sample->n_labels];
    for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
        sample->pools[metric] = (EmixSeedPool){.first = 0, .n_rows = sample->n_rows};
    }
    for (int metric = 0; metric < sample->n_coordinates; ++metric) {
        EMIX_TRY_ALLOC(sample->coordinates[metric], n_all * d);
    }
    share_coordinates(sample);
    transform_from(sample, 0);
    if (sample->n_rows < n_components) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_DEGENERATE,
                           "%lld components need as many rows of positive weight to start from, "
                           "found %lld",
                           (long long)n_components, (long long)sample->n_rows));
    }
cleanup:
    emix_free(chosen);
    if (status != EMIX_OK) {
        emix_seed_sample_clear(sample);
    }
    return status;
}

static EmixStatus grow_vector(emix_index old_count, emix_index count, double **vector,
                              EmixError *error)
{
    double *grown = emix_realloc(*vector, old_count, count, sizeof *grown);
    if (grown == NULL) {
        return emix_fail_nomem(error, count, sizeof *grown);
    }
    *vector = grown;
    return EMIX_OK;
}

/* Makes room for n more rows at the end. */
static EmixStatus grow(EmixSeedSample *sample, emix_index n, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = sample->n_features;
    const emix_index n_old = sample->n_all;
    EMIX_TRY(grow_vector(n_old, n_old + n, &sample->weights, error));
    EMIX_TRY(grow_vector(n_old * d, (n_old + n) * d, &sample->rows, error));
    for (int metric = 0; metric < sample->n_coordinates; ++metric) {
        EMIX_TRY(grow_vector(n_old * d, (n_old + n) * d, &sample->coordinates[metric], error));
    }
cleanup:
    share_coordinates(sample);
    return status;
}

EmixStatus emix_seed_sample_oversample(const EmixDataset *data, const EmixKernels *kernels,
                                       const EmixOversampling *how, EmixSeedSample *sample,
                                       EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = sample->n_features;
    EmixWeightedRows candidates = {0};
    EMIX_TRY(emix_oversample(data, sample->summary, kernels, how, &candidates, error));
    if (candidates.n_rows < how->n_components) {
        goto cleanup; /* too few different rows */
    }
    EMIX_TRY(grow(sample, candidates.n_rows, error));
    memcpy(sample->rows + sample->n_all * d, candidates.rows,
           (size_t)(candidates.n_rows * d) * sizeof(double));
    memcpy(sample->weights + sample->n_all, candidates.weights,
           (size_t)candidates.n_rows * sizeof(double));
    sample->pools[how->metric] = (EmixSeedPool){.first = sample->n_all,
                                                .n_rows = candidates.n_rows};
    sample->n_all += candidates.n_rows;
    transform_from(sample, sample->n_all - candidates.n_rows);
cleanup:
    emix_oversample_clear(&candidates);
    return status;
}

emix_index emix_seed_sample_largest_pool(const EmixSeedSample *sample)
{
    emix_index most = 0;
    for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
        const emix_index n = sample->pools[metric].n_rows;
        most = n > most ? n : most;
    }
    return most;
}

void emix_seed_sample_clear(EmixSeedSample *sample)
{
    for (int metric = 0; metric < sample->n_coordinates; ++metric) {
        emix_free(sample->coordinates[metric]);
    }
    emix_free(sample->weights);
    emix_free(sample->rows);
    emix_free(sample->label_first);
    *sample = (EmixSeedSample){0};
}

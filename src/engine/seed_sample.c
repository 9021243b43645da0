/* Rows that seeds of starts are drawn from. */
#include "engine/seed_sample.h"

#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "engine/subsample.h"

/* Seeds are drawn from at most this many rows, or this many a component if that is more; those of
 * a label from at most ROWS_PER_COMPONENT of its rows. */
enum { SEED_ROWS = 4096, ROWS_PER_COMPONENT = 64 };

void emix_seed_sample_transform(const EmixSeedSample *sample, EmixMetric metric, const double *x,
                                double *z)
{
    const EmixDataSummary *summary = sample->summary;
    const emix_index d = sample->n_features;
    for (emix_index i = d - 1; i >= 0; --i) {
        if (metric == EMIX_METRIC_SCALED) {
            z[i] = (x[i] - summary->mean[i]) / summary->sds[i];
            continue;
        }
        double sum = 0.0;
        for (emix_index j = 0; j <= i; ++j) {
            sum += summary->whitener[i * d + j] * (x[j] - summary->mean[j]);
        }
        z[i] = sum;
    }
}

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

/* Rows of positive weight of each label, at most ROWS_PER_COMPONENT, into label_first[l + 1]. */
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

/* Chooses count[l] of the left[l] rows of each label, each set equally likely (Knuth, The Art of
 * Computer Programming 2, section 3.4.2, algorithm S), a stream of random numbers for each label;
 * those of label l to chosen + first[l], ascending. */
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

/* The rows of each label; `chosen` is what emix_seed_sample_init() copies behind n_plain others. */
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

/* Takes rows of weight 0 out of the first n_plain, and moves those of the labels up to them. */
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

EmixStatus emix_seed_sample_init(const EmixDataset *data, const EmixDataSummary *summary,
                                 emix_index n_components, uint64_t seed, EmixSeedSample *sample,
                                 EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    const emix_index wanted = sample_rows(data, n_components);
    emix_index *chosen = NULL;
    *sample = (EmixSeedSample){.n_features = d, .summary = summary};
    EMIX_TRY(draw_labelled(data, seed, wanted, sample, &chosen, error));
    const emix_index n_all = wanted + sample->label_first[sample->n_labels];
    EMIX_TRY_ALLOC(sample->rows, n_all * d);
    EMIX_TRY_ALLOC(sample->weights, n_all);
    emix_subsample_choose(data->n_rows, wanted, seed, EMIX_SUBSAMPLE_OF_SEEDS, chosen);
    EMIX_TRY(emix_subsample_copy(data, n_all, chosen, sample->rows, sample->weights, error));
    close_up(sample, wanted);
    for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
        EMIX_TRY_ALLOC(sample->coordinates[metric], n_all * d);
        for (emix_index i = 0; i < sample->label_first[sample->n_labels]; ++i) {
            emix_seed_sample_transform(sample, (EmixMetric)metric, sample->rows + i * d,
                                       sample->coordinates[metric] + i * d);
        }
    }
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

void emix_seed_sample_clear(EmixSeedSample *sample)
{
    for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
        emix_free(sample->coordinates[metric]);
    }
    emix_free(sample->weights);
    emix_free(sample->rows);
    emix_free(sample->label_first);
    *sample = (EmixSeedSample){0};
}

/* Greedy k-means++ seeds. */
#include "seeds/greedy.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

/* The rows by columns, so that distances of many rows are computed at a time. */
typedef struct Rows {
    emix_index n;
    emix_index d;
    double *columns; /* [D x n] */
    const double *weights;
} Rows;

/* out_i = weight_i min(limit_i / weight_i, |x_i - seed|^2), limit_i the distance so far, times
 * weight; returns the sum. */
static double lower_distances(const Rows *rows, const double *seed, const double *limit,
                              double *out)
{
    double sum = 0.0;
    memset(out, 0, (size_t)rows->n * sizeof *out);
    for (emix_index j = 0; j < rows->d; ++j) {
        const double *column = rows->columns + j * rows->n;
        for (emix_index i = 0; i < rows->n; ++i) {
            const double step = column[i] - seed[j];
            out[i] += step * step;
        }
    }
    for (emix_index i = 0; i < rows->n; ++i) {
        const double own = out[i] * rows->weights[i];
        out[i] = own < limit[i] ? own : limit[i];
        sum += out[i];
    }
    return sum;
}

static void copy_row(const Rows *rows, emix_index i, double *x)
{
    for (emix_index j = 0; j < rows->d; ++j) {
        x[j] = rows->columns[j * rows->n + i];
    }
}

/* distances: [3 x n]: so far, of a trial, of the best trial. */
static void choose_seeds(const Rows *rows, emix_index n_seeds, EmixRng *rng, double *distances,
                         double *x, double *seeds)
{
    double *so_far = distances;
    double *trial = so_far + rows->n;
    double *best = trial + rows->n;
    const int n_trials = 2 + (int)log((double)n_seeds);
    for (emix_index i = 0; i < rows->n; ++i) {
        so_far[i] = INFINITY;
    }
    for (emix_index k = 0; k < n_seeds; ++k) {
        double least = INFINITY;
        for (int t = 0; t < (k == 0 ? 1 : n_trials); ++t) {
            const emix_index row = emix_rng_proportional(rng, rows->n,
                                                         k == 0 ? rows->weights : so_far);
            copy_row(rows, row, x);
            const double sum = lower_distances(rows, x, so_far, trial);
            if (sum < least) {
                least = sum;
                memcpy(seeds + k * rows->d, x, (size_t)rows->d * sizeof *x);
                double *other = best;
                best = trial;
                trial = other;
            }
        }
        double *other = so_far;
        so_far = best;
        best = other;
    }
}

/* Moves each seed to the mean of the rows nearest to it. nearest [n], of the first of equal
 * seeds. */
static void move_seeds(const Rows *rows, emix_index n_seeds, double *distances, emix_index *nearest,
                       double *counts, double *seeds)
{
    double *least = distances;
    double *own = distances + rows->n;
    for (emix_index k = 0; k < n_seeds; ++k) {
        memset(own, 0, (size_t)rows->n * sizeof *own);
        for (emix_index j = 0; j < rows->d; ++j) {
            const double *column = rows->columns + j * rows->n;
            for (emix_index i = 0; i < rows->n; ++i) {
                const double step = column[i] - seeds[k * rows->d + j];
                own[i] += step * step;
            }
        }
        for (emix_index i = 0; i < rows->n; ++i) {
            const bool nearer = k == 0 || own[i] < least[i];
            least[i] = nearer ? own[i] : least[i];
            nearest[i] = nearer ? k : nearest[i];
        }
        counts[k] = 0.0;
    }
    for (emix_index i = 0; i < rows->n; ++i) {
        counts[nearest[i]] += rows->weights[i];
    }
    for (emix_index k = 0; k < n_seeds; ++k) {
        if (counts[k] > 0.0) {
            memset(seeds + k * rows->d, 0, (size_t)rows->d * sizeof *seeds);
        }
    }
    for (emix_index i = 0; i < rows->n; ++i) {
        for (emix_index j = 0; j < rows->d && rows->weights[i] > 0.0; ++j) {
            seeds[nearest[i] * rows->d + j] += rows->weights[i] / counts[nearest[i]] *
                                               rows->columns[j * rows->n + i];
        }
    }
}

EmixStatus emix_greedy_seeds(emix_index n_rows, emix_index n_features, const double *rows,
                             const double *weights, emix_index n_seeds, EmixRng *rng, double *seeds,
                             EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Rows r = {.n = n_rows, .d = n_features, .weights = weights};
    double *distances = NULL;
    double *x = NULL;
    double *counts = NULL;
    emix_index *nearest = NULL;
    EMIX_TRY_ALLOC(r.columns, n_rows * n_features);
    EMIX_TRY_ALLOC(distances, 3 * n_rows);
    EMIX_TRY_ALLOC(x, n_features);
    EMIX_TRY_ALLOC(counts, n_seeds);
    EMIX_TRY_ALLOC(nearest, n_rows);
    for (emix_index i = 0; i < n_rows; ++i) {
        for (emix_index j = 0; j < n_features; ++j) {
            r.columns[j * n_rows + i] = rows[i * n_features + j];
        }
    }
    choose_seeds(&r, n_seeds, rng, distances, x, seeds);
    move_seeds(&r, n_seeds, distances, nearest, counts, seeds);
cleanup:
    emix_free(nearest);
    emix_free(counts);
    emix_free(x);
    emix_free(distances);
    emix_free(r.columns);
    return status;
}

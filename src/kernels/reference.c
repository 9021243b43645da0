/* The plain version of every kernel. The other tables are tested against it, and it runs where
 * there is no vector version. Written to be read; the loops are the formulas.
 *
 * Layouts: panel [n_features][shape->n_rows], factor [n_features][n_features] with zeros above the
 * diagonal, moments [n_components][1 + n_features + n_features (n_features + 1) / 2]. */
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { ROW_GROUP = 8 };

static emix_index n_pairs(emix_index n)
{
    return n * (n + 1) / 2;
}

static emix_index panel_size(const EmixKernelShape *shape)
{
    return shape->n_rows * shape->n_features;
}

static emix_index factor_size(const EmixKernelShape *shape)
{
    return shape->n_features * shape->n_features;
}

static emix_index moments_per_component(const EmixKernelShape *shape)
{
    return 1 + shape->n_features + n_pairs(shape->n_features);
}

static emix_index moments_size(const EmixKernelShape *shape)
{
    return shape->n_components * moments_per_component(shape);
}

static emix_index moments_scratch_size(const EmixKernelShape *shape)
{
    return shape->n_rows;
}

static void pack(const EmixKernelShape *shape, emix_index n_rows, emix_index padded_rows,
                 const double *x, emix_index ldx, const double *centre, double *panel)
{
    for (emix_index j = 0; j < shape->n_features; ++j) {
        double *column = panel + j * shape->n_rows;
        for (emix_index i = 0; i < n_rows; ++i) {
            column[i] = x[i * ldx + j] - centre[j];
        }
        for (emix_index i = n_rows; i < padded_rows; ++i) {
            column[i] = 0.0;
        }
    }
}

static void pack_factor(const EmixKernelShape *shape, const double *w, double *factor)
{
    const emix_index n = shape->n_features;
    for (emix_index j = 0; j < n; ++j) {
        for (emix_index l = 0; l < n; ++l) {
            factor[j * n + l] = l <= j ? w[j * n + l] : 0.0;
        }
    }
}

static void log_density(const EmixKernelShape *shape, emix_index padded_rows, const double *panel,
                        const double *factor, const double *offset, double log_norm, double *a)
{
    const emix_index n = shape->n_features;
    for (emix_index i = 0; i < padded_rows; ++i) {
        double squared_distance = 0.0;
        for (emix_index j = 0; j < n; ++j) {
            double y = -offset[j];
            for (emix_index l = 0; l <= j; ++l) {
                y += factor[j * n + l] * panel[l * shape->n_rows + i];
            }
            squared_distance += y * y;
        }
        a[i] = log_norm - 0.5 * squared_distance;
    }
}

/* Adds a term and keeps the rounding error (Neumaier 1974). */
static void add_compensated(EmixSoftmaxSums *sums, double term)
{
    const double old = sums->log_likelihood;
    const double sum = old + term;
    sums->log_likelihood_tail += fabs(old) >= fabs(term) ? (old - sum) + term : (term - sum) + old;
    sums->log_likelihood = sum;
}

static void clear_row(emix_index n_components, double *a, emix_index lda)
{
    for (emix_index k = 0; k < n_components; ++k) {
        a[k * lda] = 0.0;
    }
}

/* Handles one row: a [n_components], stride lda. Returns log sum_k exp a_k. */
static double softmax_row(emix_index n_components, double *a, emix_index lda, double weight)
{
    double largest = a[0];
    for (emix_index k = 1; k < n_components; ++k) {
        largest = fmax(largest, a[k * lda]);
    }
    if (largest == -HUGE_VAL) {
        clear_row(n_components, a, lda);
        return -HUGE_VAL;
    }
    double sum = 0.0;
    for (emix_index k = 0; k < n_components; ++k) {
        a[k * lda] = exp(a[k * lda] - largest);
        sum += a[k * lda];
    }
    for (emix_index k = 0; k < n_components; ++k) {
        a[k * lda] *= weight / sum;
    }
    return largest + log(sum);
}

static EmixSoftmaxSums softmax(const EmixKernelShape *shape, emix_index n_rows,
                               emix_index padded_rows, double *a, emix_index lda,
                               const double *row_weights, double *lse)
{
    EmixSoftmaxSums sums = {0.0, 0.0, 0};
    for (emix_index i = 0; i < n_rows; ++i) {
        const double weight = row_weights != NULL ? row_weights[i] : 1.0;
        const double row_lse = softmax_row(shape->n_components, a + i, lda, weight);
        if (row_lse == -HUGE_VAL) {
            sums.n_lost_rows += 1;
        } else {
            add_compensated(&sums, weight * row_lse);
        }
        if (lse != NULL) lse[i] = row_lse;
    }
    for (emix_index i = n_rows; i < padded_rows; ++i) {
        clear_row(shape->n_components, a + i, lda);
    }
    return sums;
}

static void moments_add(const EmixKernelShape *shape, emix_index padded_rows, const double *panel,
                        const double *r, emix_index ldr, double *scratch, double *moments)
{
    for (emix_index k = 0; k < shape->n_components; ++k) {
        const double *rk = r + k * ldr;
        double *count = moments + k * moments_per_component(shape);
        double *sum_x = count + 1;
        double *sum_xx = sum_x + shape->n_features;
        for (emix_index i = 0; i < padded_rows; ++i) {
            *count += rk[i];
        }
        for (emix_index j = 0; j < shape->n_features; ++j) {
            const double *xj = panel + j * shape->n_rows;
            for (emix_index i = 0; i < padded_rows; ++i) {
                scratch[i] = rk[i] * xj[i];
                sum_x[j] += scratch[i];
            }
            for (emix_index l = 0; l <= j; ++l) {
                const double *xl = panel + l * shape->n_rows;
                double sum = 0.0;
                for (emix_index i = 0; i < padded_rows; ++i) {
                    sum += scratch[i] * xl[i];
                }
                *sum_xx++ += sum;
            }
        }
    }
}

static void moments_unpack(const EmixKernelShape *shape, const double *moments,
                           emix_index component, double *count, double *sum_x, double *sum_xx)
{
    const emix_index n = shape->n_features;
    const double *source = moments + component * moments_per_component(shape);
    *count = source[0];
    memcpy(sum_x, source + 1, (size_t)n * sizeof *sum_x);
    source += 1 + n;
    for (emix_index j = 0; j < n && sum_xx != NULL; ++j) {
        memcpy(sum_xx + j * n, source, (size_t)(j + 1) * sizeof *sum_xx);
        source += j + 1;
    }
}

static void exp_array(emix_index n, const double *x, double *y)
{
    for (emix_index i = 0; i < n; ++i) {
        y[i] = x[i] < -708.0 ? 0.0 : exp(x[i]);
    }
}

static void log_array(emix_index n, const double *x, double *y)
{
    for (emix_index i = 0; i < n; ++i) {
        y[i] = log(x[i]);
    }
}

static void whiten(const EmixKernelShape *shape, emix_index padded_rows, const double *panel,
                   const double *factor, double *whitened)
{
    const emix_index n = shape->n_features;
    for (emix_index j = 0; j < n; ++j) {
        double *y = whitened + j * shape->n_rows;
        for (emix_index i = 0; i < padded_rows; ++i) {
            double sum = 0.0;
            for (emix_index l = 0; l <= j; ++l) {
                sum += factor[j * n + l] * panel[l * shape->n_rows + i];
            }
            y[i] = sum;
        }
    }
}

static void separable_density(const EmixKernelShape *shape, emix_index padded_rows,
                              const double *panel, const double *scales, const double *offsets,
                              const double *log_norms, double *a, emix_index lda)
{
    const emix_index n = shape->n_features;
    for (emix_index k = 0; k < shape->n_components; ++k) {
        for (emix_index i = 0; i < padded_rows; ++i) {
            double squares = 0.0;
            for (emix_index j = 0; j < n; ++j) {
                const double scale = scales ? scales[k * n + j] : 1.0;
                const double y = scale * panel[j * shape->n_rows + i] - offsets[k * n + j];
                squares += y * y;
            }
            a[k * lda + i] = log_norms[k] - 0.5 * squares;
        }
    }
}

static emix_index n_squares(const EmixKernelShape *shape, EmixSquares squares)
{
    switch (squares) {
    case EMIX_SQUARES_EACH: return shape->n_features;
    case EMIX_SQUARES_SUM: return 1;
    default: return 0;
    }
}

/* sums [n_components][1 + n_features + number of squares] */
static emix_index sums_size(const EmixKernelShape *shape, EmixSquares squares)
{
    return shape->n_components * (1 + shape->n_features + n_squares(shape, squares));
}

static emix_index sums_scratch_size(const EmixKernelShape *shape, EmixSquares squares)
{
    (void)shape;
    (void)squares;
    return 0;
}

static void sums_add(const EmixKernelShape *shape, EmixSquares squares, emix_index padded_rows,
                     const double *panel, const double *r, emix_index ldr, double *scratch,
                     double *sums)
{
    (void)scratch;
    const emix_index n = shape->n_features;
    const emix_index each = 1 + n + n_squares(shape, squares);
    for (emix_index k = 0; k < shape->n_components; ++k) {
        double *own = sums + k * each;
        for (emix_index i = 0; i < padded_rows; ++i) {
            const double weight = r[k * ldr + i];
            own[0] += weight;
            for (emix_index j = 0; j < n; ++j) {
                const double x = panel[j * shape->n_rows + i];
                own[1 + j] += weight * x;
                if (squares != EMIX_SQUARES_NONE) {
                    own[1 + n + (squares == EMIX_SQUARES_EACH ? j : 0)] += weight * x * x;
                }
            }
        }
    }
}

static void sums_unpack(const EmixKernelShape *shape, EmixSquares squares, const double *sums,
                        emix_index component, double *count, double *sum_x, double *sum_squares)
{
    const emix_index n = shape->n_features;
    const double *own = sums + component * (1 + n + n_squares(shape, squares));
    *count = own[0];
    memcpy(sum_x, own + 1, (size_t)n * sizeof *sum_x);
    if (squares != EMIX_SQUARES_NONE) {
        memcpy(sum_squares, own + 1 + n, (size_t)n_squares(shape, squares) * sizeof *sum_squares);
    }
}

const EmixKernels emix_kernels_reference = {
    .name = "reference",
    .row_group = ROW_GROUP,
    .panel_size = panel_size,
    .factor_size = factor_size,
    .moments_size = moments_size,
    .moments_scratch_size = moments_scratch_size,
    .pack = pack,
    .pack_factor = pack_factor,
    .log_density = log_density,
    .softmax = softmax,
    .moments_add = moments_add,
    .moments_unpack = moments_unpack,
    .whiten = whiten,
    .separable_density = separable_density,
    .sums_size = sums_size,
    .sums_scratch_size = sums_scratch_size,
    .sums_add = sums_add,
    .sums_unpack = sums_unpack,
    .exp_array = exp_array,
    .log_array = log_array,
    .single = &emix_single_kernels_reference,
};

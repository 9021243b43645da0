/* The plain version of the single-precision kernels: panels, densities and responsibilities are
 * floats, every sum is a double.
 *
 * Layouts: panel [n_features][shape->n_rows], factor [n_features][n_features] with zeros above the
 * diagonal, moments [n_components][1 + n_features + n_features (n_features + 1) / 2]. */
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { ROW_GROUP = 8 };

static const double EXP_UNDERFLOW = -87.0;

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
    const emix_index n = shape->n_features;
    return 1 + n + n * (n + 1) / 2;
}

static emix_index moments_size(const EmixKernelShape *shape)
{
    return shape->n_components * moments_per_component(shape);
}

static emix_index moments_scratch_size(const EmixKernelShape *shape)
{
    (void)shape;
    return 0;
}

static void pack(const EmixKernelShape *shape, emix_index n_rows, emix_index padded_rows,
                 const float *x_single, const double *x_double, emix_index ldx,
                 const double *centre, float *panel)
{
    for (emix_index j = 0; j < shape->n_features; ++j) {
        float *column = panel + j * shape->n_rows;
        for (emix_index i = 0; i < n_rows; ++i) {
            const emix_index at = i * ldx + j;
            const double x = x_single != NULL ? (double)x_single[at] : x_double[at];
            column[i] = (float)(x - centre[j]);
        }
        for (emix_index i = n_rows; i < padded_rows; ++i) {
            column[i] = 0.0F;
        }
    }
}

static void pack_factor(const EmixKernelShape *shape, const double *w, float *factor)
{
    const emix_index n = shape->n_features;
    for (emix_index j = 0; j < n; ++j) {
        for (emix_index l = 0; l < n; ++l) {
            factor[j * n + l] = l <= j ? (float)w[j * n + l] : 0.0F;
        }
    }
}

static void log_density(const EmixKernelShape *shape, emix_index padded_rows, const float *panel,
                        const float *factor, const float *offset, float log_norm, float *a)
{
    const emix_index n = shape->n_features;
    for (emix_index i = 0; i < padded_rows; ++i) {
        double squared_distance = 0.0;
        for (emix_index j = 0; j < n; ++j) {
            double y = -(double)offset[j];
            for (emix_index l = 0; l <= j; ++l) {
                y += (double)factor[j * n + l] * (double)panel[l * shape->n_rows + i];
            }
            squared_distance += y * y;
        }
        a[i] = (float)((double)log_norm - 0.5 * squared_distance);
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

static void clear_row(emix_index n_components, float *a, emix_index lda)
{
    for (emix_index k = 0; k < n_components; ++k) {
        a[k * lda] = 0.0F;
    }
}

/* Handles one row: a [n_components], stride lda. Returns log sum_k exp a_k. */
static double softmax_row(emix_index n_components, float *a, emix_index lda, double weight)
{
    float largest = a[0];
    for (emix_index k = 1; k < n_components; ++k) {
        largest = fmaxf(largest, a[k * lda]);
    }
    if (largest == -HUGE_VALF) {
        clear_row(n_components, a, lda);
        return -HUGE_VAL;
    }
    double sum = 0.0;
    for (emix_index k = 0; k < n_components; ++k) {
        const double below = (double)a[k * lda] - (double)largest;
        a[k * lda] = below < EXP_UNDERFLOW ? 0.0F : (float)exp(below);
        sum += (double)a[k * lda];
    }
    for (emix_index k = 0; k < n_components; ++k) {
        a[k * lda] = (float)((double)a[k * lda] * weight / sum);
    }
    return (double)largest + log(sum);
}

static EmixSoftmaxSums softmax(const EmixKernelShape *shape, emix_index n_rows,
                               emix_index padded_rows, float *a, emix_index lda,
                               const double *row_weights)
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
    }
    for (emix_index i = n_rows; i < padded_rows; ++i) {
        clear_row(shape->n_components, a + i, lda);
    }
    return sums;
}

static void moments_add(const EmixKernelShape *shape, emix_index padded_rows, const float *panel,
                        const float *r, emix_index ldr, float *scratch, double *moments)
{
    (void)scratch;
    for (emix_index k = 0; k < shape->n_components; ++k) {
        const float *rk = r + k * ldr;
        double *count = moments + k * moments_per_component(shape);
        double *sum_x = count + 1;
        double *sum_xx = sum_x + shape->n_features;
        for (emix_index i = 0; i < padded_rows; ++i) {
            *count += (double)rk[i];
        }
        for (emix_index j = 0; j < shape->n_features; ++j) {
            const float *xj = panel + j * shape->n_rows;
            for (emix_index i = 0; i < padded_rows; ++i) {
                sum_x[j] += (double)rk[i] * (double)xj[i];
            }
            for (emix_index l = 0; l <= j; ++l) {
                const float *xl = panel + l * shape->n_rows;
                double sum = 0.0;
                for (emix_index i = 0; i < padded_rows; ++i) {
                    sum += (double)rk[i] * (double)xj[i] * (double)xl[i];
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

const EmixSingleKernels emix_single_kernels_reference = {
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
};

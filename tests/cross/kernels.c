/* One pass through every kernel table of a machine, in both precisions, against the reference: a
 * plain program, for processors that only an emulator and no test framework runs on.
 *
 * Prints a line for each; the exit status is 1 where one is too far off. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "kernels/kernels.h"

/* Differences allowed, relative to the largest number of the same kind: tens of roundings. In
 * floats exponents of up to 50 are rounded before exp. */
#define LIMIT_DOUBLE 1e-14
#define LIMIT_SINGLE 5e-6

static const emix_index shapes[][2] = {/* features, components */
                                       {1, 3},  {2, 5},  {5, 16}, {6, 3},   {8, 16},
                                       {12, 2}, {17, 5}, {32, 9}, {64, 32}, {129, 4}};

/* One block of rows and one triangle for all components, which differ in offset and norm. */
typedef struct Problem {
    EmixKernelShape shape;
    emix_index n_rows; /* less than shape.n_rows: some are padding */
    double *x;         /* [n_rows x D] */
    double *centre;    /* [D] */
    double *w;         /* [D x D] */
    double *offsets;   /* [K x D] */
} Problem;

/* What a pass leaves: log-likelihood, and [K x (1 + D + D x D)] moments. */
typedef struct Sums {
    double log_likelihood;
    double *moments;
} Sums;

static void *buffer(emix_index n, size_t size)
{
    void *block = emix_alloc(n, size);
    if (block == NULL) {
        fprintf(stderr, "no memory\n");
        exit(2);
    }
    return block;
}

static double *doubles(emix_index n)
{
    return buffer(n, sizeof(double));
}

static float *floats(emix_index n)
{
    return buffer(n, sizeof(float));
}

static Problem make_problem(emix_index d, emix_index n_components)
{
    const emix_index n_rows = emix_kernels_block_rows(d, INT64_MAX);
    Problem p = {.shape = {.n_rows = n_rows, .n_features = d, .n_components = n_components},
                 .n_rows = n_rows - 5};
    EmixRng rng = emix_rng_init(11, EMIX_RNG_SAMPLE, d);
    p.x = doubles(p.n_rows * d);
    p.centre = doubles(d);
    p.w = doubles(d * d);
    p.offsets = doubles(n_components * d);
    for (emix_index i = 0; i < p.n_rows * d; ++i) {
        p.x[i] = 3.0 + emix_rng_normal(&rng);
    }
    for (emix_index j = 0; j < d; ++j) {
        p.centre[j] = 3.0;
        for (emix_index l = 0; l <= j; ++l) {
            p.w[j * d + l] = emix_rng_normal(&rng) / sqrt((double)d);
        }
    }
    for (emix_index i = 0; i < n_components * d; ++i) {
        p.offsets[i] = 0.5 * emix_rng_normal(&rng);
    }
    return p;
}

static void clear_problem(Problem *p)
{
    emix_free(p->x);
    emix_free(p->centre);
    emix_free(p->w);
    emix_free(p->offsets);
}

typedef void Unpack(const EmixKernelShape *shape, const double *moments, emix_index component,
                    double *count, double *sum_x, double *sum_xx);

static Sums collect(const Problem *p, const EmixSoftmaxSums *s, Unpack *unpack,
                    const double *moments)
{
    const emix_index d = p->shape.n_features;
    const emix_index size = 1 + d + d * d;
    Sums sums = {.log_likelihood = s->log_likelihood + s->log_likelihood_tail,
                 .moments = doubles(p->shape.n_components * size)};
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        double *own = sums.moments + k * size;
        unpack(&p->shape, moments, k, own, own + 1, own + 1 + d);
    }
    return sums;
}

static Sums pass_in_double(const EmixKernels *t, const Problem *p)
{
    const EmixKernelShape *shape = &p->shape;
    const emix_index n = shape->n_rows;
    const emix_index d = shape->n_features;
    double *panel = doubles(t->panel_size(shape));
    double *factor = doubles(t->factor_size(shape));
    double *a = doubles(shape->n_components * n);
    double *scratch = doubles(t->moments_scratch_size(shape));
    double *moments = doubles(t->moments_size(shape));
    t->pack(shape, p->n_rows, n, p->x, d, p->centre, panel);
    t->pack_factor(shape, p->w, factor);
    for (emix_index k = 0; k < shape->n_components; ++k) {
        t->log_density(shape, n, panel, factor, p->offsets + k * d, -0.1 * (double)k, a + k * n);
    }
    const EmixSoftmaxSums s = t->softmax(shape, p->n_rows, n, a, n, NULL, NULL);
    t->moments_add(shape, n, panel, a, n, scratch, moments);
    const Sums sums = collect(p, &s, t->moments_unpack, moments);
    emix_free(panel);
    emix_free(factor);
    emix_free(a);
    emix_free(scratch);
    emix_free(moments);
    return sums;
}

static Sums pass_in_single(const EmixSingleKernels *t, const Problem *p)
{
    const EmixKernelShape *shape = &p->shape;
    const emix_index n = shape->n_rows;
    const emix_index d = shape->n_features;
    float *panel = floats(t->panel_size(shape));
    float *factor = floats(t->factor_size(shape));
    float *offset = floats(d);
    float *a = floats(shape->n_components * n);
    float *scratch = floats(t->moments_scratch_size(shape));
    double *moments = doubles(t->moments_size(shape));
    t->pack(shape, p->n_rows, n, NULL, p->x, d, p->centre, panel);
    t->pack_factor(shape, p->w, factor);
    for (emix_index k = 0; k < shape->n_components; ++k) {
        for (emix_index j = 0; j < d; ++j) {
            offset[j] = (float)p->offsets[k * d + j];
        }
        t->log_density(shape, n, panel, factor, offset, -0.1F * (float)k, a + k * n);
    }
    const EmixSoftmaxSums s = t->softmax(shape, p->n_rows, n, a, n, NULL);
    t->moments_add(shape, n, panel, a, n, scratch, moments);
    const Sums sums = collect(p, &s, t->moments_unpack, moments);
    emix_free(panel);
    emix_free(factor);
    emix_free(offset);
    emix_free(a);
    emix_free(scratch);
    emix_free(moments);
    return sums;
}

/* Prints how far off the sums are; 0 when within the limit. Not a number is beyond it. */
static int compare(const char *name, const char *precision, const Problem *p, const Sums *sums,
                   const Sums *expected, double limit)
{
    const emix_index d = p->shape.n_features;
    double largest = 0.0;
    double difference = 0.0;
    for (emix_index i = 0; i < p->shape.n_components * (1 + d + d * d); ++i) {
        const double off = fabs(sums->moments[i] - expected->moments[i]);
        largest = fmax(largest, fabs(expected->moments[i]));
        difference = difference < off || isnan(off) ? off : difference;
    }
    const double of_moments = difference / largest;
    const double of_log_likelihood = fabs(sums->log_likelihood / expected->log_likelihood - 1.0);
    const int bad = !(of_moments <= limit && of_log_likelihood <= limit);
    printf("%-9s %s D = %-3d K = %-2d  log-likelihood %.1e, moments %.1e%s\n", name, precision,
           (int)d, (int)p->shape.n_components, of_log_likelihood, of_moments,
           bad ? "  TOO FAR OFF" : "");
    return bad;
}

static int check_shape(emix_index d, emix_index n_components)
{
    int bad = 0;
    Problem p = make_problem(d, n_components);
    Sums expected = pass_in_double(&emix_kernels_reference, &p);
    for (int i = 0; emix_kernels_available(i) != NULL; ++i) {
        const EmixKernels *t = emix_kernels_available(i);
        Sums in_double = pass_in_double(t, &p);
        Sums in_single = pass_in_single(t->single, &p);
        bad |= compare(t->name, "double", &p, &in_double, &expected, LIMIT_DOUBLE);
        bad |= compare(t->name, "single", &p, &in_single, &expected, LIMIT_SINGLE);
        emix_free(in_double.moments);
        emix_free(in_single.moments);
    }
    emix_free(expected.moments);
    clear_problem(&p);
    return bad;
}

int main(void)
{
    int bad = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        bad |= check_shape(shapes[i][0], shapes[i][1]);
    }
    return bad;
}

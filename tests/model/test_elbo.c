/* log_likelihood = elbo + kl for any q and every family; and each part compared with plain formulas
 * in extended precision that share no code with the library. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/rng.h"
#include "support/blobs.h"
#include "support/structure.h"
#include "support/workers.h"

enum { N = 911, K = 3, D = 3 };

/* A mixture as plain numbers. */
typedef struct Mixture {
    EmixCovariance covariance;
    double weights[K];
    double means[K * D];
    double covariances[K * D * D];
} Mixture;

typedef struct Case {
    Mixture mixture;
    double *x;       /* [N x D] */
    double *weights; /* [N] */
    double *q;       /* [N x K] */
    EmixDataset *data;
    EmixDataset *responsibilities;
} Case;

/* K random symmetric matrices of the structure, with `diagonal` added to their diagonals. */
static void random_symmetric(EmixCovariance covariance, EmixRng *rng, double diagonal, double *a)
{
    for (int k = 0; k < K; ++k) {
        double *own = a + k * D * D;
        for (int i = 0; i < D; ++i) {
            for (int j = 0; j <= i; ++j) {
                own[i * D + j] = emix_rng_normal(rng) + (i == j ? diagonal : 0.0);
                own[j * D + i] = own[i * D + j];
            }
        }
    }
    structure_impose(covariance, K, D, a);
}

static Mixture random_mixture(EmixCovariance covariance, uint64_t seed, const double *x)
{
    Mixture m = {.covariance = covariance};
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, 1 << 22);
    double sum = 0.0;
    for (int k = 0; k < K; ++k) {
        m.weights[k] = 0.1 + emix_rng_uniform(&rng);
        sum += m.weights[k];
        for (int j = 0; j < D; ++j) {
            m.means[k * D + j] = x[k * D + j] + emix_rng_normal(&rng);
        }
    }
    random_symmetric(covariance, &rng, 8.0, m.covariances);
    for (int k = 0; k < K; ++k) {
        m.weights[k] /= sum;
    }
    return m;
}

/* Responsibilities of every kind: even, sharp, with zeros. */
static void random_responsibilities(uint64_t seed, double *q)
{
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, 1 << 23);
    for (int i = 0; i < N; ++i) {
        double sum = 0.0;
        for (int k = 0; k < K; ++k) {
            const double u = emix_rng_uniform(&rng);
            q[i * K + k] = i % 3 == 0 ? u : i % 3 == 1 ? pow(u, 40.0) : (double)(k == i % K);
            sum += q[i * K + k];
        }
        for (int k = 0; k < K; ++k) {
            q[i * K + k] /= sum;
        }
    }
}

static Case case_of(EmixCovariance covariance, uint64_t seed)
{
    Case c = {.x = blobs(N, K, D, seed), .weights = blob_weights(N, seed)};
    c.q = malloc(sizeof(double) * N * K);
    c.mixture = random_mixture(covariance, seed, c.x);
    random_responsibilities(seed, c.q);
    cr_assert(eq(int, emix_dataset_create(N, D, c.x, D, c.weights, &c.data, NULL), EMIX_OK));
    cr_assert(eq(int, emix_dataset_create(N, K, c.q, K, NULL, &c.responsibilities, NULL), EMIX_OK));
    return c;
}

static void case_clear(Case *c)
{
    emix_dataset_destroy(c->responsibilities);
    emix_dataset_destroy(c->data);
    free(c->q);
    free(c->weights);
    free(c->x);
}

static EmixModel *model_of(const Mixture *m)
{
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int,
                 emix_model_create_gaussian(m->covariance, K, D, m->weights, m->means,
                                            m->covariances, &model, &error),
                 EMIX_OK),
              "%s", error.message);
    return model;
}

static EmixElbo elbo_of(const Case *c, const Mixture *m, int n_workers)
{
    EmixElbo elbo = {0};
    EmixError error = {{0}};
    EmixModel *model = model_of(m);
    use_workers(n_workers);
    cr_assert(
        eq(int, emix_elbo(workers(), model, c->data, c->responsibilities, &elbo, &error), EMIX_OK),
        "%s", error.message);
    emix_model_destroy(model);
    return elbo;
}

/* log weight + log N(x | mean, covariance), by its own elimination. */
static long double log_joint_reference(const Mixture *m, int k, const double *x)
{
    long double a[D][D + 1];
    long double log_det = 0.0L;
    long double quadratic = 0.0L;
    for (int i = 0; i < D; ++i) {
        for (int j = 0; j < D; ++j) {
            a[i][j] = m->covariances[(k * D + i) * D + j];
        }
        a[i][D] = (long double)x[i] - m->means[k * D + i];
    }
    for (int p = 0; p < D; ++p) { /* forward elimination: L D L', z = L^-1 (x - mean) */
        log_det += logl(a[p][p]);
        quadratic += a[p][D] * a[p][D] / a[p][p];
        for (int i = p + 1; i < D; ++i) {
            const long double factor = a[i][p] / a[p][p];
            for (int j = p; j <= D; ++j) {
                a[i][j] -= factor * a[p][j];
            }
        }
    }
    return logl(m->weights[k]) - 0.5L * (D * logl(2.0L * acosl(-1.0L)) + log_det + quadratic);
}

typedef struct Reference {
    long double log_likelihood;
    long double expected_log_joint;
    long double entropy;
    long double kl;
    long double terms; /* sum of the absolute values of all terms */
} Reference;

static Reference reference_of(const Case *c, const Mixture *m)
{
    Reference sum = {0};
    for (int i = 0; i < N; ++i) {
        const long double w = c->weights[i];
        long double a[K];
        long double density = 0.0L;
        long double q_sum = 0.0L;
        for (int k = 0; k < K; ++k) {
            a[k] = log_joint_reference(m, k, c->x + i * D);
            density += expl(a[k]);
            q_sum += c->q[i * K + k];
        }
        sum.log_likelihood += w * logl(density);
        sum.terms += w * fabsl(logl(density));
        for (int k = 0; k < K; ++k) {
            const long double q = c->q[i * K + k] / q_sum;
            if (q > 0.0L) {
                sum.expected_log_joint += w * q * a[k];
                sum.entropy -= w * q * logl(q);
                sum.kl += w * q * logl(q / (expl(a[k]) / density));
                sum.terms += w * q * (fabsl(a[k]) + fabsl(logl(q)));
            }
        }
    }
    return sum;
}

/* Makes covariances so small that posterior responsibilities underflow; the given q does not
 * change. */
static void sharpen(Mixture *m)
{
    for (int i = 0; i < K * D * D; ++i) {
        m->covariances[i] *= 0.01;
    }
}

#define FOR_EACH_CASE(c)                                                                           \
    for (int covariance = 0; covariance < EMIX_N_COVARIANCES; ++covariance)                        \
        for (uint64_t seed = 1; seed <= 5; ++seed)                                                 \
            for (Case c = case_of(covariance, seed); c.x != NULL; case_clear(&c), c.x = NULL)

Test(elbo, and_the_divergence_make_up_the_log_likelihood)
{
    FOR_EACH_CASE(c)
    {
        if (seed == 5) {
            sharpen(&c.mixture);
        }
        const EmixElbo e = elbo_of(&c, &c.mixture, 2);
        const double rounding = 64.0 * DBL_EPSILON * (double)reference_of(&c, &c.mixture).terms;
        cr_expect(lt(dbl, fabs(e.log_likelihood - e.elbo - e.kl), rounding), "%s: %g of %g",
                  emix_covariance_letters(covariance), e.log_likelihood - e.elbo - e.kl, rounding);
        cr_expect(gt(dbl, e.kl, 1.0), "q is not the posterior");
        cr_expect(eq(dbl, e.elbo, e.expected_log_joint + e.entropy));
    }
}

Test(elbo, each_part_is_its_formula_in_extended_precision)
{
    FOR_EACH_CASE(c)
    {
        if (seed == 5) {
            sharpen(&c.mixture);
        }
        const EmixElbo e = elbo_of(&c, &c.mixture, 2);
        const Reference expected = reference_of(&c, &c.mixture);
        const double rounding = 16.0 * DBL_EPSILON * (double)expected.terms;
        const char *name = emix_covariance_letters(covariance);
        cr_expect(epsilon_eq(dbl, e.log_likelihood, (double)expected.log_likelihood, rounding),
                  "%s", name);
        cr_expect(
            epsilon_eq(dbl, e.expected_log_joint, (double)expected.expected_log_joint, rounding),
            "%s", name);
        cr_expect(epsilon_eq(dbl, e.entropy, (double)expected.entropy, rounding), "%s", name);
        cr_expect(epsilon_eq(dbl, e.kl, (double)expected.kl, rounding), "%s", name);
    }
}

Test(elbo, is_the_log_likelihood_at_the_posterior)
{
    FOR_EACH_CASE(c)
    {
        EmixModel *model = model_of(&c.mixture);
        const EmixPrediction prediction = {.responsibilities = c.q};
        cr_assert(eq(int, emix_predict(NULL, model, c.data, 0, N, &prediction, NULL), EMIX_OK));
        const EmixElbo e = elbo_of(&c, &c.mixture, 2);
        cr_expect(ge(dbl, e.kl, 0.0));
        cr_expect(le(dbl, e.kl, 1e-13 * N), "%s: kl %g", emix_covariance_letters(covariance), e.kl);
        cr_expect(le(dbl, fabs(e.elbo - e.log_likelihood),
                     64.0 * DBL_EPSILON * (double)reference_of(&c, &c.mixture).terms));
        emix_model_destroy(model);
    }
}

Test(elbo, worker_count_and_storage_never_change_a_bit)
{
    FOR_EACH_CASE(c)
    {
        const EmixElbo one = elbo_of(&c, &c.mixture, 1);
        const EmixElbo many = elbo_of(&c, &c.mixture, 5);
        double *columns = malloc(sizeof(double) * N * K); /* Fortran order: goes through a buffer */
        for (int i = 0; i < N * K; ++i) {
            columns[i % K * N + i / K] = c.q[i];
        }
        emix_dataset_destroy(c.responsibilities);
        cr_assert(eq(int,
                     emix_dataset_create_typed(N, K, columns, EMIX_FLOAT64, 1, N, NULL,
                                               &c.responsibilities, NULL),
                     EMIX_OK));
        const EmixElbo other = elbo_of(&c, &c.mixture, 3);
        cr_expect(zero(int, memcmp(&one, &many, sizeof one)));
        cr_expect(zero(int, memcmp(&one, &other, sizeof one)));
        free(columns);
    }
}

/* theta + h times a direction within the family. */
static Mixture step_from(const Mixture *m, const Mixture *direction, double h)
{
    Mixture moved = *m;
    for (int i = 0; i < K; ++i) {
        moved.weights[i] += h * direction->weights[i];
    }
    for (int i = 0; i < K * D; ++i) {
        moved.means[i] += h * direction->means[i];
    }
    for (int i = 0; i < K * D * D; ++i) {
        moved.covariances[i] += h * direction->covariances[i];
    }
    return moved;
}

static Mixture random_direction(EmixCovariance covariance, EmixRng *rng)
{
    Mixture d = {.covariance = covariance};
    for (int k = 0; k < K; ++k) {
        const double z = 0.1 * emix_rng_normal(rng);
        d.weights[k] += z;
        d.weights[(k + 1) % K] -= z;
        for (int j = 0; j < D; ++j) {
            d.means[k * D + j] = emix_rng_normal(rng);
        }
    }
    random_symmetric(covariance, rng, 0.0, d.covariances);
    return d;
}

/* Derivative at 0 of a function given at -2h ... 2h, with an error of fourth order. */
static double slope(const double *at, double h)
{
    return (at[0] - 8.0 * at[1] + 8.0 * at[3] - at[4]) / (12.0 * h);
}

Test(elbo, has_the_slope_of_the_log_likelihood_where_it_touches_it)
{
    /* Fisher's identity: grad L(theta) = grad_1 Q(theta | theta). Q and the elbo are the
     * library's with q held fixed; L is the reference's. */
    static const double h = 1e-3;
    FOR_EACH_CASE(c)
    {
        EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, 1 << 24);
        EmixModel *model = model_of(&c.mixture);
        const EmixPrediction prediction = {.responsibilities = c.q};
        cr_assert(eq(int, emix_predict(NULL, model, c.data, 0, N, &prediction, NULL), EMIX_OK));
        emix_model_destroy(model);
        for (int trial = 0; trial < 3; ++trial) {
            const Mixture direction = random_direction(covariance, &rng);
            double q[5];
            double elbo[5];
            double log_likelihood[5];
            for (int i = 0; i < 5; ++i) {
                const Mixture moved = step_from(&c.mixture, &direction, (i - 2) * h);
                const EmixElbo e = elbo_of(&c, &moved, 1);
                q[i] = e.expected_log_joint;
                elbo[i] = e.elbo;
                log_likelihood[i] = (double)reference_of(&c, &moved).log_likelihood;
            }
            const double expected = slope(log_likelihood, h);
            /* h^4 times fifth derivatives of a sum over N rows, and rounding of order eps L / h */
            const double error = 1e-8 * N;
            cr_expect(epsilon_eq(dbl, slope(q, h), expected, error), "%s",
                      emix_covariance_letters(covariance));
            cr_expect(epsilon_eq(dbl, slope(elbo, h), expected, error), "%s",
                      emix_covariance_letters(covariance));
            cr_expect(gt(dbl, fabs(expected), 1e3 * error), "a slope to speak of: %g", expected);
            for (int i = 0; i < 5; ++i) { /* elsewhere the bound is below */
                cr_expect(le(dbl, elbo[i], log_likelihood[i] + 1e-9));
            }
        }
    }
}

/* Sets one row of q and expects that it is refused. */
static void expect_refused(Case *c, int row, double a, double b, double last, const char *message)
{
    EmixElbo elbo = {.kl = 42.0};
    EmixError error = {{0}};
    EmixModel *model = model_of(&c->mixture);
    double kept[K];
    memcpy(kept, c->q + row * K, sizeof kept);
    c->q[row * K] = a;
    c->q[row * K + 1] = b;
    c->q[row * K + 2] = last;
    cr_expect(eq(int, emix_elbo(NULL, model, c->data, c->responsibilities, &elbo, &error),
                 EMIX_ERR_NONFINITE));
    cr_expect(ne(ptr, strstr(error.message, message), NULL), "%s", error.message);
    cr_expect(eq(dbl, elbo.kl, 42.0), "untouched");
    memcpy(c->q + row * K, kept, sizeof kept);
    emix_model_destroy(model);
}

Test(elbo, refuses_what_is_no_distribution_and_names_the_row)
{
    Case c = case_of(EMIX_COVARIANCE_FULL, 1);
    expect_refused(&c, 700, 0.5, 0.6, -0.1, "row 701, column 3");
    expect_refused(&c, 700, NAN, 0.5, 0.5, "row 701, column 1");
    expect_refused(&c, 700, INFINITY, 0.5, 0.5, "row 701, column 1");
    expect_refused(&c, 3, 0.5, 0.4, 0.2, "row 4: the responsibilities sum to 1.1");
    expect_refused(&c, 3, 0.0, 0.0, 0.0, "row 4: the responsibilities sum to 0");
    expect_refused(&c, 3, 0.5, 0.5, 1.1e-9, "row 4: the responsibilities sum to 1.0000000011");
    c.q[0] = 1.0 + 0.9e-9; /* within the tolerance, so it is divided by its sum */
    c.q[1] = c.q[2] = 0.0;
    const EmixElbo e = elbo_of(&c, &c.mixture, 1);
    const double rounding = 64.0 * DBL_EPSILON * (double)reference_of(&c, &c.mixture).terms;
    cr_expect(lt(dbl, fabs(e.log_likelihood - e.elbo - e.kl), rounding));
    case_clear(&c);
}

Test(elbo, refuses_a_table_of_another_shape)
{
    Case c = case_of(EMIX_COVARIANCE_DIAG, 2);
    EmixElbo elbo = {0};
    EmixError error = {{0}};
    EmixModel *model = model_of(&c.mixture);
    EmixDataset *narrow = NULL;
    EmixDataset *shorter = NULL;
    cr_assert(eq(int, emix_dataset_create(N, K - 1, c.q, K, NULL, &narrow, NULL), EMIX_OK));
    cr_assert(eq(int, emix_dataset_create(N - 1, K, c.q, K, NULL, &shorter, NULL), EMIX_OK));
    cr_expect(eq(int, emix_elbo(NULL, model, c.data, narrow, &elbo, &error), EMIX_ERR_SHAPE));
    cr_expect(eq(int, emix_elbo(NULL, model, c.data, shorter, &elbo, &error), EMIX_ERR_SHAPE));
    cr_expect(ne(ptr, strstr(error.message, "910 rows x 3 columns"), NULL), "%s", error.message);
    emix_dataset_destroy(shorter);
    emix_dataset_destroy(narrow);
    emix_model_destroy(model);
    case_clear(&c);
}

Test(elbo, is_minus_infinity_where_q_asks_for_the_impossible)
{
    Case c = case_of(EMIX_COVARIANCE_FULL, 3);
    c.mixture.weights[0] += c.mixture.weights[2];
    c.mixture.weights[2] = 0.0;
    const EmixElbo e = elbo_of(&c, &c.mixture, 2);
    cr_expect(eq(dbl, e.elbo, -(double)INFINITY));
    cr_expect(eq(dbl, e.expected_log_joint, -(double)INFINITY));
    cr_expect(eq(dbl, e.kl, (double)INFINITY));
    cr_expect(isfinite(e.log_likelihood));
    cr_expect(isfinite(e.entropy));
    /* finite again if q says that the component is empty */
    for (int i = 0; i < N; ++i) {
        c.q[i * K] += c.q[i * K + 2];
        c.q[i * K + 2] = 0.0;
    }
    const EmixElbo possible = elbo_of(&c, &c.mixture, 2);
    cr_expect(isfinite(possible.elbo));
    cr_expect(ge(dbl, possible.kl, 0.0));
    case_clear(&c);
}

Test(elbo, knows_rows_of_density_zero)
{
    Case c = case_of(EMIX_COVARIANCE_FULL, 4);
    c.x[0] = 1e149; /* its square over 1e-20 overflows a double */
    for (int i = 0; i < K * D * D; ++i) {
        c.mixture.covariances[i] *= 1e-20;
    }
    const EmixElbo e = elbo_of(&c, &c.mixture, 2);
    cr_expect(eq(dbl, e.log_likelihood, -(double)INFINITY));
    cr_expect(eq(dbl, e.elbo, -(double)INFINITY));
    cr_expect(eq(dbl, e.kl, (double)INFINITY));
    c.weights[0] = 0.0; /* rows of weight 0 do not matter */
    cr_expect(isfinite(elbo_of(&c, &c.mixture, 2).elbo));
    case_clear(&c);
}

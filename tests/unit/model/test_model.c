/* Models given by a caller: what is taken over, what is refused. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "model/model.h"
#include "support/structure.h"

enum { K = 2, D = 2 };

/* A valid model; tests spoil one number of it. */
typedef struct Parameters {
    double weights[K];
    double means[K * D];
    double covariances[K * D * D];
} Parameters;

static Parameters valid(void)
{
    return (Parameters){
        .weights = {0.25, 0.75},
        .means = {1, 2, 3, 4},
        .covariances = {2, 0.5, 0.5, 1, 4, -1, -1, 3},
    };
}

static EmixStatus create(const Parameters *p, EmixModel **model, EmixError *error)
{
    return emix_model_create_gaussian(EMIX_COVARIANCE_FULL, K, D, p->weights, p->means,
                                      p->covariances, model, error);
}

static void expect_equal(const double *got, const double *expected, int n)
{
    for (int i = 0; i < n; ++i) {
        cr_expect(ieee_ulp_eq(dbl, got[i], expected[i], 0), "element %d", i);
    }
}

/* Expects failure with `status`, a message that contains `text`, no model and no leak. */
static void expect_refused(const Parameters *p, EmixStatus status, const char *text)
{
    EmixModel *untouched = (EmixModel *)&create;
    EmixModel *model = untouched;
    EmixError error = {{0}};
    cr_expect(eq(int, create(p, &model, &error), status), "%s", error.message);
    cr_expect(ne(ptr, strstr(error.message, text), NULL), "%s", error.message);
    cr_expect(eq(ptr, model, untouched));
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model, parameters_are_taken_over_bit_for_bit)
{
    const Parameters p = valid();
    EmixModel *model = NULL;
    cr_assert(eq(int, create(&p, &model, NULL), EMIX_OK));
    cr_expect(eq(i64, emix_model_n_components(model), K));
    cr_expect(eq(i64, emix_model_n_features(model), D));
    expect_equal(emix_model_weights(model), p.weights, K);
    expect_equal(emix_model_means(model), p.means, K * D);
    expect_equal(emix_model_covariances(model), p.covariances, K * D * D);
    cr_expect(zero(int, strcmp(emix_model_family(model), "gaussian")));
    cr_expect(zero(int, strcmp(emix_covariance_letters(emix_model_covariance(model)), "VVV")));
    emix_model_destroy(model);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model, free_parameters_are_counted)
{
    const Parameters p = valid();
    EmixModel *model = NULL;
    cr_assert(eq(int, create(&p, &model, NULL), EMIX_OK));
    /* 1 weight, 4 means, 2 times 3 entries of a symmetric matrix */
    cr_expect(eq(i64, emix_model_n_parameters(model), 11));
    emix_model_destroy(model);
}

Test(model, a_model_that_no_fit_made_has_no_report)
{
    const Parameters p = valid();
    EmixModel *model = NULL;
    cr_assert(eq(int, create(&p, &model, NULL), EMIX_OK));
    cr_expect(zero(ptr, (void *)emix_model_report(model)));
    cr_expect(zero(ptr, (void *)emix_model_effective_counts(model)));
    cr_expect(zero(ptr, (void *)emix_model_component_flags(model)));
    cr_expect(zero(ptr, (void *)emix_model_feature_name(model, 0)));
    emix_model_destroy(model);
    emix_model_destroy(NULL);
}

Test(model, weights_that_do_not_sum_to_one_are_refused)
{
    Parameters p = valid();
    p.weights[0] = 0.2500011;
    expect_refused(&p, EMIX_ERR_ARGUMENT, "sum to 1.0000011");
    p.weights[0] = -0.25;
    p.weights[1] = 1.25;
    expect_refused(&p, EMIX_ERR_ARGUMENT, "weight -0.25 of component 0");
    p.weights[0] = NAN;
    p.weights[1] = 1.0;
    expect_refused(&p, EMIX_ERR_ARGUMENT, "component 0");
}

Test(model, weights_that_nearly_sum_to_one_are_divided_by_their_sum)
{
    Parameters p = valid();
    p.weights[0] = 0.2500005;
    EmixModel *model = NULL;
    cr_assert(eq(int, create(&p, &model, NULL), EMIX_OK));
    const double *weights = emix_model_weights(model);
    cr_expect(ieee_ulp_eq(dbl, weights[0] + weights[1], 1.0, 1));
    cr_expect(ieee_ulp_eq(dbl, weights[0], 0.2500005 / 1.0000005, 1));
    emix_model_destroy(model);
}

Test(model, a_component_without_weight_is_allowed)
{
    Parameters p = valid();
    p.weights[0] = 0.0;
    p.weights[1] = 1.0;
    EmixModel *model = NULL;
    cr_expect(eq(int, create(&p, &model, NULL), EMIX_OK));
    emix_model_destroy(model);
}

Test(model, means_and_covariances_must_be_finite)
{
    Parameters p = valid();
    p.means[3] = INFINITY;
    expect_refused(&p, EMIX_ERR_NONFINITE, "mean of component 1, feature 2");
    p = valid();
    p.covariances[4] = NAN;
    expect_refused(&p, EMIX_ERR_NONFINITE, "component 1, entry (1, 1)");
    p = valid();
    p.covariances[1] = INFINITY;
    expect_refused(&p, EMIX_ERR_NONFINITE, "component 0, entry (2, 1)");
}

Test(model, a_covariance_must_be_symmetric)
{
    Parameters p = valid();
    p.covariances[1] += 1e-8;
    expect_refused(&p, EMIX_ERR_ARGUMENT, "component 0 is not symmetric: entry (2, 1)");
}

Test(model, the_lower_triangle_of_a_covariance_counts)
{
    Parameters p = valid();
    p.covariances[1] += 1e-11; /* within 1e-9 of the variances */
    EmixModel *model = NULL;
    cr_assert(eq(int, create(&p, &model, NULL), EMIX_OK));
    const double *covariances = emix_model_covariances(model);
    cr_expect(ieee_ulp_eq(dbl, covariances[1], 0.5, 0));
    cr_expect(ieee_ulp_eq(dbl, covariances[2], 0.5, 0));
    emix_model_destroy(model);
}

Test(model, a_covariance_must_be_positive_definite)
{
    Parameters p = valid();
    p.covariances[5] = p.covariances[6] = 4.0; /* 4 * 3 - 4 * 4 < 0 */
    expect_refused(&p, EMIX_ERR_DEGENERATE, "component 1 is not positive definite");
    p = valid();
    p.covariances[0] = 0.0;
    p.covariances[1] = p.covariances[2] = 0.0;
    expect_refused(&p, EMIX_ERR_DEGENERATE, "component 0 is not positive definite");
}

Test(model, shapes_out_of_range_are_refused)
{
    const double one[1] = {1};
    EmixModel *model = NULL;
    static const emix_index shapes[][2] = {{0, 1}, {1, 0}, {-1, 1}, {1, 40000}, {INT64_MAX / 2, 9}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        const EmixStatus status = emix_model_create_gaussian(
            EMIX_COVARIANCE_FULL, shapes[i][0], shapes[i][1], one, one, one, &model, NULL);
        cr_expect(eq(int, status, EMIX_ERR_ARGUMENT), "shape %zu", i);
    }
    cr_expect(zero(ptr, model));
}

/* ---- parts ---- */

/* Two components of two features: as full matrices, and in the shape of their structure. */
typedef struct Shaped {
    EmixCovariance structure;
    double full[K * D * D];
    EmixPart part; /* without values */
    double values[K * D * D];
} Shaped;

static Shaped shaped_of(EmixCovariance structure)
{
    const Parameters p = valid();
    const Structure s = structure_of(structure);
    Shaped shaped = {.structure = structure,
                     .part = {.name = "covariances", .axes = s.axes, .shape = {1, 1, 1}}};
    int n = 0;
    memcpy(shaped.full, p.covariances, sizeof shaped.full);
    structure_impose(structure, K, D, shaped.full);
    for (; s.axes[shaped.part.rank] != '\0'; ++shaped.part.rank) {
        const char axis = s.axes[shaped.part.rank];
        shaped.part.shape[shaped.part.rank] = axis == 'K' ? K : axis == 'D' ? D : 1;
    }
    for (int i = 0; i < (s.shared ? 1 : K) * D * D; ++i) {
        const int entry = i % (D * D);
        const bool kept = s.round ? entry == 0 : !s.diagonal || entry % (D + 1) == 0;
        shaped.values[n] = shaped.full[i];
        n += kept;
    }
    return shaped;
}

#define FOR_EACH_STRUCTURE(shaped)                                                                 \
    for (int structure = 0; structure < EMIX_N_COVARIANCES; ++structure)                           \
        for (Shaped shaped = shaped_of((EmixCovariance)structure), *once = &shaped; once != NULL;  \
             once = NULL)

static EmixStatus create_shaped(const Shaped *shaped, EmixModel **model, EmixError *error)
{
    const Parameters p = valid();
    EmixPart parts[] = {
        shaped->part,
        {.name = "weights", .rank = 1, .shape = {K}, .values = p.weights},
        {.name = "means", .rank = 2, .shape = {K, D}, .values = p.means},
    };
    parts[0].values = shaped->values;
    return emix_model_create("gaussian", emix_covariance_name(shaped->structure), K, D, 3, parts,
                             model, error);
}

Test(model, a_structure_holds_its_covariances_in_its_own_shape)
{
    FOR_EACH_STRUCTURE(shaped)
    {
        const Parameters p = valid();
        EmixModel *model = NULL;
        EmixModel *same = NULL;
        EmixError error = {{0}};
        cr_assert(eq(int, create_shaped(&shaped, &model, &error), EMIX_OK), "%s", error.message);
        cr_assert(eq(int,
                     emix_model_create_gaussian(shaped.structure, K, D, p.weights, p.means,
                                                shaped.full, &same, &error),
                     EMIX_OK),
                  "%s", error.message);
        const EmixPart part = emix_model_part_named(model, "covariances");
        cr_expect(eq(int, emix_model_n_parts(model), 3));
        cr_expect(eq(str, (char *)emix_model_part(model, 0).name, "weights"));
        cr_expect(eq(str, (char *)part.axes, (char *)shaped.part.axes));
        cr_expect(eq(int, part.rank, shaped.part.rank));
        cr_expect(zero(int, memcmp(part.shape, shaped.part.shape, sizeof part.shape)));
        expect_equal(part.values, shaped.values,
                     (int)(part.shape[0] * part.shape[1] * part.shape[2]));
        expect_equal(emix_model_covariances(same), part.values,
                     (int)(part.shape[0] * part.shape[1] * part.shape[2]));
        for (int k = 0; k < K; ++k) {
            double matrix[D * D];
            cr_assert(eq(int, emix_model_covariance_matrix(model, k, matrix, NULL), EMIX_OK));
            expect_equal(matrix, shaped.full + k * D * D, D * D);
            const double variance = emix_model_variance(model, k, 1);
            cr_expect(eq(dbl, variance, shaped.full[k * D * D + 3]));
            cr_expect(eq(dbl, emix_model_mean(model, k, 1), p.means[k * D + 1]));
        }
        emix_model_destroy(same);
        emix_model_destroy(model);
    }
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model, a_part_that_there_is_not_is_all_zero)
{
    const Parameters p = valid();
    EmixModel *model = NULL;
    double matrix[D * D];
    cr_assert(eq(int, create(&p, &model, NULL), EMIX_OK));
    cr_expect(emix_model_part(model, -1).name == NULL);
    cr_expect(emix_model_part(model, 3).name == NULL);
    cr_expect(emix_model_part_named(model, "rates").values == NULL);
    cr_expect(emix_model_part_named(model, "means").standard_errors == NULL);
    cr_expect(isnan(emix_model_variance(model, K, 0)));
    cr_expect(eq(int, emix_model_covariance_matrix(model, K, matrix, NULL), EMIX_ERR_ARGUMENT));
    emix_model_destroy(model);
}

Test(model, a_precision_is_the_inverse_and_its_factor_upper_triangular)
{
    FOR_EACH_STRUCTURE(shaped)
    {
        EmixModel *model = NULL;
        double precision[D * D];
        double factor[D * D];
        cr_assert(eq(int, create_shaped(&shaped, &model, NULL), EMIX_OK));
        for (int k = 0; k < K; ++k) {
            const double *c = shaped.full + k * D * D;
            const double det = c[0] * c[3] - c[1] * c[2];
            const double inverse[] = {c[3] / det, -c[1] / det, -c[2] / det, c[0] / det};
            cr_assert(eq(int, emix_model_precision(model, k, precision, factor, NULL), EMIX_OK));
            cr_expect(zero(dbl, factor[2]));
            for (int i = 0; i < D; ++i) {
                for (int j = 0; j < D; ++j) {
                    const double product = factor[i * D] * factor[j * D] +
                                           factor[i * D + 1] * factor[j * D + 1];
                    cr_expect(epsilon_eq(dbl, precision[i * D + j], inverse[i * D + j], 1e-14));
                    cr_expect(epsilon_eq(dbl, product, inverse[i * D + j], 1e-14));
                }
            }
        }
        emix_model_destroy(model);
    }
}

/* Parts of a diagonal model; tests spoil one of them. */
static void expect_parts_refused(const char *family, const char *covariance, int n_parts,
                                 const EmixPart *parts, EmixStatus status, const char *text)
{
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, emix_model_create(family, covariance, K, D, n_parts, parts, &model, &error),
                 status),
              "%s", error.message);
    cr_expect(ne(ptr, strstr(error.message, text), NULL), "%s", error.message);
    cr_expect(zero(ptr, model));
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model, parts_that_make_no_model_are_refused_by_name)
{
    const Parameters p = valid();
    const double variances[] = {2, 1, 4, 0};
    const double not_diagonal[] = {2, 0, 0, 1, 4, 0, 0.125, 3};
    const EmixPart weights = {.name = "weights", .rank = 1, .shape = {K}, .values = p.weights};
    const EmixPart means = {.name = "means", .rank = 2, .shape = {K, D}, .values = p.means};
    EmixPart parts[] = {
        weights, means, {.name = "covariances", .rank = 2, .shape = {K, D}, .values = variances}};
    expect_parts_refused("gaussian", "VVI", 3, parts, EMIX_ERR_DEGENERATE,
                         "component 1 is not positive definite (leading minor 2)");
    expect_parts_refused("gaussian", "diag", 2, parts, EMIX_ERR_SHAPE,
                         "\"covariances\" is missing");
    expect_parts_refused("gaussian", "spherical", 3, parts, EMIX_ERR_SHAPE,
                         "\"covariances\" must be [2]");
    expect_parts_refused("binomial", "full", 3, parts, EMIX_ERR_UNSUPPORTED, "\"binomial\"");
    expect_parts_refused("gaussian", "round", 3, parts, EMIX_ERR_UNSUPPORTED, "\"round\"");
    parts[2] = (EmixPart){
        .name = "covariances", .rank = 3, .shape = {K, D, D}, .values = not_diagonal};
    expect_parts_refused("gaussian", "diag", 3, parts, EMIX_ERR_ARGUMENT,
                         "component 1 is not symmetric");
    expect_parts_refused("gaussian", "tied", 3, parts, EMIX_ERR_ARGUMENT, "component 1 is not");
    parts[2] = means;
    expect_parts_refused("gaussian", "diag", 3, parts, EMIX_ERR_SHAPE, "\"means\" is given twice");
    parts[2] = (EmixPart){.name = "rates", .rank = 2, .shape = {K, D}, .values = p.means};
    expect_parts_refused("gaussian", "diag", 3, parts, EMIX_ERR_SHAPE, "\"rates\" is not one of");
    parts[2] = (EmixPart){.name = "covariances", .rank = 2, .shape = {K, D}};
    expect_parts_refused("gaussian", "diag", 3, parts, EMIX_ERR_SHAPE, "without values");
}

Test(model, feature_names_are_copied)
{
    const Parameters p = valid();
    EmixModel *model = NULL;
    char name[] = "length";
    const char *const names[D] = {name, "width"};
    cr_assert(eq(int, create(&p, &model, NULL), EMIX_OK));
    cr_assert(eq(int, emix_model_set_feature_names(model, names, NULL), EMIX_OK));
    name[0] = 'X';
    cr_expect(zero(int, strcmp(emix_model_feature_name(model, 0), "length")));
    cr_expect(zero(int, strcmp(emix_model_feature_name(model, 1), "width")));
    cr_expect(zero(ptr, (void *)emix_model_feature_name(model, 2)));
    emix_model_destroy(model);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model, every_failed_allocation_is_reported_and_leaks_nothing)
{
    const Parameters p = valid();
    EmixModel *model = NULL;
    EmixStatus status = EMIX_ERR_NOMEM;
    int allowed = 0;
    for (; status == EMIX_ERR_NOMEM && allowed < 100; ++allowed) {
        emix_alloc_fail_after(allowed);
        status = create(&p, &model, NULL);
        emix_alloc_fail_after(-1);
        cr_expect(status == EMIX_OK || emix_alloc_live_blocks() == 0, "after %d", allowed);
    }
    cr_expect(eq(int, status, EMIX_OK));
    cr_expect(gt(int, allowed, 5));
    emix_model_destroy(model);
}

/* Model files: what is written, and that it reads back bit for bit. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "support/io_support.h"
#include "support/parts.h"
#include "model_support.h"

TestSuite(model_json, .init = scratch_open, .fini = scratch_close);

static void expect_same_parameters(const EmixModel *a, const EmixModel *b)
{
    const size_t d = (size_t)a->n_features;
    cr_assert(eq(i64, a->n_components, b->n_components));
    cr_assert(eq(i64, a->n_features, b->n_features));
    cr_expect(eq(int, emix_model_covariance(a), emix_model_covariance(b)));
    cr_expect(same_values(a, b));
    for (size_t j = 0; j < d; ++j) {
        cr_expect(eq(str, a->feature_names[j], b->feature_names[j]));
    }
}

/* Writing is byte-identical after reading: nothing that a file holds is lost. */
static void expect_same_file_again(const char *path)
{
    const char *again = scratch_path("again.json");
    EmixModel *model = must_read(path);
    must_write(model, again);
    char *first = read_bytes(path, NULL);
    char *second = read_bytes(again, NULL);
    cr_expect(eq(str, first, second));
    free(second);
    free(first);
    emix_model_destroy(model);
}

Test(model_json, models_read_back_bit_for_bit)
{
    const char *path = scratch_path("model.json");
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        EmixModel *model = random_model_of((EmixCovariance)(seed % EMIX_N_COVARIANCES),
                                           (emix_index)(1 + seed % 5), (emix_index)(1 + seed % 7),
                                           seed);
        must_write(model, path);
        EmixModel *back = must_read(path);
        expect_same_parameters(model, back);
        cr_expect(eq(ptr, (void *)emix_model_report(back), NULL));
        emix_model_destroy(back);
        emix_model_destroy(model);
        expect_same_file_again(path);
    }
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model_json, component_names_read_back_and_free_components_have_none)
{
    const char *path = scratch_path("model.json");
    const char *const names[] = {"a, \"b\"", NULL, ""};
    EmixModel *model = random_model(3, 2, 5);
    cr_assert(eq(int, emix_model_set_component_names(model, names, NULL), EMIX_OK));
    must_write(model, path);
    EmixModel *back = must_read(path);
    const char *const *found = emix_model_component_names(back);
    cr_assert(found != NULL);
    cr_expect(zero(int, strcmp(found[0], names[0])));
    cr_expect(found[1] == NULL);
    cr_expect(zero(int, strcmp(found[2], names[2])));
    emix_model_destroy(back);
    emix_model_destroy(model);
    expect_same_file_again(path);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model_json, large_models_read_back)
{
    const char *path = scratch_path("model.json");
    EmixModel *model = random_model(3, 80, 9); /* several buffers of text */
    must_write(model, path);
    EmixModel *back = must_read(path);
    expect_same_parameters(model, back);
    emix_model_destroy(back);
    emix_model_destroy(model);
}

Test(model_json, the_report_reads_back)
{
    const char *path = scratch_path("model.json");
    EmixModel *model = random_model(3, 2, 1);
    add_report(model);
    must_write(model, path);
    EmixModel *back = must_read(path);
    const EmixFitReport *report = emix_model_report(back);
    cr_assert(ne(ptr, (void *)report, NULL));
    cr_expect(eq(int, report->stop, EMIX_STOP_ITERATION_LIMIT));
    cr_expect(eq(int, back->options.stop.rule, EMIX_STOP_ON_Q));
    cr_expect(eq(int, report->dtype, EMIX_FLOAT32));
    cr_expect(eq(uint, report->flags, EMIX_FLAG_FLOOR | EMIX_FLAG_EMPTY));
    cr_expect(ieee_ulp_eq(dbl, report->gap, model->report.gap, 0));
    cr_expect(ieee_ulp_eq(dbl, report->entropy, model->report.entropy, 0));
    cr_expect(eq(int, report->n_starts_finished, 9));
    cr_expect(eq(int, report->n_starts_degenerate, 2));
    cr_expect(eq(int, back->options.e_step.kind, EMIX_E_STEP_HARD));
    cr_expect(eq(int, back->options.acceleration, EMIX_ACCELERATION_SQUAREM));
    cr_expect(eq(int, report->n_extrapolations, 4));
    cr_expect(eq(int, report->n_rejected, 1));
    cr_expect(ieee_ulp_eq(dbl, report->decrease_ulps, 2.5, 0));
    /* A model file holds neither threads nor times. */
    cr_expect(zero(int, report->n_workers));
    cr_expect(eq(int, isnan(report->init_s) != 0 && isnan(report->em_s) != 0, 1));
    for (emix_index k = 0; k < 3; ++k) {
        cr_expect(
            ieee_ulp_eq(dbl, emix_model_effective_counts(back)[k], model->effective_counts[k], 0));
        cr_expect(eq(uint, emix_model_component_flags(back)[k], model->component_flags[k]));
    }
    emix_model_destroy(back);
    emix_model_destroy(model);
    expect_same_file_again(path);
}

Test(model_json, what_a_report_does_not_know_reads_back_as_nan)
{
    const char *path = scratch_path("model.json");
    EmixModel *model = random_model(2, 2, 1);
    add_report(model);
    model->report.delta2 = model->report.gap = model->report.rate = (double)NAN;
    model->effective_counts[1] = (double)NAN;
    model->options.starts.seed = UINT64_MAX;
    must_write(model, path);
    EmixModel *back = must_read(path);
    cr_expect(eq(int,
                 isnan(back->report.delta2) != 0 && isnan(back->report.gap) != 0 &&
                     isnan(back->report.rate) != 0,
                 1));
    cr_expect(eq(int, isnan(back->effective_counts[1]) != 0, 1));
    cr_expect(eq(u64, back->options.starts.seed, UINT64_MAX));
    emix_model_destroy(back);
    emix_model_destroy(model);
    expect_same_file_again(path);
}

Test(model_json, the_file_does_not_depend_on_threads_and_times)
{
    const char *one = scratch_path("one.json");
    const char *two = scratch_path("two.json");
    EmixModel *model = random_model(2, 2, 1);
    add_report(model);
    must_write(model, one);
    model->report.n_workers = 64;
    model->report.init_s = 1.0;
    model->report.em_s = 2.0;
    must_write(model, two);
    emix_model_destroy(model);
    char *first = read_bytes(one, NULL);
    char *second = read_bytes(two, NULL);
    cr_expect(eq(str, first, second));
    cr_expect(eq(ptr, strstr(first, "\"time\""), NULL));
    cr_expect(eq(ptr, strstr(first, "\"threads\""), NULL));
    cr_expect(eq(ptr, strstr(first, "\"memory\""), NULL));
    free(second);
    free(first);
}

Test(model_json, a_file_has_a_line_for_each_row_of_a_matrix)
{
    static const double weights[] = {0.25, 0.75};
    static const double means[] = {1, -0.0, 0.1, 1e300};
    static const double covariances[] = {1, 0.5, 0.5, 2, 3, 0, 0, 1e-5};
    static const char *const names[] = {"a\"b\\", "\xff\xc3\xa9\n"};
    EmixModel *model = NULL;
    const char *path = scratch_path("model.json");
    cr_assert(eq(int,
                 emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 2, 2, weights, means, covariances,
                                            &model, NULL),
                 EMIX_OK));
    emix_model_set_feature_names(model, names, NULL);
    must_write(model, path);
    emix_model_destroy(model);
    char *text = read_bytes(path, NULL);
    cr_expect(eq(str, text,
                 "{\"schema\":\"emix.model/1\",\n"
                 " \"family\":\"gaussian\",\n"
                 " \"covariance\":\"VVV\",\n"
                 " \"n_components\":2,\n"
                 " \"n_features\":2,\n"
                 " \"feature_names\":[\"a\\\"b\\\\\",\"\xef\xbf\xbd\xc3\xa9\\u000a\"],\n"
                 " \"weights\":[0.25,0.75],\n"
                 " \"means\":[\n"
                 "  [1.0,-0.0],\n"
                 "  [0.1,1e+300]],\n"
                 " \"covariances\":[\n"
                 "  [\n"
                 "   [1.0,0.5],\n"
                 "   [0.5,2.0]],\n"
                 "  [\n"
                 "   [3.0,0.0],\n"
                 "   [0.0,1e-05]]]}\n"));
    free(text);
    emix_model_destroy(must_read(path)); /* valid UTF-8 again */
}

/* Every kind of malformed UTF-8 becomes something that JSON readers accept. */
Test(model_json, names_of_any_bytes_make_a_valid_file)
{
    const char *path = scratch_path("model.json");
    uint64_t state = 8;
    for (int round = 0; round < 500; ++round) {
        EmixModel *model = random_model(1, 1, 1);
        char *name = model->feature_names[0];
        for (size_t i = 0; i < strlen(name); ++i) {
            name[i] = (char)(1 + random_bits(&state) % 255);
            if (round % 2 == 0) {
                name[i] |= (char)0x80;
            }
        }
        must_write(model, path);
        emix_model_destroy(must_read(path));
        emix_model_destroy(model);
    }
}

Test(model_json, a_file_of_parameters_alone_is_enough)
{
    EmixModel *model = must_read(model_text(WITH(MINIMAL)));
    cr_expect(eq(i64, emix_model_n_components(model), 2));
    cr_expect(eq(i64, emix_model_n_features(model), 2));
    cr_expect(ieee_ulp_eq(dbl, emix_model_covariances(model)[7], 2.5, 0));
    cr_expect(eq(ptr, (void *)emix_model_feature_name(model, 0), NULL));
    emix_model_destroy(model);
}

Test(model_json, unknown_members_are_accepted)
{
    emix_model_destroy(
        must_read(model_text(WITH("\"family\":\"gaussian\",\"n_components\":2,\"n_features\":2,"
                                  "\"comment\":{\"a\":[1]}," MINIMAL))));
}

Test(model_json, a_covariance_structure_has_two_names)
{
    for (int c = 0; c < EMIX_N_COVARIANCES; ++c) {
        const char *names[] = {emix_covariance_name((EmixCovariance)c),
                               emix_covariance_letters((EmixCovariance)c)};
        for (int n = 0; n < 2; ++n) {
            char text[256];
            snprintf(text, sizeof text,
                     WITH("\"covariance\":\"%s\"," MINIMAL_WEIGHTS "," MINIMAL_MEANS
                          ",\"covariances\":[[[2,0],[0,2]],[[2,0],[0,2]]]"),
                     names[n]);
            EmixModel *model = must_read(model_text(text));
            cr_expect(eq(int, emix_model_covariance(model), c), "%s", names[n]);
            emix_model_destroy(model);
        }
    }
}

static void expect_written(EmixModel *model, const char *covariances)
{
    const char *path = scratch_path("model.json");
    must_write(model, path);
    char *text = read_bytes(path, NULL);
    expect_contains(text, covariances);
    free(text);
    emix_model_destroy(model);
}

Test(model_json, covariances_are_written_in_the_shape_of_their_structure)
{
    static const double full[] = {2, 1, 1, 2, 2, 1, 1, 2};
    static const double round[] = {2, 0, 0, 2, 2, 0, 0, 2};
    static const struct {
        EmixCovariance structure;
        const double *covariances;
        const char *text;
    } cases[] = {
        {EMIX_COVARIANCE_TIED, full, "\"covariances\":[\n  [2.0,1.0],\n  [1.0,2.0]]}"},
        {EMIX_COVARIANCE_DIAG, round, "\"covariances\":[\n  [2.0,2.0],\n  [2.0,2.0]]}"},
        {EMIX_COVARIANCE_SPHERICAL, round, "\"covariances\":[2.0,2.0]}"},
    };
    static const double weights[] = {0.5, 0.5};
    static const double means[] = {0, 1, 2, 3};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        EmixModel *model = NULL;
        cr_assert(eq(int,
                     emix_model_create_gaussian(cases[i].structure, 2, 2, weights, means,
                                                cases[i].covariances, &model, NULL),
                     EMIX_OK));
        expect_written(model, cases[i].text);
    }
}

/* Errors of a model too: K x D x D of them, of which the structure has some. */
Test(model_json, files_of_full_matrices_are_still_read)
{
#define OLD_ERRORS(lower)                                                                          \
    "\"weights\":[1,1],\"means\":[[1,1],[1,1]],\"covariances\":[[[" lower                          \
    ",0],[0,6]],[[7,0],[0,8]]]"
#define OLD_INTERVAL(name, bars) "\"" name "\":{\"lower\":" bars ",\"upper\":" bars "}"
    EmixModel *model = must_read(model_text(WITH(
        "\"covariance\":\"VVI\"," MINIMAL_WEIGHTS "," MINIMAL_MEANS
        ",\"covariances\":[[[1,0],[0,2]],[[3,0],[0,4]]],"
        "\"standard_errors\":{\"information\":\"observed\",\"state\":\"ok\","
        "\"n_parameters\":9,\"newton_gain\":0," OLD_ERRORS(
            "5") ",\"intervals\":{\"level\":0."
                 "9," OLD_INTERVAL(
                     "weights",
                     "[0,"
                     "1]") "," OLD_INTERVAL("means",
                                            "[[0,0],[0,0]]") "," OLD_INTERVAL("covariances",
                                                                              "[[[1,0],[0,null]],[["
                                                                              "3,0],[0,4]"
                                                                              "]]") "}}")));
#undef OLD_INTERVAL
#undef OLD_ERRORS
    const EmixPart part = emix_model_part_named(model, "covariances");
    cr_expect(eq(int, part.rank, 2));
    for (int i = 0; i < 4; ++i) {
        cr_expect(eq(dbl, part.values[i], 1.0 + i));
        cr_expect(eq(dbl, part.standard_errors[i], 5.0 + i));
    }
    cr_expect(eq(dbl, part.lower[2], 3.0));
    cr_expect(isnan(part.upper[1]));
    emix_model_destroy(model);
    model = must_read(model_text(WITH("\"covariance\":\"EEE\"," MINIMAL_WEIGHTS "," MINIMAL_MEANS
                                      ",\"covariances\":[[[2,1],[1,3]],[[2,1],[1,3]]]")));
    cr_expect(eq(int, emix_model_part_named(model, "covariances").rank, 2));
    cr_expect(eq(dbl, emix_model_covariances(model)[3], 3.0));
    emix_model_destroy(model);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model_json, a_model_goes_through_memory_like_through_a_file)
{
    const char *path = scratch_path("model.json");
    EmixModel *model = random_model_of(EMIX_COVARIANCE_SPHERICAL, 3, 4, 5);
    EmixModel *back = NULL;
    EmixError error = {{0}};
    char *text = NULL;
    add_report(model);
    cr_assert(eq(int, emix_model_document(model, &text, &error), EMIX_OK), "%s", error.message);
    must_write(model, path);
    char *file = read_bytes(path, NULL);
    cr_expect(eq(sz, strlen(file), strlen(text) + 1));
    cr_expect(zero(int, strncmp(file, text, strlen(text))));
    cr_assert(eq(int, emix_model_read_text(text, strlen(text), &back, &error), EMIX_OK), "%s",
              error.message);
    expect_same_parameters(model, back);
    cr_expect(eq(dbl, back->report.log_likelihood, model->report.log_likelihood));
    emix_model_destroy(back);
    back = NULL;
    cr_expect(
        eq(int, emix_model_read_text(text, strlen(text) - 1, &back, &error), EMIX_ERR_FORMAT));
    expect_contains(error.message, "the text, line");
    cr_expect(eq(int, emix_model_read_text(NULL, 0, &back, &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_model_document(NULL, &text, &error), EMIX_ERR_ARGUMENT));
    cr_expect(zero(ptr, back));
    free(file);
    emix_text_destroy(text);
    emix_model_destroy(model);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model_json, a_foreign_fit_without_details_is_completed)
{
    EmixModel *model = must_read(
        model_text(WITH(MINIMAL ",\"fit\":{\"log_likelihood\":-10,\"bic\":-43.02585092994046,"
                                "\"icl\":-45.02585092994046,\"data\":{\"total_weight\":10}}")));
    const EmixFitReport *report = emix_model_report(model);
    cr_expect(eq(i64, report->n_parameters, emix_model_n_parameters(model)));
    cr_expect(ieee_ulp_eq(dbl, emix_report_bic(report), -20.0 - 11.0 * log(10.0), 4));
    cr_expect(eq(int, isnan(report->delta2) != 0, 1));
    cr_expect(zero(int, isnan(report->classification_log)));
    emix_model_destroy(model);
}

/* Model files: they read back bit for bit, and every malformed one is named with its place. */
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

static EmixModel *must_read(const char *path)
{
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_model_read(path, &model, &error), EMIX_OK), "%s", error.message);
    return model;
}

static void must_write(const EmixModel *model, const char *path)
{
    EmixError error = {{0}};
    cr_assert(eq(int, emix_model_write(model, path, &error), EMIX_OK), "%s", error.message);
}

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

#define MINIMAL_WEIGHTS "\"weights\":[0.5,0.5]"
#define MINIMAL_MEANS "\"means\":[[0,1],[2,3]]"
#define MINIMAL_COVARIANCES "\"covariances\":[[[1,0],[0,1]],[[2,1],[1,2.5e0]]]"
#define MINIMAL MINIMAL_WEIGHTS "," MINIMAL_MEANS "," MINIMAL_COVARIANCES
#define WITH(members) "{\"schema\":\"emix.model/1\"," members "}"

static const char *model_text(const char *text)
{
    const char *path = scratch_path("model.json");
    write_text(path, text);
    return path;
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

static void expect_refused(const char *text, EmixStatus status, const char *message)
{
    const char *path = model_text(text);
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, emix_model_read(path, &model, &error), status), "%s: %s", text,
              error.message);
    expect_contains(error.message, message);
    expect_contains(error.message, path);
    cr_expect(eq(ptr, model, NULL));
    cr_expect(zero(long, emix_alloc_live_blocks()));
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

Test(model_json, shapes_that_a_structure_does_not_have_are_refused)
{
    expect_refused(WITH("\"covariance\":\"VII\"," MINIMAL_WEIGHTS "," MINIMAL_MEANS
                        ",\"covariances\":[[1,1],[1,1]]"),
                   EMIX_ERR_FORMAT, "covariances[0] is not a number");
    expect_refused(
        WITH("\"covariance\":\"VVI\"," MINIMAL_WEIGHTS "," MINIMAL_MEANS ",\"covariances\":[1,1]"),
        EMIX_ERR_FORMAT, "covariances[0] is not an array");
    expect_refused(WITH("\"covariance\":\"VVI\"," MINIMAL_WEIGHTS "," MINIMAL_MEANS
                        ",\"covariances\":[[[1,0],[0,1]],[[1,0],[0.5,1]]]"),
                   EMIX_ERR_FORMAT, "component 1 is not symmetric");
    expect_refused(WITH("\"covariance\":\"VVI\"," MINIMAL_WEIGHTS "," MINIMAL_MEANS
                        ",\"covariances\":[[1,1],[1,-1]]"),
                   EMIX_ERR_DEGENERATE, "component 1 is not positive definite");
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

Test(model_json, text_that_is_no_json_is_refused_with_line_and_column)
{
    expect_refused("", EMIX_ERR_FORMAT, "line 1, column 0");
    expect_refused("{\n \"schema\":\n  oops}", EMIX_ERR_FORMAT, "line 3, column 6");
    expect_refused("{\"a\":1,\"a\":2}", EMIX_ERR_FORMAT, "duplicate");
    expect_refused("{} x", EMIX_ERR_FORMAT, "end of file expected");
    expect_refused(WITH("\"weights\":[1e999]"), EMIX_ERR_FORMAT, "overflow");
    expect_refused(WITH("\"weights\":[NaN]"), EMIX_ERR_FORMAT, "line 1");
    expect_refused("\xff\xfe", EMIX_ERR_FORMAT, "unable to decode byte 0xff");
}

Test(model_json, other_documents_are_refused)
{
    expect_refused("[]", EMIX_ERR_FORMAT, "not a JSON object");
    expect_refused("{}", EMIX_ERR_FORMAT, "there is no \"schema\"");
    expect_refused("{\"schema\":1}", EMIX_ERR_FORMAT, "\"schema\" is not a string");
    expect_refused("{\"schema\":\"emix.fit/1\"}", EMIX_ERR_FORMAT,
                   "\"schema\" is \"emix.fit/1\", where \"emix.model/1\" is known");
    expect_refused(WITH("\"family\":\"binomial\""), EMIX_ERR_UNSUPPORTED, "\"binomial\"");
    expect_refused(WITH("\"covariance\":\"VVW\""), EMIX_ERR_UNSUPPORTED,
                   "\"covariance\" is \"VVW\", which is none of those known: VVV EEE VVI VII");
    expect_refused(WITH("\"covariance\":3"), EMIX_ERR_FORMAT, "\"covariance\" is not a string");
}

Test(model_json, wrong_shapes_are_refused_with_their_place)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {WITH("\"n_features\":2"), "there is no \"weights\""},
        {WITH(MINIMAL ",\"component_names\":[\"a\"]"), "component_names has 1 entries, not 2"},
        {WITH(MINIMAL ",\"component_names\":[null,3]"),
         "component_names[1] is not a string or null"},
        {WITH("\"weights\":3"), "weights is not an array"},
        {WITH("\"weights\":[]," MINIMAL_MEANS), "means has 2 entries, not 0"},
        {WITH("\"weights\":[],\"means\":[]"), "weights is empty"},
        {WITH(MINIMAL_WEIGHTS), "there is no \"means\""},
        {WITH(MINIMAL_WEIGHTS ",\"means\":[[0,1]]"), "means has 1 entries, not 2"},
        {WITH(MINIMAL_WEIGHTS ",\"means\":[[],[]]"), "means[0] is empty"},
        {WITH(MINIMAL_WEIGHTS ",\"means\":[1,2]"), "means[0] is not an array"},
        {WITH(MINIMAL_WEIGHTS ",\"means\":[[0,1],[2]]"), "means[1] has 1 entries, not 2"},
        {WITH(MINIMAL_WEIGHTS ",\"means\":[[0,1],[2,\"3\"]]"), "means[1][1] is not a number"},
        {WITH("\"weights\":[1,null]," MINIMAL_MEANS), "weights[1] is not a number"},
        {WITH(MINIMAL_WEIGHTS "," MINIMAL_MEANS), "there is no \"covariances\""},
        {WITH(MINIMAL_WEIGHTS "," MINIMAL_MEANS ",\"covariances\":[[[1,0],[0,1]]]"),
         "covariances has 1 entries, not 2"},
        {WITH(MINIMAL_WEIGHTS "," MINIMAL_MEANS ",\"covariances\":[[[1,0],[0,1]],[[1,0]]]"),
         "covariances[1] has 1 entries, not 2"},
        {WITH(MINIMAL_WEIGHTS "," MINIMAL_MEANS ",\"covariances\":[[[1,0],[0]],[[1,0],[0,1]]]"),
         "covariances[0][1] has 1 entries, not 2"},
        {WITH(MINIMAL_WEIGHTS "," MINIMAL_MEANS
                              ",\"covariances\":[[[1,0],[0,true]],[[1,0],[0,1]]]"),
         "covariances[0][1][1] is not a number"},
        {WITH(MINIMAL ",\"n_components\":3"), "\"n_components\" is 3, but weights has 2"},
        {WITH(MINIMAL ",\"n_features\":1"), "\"n_features\" is 1, but means[0] has 2"},
        {WITH(MINIMAL ",\"n_features\":2.0"), "\"n_features\" is not an integer"},
        {WITH(MINIMAL ",\"feature_names\":[\"a\"]"), "feature_names has 1 entries, not 2"},
        {WITH(MINIMAL ",\"feature_names\":[\"a\",2]"), "feature_names[1] is not a string"},
        {WITH(MINIMAL ",\"feature_names\":{}"), "feature_names is not an array"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        expect_refused(cases[i].text, EMIX_ERR_FORMAT, cases[i].message);
    }
}

Test(model_json, parameters_that_make_no_model_are_refused)
{
    expect_refused(WITH("\"weights\":[0.5,0.6]," MINIMAL_MEANS "," MINIMAL_COVARIANCES),
                   EMIX_ERR_FORMAT, "sum to 1.1");
    expect_refused(WITH("\"weights\":[-0.5,1.5]," MINIMAL_MEANS "," MINIMAL_COVARIANCES),
                   EMIX_ERR_FORMAT, "-0.5");
    expect_refused(
        WITH(MINIMAL_WEIGHTS "," MINIMAL_MEANS ",\"covariances\":[[[1,0],[1,2]],[[1,0],[0,1]]]"),
        EMIX_ERR_FORMAT, "not symmetric");
    expect_refused(
        WITH(MINIMAL_WEIGHTS "," MINIMAL_MEANS ",\"covariances\":[[[1,0],[0,1]],[[1,2],[2,1]]]"),
        EMIX_ERR_DEGENERATE, "component 1 is not positive definite");
}

Test(model_json, malformed_fits_are_refused_with_their_place)
{
    static const struct {
        const char *members;
        const char *message;
    } cases[] = {
        {"\"fit\":3", "fit is not an object"},
        {"\"fit\":{\"log_likelihood\":\"x\"}", "fit.log_likelihood is not a number or null"},
        {"\"fit\":{\"data\":{\"n_rows\":1.5}}", "fit.data.n_rows is not a count"},
        {"\"fit\":{\"data\":{\"n_features\":3}}", "fit.data.n_features is 3, but means[0] has 2"},
        {"\"fit\":{\"n_passes\":-1}", "fit.n_passes is not a count"},
        {"\"fit\":{\"n_passes\":3000000000}", "fit.n_passes is not a count"},
        {"\"fit\":{\"stop\":\"bored\"}", "fit.stop is not one of the names known"},
        {"\"fit\":{\"stop\":1}", "fit.stop is not one of the names known"},
        {"\"fit\":{\"data\":{\"dtype\":\"float16\"}}", "fit.data.dtype is not one of"},
        {"\"fit\":{},\"fit_details\":{\"stop_rule\":\"x\"}", "fit_details.stop_rule is not one of"},
        {"\"fit\":{\"seed\":-1}", "fit.seed is not an unsigned integer"},
        {"\"fit\":{\"seed\":\"18446744073709551616\"}", "fit.seed is not an unsigned integer"},
        {"\"fit\":{\"seed\":\"1x\"}", "fit.seed is not an unsigned integer"},
        {"\"fit\":{\"seed\":\"\"}", "fit.seed is not an unsigned integer"},
        {"\"fit\":{\"certificate\":{\"flags\":1}}", "fit.certificate.flags is not an array"},
        {"\"fit\":{\"icl\":[]}", "fit.icl is not a number or null"},
        {"\"fit\":{},\"effective_counts\":[1]", "effective_counts is not an array with an entry"},
        {"\"fit\":{},\"effective_counts\":[1,\"2\"]", "effective_counts[1] is not a number"},
        {"\"fit\":{},\"component_flags\":{}", "component_flags is not an array with an entry"},
        {"\"fit\":{},\"component_flags\":[[],[3]]", "component_flags[1] is not an array of names"},
        {"\"fit\":{},\"component_flags\":[[],3]", "component_flags[1] is not an array of names"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char text[512];
        snprintf(text, sizeof text, WITH(MINIMAL ",%s"), cases[i].members);
        expect_refused(text, EMIX_ERR_FORMAT, cases[i].message);
    }
}

Test(model_json, mutated_files_are_read_or_refused_and_leak_nothing)
{
    static const char alphabet[] = "0123456789.eE+-\"{}[]:, ntf\\\xff";
    const char *path = scratch_path("model.json");
    EmixModel *model = random_model(2, 2, 3);
    add_report(model);
    must_write(model, path);
    emix_model_destroy(model);
    size_t n = 0;
    char *whole = read_bytes(path, &n);
    uint64_t state = 9;
    for (int round = 0; round < 2000; ++round) {
        char *mutated = malloc(n);
        memcpy(mutated, whole, n);
        for (uint64_t m = 1 + random_bits(&state) % 2; m > 0; --m) {
            const uint64_t bits = random_bits(&state);
            mutated[bits % n] = alphabet[(bits >> 32) % (sizeof alphabet - 1)];
        }
        EmixModel *read = NULL;
        EmixError error = {{0}};
        write_bytes(path, mutated, n);
        const EmixStatus status = emix_model_read(path, &read, &error);
        cr_expect(eq(int, status == EMIX_OK, read != NULL));
        cr_expect(eq(int, status == EMIX_OK, error.message[0] == '\0'));
        emix_model_destroy(read);
        free(mutated);
    }
    free(whole);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model_json, files_that_cannot_be_opened_are_reported)
{
    EmixModel *model = random_model(1, 1, 1);
    EmixModel *read = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, emix_model_read(scratch_path("none.json"), &read, &error), EMIX_ERR_IO));
    expect_contains(error.message, "none.json: cannot be opened: No such file or directory");
    cr_expect(eq(int, emix_model_read(NULL, &read, &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_model_write(model, NULL, &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_model_write(NULL, "x", &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_model_write(model, scratch_path("no/folder"), &error), EMIX_ERR_IO));
    emix_model_destroy(model);
}

Test(model_json, a_full_disk_is_reported)
{
    EmixModel *model = random_model(1, 1, 1);
    EmixError error = {{0}};
    cr_expect(eq(int, emix_model_write(model, "/dev/full", &error), EMIX_ERR_IO));
    expect_contains(error.message, "/dev/full: cannot be written: No space left on device");
    emix_model_destroy(model);
    model = random_model(2, 60, 1); /* fails long before the end */
    cr_expect(eq(int, emix_model_write(model, "/dev/full", &error), EMIX_ERR_IO));
    emix_model_destroy(model);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(model_json, every_failed_allocation_is_reported_and_leaks_nothing)
{
    const char *path = scratch_path("model.json");
    EmixModel *model = random_model(2, 3, 1);
    add_report(model);
    const long before = emix_alloc_live_blocks();
    long allowed = 0;
    EmixStatus status = EMIX_ERR_NOMEM;
    for (; status != EMIX_OK; ++allowed) {
        emix_alloc_fail_after(allowed);
        status = emix_model_write(model, path, NULL);
        emix_alloc_fail_after(-1);
        cr_expect(status == EMIX_OK || status == EMIX_ERR_NOMEM);
        cr_expect(eq(long, emix_alloc_live_blocks(), before));
        cr_expect(eq(int, scratch_count(), status == EMIX_OK));
        cr_assert(lt(long, allowed, 100));
    }
    status = EMIX_ERR_NOMEM;
    for (allowed = 0; status != EMIX_OK; ++allowed) {
        EmixModel *read = NULL;
        emix_alloc_fail_after(allowed);
        status = emix_model_read(path, &read, NULL);
        emix_alloc_fail_after(-1);
        emix_model_destroy(read);
        cr_expect(status == EMIX_OK || status == EMIX_ERR_NOMEM);
        cr_expect(eq(long, emix_alloc_live_blocks(), before));
        cr_assert(lt(long, allowed, 100));
    }
    cr_expect(gt(long, allowed, 12));
    emix_model_destroy(model);
}

/* Malformed model files are refused with their place; failures leak nothing. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "support/io_support.h"
#include "model_support.h"

TestSuite(model_json_errors, .init = scratch_open, .fini = scratch_close);

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

Test(model_json_errors, shapes_that_a_structure_does_not_have_are_refused)
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

Test(model_json_errors, text_that_is_no_json_is_refused_with_line_and_column)
{
    expect_refused("", EMIX_ERR_FORMAT, "line 1, column 0");
    expect_refused("{\n \"schema\":\n  oops}", EMIX_ERR_FORMAT, "line 3, column 6");
    expect_refused("{\"a\":1,\"a\":2}", EMIX_ERR_FORMAT, "duplicate");
    expect_refused("{} x", EMIX_ERR_FORMAT, "end of file expected");
    expect_refused(WITH("\"weights\":[1e999]"), EMIX_ERR_FORMAT, "overflow");
    expect_refused(WITH("\"weights\":[NaN]"), EMIX_ERR_FORMAT, "line 1");
    expect_refused("\xff\xfe", EMIX_ERR_FORMAT, "unable to decode byte 0xff");
}

Test(model_json_errors, other_documents_are_refused)
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

Test(model_json_errors, wrong_shapes_are_refused_with_their_place)
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

Test(model_json_errors, parameters_that_make_no_model_are_refused)
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

Test(model_json_errors, malformed_fits_are_refused_with_their_place)
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

Test(model_json_errors, mutated_files_are_read_or_refused_and_leak_nothing)
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

Test(model_json_errors, files_that_cannot_be_opened_are_reported)
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

Test(model_json_errors, a_full_disk_is_reported)
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

Test(model_json_errors, every_failed_allocation_is_reported_and_leaks_nothing)
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

/* Who works: defaults, the environment, refusals, and callers of other versions. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "context/context.h"

Test(context, takes_workers_and_kernels_as_asked_for)
{
    EmixContextOptions options = emix_context_options_default();
    EmixContext *context = NULL;
    options.n_workers = 3;
    options.isa = "reference";
    cr_assert(eq(int, emix_context_create(&options, &context, NULL), EMIX_OK));
    cr_expect(eq(int, emix_context_n_workers(context), 3));
    cr_expect(eq(str, (char *)emix_context_isa(context), "reference"));
    emix_context_destroy(context);
}

Test(context, of_the_defaults_is_what_null_stands_for)
{
    EmixContext *context = NULL;
    cr_assert(eq(int, emix_context_create(NULL, &context, NULL), EMIX_OK));
    cr_expect(ge(int, emix_context_n_workers(NULL), 1));
    cr_expect(eq(int, emix_context_n_workers(context), emix_context_n_workers(NULL)));
    cr_expect(eq(str, (char *)emix_context_isa(context), (char *)emix_context_isa(NULL)));
    emix_context_destroy(context);
}

Test(context, follows_the_environment_unless_told_otherwise)
{
    EmixContextOptions options = emix_context_options_default();
    EmixContext *context = NULL;
    setenv("EMIX_ISA", "reference", 1);
    cr_expect(eq(str, (char *)emix_context_isa(NULL), "reference"));
    options.isa = "baseline";
    cr_assert(eq(int, emix_context_create(&options, &context, NULL), EMIX_OK));
    cr_expect(eq(str, (char *)emix_context_isa(context), "baseline"));
    emix_context_destroy(context);
}

Test(context, refuses_kernels_that_cannot_run_and_lists_those_that_can)
{
    EmixContextOptions options = emix_context_options_default();
    EmixContext *context = NULL;
    EmixError error = {{0}};
    options.isa = "sse9";
    cr_expect(eq(int, emix_context_create(&options, &context, &error), EMIX_ERR_ARGUMENT));
    cr_expect(strstr(error.message, "isa names \"sse9\"") && strstr(error.message, "baseline"),
              "%s", error.message);
    setenv("EMIX_ISA", "sse8", 1);
    cr_expect(eq(int, emix_context_create(NULL, &context, &error), EMIX_ERR_ARGUMENT));
    cr_expect(strstr(error.message, "EMIX_ISA names \"sse8\"") != NULL, "%s", error.message);
    EmixDataset *data = NULL;
    EmixFit *fit = NULL;
    const double x[] = {1.0, 2.0, 4.0};
    cr_assert(eq(int, emix_dataset_create(3, 1, x, 1, NULL, &data, NULL), EMIX_OK));
    cr_expect(eq(int, emix_fit_create(NULL, data, NULL, NULL, &fit, NULL), EMIX_ERR_ARGUMENT));
    emix_dataset_destroy(data);
    cr_expect(eq(ptr, context, NULL));
}

Test(context, refuses_numbers_out_of_range)
{
    EmixContextOptions options = emix_context_options_default();
    EmixContext *context = NULL;
    EmixError error = {{0}};
    options.n_workers = -1;
    cr_expect(eq(int, emix_context_create(&options, &context, &error), EMIX_ERR_ARGUMENT));
    cr_expect(strstr(error.message, "n_workers is -1, not in 0 ... 1024") != NULL, "%s",
              error.message);
    options.n_workers = 0;
    options.memory_bytes = -1;
    cr_expect(eq(int, emix_context_create(&options, &context, &error), EMIX_ERR_ARGUMENT));
}

Test(context, serves_callers_of_an_older_header_and_of_a_newer_one)
{
    struct {
        EmixContextOptions known;
        int64_t later;
    } options = {.known = emix_context_options_default()};
    EmixContext *context = NULL;
    EmixError error = {{0}};
    /* An older caller's struct ends behind n_workers; what lies beyond is not looked at. */
    options.known.size = offsetof(EmixContextOptions, isa);
    options.known.n_workers = 2;
    options.known.memory_bytes = -5;
    cr_assert(eq(int, emix_context_create(&options.known, &context, &error), EMIX_OK), "%s",
              error.message);
    cr_expect(eq(int, emix_context_n_workers(context), 2));
    emix_context_destroy(context);
    /* A newer one may leave what this library lacks alone, and must not ask for it. */
    options.known = emix_context_options_default();
    options.known.size = sizeof options;
    cr_assert(eq(int, emix_context_create(&options.known, &context, &error), EMIX_OK));
    emix_context_destroy(context);
    options.later = 1;
    cr_expect(eq(int, emix_context_create(&options.known, &context, &error), EMIX_ERR_UNSUPPORTED));
    /* One that never was filled in. */
    memset(&options, 0, sizeof options);
    cr_expect(eq(int, emix_context_create(&options.known, &context, &error), EMIX_ERR_ARGUMENT));
    emix_context_options_init(&options.known);
    cr_expect(zero(int, options.known.n_workers));
}

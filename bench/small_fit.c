#include "small_fit.h"

#include <emix/emix.h>

#include "core/clock.h"
#include "problem.h"

EmixStatus bench_small_fit(double budget_s, BenchSamples *samples, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const BenchShape shape = {.n_rows = 500, .n_features = 4, .n_components = 3};
    BenchProblem problem = {0};
    EmixFit *fit = NULL;
    EmixContext *context = NULL;
    EmixSpec *spec = NULL;
    EMIX_TRY(bench_problem_init(&shape, 1, 1, &problem, error));
    EmixContextOptions who = emix_context_options_default();
    who.n_workers = 1;
    EmixFitOptions options = emix_fit_options_default();
    options.starts.initial = problem.start;
    options.stop.rule = EMIX_STOP_ON_NONE;
    options.stop.max_iterations = 10;
    options.acceleration = EMIX_ACCELERATION_NONE; /* iterations as other programs make them */
    EMIX_TRY(emix_context_create(&who, &context, error));
    EMIX_TRY(emix_spec_create_gaussian(shape.n_components, EMIX_COVARIANCE_FULL, &spec, error));
    EMIX_TRY(emix_fit_create(context, problem.data, spec, &options, &fit, error));
    EMIX_TRY(emix_fit_run(fit, error));
    const double start_s = emix_clock_s();
    while (bench_samples_want_more(samples, start_s, budget_s)) {
        const double began_s = emix_clock_s();
        EMIX_TRY(emix_fit_run(fit, error));
        bench_samples_add(samples, emix_clock_s() - began_s);
    }
cleanup:
    emix_fit_destroy(fit);
    emix_spec_destroy(spec);
    emix_context_destroy(context);
    bench_problem_clear(&problem);
    return status;
}

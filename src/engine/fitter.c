/* From data and options to a fitted model.
 *
 * Small problems run their starts side by side, one worker each; large ones run them one after
 * another with all workers, the early rounds of the tournament on a random subsample. Which it
 * is depends on the size of the problem alone, and no result depends on the number of workers. */
#include "engine/fitter.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "engine/candidates.h"
#include "engine/starts.h"
#include "engine/subsample.h"
#include "linalg/linalg.h"
#include "models/mixture.h"
#include "models/registry.h"
#include "parallel/parallel.h"

/* A pass of fewer multiplications than this is not worth sharing among workers. */
static const double side_by_side_flops = 5e7;
/* Starts within this many nats of the best have reached the same maximum. */
static const double same_maximum = 0.01;
/* Eigenvalues of a covariance, columns scaled to unit variance, are kept above this fraction of
 * the largest one of the data's correlation matrix. */
static const double floor_ratio = 1e-10;
/* Iterations of the tournament's rounds; the last number serves all later ones. */
static const int burst_lengths[] = {3, 3, 5, 8, 10};
enum { N_BURSTS = sizeof burst_lengths / sizeof burst_lengths[0], FULL_DATA_ROUNDS = 2 };

/* Engines that work on the same data, each with a starter: one with all workers, or one a worker.
 */
typedef struct EngineTeam {
    int n_engines;
    EmixEngine **engines;
    EmixStarter **starters;
} EngineTeam;

struct EmixFitter {
    EmixFitOptions options;
    const EmixDataset *data; /* BORROWED */
    EmixDataSummary summary;
    EmixModelSpec spec;
    EmixEngine *engine; /* all data, all workers: the final run */
    EmixSeedSample sample;
    EmixDataset *subsample; /* for early rounds; NULL = they use all data */
    double *subsample_storage;
    EmixDataSummary subsample_summary;
    EngineTeam early; /* runs starts; on the subsample when there is one */
    EmixCandidates candidates;
    double *initial_params; /* of the initial model; NULL = starts are drawn */
    EmixModel *result;
    bool has_run;

    /* the run under way */
    double began_s;
    int starts_done;
    atomic_bool cancelled;
};

/* ---- progress ---- */

static void report_progress(EmixFitter *f, const EmixEmOutcome *outcome)
{
    if (f->options.progress == NULL) {
        return;
    }
    const EmixProgress progress = {
        .n_starts = f->initial_params ? 0 : f->options.n_starts,
        .starts_done = f->starts_done,
        .n_iterations = outcome->n_iterations,
        .log_likelihood = outcome->log_likelihood,
        .gap = outcome->gap,
        .elapsed_s = emix_clock_s() - f->began_s,
    };
    if (f->options.progress(f->options.progress_context, &progress) != 0) {
        atomic_store(&f->cancelled, true);
    }
}

/* Of runs on the calling thread. */
static bool observe_and_report(void *context, const EmixEmOutcome *outcome)
{
    EmixFitter *f = context;
    report_progress(f, outcome);
    return atomic_load(&f->cancelled);
}

/* Of runs on other threads: callbacks come from the calling thread alone. */
static bool observe_silently(void *context, const EmixEmOutcome *outcome)
{
    (void)outcome;
    const EmixFitter *f = context;
    return atomic_load(&f->cancelled);
}

/* ---- one candidate ---- */

static bool is_sound(EmixEngine *e)
{
    const double mean_row_weight = e->data->total_weight / (double)e->data->n_rows;
    for (emix_index k = 0; k < e->spec.kernel_shape.n_components; ++k) {
        if (emix_mixture_state(&e->spec, k, emix_engine_stats(e), e->current.params,
                               e->current.derived, mean_row_weight, emix_engine_scratch(e),
                               NULL) != 0) {
            return false;
        }
    }
    return true;
}

static void load_params(EmixEngine *e, const double *params)
{
    memcpy(e->current.params, params, (size_t)e->sizes.params * sizeof *params);
}

static EmixStatus run_to_the_end(EmixFitter *f, EmixEngine *e, int worker, EmixEmOutcome *outcome,
                                 EmixError *error)
{
    const EmixEmOptions options = {
        .rule = f->options.stop_rule,
        .tolerance = f->options.tolerance,
        .max_iterations = f->options.max_iterations,
        .observe = worker == 0 ? observe_and_report : observe_silently,
        .observe_context = f,
    };
    return emix_em_run(e, &options, outcome, error);
}

/* What a round does to each candidate that is still alive. */
typedef struct Round {
    EmixFitter *fitter;
    EngineTeam *team;
    bool draw;   /* the candidates are yet to be drawn */
    int n_burst; /* EM iterations; 0 = a run to the end */
} Round;

static EmixStatus advance_candidate(const Round *round, int start, int worker)
{
    EmixStatus status = EMIX_OK;
    EmixFitter *f = round->fitter;
    EmixEngine *e = round->team->engines[worker];
    EmixCandidate *c = &f->candidates.all[start];
    if (round->draw) {
        EMIX_TRY(emix_starter_start(round->team->starters[worker], f->options.init_method,
                                    f->options.seed, start, NULL));
    } else {
        load_params(e, c->params);
        EMIX_TRY(emix_engine_prepare(e, NULL));
    }
    if (round->n_burst > 0) {
        EMIX_TRY(emix_em_burst(e, round->n_burst, &c->objective, NULL));
    } else {
        EMIX_TRY(run_to_the_end(f, e, worker, &c->outcome, NULL));
        c->objective = c->outcome.log_likelihood;
    }
cleanup:
    c->failed = status != EMIX_OK;
    c->drawn = true;
    c->sound = !c->failed && is_sound(e);
    memcpy(c->params, e->current.params, (size_t)e->sizes.params * sizeof *c->params);
    return EMIX_OK; /* a start that fails loses; it does not end the fit */
}

static EmixStatus round_task(void *context, int task, int worker)
{
    const Round *round = context;
    EmixFitter *f = round->fitter;
    if (atomic_load(&f->cancelled)) {
        return EMIX_OK;
    }
    const int start = f->candidates.order[task];
    advance_candidate(round, start, worker);
    if (worker == 0 && round->n_burst > 0) {
        const EmixEmOutcome so_far = {.log_likelihood = f->candidates.all[start].objective,
                                      .gap = NAN};
        if (round->draw) {
            f->starts_done = task + 1;
        }
        report_progress(f, &so_far);
    }
    return EMIX_OK;
}

static void run_round(Round *round, int n_alive)
{
    EmixCandidates *candidates = &round->fitter->candidates;
    emix_parallel_for(n_alive, round->team->n_engines, round_task, round);
    emix_candidates_rank(candidates, n_alive);
}

/* ---- competitions ---- */

static int halve(int n)
{
    return (n + 1) / 2;
}

static int rounds_left(int n_alive)
{
    int rounds = 0;
    for (; n_alive > 1; n_alive = halve(n_alive)) {
        ++rounds;
    }
    return rounds;
}

/* Bursts of EM, the better half kept each time. */
static void run_tournament(EmixFitter *f)
{
    EmixEngine *full_engine[] = {f->engine};
    EngineTeam full = {.n_engines = 1, .engines = full_engine};
    int n_alive = f->options.n_starts;
    for (int r = 0; r == 0 || n_alive > 1; ++r) {
        const bool late = f->subsample != NULL && r > 0 && rounds_left(n_alive) <= FULL_DATA_ROUNDS;
        Round round = {
            .fitter = f,
            .team = late ? &full : &f->early,
            .draw = r == 0,
            .n_burst = burst_lengths[r < N_BURSTS ? r : N_BURSTS - 1],
        };
        run_round(&round, n_alive);
        n_alive = halve(n_alive);
        f->starts_done = f->options.n_starts;
        if (atomic_load(&f->cancelled)) {
            return;
        }
    }
}

static const char *failure_reason(unsigned flags)
{
    return flags & EMIX_FLAG_EMPTY      ? "no row is left to it"
           : flags & EMIX_FLAG_FEW_ROWS ? "it holds too few rows for a full covariance"
                                        : "its covariance has collapsed onto a lower dimension";
}

/* The message of a fit without any sound start: the first component at fault of the engine's
 * current point. */
static EmixStatus fail_degenerate(EmixFitter *f, EmixError *error)
{
    EmixEngine *e = f->engine;
    const double mean_row_weight = e->data->total_weight / (double)e->data->n_rows;
    for (emix_index k = 0; k < e->spec.kernel_shape.n_components; ++k) {
        const unsigned flags = emix_mixture_state(&e->spec, k, emix_engine_stats(e),
                                                  e->current.params, e->current.derived,
                                                  mean_row_weight, emix_engine_scratch(e), NULL);
        if (flags != 0) {
            return emix_fail(
                error, EMIX_ERR_DEGENERATE,
                "no usable model%s: component %lld of %lld is degenerate (effective count %.4g of "
                "%.6g rows, %lld features): %s; use fewer components",
                f->initial_params ? " from the initial one" : " from any start", (long long)k + 1,
                (long long)e->spec.kernel_shape.n_components,
                emix_mixture_count(&e->spec, k, emix_engine_stats(e), emix_engine_scratch(e)),
                e->data->total_weight, (long long)e->spec.kernel_shape.n_features,
                failure_reason(flags));
        }
    }
    return emix_fail(error, EMIX_ERR_DEGENERATE, "no start led to a usable model");
}

/* Runs candidates to the end, best first, until one is sound. */
static EmixStatus finish_tournament(EmixFitter *f, EmixEmOutcome *outcome, EmixError *error)
{
    for (int rank = 0; rank < f->candidates.n; ++rank) {
        EmixCandidate *c = &f->candidates.all[f->candidates.order[rank]];
        if (!c->drawn || c->failed) {
            break;
        }
        load_params(f->engine, c->params);
        EmixStatus status = emix_engine_prepare(f->engine, error);
        if (status == EMIX_OK) {
            status = run_to_the_end(f, f->engine, 0, outcome, error);
        }
        c->failed = status != EMIX_OK;
        c->sound = !c->failed && is_sound(f->engine);
        c->objective = outcome->log_likelihood;
        if (c->sound) {
            return EMIX_OK;
        }
    }
    return fail_degenerate(f, error);
}

/* Every start to its end; the best sound one wins. */
static EmixStatus run_all_starts(EmixFitter *f, EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Round round = {.fitter = f, .team = &f->early, .draw = true};
    run_round(&round, f->options.n_starts);
    const EmixCandidate *best = &f->candidates.all[f->candidates.order[0]];
    if (!best->drawn || best->failed) {
        return emix_fail(error, EMIX_ERR_DEGENERATE, "no start led to a usable model");
    }
    load_params(f->engine, best->params);
    EMIX_TRY(emix_engine_prepare(f->engine, error));
    EMIX_TRY(emix_engine_pass(f->engine, EMIX_PASS_ASSESS, error));
    *outcome = best->outcome;
    outcome->log_likelihood = emix_engine_log_likelihood(f->engine);
    outcome->assessed = true;
    if (!best->sound) {
        return fail_degenerate(f, error);
    }
cleanup:
    return status;
}

static void count_starts(const EmixFitter *f, EmixFitReport *report)
{
    const EmixCandidate *best = &f->candidates.all[f->candidates.order[0]];
    for (int s = 0; s < f->candidates.n; ++s) {
        const EmixCandidate *c = &f->candidates.all[s];
        report->n_starts_degenerate += c->failed || !c->sound;
        report->n_starts_reached_best += c->sound && c->outcome.n_passes > 0 &&
                                         c->objective >= best->objective - same_maximum;
    }
}

/* ---- the result ---- */

typedef struct Assessment {
    EmixFitter *fitter;
    double *min_eigenvalues; /* [K] */
} Assessment;

static EmixStatus assess_component(void *context, int k, int worker)
{
    const Assessment *a = context;
    EmixFitter *f = a->fitter;
    EmixEngine *e = f->engine;
    const EmixModel *m = f->result;
    const emix_index d = m->n_features;
    double *scratch = e->scratch + worker * e->sizes.scratch;
    e->spec.component->get(&e->spec, k, emix_mixture_component_params(&e->spec, e->current.params),
                           m->means + k * d, m->covariances + k * d * d);
    m->weights[k] = e->current.params[k];
    m->effective_counts[k] = emix_mixture_count(&e->spec, k, emix_engine_stats(e), scratch);
    a->min_eigenvalues[k] = INFINITY;
    m->component_flags[k] = emix_mixture_state(
        &e->spec, k, emix_engine_stats(e), e->current.params, e->current.derived,
        e->data->total_weight / (double)e->data->n_rows, scratch, &a->min_eigenvalues[k]);
    return EMIX_OK;
}

static EmixStatus write_result(EmixFitter *f, const EmixEmOutcome *outcome, double init_s,
                               EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = f->engine;
    EmixModel *m = f->result;
    if (!outcome->assessed) {
        EMIX_TRY(emix_engine_pass(e, EMIX_PASS_EVALUATE, error));
    }
    Assessment assessment = {.fitter = f, .min_eigenvalues = e->task_values};
    emix_parallel_for((int)m->n_components, e->n_workers, assess_component, &assessment);
    double min_eigenvalue = INFINITY;
    unsigned flags = outcome->decreased ? EMIX_FLAG_DECREASE : 0;
    for (emix_index k = 0; k < m->n_components; ++k) {
        flags |= m->component_flags[k];
        min_eigenvalue = fmin(min_eigenvalue, assessment.min_eigenvalues[k]);
    }
    const double log_joint = emix_engine_expected_log_joint(e, &e->current);
    m->has_report = true;
    m->report = (EmixFitReport){
        .n_rows = f->data->n_rows,
        .n_features = f->data->n_features,
        .n_parameters = emix_model_n_parameters(m),
        .total_weight = f->data->total_weight,
        .dtype = f->data->dtype,
        .log_likelihood = outcome->log_likelihood,
        .objective = outcome->log_likelihood,
        .entropy = fmax(0.0, outcome->log_likelihood - log_joint),
        .classification_log = emix_engine_stats(e)[EMIX_STAT_CLASSIFICATION],
        .stop = outcome->stop,
        .stop_rule = f->options.stop_rule,
        .tolerance = f->options.tolerance,
        .n_iterations = outcome->n_iterations,
        .n_passes = outcome->n_passes,
        .n_single_passes = outcome->n_single_passes,
        .delta2 = outcome->delta2,
        .rate = outcome->rate,
        .gap = outcome->gap,
        .min_eigenvalue_ratio = min_eigenvalue / f->summary.max_eigenvalue,
        .flags = flags,
        .seed = f->options.seed,
        .n_starts = f->initial_params ? 0 : f->options.n_starts,
        .n_workers = e->n_workers,
        .init_s = init_s,
        .em_s = outcome->em_s,
    };
    if (f->initial_params == NULL) {
        count_starts(f, &m->report);
    }
    f->has_run = true;
cleanup:
    return status;
}

static EmixStatus run_from_initial(EmixFitter *f, EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    load_params(f->engine, f->initial_params);
    EMIX_TRY(emix_engine_prepare(f->engine, error));
    EMIX_TRY(run_to_the_end(f, f->engine, 0, outcome, error));
    if (!is_sound(f->engine)) {
        return fail_degenerate(f, error);
    }
cleanup:
    return status;
}

EmixStatus emix_fitter_run(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEmOutcome outcome = {0};
    const int blas_threads = emix_blas_enter_serial();
    f->began_s = emix_clock_s();
    f->starts_done = 0;
    f->has_run = false;
    atomic_store(&f->cancelled, false);
    if (f->initial_params != NULL) {
        EMIX_TRY(run_from_initial(f, &outcome, error));
    } else {
        emix_candidates_reset(&f->candidates);
        if (f->options.init_method == EMIX_INIT_TOURNAMENT) {
            run_tournament(f);
            EMIX_TRY(finish_tournament(f, &outcome, error));
        } else {
            EMIX_TRY(run_all_starts(f, &outcome, error));
        }
    }
    if (atomic_load(&f->cancelled)) {
        outcome.stop = EMIX_STOP_INTERRUPTED;
    }
    EMIX_TRY(write_result(f, &outcome, emix_clock_s() - f->began_s - outcome.em_s, error));
cleanup:
    emix_blas_leave_serial(blas_threads);
    return status;
}

/* ---- life cycle ---- */

static void team_clear(EngineTeam *team)
{
    for (int i = 0; i < team->n_engines; ++i) {
        if (team->starters != NULL) {
            emix_starter_destroy(team->starters[i]);
        }
        if (team->engines != NULL) {
            emix_engine_destroy(team->engines[i]);
        }
    }
    emix_free(team->starters);
    emix_free(team->engines);
}

static EmixModelSpec spec_of(const EmixFitter *f, const EmixDataSummary *summary,
                             const EmixKernels *kernels)
{
    const emix_index d = f->data->n_features;
    const emix_index n_components = f->options.n_components;
    return (EmixModelSpec){
        .component = emix_component_find(f->options.covariance),
        .kernels = kernels,
        .mixed = f->options.precision == EMIX_PRECISION_MIXED,
        .kernel_shape = {.n_rows = emix_kernels_block_rows(d, n_components),
                         .n_features = d,
                         .n_components = n_components},
        .centre = summary->mean,
        .column_sds = summary->sds,
        .covariance = summary->covariance,
        .eigenvalue_floor = floor_ratio * summary->max_eigenvalue,
    };
}

static EmixScanKind scan_kind(const EmixFitter *f)
{
    const bool full = f->options.covariance == EMIX_COVARIANCE_FULL ||
                      f->options.covariance == EMIX_COVARIANCE_TIED;
    return full ? EMIX_SCAN_FULL : EMIX_SCAN_DIAGONAL;
}

/* Engines for the starts: one a worker where a pass is too short to be shared. */
static EmixStatus team_init(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixDataset *data = f->subsample ? f->subsample : f->data;
    const EmixModelSpec spec = f->subsample ? spec_of(f, &f->subsample_summary, f->spec.kernels)
                                            : f->spec;
    const EmixKernelShape *shape = &spec.kernel_shape;
    const double pass_flops = 2.0 * (double)data->n_rows * (double)shape->n_components *
                              (double)shape->n_features * (double)(shape->n_features + 1);
    const bool side_by_side = pass_flops < side_by_side_flops;
    const int n_workers = f->options.n_workers;
    const int most = side_by_side ? n_workers : 1;
    EngineTeam *team = &f->early;
    team->n_engines = most < f->options.n_starts ? most : f->options.n_starts;
    EMIX_TRY_ALLOC(team->engines, team->n_engines);
    EMIX_TRY_ALLOC(team->starters, team->n_engines);
    for (int i = 0; i < team->n_engines; ++i) {
        EMIX_TRY(emix_engine_create(&emix_mixture_ops, &spec, data, side_by_side ? 1 : n_workers,
                                    &team->engines[i], error));
        EMIX_TRY(emix_starter_create(team->engines[i], &f->sample, &team->starters[i], error));
    }
cleanup:
    return status;
}

/* The data of the early rounds. A subsample that has no covariance of its own, because a column
 * is constant in it, is given up: all data serve. */
static EmixStatus draw_subsample(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_subsample_create(f->data, f->options.n_components, f->options.seed,
                                   &f->subsample_storage, &f->subsample, error));
    if (f->subsample == NULL) {
        return EMIX_OK;
    }
    status = emix_scan_run(f->subsample, scan_kind(f), f->spec.kernels, f->options.n_workers,
                           &f->subsample_summary, error);
    if (status == EMIX_ERR_DEGENERATE) {
        emix_dataset_destroy(f->subsample);
        f->subsample = NULL;
        status = EMIX_OK;
    }
cleanup:
    return status;
}

static EmixStatus prepare_starts(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixKernelShape *shape = &f->spec.kernel_shape;
    EMIX_TRY(emix_seed_sample_init(f->data, &f->summary, shape->n_components, f->options.seed,
                                   &f->sample, error));
    if (f->options.init_method == EMIX_INIT_TOURNAMENT) {
        EMIX_TRY(draw_subsample(f, error));
    }
    EMIX_TRY(team_init(f, error));
    EMIX_TRY(
        emix_candidates_init(f->options.n_starts, f->engine->sizes.params, &f->candidates, error));
cleanup:
    return status;
}

static EmixStatus copy_initial(EmixFitter *f, const EmixModel *initial, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = f->data->n_features;
    if (initial->n_features != d || initial->n_components != f->options.n_components) {
        return emix_fail(error, EMIX_ERR_SHAPE,
                         "the initial model has %lld components and %lld features, the fit has "
                         "%lld and %lld",
                         (long long)initial->n_components, (long long)initial->n_features,
                         (long long)f->options.n_components, (long long)d);
    }
    EMIX_TRY_ALLOC(f->initial_params, f->engine->sizes.params);
    for (emix_index k = 0; k < initial->n_components; ++k) {
        f->initial_params[k] = initial->weights[k];
        f->spec.component->set(&f->spec, k, initial->weights, initial->means + k * d,
                               initial->covariances + k * d * d,
                               emix_mixture_component_params(&f->spec, f->initial_params));
    }
cleanup:
    return status;
}

static EmixStatus make_spec(EmixFitter *f, const char *isa, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = f->data->n_features;
    const emix_index n_components = f->options.n_components;
    const EmixKernels *kernels = emix_kernels_select(isa);
    if (kernels == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "EMIX_ISA names \"%s\", which this machine or build cannot run", isa);
    }
    if (f->options.precision == EMIX_PRECISION_MIXED &&
        emix_component_find(f->options.covariance)->single_step == NULL) {
        return emix_fail(
            error, EMIX_ERR_UNSUPPORTED,
            "mixed precision is for full covariances, not for %s ones: those are bound "
            "by memory",
            emix_covariance_name(f->options.covariance));
    }
    if (d > EMIX_LINALG_MAX_DIMENSION) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "%lld features are more than the limit of %d",
                         (long long)d, EMIX_LINALG_MAX_DIMENSION);
    }
    if (n_components > f->data->n_rows) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "%lld components for %lld rows: no usable model has more components than "
                         "rows",
                         (long long)n_components, (long long)f->data->n_rows);
    }
    EMIX_TRY(
        emix_scan_run(f->data, scan_kind(f), kernels, f->options.n_workers, &f->summary, error));
    f->spec = spec_of(f, &f->summary, kernels);
cleanup:
    return status;
}

EmixStatus emix_fitter_create(const EmixDataset *data, const EmixFitOptions *options,
                              const char *isa, EmixFitter **fitter, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitter *f = NULL;
    const int blas_threads = emix_blas_enter_serial();
    EMIX_TRY_ALLOC(f, 1);
    f->options = *options;
    f->options.initial = NULL;
    f->options.n_workers = emix_blas_max_workers(emix_parallel_workers(options->n_workers));
    f->data = data;
    EMIX_TRY(make_spec(f, isa, error));
    EMIX_TRY(emix_engine_create(&emix_mixture_ops, &f->spec, data, f->options.n_workers, &f->engine,
                                error));
    EMIX_TRY(emix_model_create_empty(options->covariance, options->n_components, data->n_features,
                                     &f->result, error));
    if (data->feature_names != NULL) {
        EMIX_TRY(emix_model_set_feature_names(f->result, (const char *const *)data->feature_names,
                                              error));
    }
    if (options->initial != NULL) {
        EMIX_TRY(copy_initial(f, options->initial, error));
    } else {
        EMIX_TRY(prepare_starts(f, error));
    }
    *fitter = f;
    f = NULL;
cleanup:
    emix_blas_leave_serial(blas_threads);
    emix_fitter_destroy(f);
    return status;
}

void emix_fitter_destroy(EmixFitter *f)
{
    if (f == NULL) {
        return;
    }
    emix_model_destroy(f->result);
    emix_free(f->initial_params);
    emix_candidates_clear(&f->candidates);
    team_clear(&f->early);
    emix_dataset_destroy(f->subsample);
    emix_scan_clear(&f->subsample_summary);
    emix_free(f->subsample_storage);
    emix_seed_sample_clear(&f->sample);
    emix_engine_destroy(f->engine);
    emix_scan_clear(&f->summary);
    emix_free(f);
}

const EmixFitReport *emix_fitter_report(const EmixFitter *f)
{
    return f->has_run ? &f->result->report : NULL;
}

EmixStatus emix_fitter_model(const EmixFitter *f, EmixModel **model, EmixError *error)
{
    if (!f->has_run) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the fit has not been run");
    }
    return emix_model_copy(f->result, model, error);
}

/* What a fit needs of its data before the first start: moments, seeds, a subsample; and all memory,
 * whose amount depends on them. */
#include "fit/fitter_internal.h"

#include <math.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "families/registry.h"
#include "fit/search_stage.h"
#include "seeds/subsample.h"

/* A mixture for rows of these moments; all rows have those of f->moments. */
EmixStatus emix_fitter_create_mixture(const EmixFitter *f, const EmixDataset *rows,
                                      const EmixMoments *moments, EmixMixture **mixture,
                                      EmixError *error)
{
    const emix_index d = rows->n_features;
    const emix_index n_components = f->spec.n_components;
    const EmixFacts facts = {
        .kernels = f->kernels,
        .shape = {.n_rows = emix_kernels_block_rows(d, rows->n_rows),
                  .n_features = d,
                  .n_components = n_components},
        .mixed = f->competition.options.precision == EMIX_PRECISION_MIXED,
        .centre = moments->mean,
        .moments = moments,
        .whole = &f->moments,
    };
    const EmixGroupRequest group = {.family = emix_family_find(f->spec.family, &f->spec),
                                    .n_components = n_components};
    return emix_mixture_create(1, &group, &f->spec, &facts, mixture, error);
}

/* Checks the values and takes the moments. */
EmixStatus emix_fitter_scan(const EmixFitter *f, const EmixDataset *data, EmixDataSummary *summary,
                            EmixError *error)
{
    const EmixFamily *family = emix_family_find(f->spec.family, &f->spec);
    const EmixDomain domain = {.accepts = family->accepts, .noun = family->domain};
    return emix_scan_run_within(data, family->moments, family->accepts != NULL ? &domain : NULL,
                                f->kernels, f->competition.n_workers, f->watch, summary, error);
}

enum { SCAN_SWEEPS = 2 };

/* ---- progress ---- */

/* Sweeps come one after another; each begins with a call for no rows. */
static bool observe(void *context, emix_index rows_done, emix_index n_rows)
{
    EmixFitter *f = context;
    const EmixFitOptions *options = &f->competition.options;
    f->n_sweeps_begun += rows_done == 0;
    const double done = f->n_sweeps_begun - 1 + (double)rows_done / (double)n_rows;
    const EmixProgress progress = {
        .phase = f->phase,
        .fraction = done / f->n_sweeps,
        .n_starts = f->initial != NULL || f->responsibilities != NULL ? 0 : options->starts.n,
        .log_likelihood = NAN,
        .gap = NAN,
        .elapsed_s = emix_clock_s() - f->competition.called_s,
    };
    return options->progress(options->progress_context, &progress) != 0;
}

/* @param n_sweeps  Sweeps that the phase makes at most. */
static void begin_phase(EmixFitter *f, EmixFitPhase phase, int n_sweeps)
{
    f->phase = phase;
    f->n_sweeps = n_sweeps;
    f->n_sweeps_begun = 0;
}

/* ---- starts ---- */

/* About how many parameters all components have. */
static double approximate_parameters(const EmixFitter *f)
{
    const double d = (double)f->data->n_features;
    const bool has_matrices = f->mixture->groups[0].family->moments == EMIX_MOMENTS_FULL;
    return (double)f->spec.n_components * (has_matrices ? d * d : d);
}

/* The data of the early rounds. A subsample that has no covariance of its own, because a column
 * is constant in it, is given up: all data serve. */
static EmixStatus draw_subsample(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_subsample_create(f->data, approximate_parameters(f), f->spec.n_components,
                                   f->competition.options.starts.seed, &f->subsample, error));
    if (f->subsample == NULL) {
        return EMIX_OK;
    }
    status = emix_fitter_scan(f, f->subsample, &f->subsample_summary, error);
    if (status == EMIX_ERR_DEGENERATE) {
        emix_dataset_destroy(f->subsample);
        f->subsample = NULL;
        status = EMIX_OK;
    }
cleanup:
    return status;
}

/* Where the sample is not all of the data, k-means++ chooses among rows that k-means|| found. */
static EmixStatus draw_seeds(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixFitOptions *options = &f->competition.options;
    EMIX_TRY(emix_seed_sample_init(f->data, &f->summary, f->spec.n_components, options->starts.seed,
                                   &f->sample, error));
    for (int metric = 0; metric < EMIX_N_METRICS && f->sample.is_part; ++metric) {
        const EmixOversampling how = {.n_components = f->spec.n_components,
                                      .metric = (EmixMetric)metric,
                                      .seed = options->starts.seed,
                                      .n_workers = f->competition.n_workers,
                                      .watch = f->watch};
        if (emix_starts_need_kmeanspp(options->starts.method, options->starts.n, how.metric)) {
            EMIX_TRY(emix_seed_sample_oversample(f->data, f->kernels, &how, &f->sample, error));
        }
    }
cleanup:
    return status;
}

static EmixStatus prepare_starts(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCompetition *c = &f->competition;
    begin_phase(f, EMIX_PHASE_SEEDS, EMIX_N_METRICS * EMIX_OVERSAMPLING_SWEEPS + SCAN_SWEEPS);
    EMIX_TRY(draw_seeds(f, error));
    if (c->options.starts.method == EMIX_INIT_TOURNAMENT) {
        EMIX_TRY(draw_subsample(f, error));
    }
    if (f->subsample != NULL) {
        f->subsample_moments = emix_scan_moments(&f->subsample_summary);
        EMIX_TRY(emix_fitter_create_mixture(f, f->subsample, &f->subsample_moments,
                                            &f->early_mixture, error));
    }
    EMIX_TRY(emix_competition_create_starts(c, f->subsample ? f->early_mixture : f->mixture,
                                            f->subsample ? f->subsample : f->data, error));
    EMIX_TRY_ALLOC(f->starters, c->n_early);
    for (int i = 0; i < c->n_early; ++i) {
        EMIX_TRY(emix_starter_create(c->early[i], &f->sample, &f->starters[i], error));
    }
cleanup:
    return status;
}

static EmixStatus prepare_beginning(EmixFitter *f, EmixError *error)
{
    return f->initial != NULL ? emix_fitter_begin_at_model(f, f->initial, error)
           : f->responsibilities != NULL
               ? emix_fitter_begin_at_responsibilities(f, f->responsibilities, error)
           : emix_search_begins(f) ? emix_competition_create_search(&f->competition, error)
                                   : prepare_starts(f, error);
}

/* ---- all of it ---- */

static EmixStatus make_engine(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCompetition *c = &f->competition;
    f->moments = emix_scan_moments(&f->summary);
    EMIX_TRY(emix_fitter_create_mixture(f, f->data, &f->moments, &f->mixture, error));
    if (f->mixture->groups[0].family->resolve != NULL) {
        f->mixture->groups[0].family->resolve(f->mixture->groups[0].self, &f->spec);
    }
    EMIX_TRY(emix_engine_create(&emix_mixture_ops, f->mixture, f->data, c->n_workers, &c->engine,
                                error));
    c->engine->labelled = f->data->labels != NULL;
    if (c->options.acceleration != EMIX_ACCELERATION_NONE) {
        EMIX_TRY(emix_engine_enable_acceleration(c->engine, error));
    }
cleanup:
    return status;
}

static EmixStatus prepare(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    begin_phase(f, EMIX_PHASE_MOMENTS, SCAN_SWEEPS);
    EMIX_TRY(emix_fitter_scan(f, f->data, &f->summary, error));
    EMIX_TRY(make_engine(f, error));
    emix_fitter_choose_contest(f);
    EMIX_TRY(prepare_beginning(f, error));
    begin_phase(f, EMIX_PHASE_SEEDS, 1);
    EMIX_TRY(emix_competition_create_checkpoint(&f->competition, &f->store, f->watch, error));
    f->store = (EmixStore){0};
cleanup:
    return status;
}

EmixStatus emix_fitter_prepare(EmixFitter *f, EmixError *error)
{
    if (f->prepared) {
        return EMIX_OK;
    }
    f->own_watch = (EmixWatch){.observe = observe, .context = f};
    f->watch = f->competition.options.progress != NULL ? &f->own_watch : NULL;
    const EmixStatus status = prepare(f, error);
    f->prepared = status == EMIX_OK;
    if (!f->prepared) {
        emix_fitter_unprepare(f);
    }
    return status == EMIX_ERR_INTERRUPTED
               ? emix_fail(error, status,
                           "interrupted while reading the data: there is no model yet")
               : status;
}

void emix_fitter_unprepare(EmixFitter *f)
{
    for (int i = 0; f->starters != NULL && i < f->competition.n_early; ++i) {
        emix_starter_destroy(f->starters[i]);
    }
    emix_free(f->starters);
    f->starters = NULL;
    emix_competition_clear(&f->competition);
    emix_dataset_destroy(f->subsample);
    f->subsample = NULL;
    emix_scan_clear(&f->subsample_summary);
    emix_seed_sample_clear(&f->sample);
    emix_mixture_destroy(f->early_mixture);
    f->early_mixture = NULL;
    emix_mixture_destroy(f->mixture);
    f->mixture = NULL;
    emix_scan_clear(&f->summary);
}

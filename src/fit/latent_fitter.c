/* From a user's model and data to fitted parameters. */
#include "fit/latent_fitter.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "em/warmup.h"
#include "search/competition.h"
#include "seeds/subsample.h"
#include "linalg/linalg.h"
#include "latent/latent.h"

struct EmixLatentFitter {
    EmixLatentModel model;
    EmixLatent instance;
    EmixCompetition competition;
    const EmixDataset *data; /* BORROWED */
    EmixDataset *subsample;  /* for early rounds; NULL = they use all data */
    EmixFitReport report;
    bool has_run;
};

/* ---- what the model brings to the competition ---- */

static EmixStatus draw_start(void *context, int member, int start, int n_redrawn, EmixError *error)
{
    (void)n_redrawn; /* the model's starts are what they are */
    EmixStatus status = EMIX_OK;
    const EmixLatentFitter *f = context;
    EmixEngine *e = f->competition.early[member];
    EMIX_TRY(emix_latent_start(&f->model, f->data, f->competition.options.starts.seed, start,
                               e->current.params, error));
    EMIX_TRY(emix_engine_prepare(e, error));
cleanup:
    return status;
}

static EmixStatus judge(void *context, EmixEngine *e, EmixError *error)
{
    const EmixLatentFitter *f = context;
    return emix_latent_judge(&f->model, emix_engine_stats(e), e->current.params, error);
}

static const EmixContest latent_contest = {.draw = draw_start, .judge = judge};

/* ---- life cycle ---- */

/* Initial parameters are looked at when they are given, not when they are used. */
static EmixStatus copy_initial(EmixLatentFitter *f, const double *initial, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCompetition *c = &f->competition;
    const size_t bytes = (size_t)f->model.n_params * sizeof *initial;
    EMIX_TRY(emix_latent_check_finite(&f->model, "the caller", "initial parameter",
                                      f->model.n_params, initial, error));
    EMIX_TRY(emix_competition_create_initial(c, error));
    memcpy(c->initial_params, initial, bytes);
    memcpy(c->engine->current.params, initial, bytes);
    EMIX_TRY(emix_engine_prepare(c->engine, error));
cleanup:
    return status;
}

static EmixStatus prepare_starts(EmixLatentFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCompetition *c = &f->competition;
    EMIX_TRY(emix_subsample_create(f->data, (double)f->model.n_params, f->model.n_params,
                                   c->options.starts.seed, &f->subsample, error));
    EMIX_TRY(emix_competition_create_starts(c, &f->instance, f->subsample ? f->subsample : f->data,
                                            error));
cleanup:
    return status;
}

EmixStatus emix_latent_fitter_create(const EmixContext *context, const EmixLatentModel *model,
                                     const EmixDataset *data, const EmixFitOptions *options,
                                     const double *initial, const EmixStore *store,
                                     EmixLatentFitter **fitter, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixLatentFitter *f = NULL;
    EMIX_TRY_ALLOC(f, 1);
    f->model = *model;
    f->data = data;
    f->competition = (EmixCompetition){.contest = &latent_contest,
                                       .context = f,
                                       .options = *options,
                                       .name = model->name,
                                       .kernels_name = "none"};
    f->competition.n_workers = context->n_workers;
    f->instance = emix_latent_instance(&f->model, data->n_features);
    EMIX_TRY(emix_warmup_check(options, data->n_rows, error));
    EMIX_TRY(emix_engine_create(&emix_latent_ops, &f->instance, data, f->competition.n_workers,
                                &f->competition.engine, error));
    if (options->acceleration != EMIX_ACCELERATION_NONE) {
        EMIX_TRY(emix_engine_enable_acceleration(f->competition.engine, error));
    }
    EMIX_TRY(initial != NULL ? copy_initial(f, initial, error) : prepare_starts(f, error));
    EMIX_TRY(emix_competition_create_checkpoint(&f->competition, store, NULL, error));
    *fitter = f;
    f = NULL;
cleanup:
    emix_latent_fitter_destroy(f);
    return status;
}

void emix_latent_fitter_destroy(EmixLatentFitter *f)
{
    if (f == NULL) {
        return;
    }
    emix_competition_clear(&f->competition);
    emix_dataset_destroy(f->subsample);
    emix_free(f);
}

/* ---- the run ---- */

EmixStatus emix_latent_fitter_run(EmixLatentFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEmOutcome outcome;
    emix_blas_enter_serial();
    f->has_run = false;
    f->competition.called_s = emix_clock_s();
    EMIX_TRY(emix_competition_run(&f->competition, &outcome, error));
    f->report = emix_competition_report(&f->competition, &outcome);
    f->report.n_parameters = f->model.n_free_params > 0 ? f->model.n_free_params
                                                        : f->model.n_params;
    f->report.entropy = NAN;
    f->report.classification_log = NAN;
    f->report.min_eigenvalue_ratio = NAN;
    f->has_run = true;
cleanup:
    emix_blas_leave_serial();
    return status;
}

const double *emix_latent_fitter_params(const EmixLatentFitter *f)
{
    return f->has_run ? f->competition.engine->current.params : NULL;
}

EmixCheckpoint *emix_latent_fitter_checkpoint(const EmixLatentFitter *f)
{
    return f->competition.checkpoint;
}

const EmixFitReport *emix_latent_fitter_report(const EmixLatentFitter *f)
{
    return f->has_run ? &f->report : NULL;
}

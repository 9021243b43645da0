/* What the swap search does in a fit: it looks for a start, and improves maxima. */
#include "fit/search_stage.h"

#include <math.h>
#include <string.h>

#include "data/stream.h"
#include "em/em.h"
#include "fit/fitter_internal.h"
#include "search/rounds.h"
#include "seeds/subsample.h"
#include "swaps/swap_search.h"

/* A start is searched for on a subset of the rows: enough of them for each component, and twice as
 * many as it has free parameters. If that is most of the rows, on all of them. */
enum { ROWS_PER_COMPONENT = 200, ROWS_PER_PARAMETER = 2 };
/* Of more than MOST_ROWS rows the owners are listed for a subset. */
enum { MOST_ROWS = 1 << 20, MANY_ROWS = 1 << 17, LIST_BYTES_PER_ROW = 40 };
static const double most_of_the_rows = 0.6;
/* EM iterations after a start, after the swaps, and when all rows come in. */
enum { FIRST_BURST = 4, SETTLING_BURST = 10, MORE_ROWS_BURST = 2 };
/* Stages of a search have numbers of their own: those of improvements begin here. */
enum { FIRST_IMPROVEMENT = 100, GROWTH = 99 };
/* Fewer components have nothing to swap. */
enum { LEAST_COMPONENTS = 3 };

static emix_index subset_rows(const EmixFitter *f)
{
    const double k = (double)f->spec.n_components;
    const double parameters = (double)emix_model_n_free_parameters(f->result, 0) / k;
    return (emix_index)fmax(ROWS_PER_COMPONENT * k, ROWS_PER_PARAMETER * k * parameters);
}

static bool is_part(const EmixFitter *f, emix_index n_rows)
{
    return (double)n_rows < most_of_the_rows * (double)f->data->n_rows;
}

/* Rows whose owners are listed at most: of larger data, swaps are looked for in a subset of MANY_ROWS
 * of them, fewer if a cap on memory asks for it. */
static emix_index listed_rows(const EmixFitter *f)
{
    const emix_index row_bytes = LIST_BYTES_PER_ROW +
                                 f->data->n_features * (emix_index)sizeof(double);
    const emix_index limit = emix_data_working_bytes(f->data) / row_bytes;
    const emix_index many = subset_rows(f) > MANY_ROWS ? subset_rows(f) : MANY_ROWS;
    const emix_index most = f->data->n_rows > MOST_ROWS ? many : f->data->n_rows;
    const emix_index least = subset_rows(f) < most ? subset_rows(f) : most;
    return limit < least ? least : limit < most ? limit : most;
}

bool emix_search_improves(const EmixFitter *f)
{
    const EmixFitOptions *options = &f->competition.options;
    return options->search.kind == EMIX_SEARCH_SWAPS && f->initial == NULL &&
           f->responsibilities == NULL && f->data->n_labelled == 0 && f->spec.fixed == 0 &&
           f->spec.n_components >= LEAST_COMPONENTS &&
           f->spec.n_components <= EMIX_SWAPS_MOST_COMPONENTS;
}

bool emix_search_grows(const EmixFitter *f)
{
    /* a prior gives empty components a place and weights */
    return emix_search_improves(f) && f->spec.prior == EMIX_PRIOR_NONE && !f->spec.equal_weights &&
           !emix_search_begins(f);
}

/* Of data so small that a tournament of starts finds as much, swaps begin at its winner. */
bool emix_search_begins(const EmixFitter *f)
{
    const double flops = (double)f->data->n_rows * f->competition.engine->sizes.row_flops;
    return emix_search_improves(f) &&
           f->competition.options.starts.method == EMIX_INIT_TOURNAMENT &&
           (is_part(f, subset_rows(f)) || is_part(f, listed_rows(f)) ||
            !emix_competition_is_small(flops));
}

/* ---- one search on some rows ---- */

/* Rows, and a mixture and an engine for them. */
typedef struct Stage {
    EmixDataset *rows; /* NULL = all */
    EmixDataSummary summary;
    EmixMoments moments;
    EmixMixture *mixture;
    EmixEngine *engine; /* owned if there are rows of its own */
    EmixSeedSample sample;
    EmixStarter *starter;
    EmixSwapSearch *search;
} Stage;

static void clear_stage(Stage *stage)
{
    emix_swap_search_destroy(stage->search);
    emix_starter_destroy(stage->starter);
    emix_seed_sample_clear(&stage->sample);
    if (stage->rows != NULL) {
        emix_engine_destroy(stage->engine);
        emix_mixture_destroy(stage->mixture);
        emix_scan_clear(&stage->summary);
        emix_dataset_destroy(stage->rows);
    }
}

static void observe(void *context)
{
    EmixFitter *f = context;
    emix_rounds_observe(&f->competition);
}

static EmixStatus make_search(EmixFitter *f, EmixEngine *engine, const EmixMoments *moments,
                              int stage_number, EmixSwapSearch **search, EmixError *error)
{
    const EmixSwapProblem problem = {
        .engine = engine,
        .parts = f->result->parts.family,
        .spec = &f->spec,
        .moments = moments,
        .seed = f->competition.options.starts.seed,
        .stage = stage_number,
        .cancelled = &f->competition.cancelled,
        .observe = observe,
        .observe_context = f,
    };
    return emix_swap_search_create(&problem, search, error);
}

/* Adds what a search did, on a part of the rows. */
static void add_tally(const EmixFitter *f, const EmixEngine *engine, const EmixSwapSearch *search,
                      EmixSearchReport *tally)
{
    const EmixSearchReport *own = emix_swap_search_tally(search);
    const double part = (double)engine->data->n_rows / (double)f->data->n_rows;
    tally->n_rounds += own->n_rounds;
    tally->n_tried += own->n_tried;
    tally->n_accepted += own->n_accepted;
    tally->n_respawned += own->n_respawned;
    tally->n_looked_at = own->n_looked_at;
    tally->residual = own->residual / part;
    tally->passes += own->passes * part;
}

/* Replaces all rows by a subset, with a mixture and an engine of its own, unless it has no covariance
 * of its own. */
static EmixStatus make_subset(EmixFitter *f, emix_index n_rows, int attempt, Stage *stage,
                              EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCompetition *c = &f->competition;
    const Stage whole = *stage;
    *stage = (Stage){0};
    EMIX_TRY(emix_subsample_create_of(f->data, n_rows, c->options.starts.seed + (uint64_t)attempt,
                                      EMIX_SUBSAMPLE_OF_SEARCH, &stage->rows, error));
    status = emix_fitter_scan(f, stage->rows, &stage->summary, error);
    if (status == EMIX_ERR_DEGENERATE) {
        emix_dataset_destroy(stage->rows);
        *stage = whole;
        return EMIX_OK;
    }
    EMIX_TRY(status);
    stage->moments = emix_scan_moments(&stage->summary);
    EMIX_TRY(emix_fitter_create_mixture(f, stage->rows, &stage->moments, &stage->mixture, error));
    EMIX_TRY(emix_engine_create(&emix_mixture_ops, stage->mixture, stage->rows, c->n_workers,
                                &stage->engine, error));
cleanup:
    return status;
}

static EmixStatus burst(const EmixFitter *f, EmixEngine *engine, int n_iterations,
                        EmixSearchReport *tally, EmixError *error)
{
    double first = 0.0;
    double objective = 0.0;
    tally->passes += n_iterations * (double)engine->data->n_rows / (double)f->data->n_rows;
    return emix_em_burst(engine, n_iterations, &first, &objective, error);
}

/* A start on the stage's rows. */
static EmixStatus draw_start(EmixFitter *f, int attempt, Stage *stage, EmixSearchReport *tally,
                             EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const uint64_t seed = f->competition.options.starts.seed;
    EmixEngine *e = stage->engine;
    EMIX_TRY(emix_seed_sample_init(e->data, stage->rows != NULL ? &stage->summary : &f->summary,
                                   f->spec.n_components, seed + (uint64_t)attempt, &stage->sample,
                                   error));
    EMIX_TRY(emix_starter_create(e, &stage->sample, &stage->starter, error));
    EMIX_TRY(emix_starter_start_greedily(stage->starter, seed, attempt, error));
    EMIX_TRY(burst(f, e, FIRST_BURST, tally, error));
cleanup:
    return status;
}

/* Goes on, on the stage's rows, from where another one has come. */
static EmixStatus take_over(EmixFitter *f, const EmixEngine *from, Stage *stage,
                            EmixSearchReport *tally, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = stage->engine;
    memcpy(e->current.params, from->current.params, (size_t)e->sizes.params * sizeof(double));
    EMIX_TRY(emix_engine_prepare(e, error));
    EMIX_TRY(burst(f, e, MORE_ROWS_BURST, tally, error));
cleanup:
    return status;
}

/* Swaps; of a first stage once more when EM has settled. */
static EmixStatus make_swaps(EmixFitter *f, int number, bool settles, Stage *stage,
                             EmixSearchReport *tally, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double rose = 0.0;
    EMIX_TRY(make_search(f, stage->engine, &stage->moments, number, &stage->search, error));
    EMIX_TRY(emix_swap_search_run(stage->search, EMIX_SWAPS_QUICK, &rose, error));
    if (settles) {
        EMIX_TRY(burst(f, stage->engine, SETTLING_BURST, tally, error));
        EMIX_TRY(emix_swap_search_run(stage->search, EMIX_SWAPS_QUICK, &rose, error));
    }
    add_tally(f, stage->engine, stage->search, tally);
cleanup:
    return status;
}

/* ---- what the competition asks for ---- */

static Stage all_rows(const EmixFitter *f)
{
    return (Stage){.engine = f->competition.engine, .mixture = f->mixture, .moments = f->moments};
}

EmixStatus emix_search_begin(void *context, int attempt, EmixSearchReport *tally, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitter *f = context;
    Stage few = all_rows(f);
    Stage many = all_rows(f);
    if (is_part(f, subset_rows(f))) {
        EMIX_TRY(make_subset(f, subset_rows(f), attempt, &few, error));
    }
    if (is_part(f, listed_rows(f))) {
        EMIX_TRY(make_subset(f, listed_rows(f), attempt, &many, error));
    }
    Stage *first = few.rows != NULL ? &few : &many;
    EMIX_TRY(draw_start(f, attempt, first, tally, error));
    EMIX_TRY(make_swaps(f, 2 * attempt, first->rows != NULL, first, tally, error));
    if (first != &many) {
        EMIX_TRY(take_over(f, few.engine, &many, tally, error));
        EMIX_TRY(make_swaps(f, 2 * attempt + 1, false, &many, tally, error));
    }
    if (many.rows != NULL) {
        Stage whole = all_rows(f);
        EMIX_TRY(take_over(f, many.engine, &whole, tally, error));
    }
cleanup:
    clear_stage(&few);
    clear_stage(&many);
    return status;
}

EmixStatus emix_search_grow(void *context, EmixSearchReport *tally, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitter *f = context;
    EmixSwapSearch *search = NULL;
    EMIX_TRY(make_search(f, f->competition.engine, &f->moments, GROWTH, &search, error));
    EMIX_TRY(emix_swap_search_grow(search, error));
    add_tally(f, f->competition.engine, search, tally);
cleanup:
    emix_swap_search_destroy(search);
    return status;
}

EmixStatus emix_search_improve(void *context, int stage, EmixSearchReport *tally, double *rose,
                               EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitter *f = context;
    EmixSwapSearch *search = NULL;
    *rose = 0.0;
    if (is_part(f, listed_rows(f))) {
        return EMIX_OK; /* the owners of all rows are too many to be listed */
    }
    EMIX_TRY(make_search(f, f->competition.engine, &f->moments, FIRST_IMPROVEMENT + stage, &search,
                         error));
    EMIX_TRY(emix_swap_search_run(search, EMIX_SWAPS_THOROUGH, rose, error));
    add_tally(f, f->competition.engine, search, tally);
cleanup:
    emix_swap_search_destroy(search);
    return status;
}

/* The result of a run: parameters as users see them, and the report. */
#include "fit/fitter_internal.h"

#include <math.h>

#include "mixture/mixture.h"
#include "parallel/parallel.h"

/* Components of less squared distance are taken for one. At the default tolerance EM ended with no
 * less than 0.14 from single random responsibilities on 8 real and 60 sampled problems, at a
 * tolerance of 0.01 with 1e-5 to 0.01 in five of them, at saddles. */
static const double coincident = 0.01;

static EmixStatus assess_component(void *context, int k, int worker)
{
    EmixFitter *f = context;
    EmixEngine *e = f->competition.engine;
    const EmixModel *m = f->result;
    double *scratch = emix_engine_scratch(e, worker);
    emix_mixture_export(f->mixture, k, e->current.params, &f->result->parts);
    m->weights[k] = e->current.params[k];
    m->effective_counts[k] = emix_mixture_counts(emix_engine_stats(e))[k];
    f->min_eigenvalues[k] = INFINITY;
    m->component_flags[k] = emix_mixture_state(
        f->mixture, k, emix_engine_stats(e), e->current.params, e->current.derived,
        emix_data_mean_weight(e->data), scratch, &f->min_eigenvalues[k]);
    return EMIX_OK;
}

/* Flags component k where another one coincides with it. */
static EmixStatus compare_component(void *context, int k, int worker)
{
    EmixFitter *f = context;
    const EmixModel *m = f->result;
    const EmixQueryOps *query = f->mixture->groups[0].family->query;
    double *memory = f->comparison + worker * query->distance_size(&m->parts);
    if (m->weights[k] == 0.0 || !query->distance_init(&m->parts, k, memory)) {
        return EMIX_OK;
    }
    for (emix_index j = 0; j < m->n_components; ++j) {
        if (j != k && m->weights[j] > 0.0 &&
            query->distance2(&m->parts, k, j, coincident, memory) < coincident) {
            m->component_flags[k] |= EMIX_FLAG_COINCIDENT;
            return EMIX_OK;
        }
    }
    return EMIX_OK;
}

/* The options as they were used, less what is the caller's. */
static EmixFitOptions options_used(const EmixCompetition *c)
{
    EmixFitOptions used = c->options;
    if (used.e_step.kind == EMIX_E_STEP_INCREMENTAL) {
        used.e_step.n_blocks = c->engine->n_blocks;
    }
    used.starts.initial = NULL;
    used.starts.responsibilities = NULL;
    used.checkpoint.path = c->checkpoint != NULL ? c->checkpoint->store.name : NULL;
    used.progress = NULL;
    used.progress_context = NULL;
    used.trace = NULL;
    used.trace_context = NULL;
    return used;
}

EmixStatus emix_fitter_write_result(EmixFitter *f, const EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = f->competition.engine;
    EmixModel *m = f->result;
    if (!outcome->assessed) {
        EMIX_TRY(emix_engine_pass(e, EMIX_PASS_EVALUATE, error));
    }
    emix_parallel_for((int)m->n_components, e->n_workers, assess_component, f);
    emix_parallel_for((int)m->n_components, e->n_workers, compare_component, f);
    EMIX_TRY(emix_mixture_flag_together(f->mixture, e->current.params, emix_engine_scratch(e, 0),
                                        m->component_flags, error));
    double min_eigenvalue = INFINITY;
    for (emix_index k = 0; k < m->n_components; ++k) {
        min_eigenvalue = fmin(min_eigenvalue, f->min_eigenvalues[k]);
    }
    m->has_report = true;
    m->report = emix_competition_report(&f->competition, outcome);
    m->report.n_parameters = emix_model_n_free_parameters(m, emix_spec_fixed_parts(&f->spec));
    m->report.entropy = emix_engine_stats(e)[EMIX_STAT_ENTROPY];
    m->report.classification_log = emix_engine_stats(e)[EMIX_STAT_CLASSIFICATION];
    m->report.min_eigenvalue_ratio = min_eigenvalue / f->summary.max_eigenvalue;
    /* Not in the loop above: together they are more than gcc 12 can compile for arm64. */
    for (emix_index k = 0; k < m->n_components; ++k) {
        m->report.flags |= m->component_flags[k];
    }
    m->options = options_used(&f->competition);
    m->has_all_options = true;
    emix_spec_clear(&m->spec);
    EMIX_TRY(emix_spec_assign(&f->spec, &m->spec, error));
    f->has_run = true;
cleanup:
    return status;
}

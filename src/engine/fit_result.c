/* The result of a run: parameters as users see them, and the report. */
#include "engine/fitter_internal.h"

#include <math.h>
#include <stddef.h>

#include "models/mixture.h"
#include "parallel/parallel.h"

static EmixStatus assess_component(void *context, int k, int worker)
{
    EmixFitter *f = context;
    EmixEngine *e = f->competition.engine;
    const EmixModel *m = f->result;
    const emix_index d = m->n_features;
    double *scratch = e->scratch + worker * e->sizes.scratch;
    e->spec.component->get(&e->spec, k, emix_mixture_component_params(&e->spec, e->current.params),
                           m->means + k * d, m->covariances + k * d * d);
    m->weights[k] = e->current.params[k];
    m->effective_counts[k] = emix_mixture_count(&e->spec, k, emix_engine_stats(e), scratch);
    f->min_eigenvalues[k] = INFINITY;
    m->component_flags[k] = emix_mixture_state(
        &e->spec, k, emix_engine_stats(e), e->current.params, e->current.derived,
        e->data->total_weight / (double)e->data->n_rows, scratch, &f->min_eigenvalues[k]);
    return EMIX_OK;
}

static void report_prior(const EmixFitter *f, EmixFitReport *report)
{
    const bool none = f->spec.prior == NULL;
    const double unknown = (double)NAN;
    report->prior = f->competition.options.prior;
    report->prior_shrinkage = none ? unknown : f->prior.shrinkage;
    report->prior_dof = none ? unknown : f->prior.dof;
    report->prior_scale = none ? unknown : f->competition.options.prior_scale;
    report->prior_weights = none ? unknown : f->prior.concentration;
    report->prior_mean_given = f->prior_mean_given;
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
    double min_eigenvalue = INFINITY;
    unsigned flags = 0;
    for (emix_index k = 0; k < m->n_components; ++k) {
        flags |= m->component_flags[k];
        min_eigenvalue = fmin(min_eigenvalue, f->min_eigenvalues[k]);
    }
    m->has_report = true;
    m->report = emix_competition_report(&f->competition, outcome);
    m->report.n_parameters = emix_model_n_parameters(m);
    m->report.entropy = emix_engine_stats(e)[EMIX_STAT_ENTROPY];
    m->report.classification_log = emix_engine_stats(e)[EMIX_STAT_CLASSIFICATION];
    m->report.min_eigenvalue_ratio = min_eigenvalue / f->summary.max_eigenvalue;
    m->report.flags |= flags;
    report_prior(f, &m->report);
    f->has_run = true;
cleanup:
    return status;
}

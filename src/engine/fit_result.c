/* The result of a run: parameters as users see them, and the report. */
#include "engine/fitter_internal.h"

#include <math.h>
#include <stddef.h>

#include "models/mixture.h"
#include "parallel/parallel.h"

/* Starts within this many nats of the best have reached the same maximum. */
static const double same_maximum = 0.01;

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

EmixStatus emix_fitter_write_result(EmixFitter *f, const EmixEmOutcome *outcome, double init_s,
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

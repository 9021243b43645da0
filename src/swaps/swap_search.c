/* Rounds of swaps. */
#include "swaps/swap_search_internal.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "em/em.h"

enum {
    MAX_ROUNDS = 25,
    MAX_FAILED_ROUNDS = 2, /* that led EM below where it was */
    BURST = 3,             /* EM iterations after a round */
    LONG_BURST = 10        /* more of them, if the log-likelihood fell at first */
};

/* ---- life cycle ---- */

static void set_local_problem(EmixSwapSearch *s)
{
    const EmixSwapProblem *p = &s->problem;
    const EmixMixture *m = p->engine->self;
    const double d = (double)m->shape.n_features;
    s->local = (EmixLocalProblem){
        .data = p->engine->data,
        .mixture = m,
        .family = m->groups[0].family,
        .spec = &s->spec,
        .moments = p->moments,
        .unit = emix_data_mean_weight(p->engine->data),
        .least_eigenvalue = 1e-5 * pow((double)m->shape.n_components, -2.0 / d),
    };
}

static EmixStatus allocate(EmixSwapSearch *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixEngine *e = s->problem.engine;
    const EmixMixture *m = e->self;
    const emix_index n = m->shape.n_components;
    const emix_index d = m->shape.n_features;
    EmixParts two = {0};
    EmixParts most = {0};
    EMIX_TRY(emix_parts_lay_out(s->problem.parts, n, d, &s->parts, error));
    EMIX_TRY(emix_parts_lay_out(s->problem.parts, 2, d, &two, error));
    EMIX_TRY(emix_parts_lay_out(s->problem.parts, EMIX_TRIAL_COMPONENTS, d, &most, error));
    EMIX_TRY_ALLOC(s->parts.values, s->parts.n_values);
    EMIX_TRY_ALLOC(s->candidates, n);
    EMIX_TRY_ALLOC(s->values, n * two.n_values);
    EMIX_TRY_ALLOC(s->remembered, e->sizes.params);
    EMIX_TRY_ALLOC(s->saved, e->sizes.params);
    EMIX_TRY_ALLOC(s->order, n);
    EMIX_TRY_ALLOC(s->used, n);
    EMIX_TRY_ALLOC(s->reserved, n);
    EMIX_TRY_ALLOC(s->dying, n);
    EMIX_TRY_ALLOC(s->trial_values, BATCH * most.n_values);
    EMIX_TRY_ALLOC(s->rows, e->n_workers);
    EMIX_TRY_ALLOC(s->costs, n);
    for (emix_index k = 0; k < n; ++k) {
        s->candidates[k].split.values = s->values + k * two.n_values;
    }
    for (int t = 0; t < BATCH; ++t) {
        s->trials[t].values = s->trial_values + t * most.n_values;
    }
cleanup:
    return status;
}

EmixStatus emix_swap_search_create(const EmixSwapProblem *problem, EmixSwapSearch **search,
                                   EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixSwapSearch *s = NULL;
    EMIX_TRY_ALLOC(s, 1);
    s->problem = *problem;
    s->tally.residual = (double)NAN;
    EMIX_TRY(emix_spec_assign(problem->spec, &s->spec, error));
    EMIX_TRY(allocate(s, error));
    for (int p = 0; p < s->parts.n; ++p) {
        s->spec.fixed |= emix_part_is_shared(&s->parts.shapes[p]) ? EMIX_PART_COVARIANCES : 0u;
    }
    set_local_problem(s);
    *search = s;
    s = NULL;
cleanup:
    emix_swap_search_destroy(s);
    return status;
}

void emix_swap_search_destroy(EmixSwapSearch *s)
{
    if (s == NULL) {
        return;
    }
    for (int w = 0; s->rows != NULL && w < s->problem.engine->n_workers; ++w) {
        emix_local_rows_clear(&s->rows[w]);
    }
    emix_free(s->costs);
    emix_free(s->rows);
    emix_free(s->trial_values);
    emix_free(s->dying);
    emix_free(s->reserved);
    emix_free(s->used);
    emix_free(s->order);
    emix_free(s->saved);
    emix_free(s->remembered);
    emix_free(s->values);
    emix_free(s->candidates);
    emix_pairs_clear(&s->pairs);
    emix_ownership_clear(&s->ownership);
    emix_free(s->parts.values);
    emix_spec_clear(&s->spec);
    emix_free(s);
}

const EmixSearchReport *emix_swap_search_tally(const EmixSwapSearch *search)
{
    return &search->tally;
}

/* ---- the current point ---- */

void emix_search_read_parts(EmixSwapSearch *s)
{
    const EmixEngine *e = s->problem.engine;
    emix_local_params_to_parts(e->self, e->current.params, &s->parts);
}

EmixStatus emix_search_write_parts(EmixSwapSearch *s, EmixError *error)
{
    EmixEngine *e = s->problem.engine;
    emix_local_parts_to_params(e->self, &s->parts, e->current.params);
    return emix_engine_prepare(e, error);
}

/* A sweep without moments costs about half a pass. */
static EmixStatus take_ownership(EmixSwapSearch *s, EmixError *error)
{
    s->tally.passes += 0.5;
    return emix_ownership_take(s->problem.engine, &s->ownership, error);
}

void emix_search_forget(EmixSwapSearch *s)
{
    for (emix_index k = 0; k < emix_search_n_components(s); ++k) {
        s->candidates[k].known = false;
    }
}

/* ---- rounds ---- */

static EmixStatus make_round(EmixSwapSearch *s, int *n_made, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixEngine *e = s->problem.engine;
    *n_made = 0;
    emix_search_read_parts(s);
    EMIX_TRY(emix_search_find_splits(s, error));
    EMIX_TRY(emix_pairs_find(&s->parts, s->local.family->query, e->data, &s->ownership,
                             e->n_workers, &s->pairs, error));
    EMIX_TRY(emix_search_make_swaps(s, n_made, error));
    emix_search_find_residual(s);
    s->tally.n_rounds += 1;
cleanup:
    return status;
}

EmixStatus emix_search_burst(EmixSwapSearch *s, int n_iterations, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double first = 0.0;
    double objective = 0.0;
    EMIX_TRY(emix_em_burst(s->problem.engine, n_iterations, &first, &objective, error));
    emix_search_observe(s);
    s->tally.passes += n_iterations;
    EMIX_TRY(take_ownership(s, error));
cleanup:
    return status;
}

static EmixStatus restore(EmixSwapSearch *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = s->problem.engine;
    memcpy(e->current.params, s->saved, (size_t)e->sizes.params * sizeof *s->saved);
    EMIX_TRY(emix_engine_prepare(e, error));
    EMIX_TRY(take_ownership(s, error));
cleanup:
    return status;
}

/* Makes the swaps' parameters current and lets all components adapt; *higher is false if that led
 * below, in which case the point before is restored. */
static EmixStatus adopt(EmixSwapSearch *s, bool *higher, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = s->problem.engine;
    const double before = s->ownership.log_likelihood;
    memcpy(s->saved, e->current.params, (size_t)e->sizes.params * sizeof *s->saved);
    status = emix_search_write_parts(s, error);
    status = status == EMIX_OK ? emix_search_burst(s, BURST, error) : status;
    if (status == EMIX_OK && s->ownership.log_likelihood < before) {
        status = emix_search_burst(s, LONG_BURST, error);
    }
    *higher = status == EMIX_OK && (s->forced || s->ownership.log_likelihood > before);
    if (*higher || status == EMIX_ERR_NOMEM) {
        return status;
    }
    return restore(s, error);
}

EmixStatus emix_swap_search_run(EmixSwapSearch *s, EmixSwapEffort effort, double *rose,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    bool higher = true;
    s->effort = effort;
    emix_search_forget(s);
    EMIX_TRY(take_ownership(s, error));
    const double began = s->ownership.log_likelihood;
    int n_failed = 0;
    for (int round = 0;
         round < MAX_ROUNDS && n_failed < MAX_FAILED_ROUNDS && !emix_search_is_cancelled(s);
         ++round) {
        int n_made = 0;
        EMIX_TRY(make_round(s, &n_made, error));
        if (n_made == 0) {
            break;
        }
        EMIX_TRY(adopt(s, &higher, error));
        n_failed += !higher;
    }
    *rose = s->ownership.log_likelihood - began;
cleanup:
    return status;
}

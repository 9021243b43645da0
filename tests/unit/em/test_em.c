/* Which extrapolations the EM loop takes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "em/em.h"
#include "mixture/mixture.h"
#include "support/blobs.h"
#include "support/problem.h"

/* A mixture whose extrapolations lose a row, and seem the better for it. */
static bool extrapolated;

static EmixStatus decode_and_tell(const void *self, int task, const double *stats,
                                  const double *anchor_params, const double *anchor_derived,
                                  const double *coordinates, double *params, double *scratch)
{
    extrapolated = true;
    return emix_mixture_ops.decode(self, task, stats, anchor_params, anchor_derived, coordinates,
                                   params, scratch);
}

static EmixStatus e_step_that_loses(const void *self, const double *derived, const EmixShard *shard,
                                    double *scratch, double *stats)
{
    if (extrapolated) {
        stats[EMIX_STAT_LOST_ROWS] += 1.0;
        stats[EMIX_STAT_LOG_LIKELIHOOD] += 1000.0;
        extrapolated = false;
    }
    return emix_mixture_ops.e_step(self, derived, shard, scratch, stats);
}

Test(em, never_takes_an_extrapolation_that_loses_rows)
{
    Problem p = problem_of(1, blobs(N_ROWS, K, D, 1), N_ROWS, NULL);
    EmixModelOps losing = emix_mixture_ops;
    losing.decode = decode_and_tell;
    losing.e_step = e_step_that_loses;
    const EmixEmOptions options = {
        .rule = EMIX_STOP_ON_GAP, .tolerance = 1e-9, .max_iterations = 10000, .accelerate = true};
    EmixEmOutcome outcomes[2];
    for (int loses = 0; loses < 2; ++loses) {
        EmixEngine *e = engine_at_start(&p, &emix_family_kinds[0], emix_kernels_select(NULL),
                                        N_ROWS, 1);
        cr_assert(eq(int, emix_engine_enable_acceleration(e, NULL), EMIX_OK));
        e->ops = loses ? &losing : &emix_mixture_ops;
        cr_expect(eq(int, emix_em_run(e, &options, &outcomes[loses], NULL), EMIX_OK));
        engine_release(e);
    }
    cr_expect(gt(int, outcomes[0].n_extrapolations, 0));
    cr_expect(zero(int, outcomes[1].n_extrapolations));
    cr_expect(gt(int, outcomes[1].n_rejected, 0));
    cr_expect(eq(int, outcomes[1].stop, EMIX_STOP_CONVERGED));
    cr_expect(lt(dbl, fabs(outcomes[1].log_likelihood - outcomes[0].log_likelihood), 1e-6));
    problem_clear(&p);
}

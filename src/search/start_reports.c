/* What came of each start of a competition, for the report of the fit. */
#include "search/start_reports.h"

#include <math.h>

#include "core/alloc.h"
#include "search/rounds.h"

/* Starts within this many units of tolerances of the best have reached the same
 * maximum. */
static const double same_maximum = 0.01;

EmixStatus emix_start_reports_create(EmixCompetition *c, int n_starts, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY_ALLOC(c->start_reports, n_starts);
cleanup:
    return status;
}

static EmixStartState state_of(const EmixCandidate *candidate, bool lost)
{
    return !candidate->drawn                  ? EMIX_START_NOT_DRAWN
           : candidate->failed                ? EMIX_START_FAILED
           : !candidate->sound                ? EMIX_START_DEGENERATE
           : candidate->outcome.n_passes == 0 ? (lost ? EMIX_START_LOST : EMIX_START_DRAWN)
           : candidate->outcome.stop == EMIX_STOP_INTERRUPTED ? EMIX_START_DRAWN
                                                              : EMIX_START_FINISHED;
}

/* The round of the tournament, 1, 2, ..., after which the candidate of a rank was out of it; 0: it
 * never was. Ranks of those that are out stay as they were. */
static int round_lost(const EmixCompetition *c, int rank)
{
    const bool tournament = c->options.starts.method == EMIX_INIT_TOURNAMENT;
    int n_alive = c->candidates.n;
    for (int round = 1;
         tournament && round <= c->standing.round && (round == 1 || n_alive > c->n_finalists);
         ++round) {
        n_alive = emix_rounds_halve(n_alive);
        if (rank >= n_alive) {
            return round;
        }
    }
    return 0;
}

/* Whether a start was run to the end and ended at the best maximum. */
static bool has_reached(const EmixCandidate *candidate, double best, double unit)
{
    return emix_candidate_has_finished(candidate) &&
           candidate->outcome.stop != EMIX_STOP_INTERRUPTED && candidate->sound &&
           candidate->merit >= best - same_maximum * unit;
}

/* Whether a finished start ended elsewhere than every finished one of a higher rank. */
static bool is_distinct(double merit, double unit, bool *any, double *last)
{
    const bool distinct = !*any || fabs(*last - merit) > same_maximum * unit;
    if (distinct) {
        *last = merit;
    }
    *any = true;
    return distinct;
}

/* Whether a start of a higher rank that has reached the best began at the same parameters. */
static bool is_copy(const EmixCompetition *c, double best, int rank)
{
    const EmixCandidate *candidate = &c->candidates.all[c->candidates.order[rank]];
    const double unit = emix_data_tolerance_unit(c->engine->data);
    for (int r = 0; r < rank; ++r) {
        const EmixCandidate *other = &c->candidates.all[c->candidates.order[r]];
        if (has_reached(other, best, unit) && emix_candidate_is_copy(candidate, other)) {
            return true;
        }
    }
    return false;
}

void emix_start_reports_write(const EmixCompetition *c, double best, EmixFitReport *report)
{
    const double unit = emix_data_tolerance_unit(c->engine->data);
    bool any = false;
    double last = 0.0;
    for (int rank = 0; rank < c->candidates.n; ++rank) {
        const int start = c->candidates.order[rank];
        const EmixCandidate *candidate = &c->candidates.all[start];
        const int lost = round_lost(c, rank);
        const bool ran = candidate->outcome.n_passes > 0;
        const bool finished = ran && candidate->outcome.stop != EMIX_STOP_INTERRUPTED;
        EmixStartReport *s = &c->start_reports[start];
        *s = (EmixStartReport){
            .state = state_of(candidate, lost > 0),
            .lost_in_round = lost,
            .log_likelihood = !candidate->drawn || candidate->failed ? (double)NAN
                              : ran ? candidate->outcome.log_likelihood
                                    : candidate->log_likelihood,
        };
        if (s->state == EMIX_START_FINISHED) {
            s->distinct = is_distinct(candidate->merit, unit, &any, &last);
        }
        report->n_starts_degenerate += candidate->failed || !candidate->sound;
        report->n_starts_finished += finished;
        report->n_starts_reached_best += has_reached(candidate, best, unit) &&
                                         !is_copy(c, best, rank);
        report->n_starts_redrawn += candidate->n_redrawn;
    }
    report->best_start = c->candidates.order[c->standing.rank];
    report->starts = c->start_reports;
}

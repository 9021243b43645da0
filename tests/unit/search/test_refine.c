/* A start that is searched for, on a contest that decides by count which of its ends are sound. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

#include "search/competition.h"
#include "support/blobs.h"
#include "support/fit_case.h"
#include "support/problem.h"

enum { MOST_JUDGEMENTS = 64 };

/* What a contest has been asked, and what it is to answer. */
typedef struct Script {
    EmixEngine *engine;
    const double *beginning; /* [params] */
    const char *sound;       /* '1' or '0' of each judgement; those behind it are '1' */
    int n_judged;
    int n_improved;
    int n_begun;
    int attempts[MOST_JUDGEMENTS]; /* of each start */
} Script;

static EmixStatus begin_at(void *context, int attempt, EmixSearchReport *tally, EmixError *error)
{
    Script *s = context;
    s->attempts[s->n_begun++] = attempt;
    tally->n_rounds += 1;
    memcpy(s->engine->current.params, s->beginning,
           (size_t)s->engine->sizes.params * sizeof *s->beginning);
    return emix_engine_prepare(s->engine, error);
}

static EmixStatus improve_nothing(void *context, int stage, EmixSearchReport *tally, double *rose,
                                  EmixError *error)
{
    (void)stage, (void)tally, (void)error;
    ((Script *)context)->n_improved += 1;
    *rose = 0.0;
    return EMIX_OK;
}

static EmixStatus judge_by_script(void *context, EmixEngine *engine, EmixError *error)
{
    (void)engine;
    Script *s = context;
    const int n = s->n_judged++;
    return n < (int)strlen(s->sound) && s->sound[n] == '0'
               ? emix_fail(error, EMIX_ERR_DEGENERATE, "judgement %d", n)
               : EMIX_OK;
}

static const EmixContest contest = {
    .begin = begin_at, .improve = improve_nothing, .judge = judge_by_script, .by_likelihood = true};

/* Runs a competition whose ends are judged as `sound` says. */
static EmixStatus run(const char *sound, Script *script, EmixError *error)
{
    static const EmixFamilyKind full = {"gaussian", EMIX_COVARIANCE_FULL};
    Problem p = problem_of(3, blobs(N_ROWS, K, D, 3), N_ROWS, NULL);
    FitCase options = fit_case_default();
    options.acceleration = EMIX_ACCELERATION_NONE;
    options.max_iterations = 60;
    EmixEngine *engine = engine_at_start_under(&p, &full, emix_kernels_select(NULL), 128, 1,
                                               &options);
    double *beginning = malloc((size_t)engine->sizes.params * sizeof *beginning);
    memcpy(beginning, engine->current.params, (size_t)engine->sizes.params * sizeof *beginning);
    *script = (Script){.engine = engine, .beginning = beginning, .sound = sound};
    EmixMixture *mixture = (EmixMixture *)mixture_of(engine);
    EmixCompetition c = {.contest = &contest,
                         .context = script,
                         .options = fit_case_options(&options),
                         .n_workers = 1,
                         .engine = engine};
    EmixEmOutcome outcome;
    cr_assert(eq(int, emix_competition_create_search(&c, NULL), EMIX_OK));
    const EmixStatus status = emix_competition_run(&c, &outcome, error);
    emix_competition_clear(&c);
    emix_mixture_destroy(mixture);
    free(beginning);
    problem_clear(&p);
    return status;
}

Test(refine, a_sound_start_is_run_twice_and_returned)
{
    Script s;
    cr_expect(eq(int, run("", &s, NULL), EMIX_OK));
    cr_expect(eq(int, s.n_begun, 1));
    cr_expect(eq(int, s.n_judged, 2), "loosely, and to the end");
    cr_expect(eq(int, s.n_improved, 1));
}

Test(refine, a_start_that_dies_is_repaired_twice_before_another_is_searched_for)
{
    Script s;
    cr_expect(eq(int, run("000", &s, NULL), EMIX_OK));
    cr_expect(eq(int, s.n_begun, 2));
    cr_expect(eq(int, s.attempts[1], 1));
    cr_expect(eq(int, s.n_improved, 3), "two repairs, and one search for an improvement");
}

Test(refine, a_start_that_is_sound_until_its_last_run_gives_way_to_another)
{
    Script s;
    cr_expect(eq(int, run("10", &s, NULL), EMIX_OK));
    cr_expect(eq(int, s.n_begun, 2));
    cr_expect(eq(int, s.n_judged, 4));
}

Test(refine, the_first_reason_is_told_when_no_start_is_sound)
{
    Script s;
    EmixError error = {{0}};
    const char *never = "000000000000000000000000000000000000000000000000";
    cr_expect(eq(int, run(never, &s, &error), EMIX_ERR_DEGENERATE));
    cr_expect(eq(int, s.n_begun, 6));
    cr_expect(ne(ptr, strstr(error.message, "judgement 2"), NULL), "%s", error.message);
}

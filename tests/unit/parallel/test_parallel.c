/* Tasks on threads. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "parallel/parallel.h"
#include "parallel/try.h"

enum { N_TASKS = 500 };

typedef struct Tally {
    atomic_int runs[N_TASKS];
    atomic_int bad_worker;
    int n_workers;
    int first_failing; /* this task and every third after it fail, each in its own way */
} Tally;

static EmixStatus count_run(void *context, int task, int worker)
{
    Tally *tally = context;
    atomic_fetch_add(&tally->runs[task], 1);
    if (worker < 0 || worker >= tally->n_workers) {
        atomic_store(&tally->bad_worker, 1);
    }
    if (task >= tally->first_failing && (task - tally->first_failing) % 3 == 0) {
        return task == tally->first_failing ? EMIX_ERR_SHAPE : EMIX_ERR_NONFINITE;
    }
    return EMIX_OK;
}

static const int worker_counts[] = {1, 2, 3, 8};
enum { N_WORKER_COUNTS = sizeof worker_counts / sizeof worker_counts[0] };

Test(parallel, every_task_runs_exactly_once_on_a_valid_worker)
{
    for (int w = 0; w < N_WORKER_COUNTS; ++w) {
        Tally tally = {.n_workers = worker_counts[w], .first_failing = N_TASKS};
        cr_expect(eq(int, emix_parallel_for(N_TASKS, tally.n_workers, count_run, &tally), EMIX_OK));
        for (int t = 0; t < N_TASKS; ++t) {
            cr_expect(eq(int, atomic_load(&tally.runs[t]), 1), "task %d of %d workers", t,
                      tally.n_workers);
        }
        cr_expect(zero(int, atomic_load(&tally.bad_worker)), "%d workers", tally.n_workers);
    }
}

Test(parallel, the_lowest_failing_task_decides_the_status)
{
    for (int w = 0; w < N_WORKER_COUNTS; ++w) {
        for (int repeat = 0; repeat < 50; ++repeat) {
            Tally tally = {.n_workers = worker_counts[w], .first_failing = 7 * repeat};
            const EmixStatus status = emix_parallel_for(N_TASKS, tally.n_workers, count_run,
                                                        &tally);
            cr_assert(eq(int, status, EMIX_ERR_SHAPE), "%d workers", tally.n_workers);
        }
    }
}

Test(parallel, more_workers_than_tasks_are_not_used)
{
    Tally tally = {.n_workers = 3, .first_failing = N_TASKS};
    cr_expect(eq(int, emix_parallel_for(3, 8, count_run, &tally), EMIX_OK));
    cr_expect(zero(int, atomic_load(&tally.bad_worker)));
    for (int t = 0; t < 3; ++t) {
        cr_expect(eq(int, atomic_load(&tally.runs[t]), 1));
    }
}

Test(parallel, no_tasks_are_done_at_once)
{
    cr_expect(eq(int, emix_parallel_for(0, 4, count_run, NULL), EMIX_OK));
}

typedef struct Scratch {
    int in_use[4]; /* one a worker; written without a lock, as scratch memory is */
    atomic_int collisions;
} Scratch;

static EmixStatus use_scratch(void *context, int task, int worker)
{
    Scratch *scratch = context;
    (void)task;
    if (scratch->in_use[worker] != 0) {
        atomic_fetch_add(&scratch->collisions, 1);
    }
    scratch->in_use[worker] = 1;
    for (volatile int spin = 0; spin < 1000; ++spin) {
    }
    scratch->in_use[worker] = 0;
    return EMIX_OK;
}

Test(parallel, a_worker_does_one_task_at_a_time)
{
    Scratch scratch = {0};
    emix_parallel_for(N_TASKS, 4, use_scratch, &scratch);
    cr_expect(zero(int, atomic_load(&scratch.collisions)));
}

Test(parallel, a_wanted_number_of_workers_is_kept_and_zero_means_all)
{
    cr_expect(eq(int, emix_parallel_workers(3), 3));
    cr_expect(ge(int, emix_parallel_workers(0), 1));
}

static EmixStatus fail_from(void *context, int task, int worker, EmixError *error)
{
    (void)worker;
    return task >= *(const int *)context ? emix_fail(error, EMIX_ERR_SHAPE, "task %d", task)
                                         : EMIX_OK;
}

Test(parallel, the_message_is_that_of_the_lowest_failing_task)
{
    for (int w = 0; w < N_WORKER_COUNTS; ++w) {
        for (int first = 0; first < N_TASKS; first += 10) {
            EmixError error = {{0}};
            char expected[32];
            snprintf(expected, sizeof expected, "task %d", first);
            cr_assert(eq(int,
                         emix_parallel_try(N_TASKS, worker_counts[w], fail_from, &first, &error),
                         EMIX_ERR_SHAPE));
            cr_assert(zero(int, strcmp(error.message, expected)), "%s, %d workers", error.message,
                      worker_counts[w]);
        }
    }
}

Test(parallel, tasks_that_may_fail_need_no_place_for_a_message)
{
    int first = 7;
    cr_expect(eq(int, emix_parallel_try(N_TASKS, 3, fail_from, &first, NULL), EMIX_ERR_SHAPE));
    first = N_TASKS;
    cr_expect(eq(int, emix_parallel_try(N_TASKS, 3, fail_from, &first, NULL), EMIX_OK));
}

/* Runs tasks on OpenMP threads; without OpenMP the same loop runs serially. */
#include "parallel/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#ifdef _OPENMP
#include <omp.h>
#endif

/* True if this process was forked from one in which teams had run. fork() copies only the calling
 * thread, but also OpenMP's record of its team, so libgomp's next team would wait for ever for
 * threads that do not exist. Such a process works with one worker, which changes no bit. */
static atomic_bool has_lost_team;
static pthread_once_t registration = PTHREAD_ONCE_INIT;

static void lose_team(void)
{
    atomic_store(&has_lost_team, true);
}

static void watch_for_forks(void)
{
    pthread_atfork(NULL, NULL, lose_team);
}

EmixStatus emix_parallel_for(int n_tasks, int n_workers, EmixTask task, void *context)
{
    int first_bad = n_tasks;
    EmixStatus bad_status = EMIX_OK;
    if (n_workers > n_tasks) {
        n_workers = n_tasks;
    }
    if (atomic_load(&has_lost_team)) {
        n_workers = 1;
    }
    /* Starting a team of one would cost more than the tasks of a small fit. */
    if (n_workers <= 1) {
        for (int t = 0; t < n_tasks; ++t) {
            const EmixStatus status = task(context, t, 0);
            if (status != EMIX_OK && t < first_bad) {
                first_bad = t;
                bad_status = status;
            }
        }
        return bad_status;
    }
    pthread_once(&registration, watch_for_forks);
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_workers)
    for (int t = 0; t < n_tasks; ++t) {
#ifdef _OPENMP
        const int worker = omp_get_thread_num();
#else
        const int worker = 0;
#endif
        const EmixStatus status = task(context, t, worker);
        if (status != EMIX_OK) {
#pragma omp critical(emix_first_bad)
            if (t < first_bad) {
                first_bad = t;
                bad_status = status;
            }
        }
    }
    return bad_status;
}

int emix_parallel_workers(int wanted)
{
    if (atomic_load(&has_lost_team)) {
        return 1;
    }
    if (wanted > 0) {
        return wanted;
    }
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

#include "blas_core.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef _OPENMP
#include <omp.h>
#endif

static const char core_variable[] = "OPENBLAS_CORETYPE";
static const char done_variable[] = "EMIX_BENCH_BLAS_CORE_SET";
static const char this_program[] = "/proc/self/exe";

/* Cores with kernels for AVX-512 and AVX2. A core that this OpenBLAS lacks fails or falls back to
 * another. */
static const char *const candidates[] = {"SkylakeX", "Zen", "Haswell"};
enum { N_CANDIDATES = sizeof candidates / sizeof candidates[0] };

/* Runs in the child process: prints the rate and never returns. */
static void print_rate(const char *core, int output)
{
    char *arguments[] = {"emix-bench", "--blas-core", "default", "--gemm-rate", NULL};
    if (core != NULL) {
        setenv(core_variable, core, 1);
    }
    dup2(output, STDOUT_FILENO);
    execv(this_program, arguments);
    _exit(EXIT_FAILURE);
}

/* Flops per second of matrix products with a core; NULL = OpenBLAS's own choice. 0 on failure. */
static double rate_with(const char *core)
{
    int ends[2];
    double rate = 0.0;
    if (pipe(ends) != 0) {
        return 0.0;
    }
    const pid_t child = fork();
    if (child == 0) {
        print_rate(core, ends[1]);
    }
    close(ends[1]);
    FILE *input = fdopen(ends[0], "r");
    if (input != NULL) {
        if (fscanf(input, "%lf", &rate) != 1) {
            rate = 0.0;
        }
        fclose(input);
    }
    if (child > 0) {
        waitpid(child, NULL, 0);
    }
    return rate;
}

static const char *fastest(void)
{
    const char *best = NULL;
    double best_rate = rate_with(NULL);
    for (int i = 0; i < N_CANDIDATES; ++i) {
        const double rate = rate_with(candidates[i]);
        if (rate > 1.02 * best_rate) { /* more than noise */
            best_rate = rate;
            best = candidates[i];
        }
    }
    return best;
}

/* OMP_PROC_BIND has bound this thread to one place, and a program started by it would inherit that.
 * Allows all places again. */
static void unbind(void)
{
#ifdef _OPENMP
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    for (int place = 0; place < omp_get_num_places(); ++place) {
        int ids[CPU_SETSIZE];
        const int n = omp_get_place_num_procs(place);
        if (n > CPU_SETSIZE) {
            return;
        }
        omp_get_place_proc_ids(place, ids);
        for (int i = 0; i < n; ++i) {
            CPU_SET(ids[i], &cpus);
        }
    }
    if (CPU_COUNT(&cpus) > 0) {
        sched_setaffinity(0, sizeof cpus, &cpus);
    }
#endif
}

void bench_blas_core_use(const char *core, char **argv)
{
    if (strcmp(core, "default") == 0 || getenv(done_variable) != NULL) {
        return;
    }
    const char *chosen = strcmp(core, "best") == 0 ? fastest() : core;
    if (chosen == NULL) {
        return;
    }
    setenv(core_variable, chosen, 1);
    setenv(done_variable, "1", 1);
    unbind();
    execv(this_program, argv);
    fprintf(stderr, "emix-bench: cannot start over with %s=%s\n", core_variable, chosen);
}

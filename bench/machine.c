#include "machine.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>

#include <emix/status.h>

static void read_cpu_name(char *name, size_t bytes)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(name, bytes, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) == 0 && colon != NULL) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(name, bytes, "%s", colon + 2);
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

BenchMachine bench_machine(int n_threads)
{
    BenchMachine machine = {
        .version = emix_version(),
        .commit = BENCH_COMMIT,
        .compiler = BENCH_COMPILER,
        .flags = BENCH_FLAGS,
        .blas = openblas_get_config(),
        .n_threads = n_threads,
    };
    read_cpu_name(machine.cpu, sizeof machine.cpu);
    return machine;
}

void bench_machine_print(const BenchMachine *machine)
{
    printf("emix %s (%s), %s, flags \"%s\", %s, %s, %d thread%s\n", machine->version,
           machine->commit, machine->compiler, machine->flags, machine->cpu, machine->blas,
           machine->n_threads, machine->n_threads == 1 ? "" : "s");
}

/* What was measured: library, compiler, machine. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

typedef struct BenchMachine {
    const char *version;  /* of the library                         */
    const char *commit;   /* of the sources; "unknown" without git  */
    const char *compiler; /* and its version                        */
    const char *flags;
    const char *blas; /* its own description: version and core */
    char cpu[128];
    int n_threads;
} BenchMachine;

BenchMachine bench_machine(int n_threads);

/** Prints all of it on one line. */
void bench_machine_print(const BenchMachine *machine);

#endif

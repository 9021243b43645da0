/* The context that tests hand to the library: of two workers, unless a test asks for others. */
#ifndef EMIX_TESTS_WORKERS_H
#define EMIX_TESTS_WORKERS_H

#include <emix/context.h>

/** From now on workers() is a context of so many workers. */
void use_workers(int n_workers);

/** BORROWED until the next use_workers(). */
const EmixContext *workers(void);

#endif

/* Files for the tests of io: a scratch folder for each test, removed with it. */
#ifndef EMIX_TESTS_IO_SUPPORT_H
#define EMIX_TESTS_IO_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>

#include <emix/emix.h>

/** Makes the scratch folder; for .init of a suite. */
void scratch_open(void);

/** Removes the scratch folder and its files; for .fini of a suite. */
void scratch_close(void);

/** Path of a file in the scratch folder; valid until eight more calls. */
const char *scratch_path(const char *name);

/** Number of files in the scratch folder, hidden ones included. */
int scratch_count(void);

void write_bytes(const char *path, const void *bytes, size_t n_bytes);
void write_text(const char *path, const char *text);

/** Reads a whole file; terminated, release with free(). */
char *read_bytes(const char *path, size_t *n_bytes);

/** True if n_bytes are the same in a and b. For doubles that includes the sign of zero. */
bool same_bytes(const void *a, const void *b, size_t n_bytes);

/** Expects `message` to contain `text`. */
void expect_contains(const char *message, const char *text);

/** A reproducible stream of random bits for a test. */
uint64_t random_bits(uint64_t *state);

/** A random double: mostly of ordinary size, sometimes a special case; finite and within the range
 * allowed for data. */
double random_value(uint64_t *state);

#endif

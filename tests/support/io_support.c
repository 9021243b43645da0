/* Files for the tests of io. */
#include "support/io_support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

void scratch_open(void)
{
    snprintf(folder, sizeof folder, "/tmp/emix-test-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
}

/* Calls `visit` for every entry of the scratch folder except "." and "..". */
static int for_each_entry(int (*visit)(const char *path))
{
    int n = 0;
    DIR *listing = opendir(folder);
    cr_assert(ne(ptr, listing, NULL));
    for (struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            ++n;
            if (visit != NULL) {
                visit(scratch_path(entry->d_name));
            }
        }
    }
    closedir(listing);
    return n;
}

void scratch_close(void)
{
    for_each_entry(remove);
    cr_expect(zero(int, rmdir(folder)));
}

const char *scratch_path(const char *name)
{
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

int scratch_count(void)
{
    return for_each_entry(NULL);
}

void write_bytes(const char *path, const void *bytes, size_t n_bytes)
{
    FILE *file = fopen(path, "wb");
    cr_assert(ne(ptr, file, NULL));
    cr_assert(eq(sz, fwrite(bytes, 1, n_bytes, file), n_bytes));
    cr_assert(zero(int, fclose(file)));
}

void write_text(const char *path, const char *text)
{
    write_bytes(path, text, strlen(text));
}

char *read_bytes(const char *path, size_t *n_bytes)
{
    FILE *file = fopen(path, "rb");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    size_t n = 0;
    char *bytes = calloc(1, 1 << 16);
    for (size_t got = 1; got > 0; n += got) {
        bytes = realloc(bytes, n + (1 << 16) + 1);
        cr_assert(ne(ptr, bytes, NULL));
        got = fread(bytes + n, 1, 1 << 16, file);
    }
    bytes[n] = '\0';
    fclose(file);
    if (n_bytes != NULL) {
        *n_bytes = n;
    }
    return bytes;
}

bool same_bytes(const void *a, const void *b, size_t n_bytes)
{
    return memcmp(a, b, n_bytes) == 0;
}

void expect_contains(const char *message, const char *text)
{
    cr_expect(ne(ptr, strstr(message, text), NULL), "\"%s\" does not contain \"%s\"", message,
              text);
}

/* SplitMix64: Steele, Lea & Flood (2014). */
uint64_t random_bits(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double random_value(uint64_t *state)
{
    const uint64_t bits = random_bits(state);
    double value = 0.0;
    switch (bits % 8) {
    case 0: value = (double)(int64_t)(random_bits(state) >> 54) - 512.0; break;
    case 1: value = bits & 64 ? -0.0 : 0.0; break;
    case 2: /* any bit pattern */ {
        const uint64_t pattern = random_bits(state);
        memcpy(&value, &pattern, sizeof value);
        break;
    }
    case 3: value = ldexp((double)(int64_t)random_bits(state), -1100); break; /* subnormal */
    case 4: value = round((double)(int64_t)random_bits(state) * 1e-15) * 1e-3; break;
    default: value = (double)(int64_t)random_bits(state) * 0x1p-62; break;
    }
    return fabs(value) <= 1e150 ? value : 1.0; /* false for NaN, too */
}

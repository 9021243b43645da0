/* Memory: what a block is, and every way of not getting one. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <string.h>

#include "core/alloc.h"

static bool all_bytes_are(const unsigned char *block, size_t n, unsigned char value)
{
    for (size_t i = 0; i < n; ++i) {
        if (block[i] != value) {
            return false;
        }
    }
    return true;
}

Test(alloc, blocks_of_any_size_are_aligned_and_zeroed)
{
    for (emix_index n = 0; n < 300; n += 7) {
        unsigned char *block = emix_alloc(n, 1);
        cr_assert(ne(ptr, block, NULL));
        cr_expect(zero(sz, (uintptr_t)block % EMIX_ALIGNMENT), "%d bytes", (int)n);
        cr_expect(all_bytes_are(block, (size_t)n, 0), "%d bytes", (int)n);
        memset(block, 0xA5, (size_t)n); /* so that reused memory would show */
        emix_free(block);
    }
}

Test(alloc, a_count_of_zero_gives_a_block_of_its_own)
{
    void *a = emix_alloc(0, 8);
    void *b = emix_alloc(0, 8);
    cr_expect(ne(ptr, a, NULL));
    cr_expect(ne(ptr, a, b));
    emix_free(a);
    emix_free(b);
}

Test(alloc, products_that_overflow_and_negative_counts_are_refused)
{
    cr_expect(eq(ptr, emix_alloc(INT64_MAX, 8), NULL));
    cr_expect(eq(ptr, emix_alloc(((emix_index)1 << 61) + 1, 8), NULL)); /* 8, modulo 2^64 */
    cr_expect(eq(ptr, emix_alloc(PTRDIFF_MAX, 1), NULL));
    cr_expect(eq(ptr, emix_alloc(-1, 1), NULL));
}

Test(alloc, live_blocks_are_counted)
{
    const long live = emix_alloc_live_blocks();
    const long made = emix_alloc_count();
    void *a = emix_alloc(10, 8);
    void *b = emix_alloc(10, 8);
    cr_expect(eq(long, emix_alloc_live_blocks(), live + 2));
    cr_expect(eq(long, emix_alloc_count(), made + 2));
    emix_free(a);
    emix_free(b);
    emix_free(NULL);
    cr_expect(eq(long, emix_alloc_live_blocks(), live));
}

Test(alloc, planted_failures_begin_where_asked_and_end_where_asked)
{
    emix_alloc_fail_after(2);
    void *first = emix_alloc(1, 1);
    void *second = emix_alloc(1, 1);
    void *third = emix_alloc(1, 1);
    void *fourth = emix_alloc(1, 1);
    emix_alloc_fail_after(-1);
    void *fifth = emix_alloc(1, 1);
    cr_expect(ne(ptr, first, NULL));
    cr_expect(ne(ptr, second, NULL));
    cr_expect(eq(ptr, third, NULL));
    cr_expect(eq(ptr, fourth, NULL));
    cr_expect(ne(ptr, fifth, NULL));
    emix_free(first);
    emix_free(second);
    emix_free(fifth);
}

Test(alloc, a_planted_limit_fails_what_is_larger)
{
    emix_alloc_fail_above(800);
    void *within = emix_alloc(100, 8);
    void *beyond = emix_alloc(101, 8);
    emix_alloc_fail_above(-1);
    void *later = emix_alloc(101, 8);
    cr_expect(ne(ptr, within, NULL));
    cr_expect(eq(ptr, beyond, NULL));
    cr_expect(ne(ptr, later, NULL));
    emix_free(within);
    emix_free(later);
}

Test(alloc, growing_keeps_the_contents)
{
    int *block = emix_alloc(3, sizeof *block);
    cr_assert(ne(ptr, block, NULL));
    for (int i = 0; i < 3; ++i) {
        block[i] = 7 * i;
    }
    block = emix_realloc(block, 3, 1000, sizeof *block);
    cr_assert(ne(ptr, block, NULL));
    for (int i = 0; i < 3; ++i) {
        cr_expect(eq(int, block[i], 7 * i));
    }
    emix_free(block);
}

Test(alloc, growing_from_nothing_is_allocating)
{
    char *block = emix_realloc(NULL, 0, 5, 1);
    cr_expect(ne(ptr, block, NULL));
    emix_free(block);
}

Test(alloc, a_block_that_cannot_grow_stays)
{
    const long live = emix_alloc_live_blocks();
    char *block = emix_alloc(3, 1);
    cr_assert(ne(ptr, block, NULL));
    block[2] = 'x';
    cr_expect(eq(ptr, emix_realloc(block, 3, INT64_MAX, 8), NULL));
    cr_expect(eq(chr, block[2], 'x'));
    emix_free(block);
    cr_expect(eq(long, emix_alloc_live_blocks(), live));
}

static EmixStatus allocate_two(EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double *a = NULL;
    double *b = NULL;
    EMIX_TRY_ALLOC(a, 4);
    EMIX_TRY_ALLOC(b, 123);
cleanup:
    emix_free(a);
    emix_free(b);
    return status;
}

Test(alloc, a_failed_allocation_says_what_was_wanted)
{
    EmixError error = {{0}};
    emix_alloc_fail_after(1);
    const EmixStatus status = allocate_two(&error);
    emix_alloc_fail_after(-1);
    cr_expect(eq(int, status, EMIX_ERR_NOMEM));
    cr_expect(ne(ptr, strstr(error.message, "123 elements of 8 bytes"), NULL), "%s", error.message);
    cr_expect(zero(long, emix_alloc_live_blocks()));
    cr_expect(eq(int, allocate_two(&error), EMIX_OK));
}

Test(alloc, products_of_sizes_are_checked)
{
    emix_index product = 0;
    cr_expect(emix_multiply(3000000000, 3000000000, &product));
    cr_expect(eq(i64, product, 9000000000000000000));
    cr_expect(not(emix_multiply(4000000000, 4000000000, &product)));
}

/* Checkpoint files: the same bytes back, or a message that says what is wrong. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "documents/checkpoint_file.h"
#include "support/io_support.h"

TestSuite(checkpoint_file, .init = scratch_open, .fini = scratch_close);

static EmixCheckpointFile *must_create(const char *path)
{
    EmixCheckpointFile *file = NULL;
    cr_assert(eq(int, emix_io_checkpoint_create(path, &file, NULL), EMIX_OK));
    return file;
}

static void must_save(EmixCheckpointFile *file, const char *text)
{
    EmixError error = {{0}};
    cr_assert(eq(int, emix_io_checkpoint_save(file, text, strlen(text), &error), EMIX_OK), "%s",
              error.message);
}

static void expect_loaded(EmixCheckpointFile *file, const char *text)
{
    const void *bytes = NULL;
    size_t n_bytes = 0;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_io_checkpoint_load(file, &bytes, &n_bytes, &error), EMIX_OK), "%s",
              error.message);
    if (text == NULL) {
        cr_expect(zero(ptr, (void *)bytes));
        return;
    }
    cr_assert(ne(ptr, (void *)bytes, NULL));
    cr_assert(eq(sz, n_bytes, strlen(text)));
    cr_expect(zero(int, memcmp(bytes, text, n_bytes)));
}

/* Expects that what is at `path` is refused, with `why` in the message. */
static void expect_refused(EmixCheckpointFile *file, EmixStatus status, const char *why)
{
    const void *bytes = NULL;
    size_t n_bytes = 0;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_io_checkpoint_load(file, &bytes, &n_bytes, &error), status));
    expect_contains(error.message, emix_io_checkpoint_name(file));
    expect_contains(error.message, why);
}

Test(checkpoint_file, what_was_saved_last_is_loaded)
{
    EmixCheckpointFile *file = must_create(scratch_path("ck"));
    expect_loaded(file, NULL);
    must_save(file, "first");
    expect_loaded(file, "first");
    must_save(file, "the second");
    expect_loaded(file, "the second");
    must_save(file, "");
    cr_expect(eq(int, scratch_count(), 1));
    emix_io_checkpoint_destroy(file);
    file = must_create(scratch_path("ck"));
    expect_loaded(file, "");
    cr_expect(eq(int, emix_io_checkpoint_discard(file, NULL), EMIX_OK));
    cr_expect(eq(int, scratch_count(), 0));
    expect_loaded(file, NULL);
    cr_expect(eq(int, emix_io_checkpoint_discard(file, NULL), EMIX_OK), "nothing to remove");
    emix_io_checkpoint_destroy(file);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(checkpoint_file, every_damaged_byte_is_noticed)
{
    const char *path = scratch_path("ck");
    EmixCheckpointFile *file = must_create(path);
    must_save(file, "the state of a fit, of a length that is no multiple of a word");
    size_t n_bytes = 0;
    char *bytes = read_bytes(path, &n_bytes);
    for (size_t i = 0; i < n_bytes; ++i) {
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            write_bytes(path, bytes, n_bytes);
            expect_refused(file, EMIX_ERR_FORMAT, i < 16 ? "is no checkpoint" : "damaged");
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
        }
    }
    for (size_t n = 0; n < n_bytes; ++n) {
        write_bytes(path, bytes, n);
        expect_refused(file, EMIX_ERR_FORMAT, n < 40 ? "is no checkpoint" : "cut short");
    }
    bytes = realloc(bytes, n_bytes + 1);
    cr_assert(ne(ptr, bytes, NULL));
    bytes[n_bytes] = 0;
    write_bytes(path, bytes, n_bytes + 1);
    expect_refused(file, EMIX_ERR_FORMAT, "cut short or damaged");
    free(bytes);
    emix_io_checkpoint_destroy(file);
}

Test(checkpoint_file, other_files_are_refused_and_stay)
{
    const char *path = scratch_path("model.json");
    EmixCheckpointFile *file = must_create(path);
    write_text(path, "{\"schema\":\"emix.model/1\",\"weights\":[0.3,0.7],\"means\":[[0,0],[3,3]]}");
    expect_refused(file, EMIX_ERR_FORMAT, "is no checkpoint");
    emix_io_checkpoint_destroy(file);
    file = must_create("/dev/null");
    expect_refused(file, EMIX_ERR_IO, "no regular file");
    emix_io_checkpoint_destroy(file);
    path = scratch_path("pipe");
    cr_assert(zero(int, mkfifo(path, 0600)));
    file = must_create(path);
    expect_refused(file, EMIX_ERR_IO, "no regular file");
    emix_io_checkpoint_destroy(file);
    file = must_create(scratch_path("model.json/ck"));
    expect_refused(file, EMIX_ERR_IO, "cannot be opened");
    emix_io_checkpoint_destroy(file);
}

/* What a process that is killed while it writes leaves behind. */
Test(checkpoint_file, a_half_written_version_is_overwritten_and_removed)
{
    EmixCheckpointFile *file = must_create(scratch_path("ck"));
    must_save(file, "old");
    write_text(scratch_path(".ck.new"), "half of a new o");
    expect_loaded(file, "old");
    must_save(file, "new");
    expect_loaded(file, "new");
    cr_expect(eq(int, scratch_count(), 1));
    write_text(scratch_path(".ck.new"), "half of");
    cr_expect(eq(int, emix_io_checkpoint_discard(file, NULL), EMIX_OK));
    cr_expect(eq(int, scratch_count(), 0));
    emix_io_checkpoint_destroy(file);
}

Test(checkpoint_file, a_link_stays_and_its_target_is_replaced_and_removed)
{
    cr_assert(zero(int, symlink("target", scratch_path("ck"))));
    EmixCheckpointFile *file = must_create(scratch_path("ck"));
    must_save(file, "through a link");
    expect_loaded(file, "through a link");
    cr_expect(zero(int, access(scratch_path("target"), F_OK)));
    cr_expect(eq(int, emix_io_checkpoint_discard(file, NULL), EMIX_OK));
    cr_expect(ne(int, access(scratch_path("target"), F_OK), 0));
    cr_expect(eq(int, scratch_count(), 1));
    emix_io_checkpoint_destroy(file);
}

Test(checkpoint_file, a_save_that_fails_leaves_the_old_version)
{
    static char large[100000];
    EmixError error = {{0}};
    EmixCheckpointFile *file = must_create(scratch_path("ck"));
    must_save(file, "old");
    const struct rlimit limit = {.rlim_cur = 50000, .rlim_max = 50000};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert(zero(int, setrlimit(RLIMIT_FSIZE, &limit)));
    cr_expect(eq(int, emix_io_checkpoint_save(file, large, sizeof large, &error), EMIX_ERR_IO));
    expect_contains(error.message, "ck: cannot be written");
    cr_expect(eq(int, scratch_count(), 1));
    expect_loaded(file, "old");
    must_save(file, "small enough");
    expect_loaded(file, "small enough");
    emix_io_checkpoint_destroy(file);
    file = must_create(scratch_path("no/such/folder"));
    cr_expect(eq(int, emix_io_checkpoint_save(file, "x", 1, &error), EMIX_ERR_IO));
    expect_contains(error.message, "no/such/folder: cannot be written");
    emix_io_checkpoint_destroy(file);
}

Test(checkpoint_file, saving_and_loading_allocate_nothing)
{
    EmixCheckpointFile *file = must_create(scratch_path("ck"));
    const long before = emix_alloc_count();
    must_save(file, "state");
    expect_loaded(file, "state");
    must_save(file, "state");
    cr_expect(eq(long, emix_alloc_count(), before));
    emix_io_checkpoint_destroy(file);
}

Test(checkpoint_file, every_failed_allocation_is_reported)
{
    for (long allowed = 0;; ++allowed) {
        EmixCheckpointFile *file = NULL;
        emix_alloc_fail_after(allowed);
        const EmixStatus status = emix_io_checkpoint_create("ck", &file, NULL);
        emix_alloc_fail_after(-1);
        if (status == EMIX_OK) {
            cr_expect(gt(long, allowed, 2));
            emix_io_checkpoint_destroy(file);
            break;
        }
        cr_assert(eq(int, status, EMIX_ERR_NOMEM));
        cr_assert(zero(long, emix_alloc_live_blocks()), "after %ld allocations", allowed);
    }
}

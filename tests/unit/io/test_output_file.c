/* Output files: complete or not there. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "core/alloc.h"
#include "io/output_file.h"
#include "support/io_support.h"

TestSuite(output_file, .init = scratch_open, .fini = scratch_close);

static EmixOutput *must_create(const char *path)
{
    EmixOutput *output = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_io_output_create(path, &output, &error), EMIX_OK), "%s", error.message);
    return output;
}

static void must_write_file(const char *path, const char *text)
{
    EmixError error = {{0}};
    EmixOutput *output = must_create(path);
    cr_expect(eq(int, emix_io_output_write(output, text, strlen(text), &error), EMIX_OK));
    cr_expect(eq(int, emix_io_output_commit(output, &error), EMIX_OK), "%s", error.message);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

static void expect_text(const char *path, const char *text)
{
    char *bytes = read_bytes(path, NULL);
    cr_expect(eq(str, bytes, (char *)text));
    free(bytes);
}

static int mode_of(const char *path)
{
    struct stat about;
    cr_assert(zero(int, stat(path, &about)));
    return (int)(about.st_mode & 07777);
}

Test(output_file, the_target_appears_with_the_commit)
{
    const char *path = scratch_path("out");
    EmixOutput *output = must_create(path);
    emix_io_output_write(output, "abc", 3, NULL);
    cr_expect(ne(int, access(path, F_OK), 0));
    cr_expect(eq(int, emix_io_output_commit(output, NULL), EMIX_OK));
    expect_text(path, "abc");
    cr_expect(eq(int, scratch_count(), 1));
}

Test(output_file, an_old_file_stays_until_the_commit_and_after_a_discard)
{
    const char *path = scratch_path("out");
    write_text(path, "old");
    EmixOutput *output = must_create(path);
    emix_io_output_write(output, "new", 3, NULL);
    expect_text(path, "old");
    emix_io_output_discard(output);
    expect_text(path, "old");
    cr_expect(eq(int, scratch_count(), 1));
    must_write_file(path, "new");
    expect_text(path, "new");
    cr_expect(eq(int, scratch_count(), 1));
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(output_file, long_outputs_arrive_in_full)
{
    enum { N = 300000 };
    const char *path = scratch_path("out");
    char *text = malloc(N);
    uint64_t state = 6;
    for (int i = 0; i < N; ++i) {
        text[i] = (char)random_bits(&state);
    }
    EmixOutput *output = must_create(path);
    size_t done = 0;
    while (done < N) { /* pieces below, at and above the size of the buffer */
        size_t n = random_bits(&state) % 150000;
        n = n < N - done ? n : N - done;
        cr_assert(eq(int, emix_io_output_write(output, text + done, n, NULL), EMIX_OK));
        done += n;
    }
    cr_expect(eq(int, emix_io_output_commit(output, NULL), EMIX_OK));
    size_t n_bytes = 0;
    char *bytes = read_bytes(path, &n_bytes);
    cr_assert(eq(sz, n_bytes, N));
    cr_expect(zero(int, memcmp(bytes, text, N)));
    free(bytes);
    free(text);
}

Test(output_file, a_new_file_has_the_mode_of_the_umask_and_an_old_one_keeps_its_own)
{
    const char *path = scratch_path("out");
    umask(027);
    must_write_file(path, "x");
    cr_expect(eq(int, mode_of(path), 0640));
    cr_assert(zero(int, chmod(path, 0604)));
    must_write_file(path, "y");
    cr_expect(eq(int, mode_of(path), 0604));
}

Test(output_file, a_symbolic_link_stays_and_its_target_is_written)
{
    const char *link = scratch_path("link");
    const char *target = scratch_path("target");
    cr_assert(zero(int, symlink("target", link))); /* relative, and dangling at first */
    must_write_file(link, "first");
    expect_text(target, "first");
    must_write_file(link, "second");
    expect_text(target, "second");
    cr_assert(zero(int, unlink(link)));
    cr_assert(zero(int, symlink(target, link))); /* absolute */
    must_write_file(link, "third");
    expect_text(target, "third");
    struct stat about;
    cr_expect(zero(int, lstat(link, &about)));
    cr_expect(eq(int, (int)(about.st_mode & S_IFMT), S_IFLNK));
    cr_expect(eq(int, scratch_count(), 2));
}

Test(output_file, a_device_is_written_directly)
{
    must_write_file("/dev/null", "gone");
    cr_expect(zero(int, scratch_count()));
}

Test(output_file, a_pipe_is_written_directly)
{
    const char *path = scratch_path("pipe");
    char got[8] = "";
    cr_assert(zero(int, mkfifo(path, 0600)));
    const int both = open(path, O_RDWR);
    cr_assert(ge(int, both, 0));
    must_write_file(path, "pipe");
    cr_expect(eq(i64, read(both, got, sizeof got - 1), 4));
    cr_expect(eq(str, got, "pipe"));
    close(both);
}

Test(output_file, a_dash_is_standard_output)
{
    const char *path = scratch_path("out");
    const int file = open(path, O_CREAT | O_WRONLY, 0600);
    const int saved = dup(STDOUT_FILENO);
    cr_assert(ge(int, file, 0));
    dup2(file, STDOUT_FILENO);
    must_write_file("-", "to standard output");
    cr_expect(ge(int, fcntl(STDOUT_FILENO, F_GETFD), 0), "standard output stays open");
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(file);
    expect_text(path, "to standard output");
}

static void expect_no_output(const char *path, const char *text)
{
    const int before = scratch_count();
    EmixOutput *output = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, emix_io_output_create(path, &output, &error), EMIX_ERR_IO));
    expect_contains(error.message, text);
    cr_expect(eq(ptr, output, NULL));
    cr_expect(eq(int, scratch_count(), before));
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(output_file, targets_that_cannot_be_written_are_refused_at_once)
{
    expect_no_output("", "No such file or directory");
    expect_no_output(scratch_path("no/such/folder"), "cannot be written: No such file");
    const char *directory = scratch_path("directory");
    cr_assert(zero(int, mkdir(directory, 0700)));
    expect_no_output(directory, "cannot be written: Is a directory");
    const char *loop = scratch_path("loop");
    cr_assert(zero(int, symlink("loop", loop)));
    expect_no_output(loop, "cannot be written: Too many levels of symbolic links");
    char *long_path = calloc(1, 10000);
    memset(long_path, 'x', 9999);
    expect_no_output(long_path, "cannot be written: File name too long");
    free(long_path);
    const char *fixed = scratch_path("fixed");
    write_text(fixed, "fixed");
    cr_assert(zero(int, chmod(fixed, 0444)));
    if (access(fixed, W_OK) != 0) { /* the superuser may write it all the same */
        expect_no_output(fixed, "cannot be written: Permission denied");
    }
}

/* Writes far more than a buffer to a full target and expects the failure everywhere. */
static void expect_full(const char *path, const char *text)
{
    static const char block[100000];
    EmixError error = {{0}};
    EmixOutput *output = must_create(path);
    EmixStatus status = EMIX_OK;
    for (int i = 0; i < 30 && status == EMIX_OK; ++i) {
        status = emix_io_output_write(output, block, sizeof block, &error);
    }
    cr_expect(eq(int, status, EMIX_ERR_IO));
    expect_contains(error.message, text);
    error.message[0] = '\0';
    cr_expect(eq(int, emix_io_output_write(output, "x", 1, &error), EMIX_ERR_IO));
    expect_contains(error.message, text);
    error.message[0] = '\0';
    cr_expect(eq(int, emix_io_output_commit(output, &error), EMIX_ERR_IO));
    expect_contains(error.message, text);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(output_file, a_full_device_is_reported)
{
    expect_full("/dev/full", "/dev/full: cannot be written: No space left on device");
}

Test(output_file, a_full_device_is_reported_when_the_first_write_is_the_commit)
{
    EmixError error = {{0}};
    EmixOutput *output = must_create("/dev/full");
    cr_expect(eq(int, emix_io_output_write(output, "x", 1, &error), EMIX_OK));
    cr_expect(eq(int, emix_io_output_commit(output, &error), EMIX_ERR_IO));
    expect_contains(error.message, "No space left on device");
}

/* A limit on file sizes stands for a full disk, which needs no special rights to make. */
Test(output_file, a_file_that_does_not_fit_leaves_the_old_one_and_nothing_else)
{
    const char *path = scratch_path("out");
    const struct rlimit limit = {.rlim_cur = 1000000, .rlim_max = 1000000};
    write_text(path, "old");
    signal(SIGXFSZ, SIG_IGN);
    cr_assert(zero(int, setrlimit(RLIMIT_FSIZE, &limit)));
    expect_full(path, "cannot be written: File too large");
    expect_text(path, "old");
    cr_expect(eq(int, scratch_count(), 1));
}

Test(output_file, a_full_disk_leaves_the_old_file_and_nothing_else)
{
    const char *disk = scratch_path("disk");
    cr_assert(zero(int, mkdir(disk, 0700)));
    if (mount("none", disk, "tmpfs", 0, "size=1m") != 0) {
        cr_skip_test("no right to mount a small disk");
    }
    const char *path = scratch_path("disk/out");
    write_text(path, "old");
    expect_full(path, "cannot be written: No space left on device");
    expect_text(path, "old");
    cr_expect(zero(int, umount(disk)));
}

Test(output_file, failed_allocations_leave_nothing)
{
    const char *path = scratch_path("out");
    EmixOutput *output = NULL;
    emix_alloc_fail_after(0);
    cr_expect(eq(int, emix_io_output_create(path, &output, NULL), EMIX_ERR_NOMEM));
    emix_alloc_fail_after(-1);
    cr_expect(zero(int, scratch_count()));
}

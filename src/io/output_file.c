/* Atomic output files. */
#include "io/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/alloc.h"

enum { BUFFER_BYTES = 1 << 16 };

struct EmixOutput {
    int fd;
    bool owns_fd;
    bool is_reused; /* holds one version of a file after another */
    int failure;    /* errno of the first failed write; 0 = none */
    size_t n_buffered;
    char name[PATH_MAX];      /* as the caller gave it, for messages  */
    char target[PATH_MAX];    /* links followed; "" = written directly */
    char temporary[PATH_MAX]; /* "" = none, or renamed already        */
    char buffer[BUFFER_BYTES];
};

/* The path, or the end of it if it is very long. */
static const char *shown_name(const EmixOutput *output)
{
    const size_t n = strlen(output->name);
    return output->name + (n < 240 ? 0 : n - 240);
}

static EmixStatus fail_write(const EmixOutput *output, int code, EmixError *error)
{
    return emix_fail(error, EMIX_ERR_IO, "%s: cannot be written: %s", shown_name(output),
                     strerror(code));
}

/* Replaces the last component of a path: "dir/file" and "x" give "dir/x". */
static bool put_beside(const char *path, const char *name, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    const int n_directory = name[0] == '/' || slash == NULL ? 0 : (int)(slash - path) + 1;
    const int n = snprintf(out, PATH_MAX, "%.*s%s", n_directory, path, name);
    return n >= 0 && n < PATH_MAX;
}

/* Follows symbolic links, including links to a target that does not exist yet. Returns 0 or an
 * errno. */
static int follow_links(const char *path, char target[PATH_MAX])
{
    enum { MAX_LINKS = 40 };
    char link[PATH_MAX];
    char next[PATH_MAX];
    if (path[0] == '\0') {
        return ENOENT;
    }
    snprintf(target, PATH_MAX, "%s", path);
    for (int i = 0; i < MAX_LINKS; ++i) {
        const ssize_t n = readlink(target, link, sizeof link - 1);
        if (n < 0) {
            return 0; /* not a link, or nothing there */
        }
        link[n] = '\0';
        if (!put_beside(target, link, next)) {
            return ENAMETOOLONG;
        }
        memcpy(target, next, sizeof next);
    }
    return ELOOP;
}

/* Creates output->temporary. It is created as any other file, not with mkstemp(), so that the
 * system applies the umask, which cannot be read without setting it. */
static int create_temporary(EmixOutput *output, const char *name)
{
    if (!put_beside(output->target, name, output->temporary)) {
        output->temporary[0] = '\0';
        return ENAMETOOLONG;
    }
    if (output->is_reused) {
        unlink(output->temporary); /* left by a process that was killed */
    }
    output->fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (output->fd < 0) {
        output->temporary[0] = '\0';
        return errno;
    }
    return 0;
}

/* The fixed name of the next version of a file. It is hidden, so that nobody takes it for a
 * result. */
static bool name_next_version(const char *target, char name[NAME_MAX + 1])
{
    const char *slash = strrchr(target, '/');
    const int n = snprintf(name, NAME_MAX + 1, ".%s.new", slash != NULL ? slash + 1 : target);
    return n >= 0 && n <= NAME_MAX;
}

/* Creates a new file beside the target. Returns 0 or an errno. */
static int open_temporary(EmixOutput *output)
{
    enum { MAX_TRIES = 100 };
    char name[NAME_MAX + 1];
    if (output->is_reused) {
        return name_next_version(output->target, name) ? create_temporary(output, name)
                                                       : ENAMETOOLONG;
    }
    int code = EEXIST;
    for (int i = 0; i < MAX_TRIES && code == EEXIST; ++i) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(name, sizeof name, ".emix-%lx-%lx-%x.tmp", (unsigned long)getpid(),
                 (unsigned long)now.tv_nsec, (unsigned)i);
        code = create_temporary(output, name);
    }
    return code;
}

/* Opens the file to write. Returns 0 or an errno. */
static int open_output(EmixOutput *output)
{
    if (strcmp(output->name, "-") == 0) {
        output->fd = STDOUT_FILENO;
        return 0;
    }
    output->owns_fd = true;
    int code = follow_links(output->name, output->target);
    if (code != 0) {
        return code;
    }
    struct stat about;
    const bool exists = stat(output->target, &about) == 0;
    if (!exists && errno != ENOENT) {
        return errno;
    }
    if (exists && !S_ISREG(about.st_mode)) {
        output->fd = open(output->target, O_WRONLY | O_CLOEXEC);
        output->target[0] = '\0';
        return output->fd < 0 ? errno : 0;
    }
    if (exists && access(output->target, W_OK) != 0) {
        return errno;
    }
    code = open_temporary(output);
    if (code == 0 && exists && fchmod(output->fd, about.st_mode & 0777) != 0) {
        code = errno;
    }
    return code;
}

/* Closes and removes the unfinished file. */
static void abandon(EmixOutput *output)
{
    if (output->owns_fd && output->fd >= 0) {
        close(output->fd);
    }
    output->fd = -1;
    if (output->temporary[0] != '\0') {
        unlink(output->temporary);
        output->temporary[0] = '\0';
    }
}

static EmixStatus begin(EmixOutput *output, const char *path, EmixError *error)
{
    output->fd = -1;
    output->failure = 0;
    output->n_buffered = 0;
    const int n = snprintf(output->name, sizeof output->name, "%s", path);
    const int code = n < PATH_MAX ? open_output(output) : ENAMETOOLONG;
    if (code != 0) {
        abandon(output);
        return fail_write(output, code, error);
    }
    return EMIX_OK;
}

EmixStatus emix_io_output_create(const char *path, EmixOutput **output, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOutput *o = NULL;
    EMIX_TRY_ALLOC(o, 1);
    EMIX_TRY(begin(o, path, error));
    *output = o;
    o = NULL;
cleanup:
    emix_io_output_discard(o);
    return status;
}

EmixStatus emix_io_output_alloc(EmixOutput **output, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY_ALLOC(*output, 1);
    (*output)->is_reused = true;
    (*output)->fd = -1;
cleanup:
    return status;
}

EmixStatus emix_io_output_begin(EmixOutput *output, const char *path, EmixError *error)
{
    abandon(output);
    return begin(output, path, error);
}

/* Writes all bytes. Returns 0 or an errno, which is also kept in output->failure. */
static int write_all(EmixOutput *output, const char *bytes, size_t n_bytes)
{
    while (n_bytes > 0 && output->failure == 0) {
        const ssize_t n = write(output->fd, bytes, n_bytes);
        if (n < 0 && errno != EINTR) {
            output->failure = errno;
        } else if (n > 0) {
            bytes += n;
            n_bytes -= (size_t)n;
        }
    }
    return output->failure;
}

static int flush_buffer(EmixOutput *output)
{
    const size_t n = output->n_buffered;
    output->n_buffered = 0;
    return write_all(output, output->buffer, n);
}

EmixStatus emix_io_output_write(EmixOutput *output, const void *bytes, size_t n_bytes,
                                EmixError *error)
{
    if (n_bytes > BUFFER_BYTES - output->n_buffered) {
        flush_buffer(output);
    }
    if (n_bytes > BUFFER_BYTES) {
        write_all(output, bytes, n_bytes);
    } else {
        memcpy(output->buffer + output->n_buffered, bytes, n_bytes);
        output->n_buffered += n_bytes;
    }
    return output->failure == 0 ? EMIX_OK : fail_write(output, output->failure, error);
}

/* Makes the rename itself durable. The contents of the file are safe without it. */
static void sync_directory(const char *path)
{
    char directory[PATH_MAX];
    if (put_beside(path, ".", directory)) {
        const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0) {
            fsync(fd);
            close(fd);
        }
    }
}

/* Closes a complete file and renames it. Returns 0 or an errno. */
static int put_in_place(EmixOutput *output)
{
    const bool direct = output->temporary[0] == '\0';
    const int fd = output->fd;
    if (!direct && fsync(fd) != 0 && errno != EINVAL) {
        return errno;
    }
    output->fd = -1;
    if (output->owns_fd && close(fd) != 0 && errno != EINTR) {
        return errno;
    }
    if (!direct) {
        if (rename(output->temporary, output->target) != 0) {
            return errno;
        }
        output->temporary[0] = '\0';
        sync_directory(output->target);
    }
    return 0;
}

EmixStatus emix_io_output_finish(EmixOutput *output, EmixError *error)
{
    int code = flush_buffer(output);
    if (code == 0) {
        code = put_in_place(output);
    }
    abandon(output);
    return code == 0 ? EMIX_OK : fail_write(output, code, error);
}

EmixStatus emix_io_output_commit(EmixOutput *output, EmixError *error)
{
    const EmixStatus status = emix_io_output_finish(output, error);
    emix_free(output);
    return status;
}

EmixStatus emix_io_output_remove(EmixOutput *output, const char *path, EmixError *error)
{
    char name[NAME_MAX + 1];
    abandon(output);
    snprintf(output->name, sizeof output->name, "%s", path);
    int code = follow_links(path, output->target);
    if (code == 0 && name_next_version(output->target, name) &&
        put_beside(output->target, name, output->temporary)) {
        abandon(output);
    }
    if (code == 0 && unlink(output->target) != 0 && errno != ENOENT) {
        code = errno;
    }
    if (code != 0) {
        return emix_fail(error, EMIX_ERR_IO, "%s: cannot be removed: %s", shown_name(output),
                         strerror(code));
    }
    sync_directory(output->target);
    return EMIX_OK;
}

void emix_io_output_discard(EmixOutput *output)
{
    if (output == NULL) {
        return;
    }
    abandon(output);
    emix_free(output);
}

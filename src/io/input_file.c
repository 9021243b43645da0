/* Input files: mapped, or read if they cannot be mapped. */
#include "io/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"

const char *emix_io_input_name(const char *path)
{
    enum { MAX_SHOWN = 240 }; /* leaves room in a message for what is wrong with the file */
    if (strcmp(path, "-") == 0) {
        return "standard input";
    }
    const size_t n = strlen(path);
    return n > MAX_SHOWN ? path + n - MAX_SHOWN : path;
}

static EmixStatus fail_read(const char *path, int code, EmixError *error)
{
    return emix_fail(error, EMIX_ERR_IO, "%s: cannot be read: %s", emix_io_input_name(path),
                     strerror(code));
}

/* Reads to the end, into a buffer that doubles its size as needed. */
static EmixStatus read_all(int fd, const char *path, EmixInput *input, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_index capacity = 1 << 16;
    emix_index n = 0;
    char *buffer = NULL;
    EMIX_TRY_ALLOC(buffer, capacity);
    for (;;) {
        if (n == capacity) {
            if (capacity > INT64_MAX / 2) {
                status = emix_fail_nomem(error, capacity, 2);
                goto cleanup;
            }
            char *grown = emix_realloc(buffer, capacity, 2 * capacity, 1);
            if (grown == NULL) {
                status = emix_fail_nomem(error, 2 * capacity, 1);
                goto cleanup;
            }
            buffer = grown;
            capacity *= 2;
        }
        const ssize_t got = read(fd, buffer + n, (size_t)(capacity - n));
        if (got < 0 && errno != EINTR) {
            status = fail_read(path, errno, error);
            goto cleanup;
        }
        if (got == 0) {
            break;
        }
        n += got > 0 ? got : 0;
    }
    *input = (EmixInput){.bytes = buffer, .n_bytes = (size_t)n, .buffer = buffer};
    buffer = NULL;
cleanup:
    emix_free(buffer);
    return status;
}

EmixStatus emix_io_input_open(const char *path, EmixInput *input, EmixError *error)
{
    if (strcmp(path, "-") == 0) {
        return read_all(STDIN_FILENO, path, input, error);
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return emix_fail(error, EMIX_ERR_IO, "%s: cannot be opened: %s", emix_io_input_name(path),
                         strerror(errno));
    }
    EmixStatus status = EMIX_OK;
    struct stat about;
    if (fstat(fd, &about) != 0) {
        status = fail_read(path, errno, error);
    } else if (S_ISDIR(about.st_mode)) {
        status = fail_read(path, EISDIR, error);
    } else if (S_ISREG(about.st_mode) && about.st_size > 0) {
        const size_t n = (size_t)about.st_size;
        void *mapping = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
        if (mapping == MAP_FAILED) {
            status = fail_read(path, errno, error);
        } else {
            *input = (EmixInput){.bytes = mapping, .n_bytes = n, .mapping = mapping};
        }
    } else {
        /* Files of size 0 are read too: some of them hold text (in /proc). */
        status = read_all(fd, path, input, error);
    }
    close(fd);
    return status;
}

void emix_io_input_close(EmixInput *input)
{
    if (input->mapping != NULL) {
        munmap(input->mapping, input->n_bytes);
    }
    emix_free(input->buffer);
    *input = (EmixInput){0};
}

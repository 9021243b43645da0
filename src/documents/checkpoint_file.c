/* Checkpoint files. */
#include "documents/checkpoint_file.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "io/input_file.h"
#include "io/output_file.h"

static const char magic[16] = "emix.checkpoint";
enum { BYTE_ORDER_MARK = 0x01020304, FORMAT = 1 };

typedef struct Header {
    char magic[sizeof magic];
    uint32_t byte_order;
    uint32_t format;
    uint64_t n_bytes;
    uint64_t checksum;
} Header;

struct EmixCheckpointFile {
    char *path;
    EmixOutput *output;
    EmixInput input; /* the file as last read */
};

EmixStatus emix_io_checkpoint_create(const char *path, EmixCheckpointFile **file, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCheckpointFile *f = NULL;
    const size_t n = strlen(path) + 1;
    EMIX_TRY_ALLOC(f, 1);
    EMIX_TRY_ALLOC(f->path, (emix_index)n);
    memcpy(f->path, path, n);
    EMIX_TRY(emix_io_output_alloc(&f->output, error));
    *file = f;
    f = NULL;
cleanup:
    emix_io_checkpoint_destroy(f);
    return status;
}

const char *emix_io_checkpoint_name(const EmixCheckpointFile *file)
{
    return emix_io_input_name(file->path);
}

static uint64_t checksum(uint64_t n_bytes, const void *bytes)
{
    const uint64_t hash = emix_hash_bytes(EMIX_HASH_EMPTY, &n_bytes, sizeof n_bytes);
    return emix_hash_bytes(hash, bytes, (size_t)n_bytes);
}

EmixStatus emix_io_checkpoint_save(void *file, const void *bytes, size_t n_bytes, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCheckpointFile *f = file;
    Header header = {.byte_order = BYTE_ORDER_MARK,
                     .format = FORMAT,
                     .n_bytes = n_bytes,
                     .checksum = checksum(n_bytes, bytes)};
    memcpy(header.magic, magic, sizeof magic);
    emix_io_input_close(&f->input);
    EMIX_TRY(emix_io_output_begin(f->output, f->path, error));
    emix_io_output_write(f->output, &header, sizeof header, NULL); /* a failure is kept */
    emix_io_output_write(f->output, bytes, n_bytes, NULL);
    EMIX_TRY(emix_io_output_finish(f->output, error));
cleanup:
    return status;
}

/* What is wrong with the bytes of a file; NULL if nothing is. */
static const char *find_fault(const EmixInput *input)
{
    Header header;
    if (input->n_bytes < sizeof header || memcmp(input->bytes, magic, sizeof magic) != 0) {
        return "is no checkpoint";
    }
    memcpy(&header, input->bytes, sizeof header);
    if (header.byte_order != BYTE_ORDER_MARK) {
        return "is a checkpoint of a machine with another byte order, or damaged";
    }
    if (header.format != FORMAT) {
        return "is a checkpoint in a format of another version, or damaged";
    }
    if (header.n_bytes != input->n_bytes - sizeof header) {
        return "is a checkpoint that is cut short or damaged";
    }
    return header.checksum == checksum(header.n_bytes, input->bytes + sizeof header)
               ? NULL
               : "is a damaged checkpoint";
}

EmixStatus emix_io_checkpoint_load(void *file, const void **bytes, size_t *n_bytes,
                                   EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCheckpointFile *f = file;
    struct stat about;
    *bytes = NULL;
    *n_bytes = 0;
    emix_io_input_close(&f->input);
    if (stat(f->path, &about) != 0) {
        return errno == ENOENT ? EMIX_OK
                               : emix_fail(error, EMIX_ERR_IO, "%s: cannot be opened: %s",
                                           emix_io_checkpoint_name(f), strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) { /* opening it might wait for ever */
        return emix_fail(error, EMIX_ERR_IO, "%s: is no regular file, as checkpoints are",
                         emix_io_checkpoint_name(f));
    }
    EMIX_TRY(emix_io_input_open(f->path, &f->input, error));
    const char *fault = find_fault(&f->input);
    if (fault != NULL) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_FORMAT, "%s: %s; remove it to begin anew",
                           emix_io_checkpoint_name(f), fault));
    }
    *bytes = f->input.bytes + sizeof(Header);
    *n_bytes = f->input.n_bytes - sizeof(Header);
cleanup:
    return status;
}

EmixStatus emix_io_checkpoint_discard(void *file, EmixError *error)
{
    EmixCheckpointFile *f = file;
    emix_io_input_close(&f->input);
    return emix_io_output_remove(f->output, f->path, error);
}

void emix_io_checkpoint_destroy(void *file)
{
    EmixCheckpointFile *f = file;
    if (f == NULL) {
        return;
    }
    emix_io_input_close(&f->input);
    emix_io_output_discard(f->output);
    emix_free(f->path);
    emix_free(f);
}

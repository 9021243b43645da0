/* Connects checkpoints with their files. */
#include "api/checkpoint_store.h"

#include "documents/checkpoint_file.h"

EmixStatus emix_api_store_create(const char *path, EmixStore *store, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCheckpointFile *file = NULL;
    *store = (EmixStore){0};
    if (path == NULL) {
        return EMIX_OK;
    }
    EMIX_TRY(emix_io_checkpoint_create(path, &file, error));
    *store = (EmixStore){
        .context = file,
        .name = emix_io_checkpoint_name(file),
        .save = emix_io_checkpoint_save,
        .load = emix_io_checkpoint_load,
        .discard = emix_io_checkpoint_discard,
        .destroy = emix_io_checkpoint_destroy,
    };
cleanup:
    return status;
}

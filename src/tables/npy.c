/* Array files to data sets: mapped, if the bytes can be used as they are. */
#include "tables/npy.h"

#include <string.h>

#include "core/alloc.h"
#include "data/dataset.h"
#include "data/stream.h"
#include "io/input_file.h"
#include "tables/special_column.h"

/* Memory that a data set from an array file owns. */
typedef struct Storage {
    EmixInput input;
    char *elements;  /* aligned copy in the machine's byte order, if needed */
    double *x;       /* copy of the features, if a weights column stood between them */
    double *weights; /* [n_rows], or NULL */
} Storage;

static void release_storage(void *owner)
{
    Storage *storage = owner;
    emix_io_input_close(&storage->input);
    emix_free(storage->elements);
    emix_free(storage->x);
    emix_free(storage->weights);
    emix_free(storage);
}

static void swap_elements(char *elements, emix_index n, size_t bytes)
{
    for (emix_index i = 0; i < n; ++i) {
        char *element = elements + (size_t)i * bytes;
        for (size_t b = 0; b < bytes / 2; ++b) {
            const char c = element[b];
            element[b] = element[bytes - 1 - b];
            element[bytes - 1 - b] = c;
        }
    }
}

/* Sets fields->x to usable elements: those of the file, or a copy. */
static EmixStatus prepare_elements(Storage *storage, const EmixNpyHeader *header,
                                   EmixDataset *fields, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const char *data = storage->input.bytes + header->data_offset;
    fields->x = data;
    /* Mappings begin at a page, buffers at a cache line. */
    if (header->swapped || header->data_offset % header->item_bytes != 0) {
        const emix_index n = header->n_rows * header->n_columns;
        EMIX_TRY_ALLOC(storage->elements, n * (emix_index)header->item_bytes);
        memcpy(storage->elements, data, (size_t)n * header->item_bytes);
        if (header->swapped) {
            swap_elements(storage->elements, n, header->item_bytes);
        }
        emix_io_input_close(&storage->input);
        fields->x = storage->elements;
    }
cleanup:
    return status;
}

/* A view of columns first ... first + n - 1. */
static EmixDataset view_columns(const EmixDataset *all, emix_index first, emix_index n,
                                size_t item_bytes)
{
    EmixDataset view = *all;
    view.x = (const char *)all->x + (size_t)(first * all->feature_stride) * item_bytes;
    view.n_features = n;
    return view;
}

/* Copies all columns but one as doubles. */
static EmixStatus copy_features(const EmixDataset *all, emix_index weights_column, double **x,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double *row = NULL;
    const emix_index w = weights_column;
    const emix_index n_left = all->n_features - 1;
    EMIX_TRY_ALLOC(row, all->n_features);
    EMIX_TRY_ALLOC(*x, all->n_rows * n_left);
    for (emix_index i = 0; i < all->n_rows; ++i) {
        EMIX_TRY(emix_dataset_copy_rows(all, i, 1, row, error));
        memcpy(*x + i * n_left, row, (size_t)w * sizeof *row);
        memcpy(*x + i * n_left + w, row + w + 1, (size_t)(n_left - w) * sizeof *row);
    }
cleanup:
    emix_free(row);
    return status;
}

/* Removes the weights column from the fields. */
static EmixStatus take_weights(Storage *storage, const EmixNpyHeader *header, emix_index w,
                               EmixDataset *fields, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index n_left = fields->n_features - 1;
    const EmixDataset column = view_columns(fields, w, 1, header->item_bytes);
    EMIX_TRY_ALLOC(storage->weights, fields->n_rows);
    EMIX_TRY(emix_dataset_copy_rows(&column, 0, fields->n_rows, storage->weights, error));
    if (w == 0 || w == n_left) {
        *fields = view_columns(fields, w == 0, n_left, header->item_bytes);
    } else {
        EMIX_TRY(copy_features(fields, w, &storage->x, error));
        fields->x = storage->x;
        fields->dtype = EMIX_FLOAT64;
        fields->n_features = n_left;
        fields->row_stride = n_left;
        fields->feature_stride = 1;
        emix_io_input_close(&storage->input);
        emix_free(storage->elements);
        storage->elements = NULL;
    }
    fields->row_weights = storage->weights;
cleanup:
    return status;
}

EmixStatus emix_io_npy_read(const EmixContext *context, const char *path,
                            const EmixReadOptions *options, EmixDataset **dataset, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const char *name = emix_io_input_name(path);
    const emix_index name_bytes = (emix_index)strlen(name) + 1;
    Storage *storage = NULL;
    EmixNpyHeader header = {0};
    EmixDataset fields = {.release = release_storage};
    if (options->labels_column != NULL) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                         "%s: labels are read from columns of text, in .csv and .tsv files; no "
                         "column of an array holds any",
                         name);
    }
    EMIX_TRY_ALLOC(storage, 1);
    EMIX_TRY(emix_io_input_open(path, &storage->input, error));
    EMIX_TRY(emix_io_npy_read_header(name, storage->input.bytes, storage->input.n_bytes, &header,
                                     error));
    fields.dtype = header.dtype;
    fields.n_rows = header.n_rows;
    fields.n_features = header.n_columns;
    fields.row_stride = header.fortran_order ? 1 : header.n_columns;
    fields.feature_stride = header.fortran_order ? header.n_rows : 1;
    fields.owner = storage;
    EMIX_TRY(prepare_elements(storage, &header, &fields, error));
    if (options->weights_column != NULL) {
        emix_index w = 0;
        EMIX_TRY(emix_io_special_column_number(name, options->weights_column, "weights",
                                               header.n_columns, &w, error));
        EMIX_TRY(emix_io_check_special_columns(name, header.n_columns, w, -1, error));
        EMIX_TRY(take_weights(storage, &header, w, &fields, error));
    }
    EMIX_TRY_ALLOC(fields.source, name_bytes);
    memcpy(fields.source, name, (size_t)name_bytes);
    if (storage->input.mapping != NULL) {
        emix_data_stream_init(&fields, context->memory_bytes, context->n_workers);
    }
    EMIX_TRY(emix_data_dataset_create_owned(&fields, dataset, error));
    return EMIX_OK;
cleanup:
    emix_free(fields.source);
    if (storage != NULL) {
        release_storage(storage);
    }
    return status;
}

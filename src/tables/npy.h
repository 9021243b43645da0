/* NumPy's array files (NEP 1; "A simple file format for NumPy arrays"). */
#ifndef EMIX_TABLES_NPY_H
#define EMIX_TABLES_NPY_H

#include <stdbool.h>

#include <emix/io.h>

#include "context/context.h"
#include "core/status_internal.h"

/** The contents of an array file's header. */
typedef struct EmixNpyHeader {
    EmixDtype dtype;
    size_t item_bytes;
    bool swapped; /* not in the machine's byte order */
    bool fortran_order;
    emix_index n_rows;
    emix_index n_columns;
    size_t data_offset; /* bytes from the beginning of the file */
} EmixNpyHeader;

/** Reads the header at the beginning of a file, and checks that the file holds all of the data.
 * @param name  Name of the file, for messages.
 * @return EMIX_OK, EMIX_ERR_FORMAT, EMIX_ERR_UNSUPPORTED (element type). */
EmixStatus emix_io_npy_read_header(const char *name, const char *bytes, size_t n_bytes,
                                   EmixNpyHeader *header, EmixError *error);

/** Reads a file, as emix_dataset_read(). A weights column is copied. If it is neither the first nor
 * the last column, all features are copied too, as doubles. */
EmixStatus emix_io_npy_read(const EmixContext *context, const char *path,
                            const EmixReadOptions *options, EmixDataset **dataset,
                            EmixError *error);

/** Number of bytes that emix_io_npy_format_header() writes. */
enum { EMIX_NPY_HEADER_BYTES = 128 };

/** Writes a format 1.0 header for a C-order table in the machine's byte order. Its length makes the
 * data begin at a multiple of 64 bytes. */
void emix_io_npy_format_header(EmixDtype dtype, emix_index n_rows, emix_index n_columns,
                               char header[EMIX_NPY_HEADER_BYTES]);

#endif

/* Windows of a mapped file. */
#include "data/stream.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* A window is this part of the memory, shared among the workers; each has about two of them
 * resident, the one it reads and the one it has asked for. */
enum { WINDOWS_IN_MEMORY = 16 };
static const emix_index min_window_bytes = (emix_index)1 << 20;
static const emix_index max_window_bytes = (emix_index)32 << 20;
/* What starts may take beside the data, and the part of a cap on memory that they may. */
static const emix_index most_working_bytes = (emix_index)256 << 20;
enum { WORKING_SHARE = 8 };

static emix_index machine_memory_bytes(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page_bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_bytes > 0 ? (emix_index)pages * page_bytes : INT64_MAX;
}

static emix_index clamp(emix_index value, emix_index least, emix_index most)
{
    return value < least ? least : value > most ? most : value;
}

/* Bytes of a row in one run of memory: all of it in C order, one element in Fortran order. */
static emix_index run_bytes(const EmixDataset *dataset)
{
    return dataset->row_stride * emix_data_dtype_bytes(dataset->dtype);
}

static bool is_fortran_order(const EmixDataset *dataset)
{
    return dataset->feature_stride > dataset->row_stride;
}

void emix_data_stream_init(EmixDataset *dataset, emix_index memory_bytes, int n_workers)
{
    const emix_index memory = memory_bytes > 0 ? memory_bytes : machine_memory_bytes() / 2;
    const emix_index row_bytes = dataset->n_features *
                                 emix_data_dtype_bytes(dataset->dtype); /* all columns */
    dataset->memory_bytes = memory_bytes;
    if (dataset->n_rows <= memory / 2 / row_bytes) {
        return;
    }
    const emix_index window = clamp(memory / WINDOWS_IN_MEMORY / n_workers, min_window_bytes,
                                    max_window_bytes);
    dataset->window_rows = window / row_bytes > 0 ? window / row_bytes : 1;
}

emix_index emix_data_working_bytes(const EmixDataset *dataset)
{
    const emix_index share = dataset->memory_bytes / WORKING_SHARE;
    return dataset->memory_bytes > 0 && share < most_working_bytes ? share : most_working_bytes;
}

/* Calls madvise() on the whole pages inside rows first ... end - 1, column by column where a
 * column is a run of its own. Advice may be refused: it is only advice. */
static void advise(const EmixDataset *dataset, emix_index first, emix_index end, int advice)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const bool fortran = is_fortran_order(dataset);
    const emix_index element = emix_data_dtype_bytes(dataset->dtype);
    const emix_index n_runs = fortran ? dataset->n_features : 1;
    const emix_index last_bytes = fortran ? element : dataset->n_features * element;
    first = first < 0 ? 0 : first;
    end = end > dataset->n_rows ? dataset->n_rows : end;
    for (emix_index j = 0; j < n_runs && first < end; ++j) {
        const char *run = fortran && dataset->columns != NULL
                              ? dataset->columns[j].x
                              : (const char *)dataset->x + j * dataset->feature_stride * element;
        const uintptr_t base = (uintptr_t)run;
        const uintptr_t from = base + (uintptr_t)(first * run_bytes(dataset));
        const uintptr_t to = base + (uintptr_t)((end - 1) * run_bytes(dataset) + last_bytes);
        const uintptr_t first_page = (from + page - 1) / page * page;
        const uintptr_t end_page = to / page * page;
        if (first_page < end_page) {
            /* Not a pointer made of an integer: an offset into the mapping. */
            madvise((char *)run + (first_page - base), end_page - first_page, advice);
        }
    }
}

void emix_data_stream_advance(EmixStream *stream, emix_index first_row)
{
    const emix_index window = stream->data != NULL ? stream->data->window_rows : 0;
    if (window > 0 && first_row - stream->held_row >= window) {
        const emix_index ahead = first_row + window;
        advise(stream->data, stream->held_row, first_row, MADV_DONTNEED);
        advise(stream->data, ahead,
               ahead + window < stream->end_row ? ahead + window : stream->end_row, MADV_WILLNEED);
        stream->held_row = first_row;
    }
}

void emix_data_stream_end(const EmixStream *stream)
{
    if (stream->data != NULL && stream->data->window_rows > 0) {
        advise(stream->data, stream->held_row, stream->end_row, MADV_DONTNEED);
    }
}

void emix_data_stream_release(const EmixDataset *dataset)
{
    if (dataset->window_rows > 0) {
        advise(dataset, 0, dataset->n_rows, MADV_DONTNEED);
    }
}

/* Keeping the resident part of a mapped file small while its rows are read in order.
 *
 * A data set that takes more memory than it may is streamed: behind a reader pages are given back
 * to the system, ahead of it they are asked for. Pages given back are still in the file, so this
 * never changes a result. */
#ifndef EMIX_DATA_STREAM_H
#define EMIX_DATA_STREAM_H

#include "data/dataset.h"

/** Decides whether a mapped data set is to be streamed, and in windows of how many rows.
 * @param memory_bytes  What the process may take; 0 = half of the machine's memory.
 * @param n_workers     Sweeps that may go on at once. */
void emix_data_stream_init(EmixDataset *dataset, emix_index memory_bytes, int n_workers);

/** Bytes that a subsample, or numbers kept for every row, may take beside the data: 256 MiB, and of
 * a cap on memory no more than an eighth. */
emix_index emix_data_working_bytes(const EmixDataset *dataset);

/** One worker's way through rows held_row ... end_row - 1, in order; a plain value. */
typedef struct EmixStream {
    const EmixDataset *data; /* BORROWED; NULL = nothing is read */
    emix_index held_row;     /* rows before this one have been given back */
    emix_index end_row;
} EmixStream;

/** Says that the reader is at first_row and needs no earlier row any more: what lies a window
 * behind is given back, what lies a window ahead is asked for. */
void emix_data_stream_advance(EmixStream *stream, emix_index first_row);

/** Gives back what the reader still holds. */
void emix_data_stream_end(const EmixStream *stream);

/** Gives back all pages, after reading rows here and there. */
void emix_data_stream_release(const EmixDataset *dataset);

#endif

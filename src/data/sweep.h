/* Reading consecutive rows block by block, with the resident part of a mapped file kept small.
 *
 * A data set that takes more memory than it may is streamed: behind the sweep pages are given back
 * to the system, ahead of it they are asked for. Pages given back are still in the file, so this
 * never changes a result. */
#ifndef EMIX_DATA_SWEEP_H
#define EMIX_DATA_SWEEP_H

#include "data/dataset.h"

/** One worker's way through rows first_row ... end_row - 1; a plain value. */
typedef struct EmixSweep {
    const EmixDataset *data; /* BORROWED */
    emix_index held_row;     /* rows before this one have been given back */
    emix_index end_row;
} EmixSweep;

/** Decides whether a mapped data set is to be streamed, and in windows of how many rows.
 * @param memory_bytes  What the process may take; 0 = half of the machine's memory.
 * @param n_workers     Sweeps that may go on at once. */
void emix_data_stream_init(EmixDataset *dataset, emix_index memory_bytes, int n_workers);

/** Bytes that a subsample, or numbers kept for every row, may take beside the data: 256 MiB, and of
 * a cap on memory no more than an eighth. */
emix_index emix_data_working_bytes(const EmixDataset *dataset);

EmixSweep emix_data_sweep_begin(const EmixDataset *data, emix_index first_row, emix_index end_row);

/** The next rows of the sweep, as emix_data_view_rows(); earlier ones must no longer be used. */
const double *emix_data_sweep_view(EmixSweep *sweep, emix_index first_row, emix_index n_rows,
                                   double *buffer, emix_index *ldx);

/** The same rows as floats when they lie in memory as floats, features adjacent; else NULL. */
const float *emix_data_sweep_view_single(EmixSweep *sweep, emix_index first_row, emix_index n_rows,
                                         emix_index *ldx);

/** Gives back what the sweep still holds. */
void emix_data_sweep_end(EmixSweep *sweep);

/** Gives back all pages, after reading rows here and there. */
void emix_data_stream_release(const EmixDataset *dataset);

#endif

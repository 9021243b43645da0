/* Keeping the resident part of a mapped file small.
 *
 * Files larger than the memory they may take are swept window by window: when a sweep enters a
 * window, the one before it is given back to the system and the next one is asked for. Pages given
 * back are still in the file, so this never changes a result. */
#ifndef EMIX_DATA_RESIDENCY_H
#define EMIX_DATA_RESIDENCY_H

#include "data/dataset.h"

/** Decides whether a mapped data set is to be streamed, and in windows of how many rows.
 * @param memory_bytes  What the process may take; 0 = half of the machine's memory.
 * @param n_workers     Sweeps that may go on at once. */
void emix_data_residency_init(EmixDataset *dataset, emix_index memory_bytes, int n_workers);

/** Tells that a sweep is about to read rows first_row ... first_row + n_rows - 1. */
void emix_data_residency_enter(const EmixDataset *dataset, emix_index first_row, emix_index n_rows);

/** Gives back all pages, after reading rows here and there. */
void emix_data_residency_release_all(const EmixDataset *dataset);

#endif

/* The only loop over the rows of a data set.
 *
 * Shards of rows are dealt to lanes (data/shard_plan.h), and lanes to workers. A lane takes its
 * shards in order, and lanes are added in a fixed order, so no bit of the result depends on the
 * number of workers. Conversion to doubles, windows of mapped files, progress, interruption and the
 * choice of the first error in row order are done only here. */
#ifndef EMIX_DATA_SWEEP_H
#define EMIX_DATA_SWEEP_H

#include <stddef.h>

#include "data/dataset.h"
#include "data/shard_plan.h"

/** Consecutive rows; BORROWED until the shard's function returns. */
typedef struct EmixRows {
    const double *x;       /* [n_rows x D], row stride ldx                             */
    const float *x_single; /* the same as floats; of the two, one is NULL              */
    const double *beside;  /* [n_rows x D'], row stride ld_beside, of the job's second */
    emix_index ldx;        /* data set; NULL where it has none                         */
    emix_index ld_beside;
    const double *row_weights; /* [n_rows], or NULL for all ones                           */
    const int *labels;         /* [n_rows] known component, -1 = unknown; or NULL          */
    emix_index n_rows;
    emix_index first_row; /* index of row 0 in the data set          */
    bool first_of_lane;   /* this is the first shard of its lane     */
} EmixRows;

/** Weight of row i of the rows; 1 where there are no weights. */
static inline double emix_rows_weight(const EmixRows *rows, emix_index i)
{
    return rows->row_weights != NULL ? rows->row_weights[i] : 1.0;
}

/** An observer of a long computation, which may stop it. */
typedef struct EmixWatch {
    /** Called on the thread that runs the sweep: before its first row, then about ten times a
     * second, and after its last row.
     * @return Whether to stop. */
    bool (*observe)(void *context, emix_index rows_done, emix_index n_rows);
    void *context;
} EmixWatch;

/** What to do with the results of the lanes. */
typedef enum EmixLaneSum {
    EMIX_LANES_KEPT,      /* they stay apart, for the caller                               */
    EMIX_LANES_IN_ORDER,  /* lanes 1, 2, 3, ... are added to lane 0 one after another      */
    EMIX_LANES_ALONG_TREE /* lane 1 to lane 0, 3 to 2, ...; then 2 to 0, 6 to 4, ...       */
} EmixLaneSum;

typedef struct EmixSweepJob {
    const EmixDataset *data;
    const EmixDataset *beside; /* a second data set, read row by row with `data`; NULL = none */
    EmixShardPlan plan;        /* of the rows to sweep */
    emix_index first_row;      /* first row to sweep, in the data set */
    int n_workers;
    bool single; /* pass rows as floats if they are stored so */
    bool check;  /* values that are not finite or out of range fail the sweep; not with `single` */
    const EmixWatch *watch; /* NULL = none */

    /* The functions of the job; `worker` selects scratch memory, `lane` is the lane's own
     * memory. */
    void *context;
    void (*begin_lane)(void *context, int worker, void *lane); /* NULL = only zeroed */
    EmixStatus (*shard)(void *context, const EmixRows *rows, int worker, void *lane,
                        EmixError *error);
    void (*end_lane)(void *context, int worker, void *lane); /* NULL = nothing */

    /* The results of the lanes. */
    void *lanes; /* [n_lanes x lane_stride] bytes; NULL = nothing                 */
    size_t lane_stride;
    size_t lane_bytes; /* zeroed at the beginning of a lane, and added; <= lane_stride */
    EmixLaneSum sum;
    void (*add)(void *context, void *into, const void *from); /* NULL = they are doubles */
    double *add_s; /* out: seconds spent adding lanes; NULL = not measured */

    /* Buffers for converted rows. */
    double *row_buffers;    /* [n_workers x plan.shard_rows x D]; NULL where none is needed   */
    double *beside_buffers; /* the same of the second data set                                */
} EmixSweepJob;

/** Allocates memory for lanes and row buffers, when everything else of the job is set. For
 * occasional sweeps; others keep their own memory and set the pointers. Release with
 * emix_sweep_clear(). */
EmixStatus emix_sweep_allocate(EmixSweepJob *job, EmixError *error);
void emix_sweep_clear(EmixSweepJob *job);

/** A lane's results. */
void *emix_sweep_lane(const EmixSweepJob *job, int lane);

/** Sweeps over the rows, and adds the lanes into lane 0.
 *
 * @return EMIX_OK; the status and message of a failed shard, of several the first in the order of
 *         rows; EMIX_ERR_NONFINITE for a checked value, naming row and column; EMIX_ERR_INTERRUPTED
 *         if the watch asked to stop. On failure the lanes are unspecified. */
EmixStatus emix_sweep_run(const EmixSweepJob *job, EmixError *error);

#endif

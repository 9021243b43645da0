/* Incremental EM (Neal & Hinton (1998), A view of the EM algorithm that justifies incremental,
 * sparse, and other variants, in Learning in Graphical Models, 355-368).
 *
 * The rows are cut into blocks, and the statistics of each block are kept. A partial pass renews
 * those of one block, and an M-step from the sum over all blocks follows at once, so the parameters
 * improve n_blocks times per sweep.
 *
 * Sums are kept at the inner nodes of a binary tree over the blocks. Renewing a block costs
 * log2(n_blocks) additions in an order that is always the same; nothing is subtracted, so rounding
 * errors do not accumulate. */
#include "em/warmup.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

enum { DEFAULT_BLOCKS = 16 };
/* Limit on the statistics of all blocks, bytes. */
static const emix_index most_bytes = (emix_index)1 << 30;

EmixStatus emix_incremental_enable(EmixEngine *e, int n_blocks, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index n_rows = e->data->n_rows;
    const emix_index block_bytes = 2 * e->sizes.sums * (emix_index)sizeof(double);
    if (n_blocks > 1 && n_blocks > most_bytes / block_bytes) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "the statistics of %d blocks, %lld bytes each, take more than %lld bytes: "
                         "use at most %lld blocks",
                         n_blocks, (long long)block_bytes, (long long)most_bytes,
                         (long long)(block_bytes < most_bytes ? most_bytes / block_bytes : 1));
    }
    e->n_blocks = n_blocks;
    if (n_blocks == 0) {
        const emix_index granted = most_bytes / block_bytes > 1 ? most_bytes / block_bytes : 1;
        const emix_index most = granted < n_rows ? granted : n_rows;
        e->n_blocks = (int)(most < DEFAULT_BLOCKS ? most : DEFAULT_BLOCKS);
    }
    EMIX_TRY_ALLOC(e->block_sums, 2 * e->n_blocks * e->sizes.sums);
cleanup:
    return status;
}

/* Sums of a node of the tree. Node 1 is the sum over all blocks, node i the sum of nodes 2i and
 * 2i + 1; block b is node n_blocks + b. */
static double *node_sums(const EmixEngine *e, int node)
{
    return e->block_sums + (emix_index)node * e->sizes.sums;
}

static void add_up(EmixEngine *e, int node)
{
    double *sum = node_sums(e, node);
    const double *left = node_sums(e, 2 * node);
    const double *right = node_sums(e, 2 * node + 1);
    for (emix_index i = 0; i < e->sizes.sums; ++i) {
        sum[i] = left[i] + right[i];
    }
}

static emix_index first_row(const EmixEngine *e, int block)
{
    const emix_index each = e->data->n_rows / e->n_blocks;
    const emix_index left_over = e->data->n_rows % e->n_blocks;
    return block * each + (block < left_over ? block : left_over);
}

/* Renews the statistics of one block at the current parameters. */
static EmixStatus renew(EmixEngine *e, int block, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index first = first_row(e, block);
    EMIX_TRY(emix_engine_partial_pass(e, first, first_row(e, block + 1) - first, error));
    double *own = node_sums(e, e->n_blocks + block);
    memcpy(own, e->lanes, (size_t)e->sizes.sums * sizeof *own);
    if (isnan(own[EMIX_STAT_ENTROPY])) { /* the model does not know it: L = Q + entropy */
        own[EMIX_STAT_ENTROPY] = emix_engine_log_likelihood(e) -
                                 emix_engine_expected_log_joint(e, &e->current);
    }
cleanup:
    return status;
}

/* Makes the sum over all blocks the engine's statistics. */
static void use_total(EmixEngine *e)
{
    emix_engine_collect(e, node_sums(e, 1));
}

static void note(EmixRun *run, double log_likelihood)
{
    emix_warmup_note(run, EMIX_STEP_INCREMENTAL, log_likelihood,
                     emix_engine_stats(run->engine)[EMIX_STAT_ENTROPY], 1.0);
}

/* Computes the statistics of all blocks at the same parameters. */
static EmixStatus begin(EmixRun *run, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = run->engine;
    for (int block = 0; block < e->n_blocks; ++block) {
        EMIX_TRY(renew(e, block, error));
    }
    for (int node = e->n_blocks - 1; node >= 1; --node) {
        add_up(e, node);
    }
    use_total(e);
    run->outcome->n_passes += 1;
    note(run, emix_engine_log_likelihood(e));
cleanup:
    return status;
}

/* One iteration: for each block, an M-step and a partial pass. */
static EmixStatus sweep(EmixRun *run, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = run->engine;
    const int n_iterations = run->outcome->n_iterations + 1;
    run->outcome->n_passes += 1;
    for (int block = 0; block < e->n_blocks; ++block) {
        const double before = run->outcome->objective;
        EMIX_TRY(emix_warmup_step(run, error));
        run->outcome->n_iterations = n_iterations;
        EMIX_TRY(renew(e, block, error));
        for (int node = (e->n_blocks + block) / 2; node >= 1; node /= 2) {
            add_up(e, node);
        }
        use_total(e);
        note(run, (double)NAN);
        emix_run_audit(run, before);
    }
cleanup:
    return status;
}

/* Gain per sweep, in nats per unit of row weight, below which sweeps end. Before accelerated passes
 * the limit is higher, because they are faster than sweeps. */
static const double plain_gain = 1e-9;
static const double accelerated_gain = 1e-5;

static double small_gain(const EmixRun *run)
{
    return (run->options->accelerate ? accelerated_gain : plain_gain) *
           run->engine->data->total_weight;
}

EmixStatus emix_incremental_run(EmixRun *run, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixEmOutcome *outcome = run->outcome;
    double gain = INFINITY;
    EMIX_TRY(begin(run, error));
    while (gain > small_gain(run) && !emix_warmup_is_over(run)) {
        const double before = outcome->objective;
        EMIX_TRY(sweep(run, error));
        gain = outcome->objective - before;
    }
cleanup:
    return status;
}

/* The warm-up: the beginning of a run under E-steps other than the exact one over all rows. Each is
 * an ascent on the same function
 *
 *     F(theta, q) = sum_i w_i E_q [log p(x_i, z | theta) - T log q_i(z)]  (+ log p(theta))
 *
 * with T = 1 for incremental E-steps (Neal & Hinton (1998)), which renew q for one block of rows at
 * a time; T = 0 for hard ones (Celeux & Govaert (1992), Comput. Stat. Data Anal. 14(3), 315-332);
 * and T falling to 1 for annealed ones (Ueda & Nakano (1998), Neural Networks 11(2), 271-282). The
 * passes of plain EM that follow gain what remains. */
#ifndef EMIX_EM_WARMUP_H
#define EMIX_EM_WARMUP_H

#include "em/run.h"

/** Checks the options of E-steps against the shape of the data.
 * @return EMIX_OK; EMIX_ERR_UNSUPPORTED: not in mixed precision; EMIX_ERR_ARGUMENT: more blocks than
 *         rows. */
EmixStatus emix_warmup_check(const EmixFitOptions *options, emix_index n_rows, EmixError *error);

/** Allocates the memory that an engine needs for the E-steps that `options` names.
 * @return EMIX_OK; EMIX_ERR_UNSUPPORTED if the model or the precision does not allow them;
 *         EMIX_ERR_ARGUMENT if there are more blocks than rows, or than fit the memory limit;
 *         EMIX_ERR_NOMEM. */
EmixStatus emix_warmup_enable(EmixEngine *engine, const EmixFitOptions *options, EmixError *error);

/** Runs the warm-up from the current, prepared point until its gain is small, the run is
 * interrupted (outcome.stop), or no iterations are left. Ends at a current, prepared point at which
 * no pass has been made yet.
 * @return EMIX_OK, or the error of a pass or an M-step. */
EmixStatus emix_warmup_run(EmixRun *run, EmixError *error);

/* ---- shared by all warm-ups ---- */

/** Records the objective of a pass under q, and traces it. The objective is F above, with T H for
 * the entropy term.
 * @param log_likelihood  At the current parameters; NaN if the pass does not yield it.
 * @param entropy         H, of q. */
void emix_warmup_note(EmixRun *run, EmixStep step, double log_likelihood, double entropy,
                      double temperature);

/** Makes `next` current, and counts an iteration. */
void emix_warmup_advance(EmixRun *run);

/** Takes EM's step from the present statistics. */
EmixStatus emix_warmup_step(EmixRun *run, EmixError *error);

/** True if the run must end: interrupted, or no iteration left. Reports progress. */
bool emix_warmup_is_over(EmixRun *run);

/** The warm-up with incremental E-steps. */
EmixStatus emix_incremental_run(EmixRun *run, EmixError *error);
EmixStatus emix_incremental_enable(EmixEngine *engine, int n_blocks, EmixError *error);

/** The warm-up with annealed or hard E-steps. */
EmixStatus emix_tempered_run(EmixRun *run, EmixError *error);
EmixStatus emix_annealing_enable(EmixEngine *engine, EmixError *error);

#endif

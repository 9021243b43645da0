/* The beginning of a run under another E-step than the posterior of all rows: an ascent on the same
 *
 *     F(theta, q) = sum_i w_i E_q [log p(x_i, z | theta) - T log q_i(z)]  (+ log p(theta))
 *
 * with T = 1 for incremental E-steps (Neal & Hinton (1998)), which renew q for one block of rows at
 * a time, T = 0 for hard ones (Celeux & Govaert (1992), Comput. Stat. Data Anal. 14(3), 315-332)
 * and T falling to 1 for annealed ones (Ueda & Nakano (1998), Neural Networks 11(2), 271-282).
 * What remains to be gained in the log-likelihood is left to the passes that follow. */
#ifndef EMIX_EM_WARMUP_H
#define EMIX_EM_WARMUP_H

#include "em/run.h"

/** Takes the memory that an engine needs for the E-steps that `options` name.
 * @return EMIX_OK; EMIX_ERR_UNSUPPORTED where its model or precision has none of them;
 *         EMIX_ERR_ARGUMENT: more blocks than rows, or than memory is granted to; EMIX_ERR_NOMEM.
 */
EmixStatus emix_warmup_enable(EmixEngine *engine, const EmixFitOptions *options, EmixError *error);

/** Runs the opening from the current, prepared point until its gain is small, or the run is
 * interrupted (outcome.stop) or has no iterations left. Ends at a current, prepared point whose
 * pass is yet to be made.
 * @return EMIX_OK, or what a pass or an M-step fails with. */
EmixStatus emix_warmup_run(EmixRun *run, EmixError *error);

/* ---- what the kinds of openings have in common ---- */

/** Takes in a pass under q: objective and trace. The entropy of q is H, and F above has T H.
 * @param log_likelihood  At the current parameters; NaN where the pass does not say. */
void emix_warmup_note(EmixRun *run, EmixStep step, double log_likelihood, double entropy,
                      double temperature);

/** Makes `next` current: an iteration. */
void emix_warmup_advance(EmixRun *run);

/** Takes EM's step from the statistics at hand. */
EmixStatus emix_warmup_step(EmixRun *run, EmixError *error);

/** Whether the run may not go on: interrupted, or no iteration left. Reports progress. */
bool emix_warmup_is_over(EmixRun *run);

/** Runs the blocks in turn. */
EmixStatus emix_incremental_run(EmixRun *run, EmixError *error);
EmixStatus emix_incremental_enable(EmixEngine *engine, int n_blocks, EmixError *error);

/** Runs at the temperatures of a schedule, or hard. */
EmixStatus emix_tempered_run(EmixRun *run, EmixError *error);
EmixStatus emix_annealing_enable(EmixEngine *engine, EmixError *error);

#endif

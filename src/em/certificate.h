/* The certificate: a prediction of the log-likelihood that remains to be gained.
 *
 * Let F be the EM map, d = F(theta) - theta, and J the Jacobian of F at its fixed point. J is
 * self-adjoint in the complete-data Fisher metric and has eigenvalues 0 <= lambda < 1. The gain
 * left at theta is
 *
 *     d' (I - J)^-1 d / 2 = 1/2 integral of 1 / (1 - lambda) over the spectral measure of d
 *
 * (Dempster, Laird & Rubin (1977), section 3; Louis (1982)).
 *
 * Plain EM: the measure soon concentrates at the largest eigenvalue, and the integral becomes
 * |d|^2 / (1 - rate), where the rate is the ratio of the lengths of consecutive steps.
 *
 * Accelerated EM suppresses the slow directions again and again, so the measure stays spread out.
 * Two steps d0, d1 = J d0 of a cycle give its moments 0, 1 and 2. The Gauss-Radau rule with a node
 * at a bound on the eigenvalues turns them into an upper bound of the integral (Golub & Meurant
 * (2010), Matrices, Moments and Quadrature, chapter 6). The bound on the eigenvalues lies half way
 * between the largest recent rate below 1 and 1. */
#ifndef EMIX_EM_CERTIFICATE_H
#define EMIX_EM_CERTIFICATE_H

#include <stdbool.h>

enum { EMIX_CERTIFICATE_WINDOW = 3, EMIX_CERTIFICATE_MEMORY = 24 };

typedef struct EmixCertificate {
    double noise_delta2;    /* steps up to this length are rounding, whatever the model */
    double rounding_delta2; /* steps up to this length may be rounding, as the components are
                               conditioned */
    double delta2;          /* of the last step; NaN while unknown */
    double rate;            /* largest in the window; NaN while unknown */
    double gap;             /* predicted remaining gain, nats; NaN while unknown */
    double rates[EMIX_CERTIFICATE_MEMORY];
    int n_rates; /* since the beginning, or since emix_certificate_forget() */
} EmixCertificate;

/** Squared lengths and product of two consecutive steps, in nats: moments 0, 1 and 2 of the
 * spectral measure of the first step. */
typedef struct EmixStepMoments {
    double first2;  /* |d0|^2  */
    double product; /* d0 . d1 */
    double second2; /* |d1|^2  */
} EmixStepMoments;

/** Begins a run: nothing is known yet.
 * @param total_weight  Sum of the row weights. Like lengths and gaps in the unit of tolerances
 *                      (emix_data_tolerance_unit()): weights scaled down change no decision. */
void emix_certificate_begin(EmixCertificate *certificate, double total_weight);

/** Forgets all steps so far. */
void emix_certificate_forget(EmixCertificate *certificate);

/** Records a step of the EM map of squared length delta2.
 * @param follows  True if the step began where the previous one ended; then their ratio is a
 * rate. */
void emix_certificate_step(EmixCertificate *certificate, double delta2, bool follows);

/** Says which steps may be rounding, at the last one recorded: those up to this squared length. They
 * are if besides they do not become shorter, which is how a run ends that goes round in a cycle of
 * neighbouring points. */
void emix_certificate_expect_rounding(EmixCertificate *certificate, double rounding_delta2);

/** True if the last steps were rounding: no gain is left that this arithmetic could find. */
bool emix_certificate_is_at_rounding(const EmixCertificate *certificate);

/** True if it is worth while to know which steps may be rounding. */
bool emix_certificate_may_end(const EmixCertificate *certificate);

/** Improves the gap that emix_certificate_step() found, at the second step of a cycle. */
void emix_certificate_refine(EmixCertificate *certificate, const EmixStepMoments *moments);

/** True if the gap is known to be at most `tolerance`, or if no gain is left but rounding. */
bool emix_certificate_holds(const EmixCertificate *certificate, double tolerance);

#endif

/* The certificate: how much log-likelihood is left to be gained.
 *
 * With J the Jacobian of the EM map at its fixed point, self-adjoint in the complete-data Fisher
 * metric with eigenvalues 0 <= lambda < 1, and d = F(theta) - theta, what is left at theta is
 *
 *     d' (I - J)^-1 d / 2 = integral of 1 / (1 - lambda) over the spectral measure of d, half of it
 *
 * (Dempster, Laird & Rubin (1977), section 3; Louis (1982)).
 *
 * Plain EM: the measure soon lies at the largest eigenvalue, and the integral is
 * |d|^2 / (1 - rate), the rate being that of the lengths of consecutive steps.
 *
 * Accelerated EM suppresses the slow directions again and again, so the measure is spread. Two
 * steps d0, d1 = J d0 of a cycle give its moments 0, 1 and 2, and the Gauss-Radau rule with a node
 * at a bound on the eigenvalues gives an upper bound of the integral (Golub & Meurant (2010),
 * Matrices, Moments and Quadrature, chapter 6). The bound is the largest rate seen of late, half
 * way on to 1. */
#ifndef EMIX_EM_CERTIFICATE_H
#define EMIX_EM_CERTIFICATE_H

#include <stdbool.h>

enum { EMIX_CERTIFICATE_WINDOW = 3, EMIX_CERTIFICATE_MEMORY = 24 };

typedef struct EmixCertificate {
    double noise_delta2; /* a step this short is rounding */
    double delta2;       /* of the last step; NaN while unknown */
    double rate;         /* largest in the window; NaN while unknown */
    double gap;          /* predicted remaining gain, nats; NaN while unknown */
    double rates[EMIX_CERTIFICATE_MEMORY];
    int n_rates; /* since the beginning, or since it was forgotten */
} EmixCertificate;

/** Squared lengths, and the product, of two consecutive steps: moments of the spectral measure of
 * the first. Log-likelihood units. */
typedef struct EmixStepMoments {
    double first2;  /* |d0|^2  */
    double product; /* d0 . d1 */
    double second2; /* |d1|^2  */
} EmixStepMoments;

/** Nothing is known yet. @param total_weight  Of the rows. */
void emix_certificate_begin(EmixCertificate *certificate, double total_weight);

/** Forgets what the steps so far told. */
void emix_certificate_forget(EmixCertificate *certificate);

/** Takes in a step of the EM map, of squared length delta2.
 * @param follows  Whether it began where the step before it ended, so that their ratio is a rate.
 */
void emix_certificate_step(EmixCertificate *certificate, double delta2, bool follows);

/** Refines what emix_certificate_step() made of the second of two steps. */
void emix_certificate_refine(EmixCertificate *certificate, const EmixStepMoments *moments);

/** Whether the gap is known to be at most `tolerance`, or nothing but rounding is left. */
bool emix_certificate_holds(const EmixCertificate *certificate, double tolerance);

#endif

/* The certificate: how much log-likelihood is left to be gained.
 *
 * With J the Jacobian of the EM map at its fixed point, self-adjoint in the complete-data Fisher
 * metric with eigenvalues 0 <= lambda < 1, and d = F(theta) - theta, the log-likelihood left is
 *     d' (I - J)^-1 d / 2  <=  |d|^2 / (2 (1 - lambda_max))
 * (Dempster, Laird & Rubin (1977), section 3; Louis (1982)). |d|^2 = delta2 comes with the pass;
 * the rate of two consecutive steps estimates lambda_max from below, so the largest of the last few
 * is taken. */
#ifndef EMIX_ENGINE_CERTIFICATE_H
#define EMIX_ENGINE_CERTIFICATE_H

#include <stdbool.h>

enum { EMIX_CERTIFICATE_WINDOW = 3 };

typedef struct EmixCertificate {
    double noise_delta2; /* a step this short is rounding */
    double delta2;       /* of the last step; NaN while unknown */
    double rate;         /* largest in the window; NaN until it is full */
    double gap;          /* predicted remaining gain, nats; NaN while unknown */
    double rates[EMIX_CERTIFICATE_WINDOW];
    int n_rates; /* since the beginning, or since it was forgotten */
} EmixCertificate;

/** Nothing is known yet. @param total_weight  Of the rows. */
void emix_certificate_begin(EmixCertificate *certificate, double total_weight);

/** Forgets what the steps so far told. */
void emix_certificate_forget(EmixCertificate *certificate);

/** Takes in a step of the EM map.
 * @param delta2  Its squared length.
 * @param follows Whether it began where the step before it ended, so that their ratio is a rate. */
void emix_certificate_step(EmixCertificate *certificate, double delta2, bool follows);

/** Whether the gap is known to be at most `tolerance`, or nothing but rounding is left. */
bool emix_certificate_holds(const EmixCertificate *certificate, double tolerance);

#endif

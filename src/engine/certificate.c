/* The certificate from the lengths of EM steps. */
#include "engine/certificate.h"

#include <float.h>
#include <math.h>

/* The quadratic model behind the prediction holds for steps below this. */
static const double small_delta2 = 1e-3;

void emix_certificate_forget(EmixCertificate *c)
{
    c->delta2 = (double)NAN;
    c->rate = (double)NAN;
    c->gap = (double)NAN;
    c->n_rates = 0;
}

void emix_certificate_begin(EmixCertificate *c, double total_weight)
{
    const double step_noise = 256.0 * DBL_EPSILON;
    c->noise_delta2 = total_weight * step_noise * step_noise;
    emix_certificate_forget(c);
}

/* The largest of the last rates. */
static double window_rate(const EmixCertificate *c)
{
    double rate = 0.0;
    for (int i = 0; i < EMIX_CERTIFICATE_WINDOW && i < c->n_rates; ++i) {
        rate = fmax(rate, c->rates[i]);
    }
    return rate;
}

void emix_certificate_step(EmixCertificate *c, double delta2, bool follows)
{
    const double previous = c->delta2;
    c->delta2 = delta2;
    if (delta2 <= c->noise_delta2) {
        c->gap = delta2; /* nothing but rounding is left to gain */
        return;
    }
    if (follows && previous > 0.0) {
        c->rates[c->n_rates % EMIX_CERTIFICATE_WINDOW] = sqrt(delta2 / previous);
        ++c->n_rates;
    }
    if (c->n_rates > 0) {
        c->rate = window_rate(c);
        c->gap = c->rate < 1.0 ? delta2 / (2.0 * (1.0 - c->rate)) : (double)INFINITY;
    }
}

bool emix_certificate_holds(const EmixCertificate *c, double tolerance)
{
    return c->delta2 <= c->noise_delta2 || (c->n_rates >= EMIX_CERTIFICATE_WINDOW &&
                                            c->delta2 < small_delta2 && c->gap <= tolerance);
}

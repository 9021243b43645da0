/* The certificate, computed from the lengths of EM steps. */
#include "em/certificate.h"

#include <float.h>
#include <math.h>

/* The quadratic model behind the prediction holds for steps below this, in nats. Above it,
 * overlapping mixtures may be on the way to a plateau from which they still climb (bench/trust/run
 * certificate). */
static const double small_delta2 = 3e-5;
/* The bound on the eigenvalues is 1 - bound_margin (1 - largest rate seen), because rates approach
 * the largest eigenvalue from below. */
static const double bound_margin = 0.5;

void emix_certificate_forget(EmixCertificate *c)
{
    c->delta2 = (double)NAN;
    c->rate = (double)NAN;
    c->gap = (double)NAN;
    c->rounding_delta2 = 0.0;
    c->n_rates = 0;
}

void emix_certificate_begin(EmixCertificate *c, double total_weight)
{
    const double step_noise = 256.0 * DBL_EPSILON;
    c->noise_delta2 = total_weight * step_noise * step_noise;
    emix_certificate_forget(c);
}

/* The largest of the last `n` rates. */
static double largest_rate(const EmixCertificate *c, int n)
{
    double rate = 0.0;
    for (int i = 0; i < n && i < c->n_rates; ++i) {
        rate = fmax(rate, c->rates[(c->n_rates - 1 - i) % EMIX_CERTIFICATE_MEMORY]);
    }
    return rate;
}

/* The largest rate below 1. A rate of 1 or more is no rate of convergence: the run is leaving a
 * saddle. */
static double largest_proper_rate(const EmixCertificate *c)
{
    double rate = 0.0;
    for (int i = 0; i < EMIX_CERTIFICATE_MEMORY && i < c->n_rates; ++i) {
        rate = c->rates[i] < 1.0 ? fmax(rate, c->rates[i]) : rate;
    }
    return rate;
}

void emix_certificate_step(EmixCertificate *c, double delta2, bool follows)
{
    const double previous = c->delta2;
    c->rounding_delta2 = 0.0;
    c->delta2 = delta2;
    if (delta2 <= c->noise_delta2) {
        c->gap = delta2; /* no gain is left but rounding */
        return;
    }
    if (follows && previous > 0.0) {
        c->rates[c->n_rates % EMIX_CERTIFICATE_MEMORY] = sqrt(delta2 / previous);
        ++c->n_rates;
        c->rate = largest_rate(c, EMIX_CERTIFICATE_WINDOW);
        c->gap = c->rate < 1.0 ? delta2 / (2.0 * (1.0 - c->rate)) : (double)INFINITY;
    }
}

bool emix_certificate_may_end(const EmixCertificate *c)
{
    return c->delta2 < small_delta2;
}

bool emix_certificate_is_at_rounding(const EmixCertificate *c)
{
    return c->delta2 <= c->noise_delta2 || (c->n_rates >= EMIX_CERTIFICATE_WINDOW &&
                                            c->rate >= 1.0 && c->delta2 <= c->rounding_delta2);
}

void emix_certificate_expect_rounding(EmixCertificate *c, double rounding_delta2)
{
    c->rounding_delta2 = rounding_delta2;
    if (emix_certificate_is_at_rounding(c)) {
        c->gap = c->delta2;
    }
}

/* The gain left after the first of two steps: half the integral of lambda^2 / (1 - lambda) over the
 * spectral measure of the first, by the Gauss-Radau rule with a node at `bound`. */
static double radau_gap(const EmixStepMoments *m, double bound)
{
    const double mean = m->product / m->first2;
    const double variance = fmax(0.0, m->second2 / m->first2 - mean * mean);
    const double distance = bound - mean;
    if (!(distance > 0.0)) {
        return m->second2 / (2.0 * (1.0 - bound));
    }
    const double weight = variance / (variance + distance * distance);
    const double node = mean - variance / distance;
    return 0.5 * m->first2 *
           ((1.0 - weight) * node * node / (1.0 - node) + weight * bound * bound / (1.0 - bound));
}

void emix_certificate_refine(EmixCertificate *c, const EmixStepMoments *moments)
{
    if (c->rate < 1.0 && !emix_certificate_is_at_rounding(c)) {
        const double bound = 1.0 - bound_margin * (1.0 - largest_proper_rate(c));
        const double gap = radau_gap(moments, bound);
        c->gap = isfinite(gap) ? fmax(gap, c->gap) : (double)INFINITY;
    }
}

bool emix_certificate_holds(const EmixCertificate *c, double tolerance)
{
    return emix_certificate_is_at_rounding(c) || (c->n_rates >= EMIX_CERTIFICATE_WINDOW &&
                                                  c->delta2 < small_delta2 && c->gap <= tolerance);
}

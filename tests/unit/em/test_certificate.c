/* The certificate against linear models of EM, whose remaining gain is known exactly. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "em/certificate.h"

/* EM near a maximum: steps along eigendirections shrink by the eigenvalues. */
typedef struct Linear {
    double eigenvalues[3];
    double step[3]; /* components of the step to come */
} Linear;

static double moment(const Linear *l, int power)
{
    double sum = 0.0;
    for (int i = 0; i < 3; ++i) {
        sum += l->step[i] * l->step[i] * pow(l->eigenvalues[i], power);
    }
    return sum;
}

/* What is left to be gained before the step to come. */
static double gap_left(const Linear *l)
{
    double sum = 0.0;
    for (int i = 0; i < 3; ++i) {
        sum += l->step[i] * l->step[i] / (2.0 * (1.0 - l->eigenvalues[i]));
    }
    return sum;
}

static void take_step(Linear *l)
{
    for (int i = 0; i < 3; ++i) {
        l->step[i] *= l->eigenvalues[i];
    }
}

Test(certificate, predicts_what_plain_em_leaves)
{
    Linear l = {.eigenvalues = {0.99, 0.6, 0.1}, .step = {1e-3, 1e-2, 1e-2}};
    EmixCertificate c;
    emix_certificate_begin(&c, 100.0);
    for (int t = 0; t < 200; ++t) {
        emix_certificate_step(&c, moment(&l, 0), true);
        if (t > 30) {
            cr_assert(ge(dbl, c.gap, gap_left(&l) * (1.0 - 1e-9)), "step %d", t);
            cr_assert(le(dbl, c.gap, 1.1 * gap_left(&l)), "step %d", t);
        }
        take_step(&l);
    }
}

Test(certificate, does_not_overlook_slow_directions_behind_fast_ones)
{
    EmixCertificate c;
    emix_certificate_begin(&c, 100.0);
    Linear slow = {.eigenvalues = {0.999, 0.6, 0.1}, .step = {1e-2, 1e-9, 1e-9}};
    for (int t = 0; t < 4; ++t) { /* the slow direction is seen once ... */
        emix_certificate_step(&c, moment(&slow, 0), true);
        take_step(&slow);
    }
    for (int cycle = 0; cycle < 6; ++cycle) { /* ... and then hides behind a fast one */
        const Linear mixed = {.eigenvalues = {0.999, 0.6, 0.1}, .step = {1e-6, 3e-6, 0.0}};
        const EmixStepMoments m = {moment(&mixed, 0), moment(&mixed, 1), moment(&mixed, 2)};
        emix_certificate_step(&c, m.first2, false);
        emix_certificate_step(&c, m.second2, true);
        const double ratio_alone = c.gap;
        emix_certificate_refine(&c, &m);
        Linear after = mixed;
        take_step(&after);
        cr_expect(ge(dbl, c.gap, gap_left(&after)), "cycle %d", cycle);
        cr_expect(cycle < 3 || ratio_alone < 0.5 * gap_left(&after), "cycle %d", cycle);
        cr_expect(le(dbl, c.gap, 5.0 * gap_left(&after)), "cycle %d", cycle);
    }
}

Test(certificate, never_certifies_a_saddle_being_left)
{
    EmixCertificate c;
    emix_certificate_begin(&c, 100.0);
    double delta2 = 1e-12;
    for (int t = 0; t < 20; ++t) {
        emix_certificate_step(&c, delta2, true);
        cr_expect(not(emix_certificate_holds(&c, 1e-3)), "step %d", t);
        cr_expect(t == 0 || isinf(c.gap) || isnan(c.gap));
        delta2 *= 1.02;
    }
    cr_expect(gt(dbl, c.rate, 1.0));
}

Test(certificate, needs_several_rates_and_small_steps)
{
    EmixCertificate c;
    emix_certificate_begin(&c, 100.0);
    for (int t = 0; t < 3; ++t) {
        emix_certificate_step(&c, 1e-10 * pow(0.25, t), true);
        cr_expect(not(emix_certificate_holds(&c, 1.0)), "step %d: %d rates", t, c.n_rates);
    }
    emix_certificate_step(&c, 1e-10 * pow(0.25, 3), true);
    cr_expect(emix_certificate_holds(&c, 1.0));
    emix_certificate_forget(&c);
    for (int t = 0; t < 9; ++t) { /* long steps: the quadratic model does not hold yet */
        emix_certificate_step(&c, 10.0 * pow(0.5, t), true);
        cr_expect(not(emix_certificate_holds(&c, 1e6)));
    }
    emix_certificate_forget(&c);
    for (int t = 0; t < 9;
         ++t) { /* of which overlapping mixtures leave some in hidden directions */
        emix_certificate_step(&c, 5e-4 * pow(0.9, t), true);
        cr_expect(not(emix_certificate_holds(&c, 1e6)));
    }
}

Test(certificate, a_step_of_rounding_leaves_nothing)
{
    EmixCertificate c;
    emix_certificate_begin(&c, 1000.0);
    emix_certificate_step(&c, 0.0, true);
    cr_expect(emix_certificate_holds(&c, 0.0));
    cr_expect(zero(dbl, c.gap));
}

/* Lengths of the steps of a run that goes round among three neighbouring points. */
static const double cycle[] = {4.8e-24, 2.1e-22, 2.2e-22};

static EmixCertificate after_cycles(double rounding_delta2)
{
    EmixCertificate c;
    emix_certificate_begin(&c, 61.0);
    for (int t = 0; t < 12; ++t) {
        emix_certificate_step(&c, cycle[t % 3], true);
        cr_assert(emix_certificate_may_end(&c));
        emix_certificate_expect_rounding(&c, rounding_delta2);
    }
    return c;
}

Test(certificate, a_cycle_within_rounding_is_an_end_and_one_above_it_is_none)
{
    EmixCertificate within = after_cycles(1e-20);
    cr_expect(emix_certificate_is_at_rounding(&within));
    cr_expect(emix_certificate_holds(&within, 1e-6));
    cr_expect(eq(dbl, within.gap, cycle[2]));
    EmixCertificate above = after_cycles(1e-23);
    cr_expect(not(emix_certificate_is_at_rounding(&above)));
    cr_expect(not(emix_certificate_holds(&above, 1e-6)));
}

Test(certificate, steps_that_still_become_shorter_are_not_rounding)
{
    EmixCertificate c;
    emix_certificate_begin(&c, 61.0);
    for (int t = 0; t < 8; ++t) {
        emix_certificate_step(&c, 1e-8 * pow(0.999999, t), true);
        emix_certificate_expect_rounding(&c, 1e-6);
        cr_expect(not(emix_certificate_is_at_rounding(&c)));
    }
    cr_expect(gt(dbl, c.gap, 1e-3)); /* 1e-8 / (2 5e-7) */
    cr_expect(not(emix_certificate_holds(&c, 1e-6)));
}

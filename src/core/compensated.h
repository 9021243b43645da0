/* Compensated sums: they keep the rounding error of every addition. */
#ifndef EMIX_CORE_COMPENSATED_H
#define EMIX_CORE_COMPENSATED_H

/** A sum, as its leading part and the remainder; zeroed = 0. The error of n terms is about eps^2
 * times the sum of their absolute values, plus one final rounding. */
typedef struct EmixSum {
    double value;
    double tail;
} EmixSum;

/** Adds a finite term (two-sum: Knuth (1997), TAOCP 2, 4.2.2, theorem B). */
static inline void emix_sum_add(EmixSum *sum, double term)
{
    const double next = sum->value + term;
    const double back = next - sum->value;
    sum->tail += (sum->value - (next - back)) + (term - back);
    sum->value = next;
}

/** Adds another sum. */
static inline void emix_sum_merge(EmixSum *sum, const EmixSum *other)
{
    emix_sum_add(sum, other->value);
    sum->tail += other->tail;
}

/** The sum, rounded. */
static inline double emix_sum_total(const EmixSum *sum)
{
    return sum->value + sum->tail;
}

#endif

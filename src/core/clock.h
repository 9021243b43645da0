/* Monotonic time. */
#ifndef EMIX_CORE_CLOCK_H
#define EMIX_CORE_CLOCK_H

/** Seconds since an arbitrary fixed point; never goes back. */
double emix_clock_s(void);

#endif

/* A mixture of two Poisson distributions as a latent-variable model for libemix. */
#ifndef POISSON_MIXTURE_H
#define POISSON_MIXTURE_H

#include <emix/latent.h>

/* Places of the parameters: the weight of the first component and the two rates. */
enum { POISSON_WEIGHT, POISSON_RATE_1, POISSON_RATE_2, POISSON_N_PARAMS };

/** The model; rows are one count each, their weights how often it was seen.
 *
 *     p(x) = pi f(x | lambda_1) + (1 - pi) f(x | lambda_2),   f(x | lambda) = e^-lambda lambda^x /
 * x!
 *
 * Starts are random responsibilities; coordinates are asin sqrt pi and sqrt lambda. */
EmixLatentModel poisson_mixture(void);

#endif

/* libemix: mixture models fitted by expectation-maximisation, in parallel, with a certificate.
 *
 * A fit in four calls: emix_dataset_read() or emix_dataset_create(), emix_spec_create_gaussian() for
 * what is fitted, emix_fit_mixture() with options that say how, emix_model_write(). Every call that can fail returns an
 * EmixStatus and takes an EmixError for the message; the library never prints, exits or aborts.
 *
 * Conventions: arrays are row-major (C order) and dense unless a stride is given; logarithms
 * are natural; whatever sweeps over data takes an EmixContext first, which says who works (NULL =
 * the defaults); `create`, `read` and `model` calls hand out objects that the matching `destroy`
 * releases; `log_likelihood` is a total over rows. */
#ifndef EMIX_EMIX_H
#define EMIX_EMIX_H

#include <emix/bootstrap.h>
#include <emix/context.h>
#include <emix/data.h>
#include <emix/elbo.h>
#include <emix/fit.h>
#include <emix/io.h>
#include <emix/latent.h>
#include <emix/model.h>
#include <emix/options.h>
#include <emix/predict.h>
#include <emix/spec.h>
#include <emix/status.h>
#include <emix/uncertainty.h>

#endif

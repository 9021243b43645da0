/* What both kinds of fits check of their options. */
#ifndef EMIX_API_FIT_OPTIONS_H
#define EMIX_API_FIT_OPTIONS_H

#include <emix/fit.h>

/** Every member within its documented range.
 * @return EMIX_OK, or EMIX_ERR_ARGUMENT, naming the member. */
EmixStatus emix_api_fit_options_check(const EmixFitOptions *options, EmixError *error);

#endif

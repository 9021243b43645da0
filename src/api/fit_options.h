/* What both kinds of fits check of their options. */
#ifndef EMIX_API_FIT_OPTIONS_H
#define EMIX_API_FIT_OPTIONS_H

#include <emix/fit.h>

/** A caller's options, which may be those of another version of the header, or NULL for the
 * defaults: copied and checked.
 * @return EMIX_OK, or EMIX_ERR_ARGUMENT, naming the member; EMIX_ERR_UNSUPPORTED. */
EmixStatus emix_api_fit_options_take(const EmixFitOptions *options, EmixFitOptions *taken,
                                     EmixError *error);

#endif

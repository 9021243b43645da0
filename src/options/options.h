/* The table of options: one row for each, from which defaults, checks, help, checkpoint keys and
 * documents are made. */
#ifndef EMIX_OPTIONS_OPTIONS_H
#define EMIX_OPTIONS_OPTIONS_H

#include <stdbool.h>

#include <emix/fit.h>
#include <emix/options.h>

#include "model/spec.h"

/** A row: what the outside knows of an option, and where it lives. */
typedef struct EmixOptionRow {
    EmixOption option;
    size_t offset; /* of the member in EmixFitOptions or in struct EmixSpec, by the scope */
} EmixOptionRow;

/** The rows, in the order of help. */
extern const EmixOptionRow emix_option_rows[];
extern const int emix_n_option_rows;

/** The names of the enumerations that options have (options/enums.c). */
extern const EmixChoice emix_choices_covariance[], emix_choices_prior[], emix_choices_part[],
    emix_choices_stop_rule[], emix_choices_init_method[], emix_choices_search[],
    emix_choices_acceleration[], emix_choices_precision[], emix_choices_e_step[];

/** The first names of all values, with commas between. */
void emix_choices_list(const EmixChoice *choices, char *text, size_t size);

/** The documented defaults. */
extern const EmixFitOptions emix_fit_options_defaults;

/** The row of a name or member within a scope; NULL when there is none. */
const EmixOptionRow *emix_option_row(EmixOptionScope scope, const char *name);

/** Whether components of a family have this option. */
bool emix_option_suits(const EmixOptionRow *row, const char *family);

/** Sets the member in `object`, an EmixFitOptions or a struct EmixSpec, from text. Not for
 * EMIX_OPTION_FAMILY, which is looked up by whoever knows the families; a file name is BORROWED.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT, naming the option, its bounds or choices; EMIX_ERR_NOMEM. */
EmixStatus emix_option_parse(const EmixOptionRow *row, const char *text, void *object,
                             EmixError *error);

/** The member's value as text, which emix_option_parse() reads back; "" where there is none.
 * @return The length of all of it, even if that is more than fits. */
size_t emix_option_format(const EmixOptionRow *row, const void *object, char *text, size_t size);

/** Whether every member of a scope is in range.
 * @return EMIX_OK, or EMIX_ERR_ARGUMENT, naming the member. */
EmixStatus emix_options_check(EmixOptionScope scope, const void *object, EmixError *error);

#endif

/* Text about models and fits, made for people: no line longer than 100 columns, no colour. */
#ifndef EMIX_CLI_SUMMARY_H
#define EMIX_CLI_SUMMARY_H

#include <stdbool.h>

#include <emix/emix.h>

/** What a summary can tell beside the model and its report. */
typedef struct CliSummary {
    const char *data_path;         /**< where the data came from; NULL = unknown             */
    const EmixFitContext *context; /**< times and memory; NULL = unknown                     */
    const char *model_path;        /**< where the model was written; NULL = nowhere          */
    bool with_deviations;          /**< a table of standard deviations below the means       */
} CliSummary;

/** Prints a model, and the report of its fit when it has one, on standard output.
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus cli_print_summary(const EmixModel *model, const CliSummary *summary);

/** Prints the components of a model by falling weight: effective counts, means of the first
 * features, flags; with `with_deviations` standard deviations too.
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus cli_print_components(const EmixModel *model, bool with_deviations);

#endif

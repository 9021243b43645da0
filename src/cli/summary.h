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

/** Copies the name of a feature, or its number, cut and without control characters.
 * @param text  Holds 4 max_characters + 1 bytes.
 * @return The characters of it. */
int cli_copy_feature_name(const EmixModel *model, emix_index feature, int max_characters,
                          char *text);

/** Prints a table of all parts with standard errors and intervals, of matrices the diagonals; only
 * the first components when there are many. `heading` is the line above it. */
void cli_print_errors(const EmixModel *model, const EmixParameterErrors *errors,
                      const char *heading);

/** Prints the standard errors that a model carries, or why there are none; nothing for a model
 * without. */
void cli_print_standard_errors(const EmixModel *model);

/** What an option says instead of an EmixInformationKind when none are asked for. */
enum { CLI_NO_STANDARD_ERRORS = -1 };

/** Lets a model that was just fitted carry standard errors of that kind. Without one that is asked
 * for, and after an interruption, which is to be told at once, does nothing. */
EmixStatus cli_add_standard_errors(const EmixContext *context, EmixModel *model,
                                   const EmixDataset *dataset, int kind, EmixError *error);

#endif

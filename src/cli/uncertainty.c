/* Standard errors and intervals as a table for people: a line a parameter. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/summary.h"

enum { MAX_LINES = 60, MAX_NAME_CHARACTERS = 16, LABEL_BYTES = 128 };

static const double NOT_AT_MAXIMUM = 0.01; /* nats that a Newton step would gain */

static void print_line(const char *label, double estimate, const EmixErrorBars *bars, emix_index at)
{
    printf("  %-36s  %12.6g  %12.4g  %12.6g  %12.6g\n", label, estimate, bars->standard_errors[at],
           bars->lower[at], bars->upper[at]);
}

static void print_component(const EmixModel *model, const EmixParameterErrors *errors, emix_index k)
{
    const emix_index d = emix_model_n_features(model);
    char label[LABEL_BYTES];
    char name[4 * MAX_NAME_CHARACTERS + 1];
    snprintf(label, sizeof label, "weight %" PRId64, k);
    print_line(label, emix_model_weights(model)[k], &errors->weights, k);
    for (emix_index j = 0; j < d; ++j) {
        cli_copy_feature_name(model, j, MAX_NAME_CHARACTERS, name);
        snprintf(label, sizeof label, "mean %" PRId64 " %s", k, name);
        print_line(label, emix_model_means(model)[k * d + j], &errors->means, k * d + j);
    }
    for (emix_index j = 0; j < d; ++j) {
        const emix_index at = (k * d + j) * d + j;
        cli_copy_feature_name(model, j, MAX_NAME_CHARACTERS, name);
        snprintf(label, sizeof label, "variance %" PRId64 " %s", k, name);
        print_line(label, emix_model_covariances(model)[at], &errors->covariances, at);
    }
}

void cli_print_errors(const EmixModel *model, const EmixParameterErrors *errors,
                      const char *heading)
{
    const emix_index n_components = emix_model_n_components(model);
    const emix_index each = 1 + 2 * emix_model_n_features(model);
    char interval[32];
    snprintf(interval, sizeof interval, "%g %% interval", 100.0 * errors->level);
    printf("\n%s\n  %-36s  %12s  %12s  %26s\n", heading, "parameter", "estimate", "std. error",
           interval);
    emix_index n_shown = MAX_LINES / each;
    n_shown = n_shown < 1 ? 1 : n_shown;
    n_shown = n_shown < n_components ? n_shown : n_components;
    for (emix_index k = 0; k < n_shown; ++k) {
        print_component(model, errors, k);
    }
    if (n_shown < n_components) {
        printf("  ... %" PRId64 " more components\n", n_components - n_shown);
    }
}

void cli_print_standard_errors(const EmixModel *model)
{
    const EmixStandardErrors *errors = emix_model_standard_errors(model);
    if (errors == NULL) return;
    if (errors->state != EMIX_INFORMATION_OK) {
        printf("\nstandard errors: none; the %s information is %s\n",
               emix_information_name(errors->kind), emix_information_state_text(errors->state));
        return;
    }
    char heading[64];
    snprintf(heading, sizeof heading, "standard errors (%s information)",
             emix_information_name(errors->kind));
    cli_print_errors(model, &errors->parameters, heading);
    if (errors->newton_gain > NOT_AT_MAXIMUM) {
        printf("  not at the maximum: a Newton step would gain %.2g nats\n", errors->newton_gain);
    }
}

EmixStatus cli_add_standard_errors(const EmixContext *context, EmixModel *model,
                                   const EmixDataset *dataset, int kind, EmixError *error)
{
    EmixStandardErrors *errors = NULL;
    EmixStandardErrorOptions options = emix_standard_error_options_default();
    if (kind == CLI_NO_STANDARD_ERRORS || emix_model_report(model)->stop == EMIX_STOP_INTERRUPTED) {
        return EMIX_OK;
    }
    options.kind = (EmixInformationKind)kind;
    EmixStatus status = emix_standard_errors_create(context, model, dataset, &options, &errors,
                                                    error);
    if (status == EMIX_OK) status = emix_model_set_standard_errors(model, errors, error);
    emix_standard_errors_destroy(errors);
    return status;
}

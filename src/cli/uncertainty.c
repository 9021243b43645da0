/* Standard errors and intervals as a table for people: a line a parameter. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/summary.h"

enum { MAX_LINES = 60, MAX_NAME_CHARACTERS = 16, LABEL_BYTES = 128 };

static const double NOT_AT_MAXIMUM = 0.01; /* nats that a Newton step would gain */

/* Axes of a part that belong to no single component. */
static const char *inner_axes(const EmixPart *part)
{
    return part->axes + (part->axes[0] == 'K' || part->axes[0] == '1');
}

/* Lines of a part: for each feature one, of a matrix its diagonal. */
static emix_index n_lines(const EmixModel *model, const EmixPart *part)
{
    return inner_axes(part)[0] == '\0' ? 1 : emix_model_n_features(model);
}

/* What a part says of component k; of no component, of all. */
static void print_part(const EmixModel *model, const EmixPart *part, const EmixPart *errors,
                       emix_index k)
{
    const char *axes = inner_axes(part);
    const emix_index d = emix_model_n_features(model);
    const emix_index step = axes[0] == '\0' ? 0 : axes[1] == '\0' ? 1 : d + 1;
    const emix_index each = axes[0] == '\0' ? 1 : axes[1] == '\0' ? d : d * d;
    for (emix_index j = 0; j < n_lines(model, part); ++j) {
        const emix_index at = (part->axes[0] == 'K' ? k * each : 0) + j * step;
        char label[LABEL_BYTES];
        char name[4 * MAX_NAME_CHARACTERS + 1] = "";
        char component[32] = "";
        if (step > 0) cli_copy_feature_name(model, j, MAX_NAME_CHARACTERS, name);
        if (part->axes[0] == 'K') snprintf(component, sizeof component, " %" PRId64, k);
        snprintf(label, sizeof label, "%s%s%s%s", part->name, component, step > 0 ? " " : "", name);
        printf("  %-36s  %12.6g  %12.4g  %12.6g  %12.6g\n", label, part->values[at],
               errors->standard_errors[at], errors->lower[at], errors->upper[at]);
    }
}

/* Parts of component k, or those of no component. */
static void print_parts(const EmixModel *model, const EmixParameterErrors *errors,
                        bool of_component, emix_index k)
{
    for (int p = 0; p < errors->n_parts; ++p) {
        const EmixPart part = emix_model_part(model, p);
        if ((part.axes[0] == 'K') == of_component) {
            print_part(model, &part, &errors->parts[p], k);
        }
    }
}

/* Lines of one component. */
static emix_index lines_of_component(const EmixModel *model)
{
    emix_index n = 0;
    for (int p = 0; p < emix_model_n_parts(model); ++p) {
        const EmixPart part = emix_model_part(model, p);
        n += part.axes[0] == 'K' ? n_lines(model, &part) : 0;
    }
    return n;
}

void cli_print_errors(const EmixModel *model, const EmixParameterErrors *errors,
                      const char *heading)
{
    const emix_index n_components = emix_model_n_components(model);
    const emix_index each = lines_of_component(model);
    char interval[32];
    snprintf(interval, sizeof interval, "%g %% interval", 100.0 * errors->level);
    printf("\n%s\n  %-36s  %12s  %12s  %26s\n", heading, "parameter", "estimate", "std. error",
           interval);
    emix_index n_shown = each > 0 ? MAX_LINES / each : n_components;
    n_shown = n_shown < 1 ? 1 : n_shown;
    n_shown = n_shown < n_components ? n_shown : n_components;
    for (emix_index k = 0; k < n_shown; ++k) {
        print_parts(model, errors, true, k);
    }
    if (n_shown < n_components) {
        printf("  ... %" PRId64 " more components\n", n_components - n_shown);
    }
    print_parts(model, errors, false, 0);
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

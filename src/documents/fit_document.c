/* The report of a fit, written. */
#include "documents/fit_document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "documents/errors_json.h"
#include "documents/settings_json.h"

const char *const emix_io_stop_names[EMIX_N_STOPS] = {
#define STOP_TEXT(name, text) [name] = (text),
    EMIX_STOP_LIST(STOP_TEXT)
#undef STOP_TEXT
};

const char *const emix_io_stop_rule_names[EMIX_N_STOP_RULES] = {
#define RULE_TEXT(name, text, meaning) [name] = (text),
    EMIX_STOP_RULE_LIST(RULE_TEXT)
#undef RULE_TEXT
};

const char *const emix_io_acceleration_names[EMIX_N_ACCELERATIONS] = {
#define ACCELERATION_TEXT(name, text, meaning) [name] = (text),
    EMIX_ACCELERATION_LIST(ACCELERATION_TEXT)
#undef ACCELERATION_TEXT
};
const char *const emix_io_e_step_names[EMIX_N_E_STEPS] = {
#define E_STEP_TEXT(name, text, meaning) [name] = (text),
    EMIX_E_STEP_LIST(E_STEP_TEXT)
#undef E_STEP_TEXT
};
const char *const emix_io_prior_names[EMIX_N_PRIORS] = {
#define PRIOR_TEXT(name, text, meaning) [name] = (text),
    EMIX_PRIOR_LIST(PRIOR_TEXT)
#undef PRIOR_TEXT
};

static void open_member(EmixJsonText *json, const char *key, char bracket)
{
    emix_io_json_key(json, key);
    emix_io_json_open(json, bracket);
}

/* An array of the names of bits. */
static void write_names(EmixJsonText *json, unsigned bits, const char *(*name_of)(unsigned bit))
{
    emix_io_json_open(json, '[');
    for (unsigned bit = 1; bit != 0 && bit <= bits; bit <<= 1) {
        const char *name = (bits & bit) != 0 ? name_of(bit) : NULL;
        if (name != NULL) {
            emix_io_json_string(json, name);
        }
    }
    emix_io_json_close(json, ']');
}

void emix_io_json_seed(EmixJsonText *json, uint64_t seed)
{
    if (seed <= INT64_MAX) {
        emix_io_json_index(json, (emix_index)seed);
    } else {
        char text[24];
        snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
        emix_io_json_string(json, text);
    }
}

/* A model file has the number of effective rows where it is not the total weight. */
static void write_model_and_data(EmixJsonText *json, const EmixModel *model, bool embedded)
{
    const EmixFitReport *report = &model->report;
    open_member(json, "model", '{');
    emix_io_json_string_member(json, "family", emix_model_family(model));
    if (emix_model_covariance(model) != EMIX_N_COVARIANCES) {
        emix_io_json_string_member(json, "covariance",
                                   emix_covariance_letters(emix_model_covariance(model)));
    }
    emix_io_json_index_member(json, "n_components", model->n_components);
    emix_io_json_index_member(json, "n_features", model->n_features);
    emix_io_json_index_member(json, "n_parameters", report->n_parameters);
    emix_io_json_close(json, '}');
    open_member(json, "data", '{');
    emix_io_json_index_member(json, "n_rows", report->n_rows);
    emix_io_json_index_member(json, "n_features", report->n_features);
    emix_io_json_number_member(json, "total_weight", report->total_weight);
    if (!embedded || report->effective_rows != report->total_weight) {
        emix_io_json_number_member(json, "effective_rows", report->effective_rows);
    }
    emix_io_json_index_member(json, "n_missing",
                              0); /* a data set with missing values is not accepted */
    emix_io_json_string_member(json, "dtype", emix_dtype_name(report->dtype));
    emix_io_json_close(json, '}');
}

/* What the parameters were subject to; of a fit by maximum likelihood, nothing. */
static void write_terms(EmixJsonText *json, const struct EmixSpec *spec)
{
    const unsigned fixed = emix_spec_fixed_parts(spec);
    if (isfinite(spec->eigenvalue_ratio)) {
        emix_io_json_number_member(json, "eigenvalue_ratio", spec->eigenvalue_ratio);
    }
    if (fixed != 0) {
        emix_io_json_key(json, "fixed");
        write_names(json, fixed, emix_part_name);
    }
    if (spec->prior == EMIX_PRIOR_NONE) {
        return;
    }
    open_member(json, "prior", '{');
    emix_io_json_string_member(json, "name", emix_io_prior_names[spec->prior]);
    emix_io_json_number_member(json, "shrinkage", spec->prior_shrinkage);
    emix_io_json_number_member(json, "dof", spec->prior_dof);
    emix_io_json_number_member(json, "scale", spec->prior_scale);
    emix_io_json_number_member(json, "weights", spec->prior_weights);
    emix_io_json_index_member(json, "mean_given", spec->prior_mean.n > 0);
    emix_io_json_close(json, '}');
}

static void write_outcome(EmixJsonText *json, const EmixModel *model)
{
    const EmixFitReport *report = &model->report;
    const EmixFitOptions *options = &model->options;
    emix_io_json_number_member(json, "log_likelihood", report->log_likelihood);
    emix_io_json_number_member(json, "log_likelihood_per_row",
                               report->log_likelihood / report->total_weight);
    emix_io_json_number_member(json, "objective", report->objective);
    emix_io_json_number_member(json, "bic", emix_report_bic(report));
    emix_io_json_number_member(json, "icl", emix_report_icl(report));
    emix_io_json_number_member(json, "aic", emix_report_aic(report));
    emix_io_json_string_member(json, "stop", emix_io_stop_names[report->stop]);
    emix_io_json_index_member(json, "n_iterations", report->n_iterations);
    emix_io_json_index_member(json, "n_passes", report->n_passes);
    if (options->e_step.kind != EMIX_E_STEP_BATCH) {
        emix_io_json_string_member(json, "e_step", emix_io_e_step_names[options->e_step.kind]);
    }
    open_member(json, "acceleration", '{');
    emix_io_json_string_member(json, "method", emix_io_acceleration_names[options->acceleration]);
    emix_io_json_index_member(json, "accepted", report->n_extrapolations);
    emix_io_json_index_member(json, "rejected", report->n_rejected);
    emix_io_json_close(json, '}');
    open_member(json, "certificate", '{');
    emix_io_json_number_member(json, "delta2", report->delta2);
    emix_io_json_number_member(json, "rate", report->rate);
    emix_io_json_number_member(json, "gap", report->gap);
    emix_io_json_number_member(json, "decrease_ulps", report->decrease_ulps);
    emix_io_json_number_member(json, "min_eigenvalue_ratio", report->min_eigenvalue_ratio);
    emix_io_json_key(json, "flags");
    write_names(json, report->flags, emix_flag_name);
    emix_io_json_close(json, '}');
}

static void write_parts(EmixJsonText *json, const EmixModel *model)
{
    open_member(json, "parts", '{');
    for (int p = 0; p < model->parts.n; ++p) {
        emix_io_part_json_member(json, &model->parts.shapes[p],
                                 emix_parts_values(&model->parts, p));
    }
    emix_io_json_close(json, '}');
}

static void write_components(EmixJsonText *json, const EmixModel *model)
{
    open_member(json, "components", '[');
    for (emix_index k = 0; k < model->n_components; ++k) {
        emix_io_json_open(json, '{');
        if (model->component_names != NULL) {
            emix_io_json_key(json, "name");
            emix_io_json_string(json, model->component_names[k]);
        }
        emix_io_json_number_member(json, "weight", model->weights[k]);
        emix_io_json_number_member(json, "effective_count", model->effective_counts[k]);
        emix_io_json_key(json, "flags");
        write_names(json, model->component_flags[k], emix_flag_name);
        emix_io_json_close(json, '}');
    }
    emix_io_json_close(json, ']');
}

/* In a context 0 is unknown, which JSON calls null. */
static double known(double value)
{
    return value > 0.0 ? value : (double)NAN;
}

static void write_resources(EmixJsonText *json, const EmixFitReport *report,
                            const EmixFitContext *context)
{
    static const EmixFitContext nothing = {0};
    context = context != NULL ? context : &nothing;
    open_member(json, "time", '{');
    emix_io_json_number_member(json, "read_s", known(context->read_s));
    emix_io_json_number_member(json, "init_s", report->init_s);
    emix_io_json_number_member(json, "em_s", report->em_s);
    emix_io_json_number_member(
        json, "pass_s", report->n_passes > 0 ? report->em_s / report->n_passes : (double)NAN);
    emix_io_json_number_member(json, "total_s", known(context->total_s));
    emix_io_json_close(json, '}');
    open_member(json, "memory", '{');
    if (context->peak_bytes > 0) {
        emix_io_json_index_member(json, "peak_bytes", (emix_index)context->peak_bytes);
    } else {
        emix_io_json_number_member(json, "peak_bytes", (double)NAN);
    }
    emix_io_json_close(json, '}');
    emix_io_json_index_member(json, "threads", report->n_workers);
}

/* Of each start, by number: what came of it. */
static void write_each_start(EmixJsonText *json, const EmixFitReport *report)
{
    const EmixStartReport *starts = report->starts;
    emix_io_json_index_member(json, "best", report->best_start);
    open_member(json, "log_likelihoods", '[');
    for (int s = 0; s < report->n_starts; ++s) {
        emix_io_json_number(json, starts[s].log_likelihood);
    }
    emix_io_json_close(json, ']');
    open_member(json, "states", '[');
    for (int s = 0; s < report->n_starts; ++s) {
        emix_io_json_string(json, emix_enum_name(EMIX_ENUM_START_STATE, (int)starts[s].state));
    }
    emix_io_json_close(json, ']');
    open_member(json, "lost_in_round", '[');
    for (int s = 0; s < report->n_starts; ++s) {
        emix_io_json_index(json, starts[s].lost_in_round);
    }
    emix_io_json_close(json, ']');
    open_member(json, "distinct", '[');
    for (int s = 0; s < report->n_starts; ++s) {
        if (starts[s].distinct) {
            emix_io_json_index(json, s);
        }
    }
    emix_io_json_close(json, ']');
}

static void write_starts(EmixJsonText *json, const EmixFitReport *report, bool each)
{
    open_member(json, "starts", '{');
    emix_io_json_index_member(json, "n", report->n_starts);
    emix_io_json_index_member(json, "finished", report->n_starts_finished);
    emix_io_json_index_member(json, "reached_best", report->n_starts_reached_best);
    if (each && report->starts != NULL) {
        write_each_start(json, report);
    }
    emix_io_json_close(json, '}');
}

static void write_search(EmixJsonText *json, const EmixSearchReport *search)
{
    open_member(json, "search", '{');
    emix_io_json_index_member(json, "rounds", search->n_rounds);
    emix_io_json_index_member(json, "tried", search->n_tried);
    emix_io_json_index_member(json, "accepted", search->n_accepted);
    emix_io_json_index_member(json, "respawned", search->n_respawned);
    emix_io_json_index_member(json, "looked_at", search->n_looked_at);
    emix_io_json_number_member(json, "residual", search->residual);
    emix_io_json_number_member(json, "passes", search->passes);
    emix_io_json_close(json, '}');
}

void emix_io_fit_json_write(EmixJsonText *json, const EmixModel *model,
                            const EmixFitContext *context, bool embedded)
{
    const EmixFitReport *report = &model->report;
    emix_io_json_open(json, '{');
    emix_io_json_string_member(json, "schema", "emix.fit/1");
    emix_io_json_string_member(json, "version", emix_version());
    write_model_and_data(json, model, embedded);
    write_terms(json, &model->spec);
    write_outcome(json, model);
    if (!embedded) {
        write_parts(json, model);
        write_components(json, model);
        emix_io_standard_errors_json_write(json, model);
        write_resources(json, report, context);
    }
    emix_io_json_key(json, "seed");
    emix_io_json_seed(json, model->options.starts.seed);
    write_starts(json, report, !embedded);
    if (!embedded) {
        write_search(json, &report->search);
    }
    if (!embedded && model->has_all_options) {
        emix_io_settings_json_write(json, model);
    }
    emix_io_json_close(json, '}');
}

void emix_io_fit_json_write_details(EmixJsonText *json, const EmixModel *model)
{
    const EmixFitReport *report = &model->report;
    emix_io_json_line(json, 1);
    open_member(json, "fit_details", '{');
    emix_io_json_number_member(json, "entropy", report->entropy);
    emix_io_json_number_member(json, "classification_log", report->classification_log);
    emix_io_json_string_member(json, "stop_rule",
                               emix_io_stop_rule_names[model->options.stop.rule]);
    emix_io_json_number_member(json, "tolerance", model->options.stop.tolerance);
    emix_io_json_index_member(json, "n_starts_degenerate", report->n_starts_degenerate);
    emix_io_json_index_member(json, "n_starts_redrawn", report->n_starts_redrawn);
    emix_io_json_close(json, '}');
    emix_io_json_line(json, 1);
    emix_io_json_key(json, "effective_counts");
    emix_io_json_numbers(json, model->n_components, model->effective_counts);
    emix_io_json_line(json, 1);
    open_member(json, "component_flags", '[');
    for (emix_index k = 0; k < model->n_components; ++k) {
        write_names(json, model->component_flags[k], emix_flag_name);
    }
    emix_io_json_close(json, ']');
}

EmixStatus emix_fit_document(const EmixModel *model, const EmixFitContext *context, char **text,
                             EmixError *error)
{
    if (model == NULL || !model->has_report) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the model was not made by a fit");
    }
    EmixJsonText json = {.error = error};
    emix_io_fit_json_write(&json, model, context, false);
    const EmixStatus status = emix_io_json_finish(&json);
    if (status == EMIX_OK) {
        *text = json.text;
    } else {
        emix_free(json.text);
    }
    return status;
}

void emix_text_destroy(char *text)
{
    emix_free(text);
}

EmixStatus emix_text_write(const char *text, const char *path, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOutput *output = NULL;
    EMIX_TRY(emix_io_output_create(path, &output, error));
    EMIX_TRY(emix_io_output_write(output, text, strlen(text), error));
    EMIX_TRY(emix_io_output_write(output, "\n", 1, error));
    status = emix_io_output_commit(output, error);
    output = NULL;
cleanup:
    emix_io_output_discard(output);
    return status;
}

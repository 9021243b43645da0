/* The report of a fit, read back from a model file. */
#include "documents/fit_document.h"

#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "options/options.h"

/* What a member of the report is in memory. */
typedef enum MemberKind { MEMBER_NUMBER, MEMBER_INDEX, MEMBER_INT } MemberKind;

/* Where the numbers of a fit stand in a model file: root.object.member. */
static const struct {
    const char *object;
    const char *inner; /* NULL = the member is the object's own */
    const char *member;
    MemberKind kind;
    size_t offset; /* in the model */
} members[] = {
    {"fit", "model", "n_parameters", MEMBER_INDEX, offsetof(EmixModel, report.n_parameters)},
    {"fit", "data", "n_rows", MEMBER_INDEX, offsetof(EmixModel, report.n_rows)},
    {"fit", "data", "n_features", MEMBER_INDEX, offsetof(EmixModel, report.n_features)},
    {"fit", "data", "total_weight", MEMBER_NUMBER, offsetof(EmixModel, report.total_weight)},
    {"fit", "data", "effective_rows", MEMBER_NUMBER, offsetof(EmixModel, report.effective_rows)},
    {"fit", NULL, "log_likelihood", MEMBER_NUMBER, offsetof(EmixModel, report.log_likelihood)},
    {"fit", NULL, "objective", MEMBER_NUMBER, offsetof(EmixModel, report.objective)},
    {"fit", NULL, "n_iterations", MEMBER_INT, offsetof(EmixModel, report.n_iterations)},
    {"fit", NULL, "n_passes", MEMBER_INT, offsetof(EmixModel, report.n_passes)},
    {"fit", "acceleration", "accepted", MEMBER_INT, offsetof(EmixModel, report.n_extrapolations)},
    {"fit", "acceleration", "rejected", MEMBER_INT, offsetof(EmixModel, report.n_rejected)},
    {"fit", "certificate", "decrease_ulps", MEMBER_NUMBER,
     offsetof(EmixModel, report.decrease_ulps)},
    {"fit", "certificate", "delta2", MEMBER_NUMBER, offsetof(EmixModel, report.delta2)},
    {"fit", "certificate", "rate", MEMBER_NUMBER, offsetof(EmixModel, report.rate)},
    {"fit", "certificate", "gap", MEMBER_NUMBER, offsetof(EmixModel, report.gap)},
    {"fit", "certificate", "min_eigenvalue_ratio", MEMBER_NUMBER,
     offsetof(EmixModel, report.min_eigenvalue_ratio)},
    {"fit", "starts", "n", MEMBER_INT, offsetof(EmixModel, report.n_starts)},
    {"fit", "starts", "finished", MEMBER_INT, offsetof(EmixModel, report.n_starts_finished)},
    {"fit", "starts", "reached_best", MEMBER_INT,
     offsetof(EmixModel, report.n_starts_reached_best)},
    {"fit_details", NULL, "entropy", MEMBER_NUMBER, offsetof(EmixModel, report.entropy)},
    {"fit_details", NULL, "classification_log", MEMBER_NUMBER,
     offsetof(EmixModel, report.classification_log)},
    {"fit_details", NULL, "tolerance", MEMBER_NUMBER, offsetof(EmixModel, options.stop.tolerance)},
    {"fit_details", NULL, "n_starts_degenerate", MEMBER_INT,
     offsetof(EmixModel, report.n_starts_degenerate)},
    {"fit_details", NULL, "n_starts_redrawn", MEMBER_INT,
     offsetof(EmixModel, report.n_starts_redrawn)},
};

static EmixStatus fail_member(const EmixJsonPlace *place, const char *path, const char *what)
{
    return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s is not %s", place->name, path, what);
}

EmixStatus emix_io_json_read_number(const json_t *value, const char *path, double *number,
                                    const EmixJsonPlace *place)
{
    *number = (double)NAN;
    if (value == NULL || json_is_null(value)) {
        return EMIX_OK;
    }
    if (!json_is_number(value)) {
        return fail_member(place, path, "a number or null");
    }
    *number = json_number_value(value);
    return EMIX_OK;
}

/* A count, 0 ... most. */
static EmixStatus read_count(const json_t *value, const char *path, emix_index most,
                             emix_index *count, const EmixJsonPlace *place)
{
    *count = 0;
    if (value == NULL) {
        return EMIX_OK;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > most) {
        return fail_member(place, path, "a count");
    }
    *count = json_integer_value(value);
    return EMIX_OK;
}

static EmixStatus read_members(const json_t *root, EmixModel *model, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    for (size_t m = 0; status == EMIX_OK && m < sizeof members / sizeof *members; ++m) {
        char path[96];
        const char *inner = members[m].inner;
        const json_t *object = json_object_get(root, members[m].object);
        object = inner != NULL ? json_object_get(object, inner) : object;
        const json_t *value = json_object_get(object, members[m].member);
        char *target = (char *)model + members[m].offset;
        snprintf(path, sizeof path, "%s%s%s.%s", members[m].object, inner != NULL ? "." : "",
                 inner != NULL ? inner : "", members[m].member);
        emix_index count = 0;
        switch (members[m].kind) {
        case MEMBER_NUMBER:
            status = emix_io_json_read_number(value, path, (double *)target, place);
            break;
        case MEMBER_INDEX:
            status = read_count(value, path, INT64_MAX, (emix_index *)target, place);
            break;
        case MEMBER_INT:
            status = read_count(value, path, INT_MAX, &count, place);
            *(int *)target = (int)count;
            break;
        }
    }
    return status;
}

/* Index of a text among `n` names; the first when the member is missing. */
static EmixStatus read_name(const json_t *value, const char *path, const char *const *names, int n,
                            int *index, const EmixJsonPlace *place)
{
    const char *text = json_string_value(value);
    *index = 0;
    if (value == NULL) {
        return EMIX_OK;
    }
    for (int i = 0; text != NULL && i < n; ++i) {
        if (strcmp(text, names[i]) == 0) {
            *index = i;
            return EMIX_OK;
        }
    }
    return fail_member(place, path, "one of the names known");
}

static EmixStatus read_names(const json_t *root, EmixModel *model, const EmixJsonPlace *place)
{
    static const char *const dtypes[] = {
#define DTYPE_TEXT(name, text, bytes) [name] = (text),
        EMIX_DTYPE_LIST(DTYPE_TEXT)
#undef DTYPE_TEXT
    };
    const json_t *fit = json_object_get(root, "fit");
    const json_t *details = json_object_get(root, "fit_details");
    EmixStatus status = EMIX_OK;
    int index = 0;
    EMIX_TRY(read_name(json_object_get(fit, "stop"), "fit.stop", emix_io_stop_names, EMIX_N_STOPS,
                       &index, place));
    model->report.stop = (EmixStop)index;
    EMIX_TRY(read_name(json_object_get(json_object_get(fit, "prior"), "name"), "fit.prior.name",
                       emix_io_prior_names, EMIX_N_PRIORS, &index, place));
    model->spec.prior = (EmixPriorKind)index;
    EMIX_TRY(read_name(json_object_get(json_object_get(fit, "data"), "dtype"), "fit.data.dtype",
                       dtypes, EMIX_N_DTYPES, &index, place));
    model->report.dtype = (EmixDtype)index;
    EMIX_TRY(read_name(json_object_get(fit, "e_step"), "fit.e_step", emix_io_e_step_names,
                       EMIX_N_E_STEPS, &index, place));
    model->options.e_step.kind = (EmixEStep)index;
    EMIX_TRY(read_name(json_object_get(json_object_get(fit, "acceleration"), "method"),
                       "fit.acceleration.method", emix_io_acceleration_names, EMIX_N_ACCELERATIONS,
                       &index, place));
    model->options.acceleration = (EmixAcceleration)index;
    EMIX_TRY(read_name(json_object_get(details, "stop_rule"), "fit_details.stop_rule",
                       emix_io_stop_rule_names, EMIX_N_STOP_RULES, &index, place));
    model->options.stop.rule = (EmixStopRule)index;
cleanup:
    return status;
}

/* An array of names; unknown ones, of a later version, are left out. */
static EmixStatus read_bits(const json_t *array, const char *path,
                            const char *(*name_of)(unsigned bit), unsigned *bits,
                            const EmixJsonPlace *place)
{
    *bits = 0;
    if (array != NULL && !json_is_array(array)) {
        return fail_member(place, path, "an array of names");
    }
    for (size_t i = 0; i < json_array_size(array); ++i) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text == NULL) {
            return fail_member(place, path, "an array of names");
        }
        for (unsigned bit = 1; bit != 0; bit <<= 1) {
            const char *name = name_of(bit);
            *bits |= name != NULL && strcmp(text, name) == 0 ? bit : 0u;
        }
    }
    return EMIX_OK;
}

static EmixStatus read_seed(const json_t *value, uint64_t *seed, const EmixJsonPlace *place)
{
    *seed = 0;
    if (value == NULL) {
        return EMIX_OK;
    }
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *seed = (uint64_t)json_integer_value(value);
        return EMIX_OK;
    }
    const char *text = json_string_value(value);
    if (text == NULL || text[0] == '\0') {
        return fail_member(place, "fit.seed", "an unsigned integer");
    }
    for (const char *p = text; *p != '\0'; ++p) {
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(*seed, 10u, seed) ||
            __builtin_add_overflow(*seed, (uint64_t)(*p - '0'), seed)) {
            return fail_member(place, "fit.seed", "an unsigned integer");
        }
    }
    return EMIX_OK;
}

/* Effective counts and flags of the components. */
static EmixStatus read_components(const json_t *root, EmixModel *model, const EmixJsonPlace *place)
{
    static const char *const keys[] = {"effective_counts", "component_flags"};
    EmixStatus status = EMIX_OK;
    const json_t *arrays[2];
    for (int a = 0; a < 2; ++a) {
        arrays[a] = json_object_get(root, keys[a]);
        if (arrays[a] != NULL && (!json_is_array(arrays[a]) ||
                                  json_array_size(arrays[a]) != (size_t)model->n_components)) {
            return fail_member(place, keys[a], "an array with an entry for each component");
        }
    }
    for (emix_index k = 0; k < model->n_components; ++k) {
        char path[64];
        snprintf(path, sizeof path, "%s[%lld]", keys[0], (long long)k);
        EMIX_TRY(emix_io_json_read_number(json_array_get(arrays[0], (size_t)k), path,
                                          &model->effective_counts[k], place));
        snprintf(path, sizeof path, "%s[%lld]", keys[1], (long long)k);
        EMIX_TRY(read_bits(json_array_get(arrays[1], (size_t)k), path, emix_flag_name,
                           &model->component_flags[k], place));
    }
cleanup:
    return status;
}

/* Members that older or foreign files do not have, from those that they have. */
static EmixStatus complete_report(const json_t *fit, const EmixModel *model, EmixFitReport *report,
                                  const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    if (report->n_features != 0 && report->n_features != model->n_features) {
        return emix_fail(place->error, EMIX_ERR_FORMAT,
                         "%s: fit.data.n_features is %lld, but means[0] has %lld", place->name,
                         (long long)report->n_features, (long long)model->n_features);
    }
    report->n_features = model->n_features;
    if (isnan(report->effective_rows)) {
        report->effective_rows = report->total_weight;
    }
    if (report->n_parameters == 0) {
        report->n_parameters = emix_model_n_free_parameters(model, model->spec.fixed);
    }
    if (isnan(report->classification_log)) {
        double icl = 0.0;
        EMIX_TRY(emix_io_json_read_number(json_object_get(fit, "icl"), "fit.icl", &icl, place));
        report->classification_log = 0.5 * (icl - emix_report_bic(report));
    }
cleanup:
    return status;
}

/* What the parameters were subject to. A given mean of the prior is not in the file. */
static EmixStatus read_terms(const json_t *fit, EmixModel *model, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    struct EmixSpec *spec = &model->spec;
    const json_t *prior = json_object_get(fit, "prior");
    const struct {
        const char *member, *path;
        double *number;
    } terms[] = {
        {"shrinkage", "fit.prior.shrinkage", &spec->prior_shrinkage},
        {"dof", "fit.prior.dof", &spec->prior_dof},
        {"scale", "fit.prior.scale", &spec->prior_scale},
        {"weights", "fit.prior.weights", &spec->prior_weights},
    };
    double ratio = (double)NAN;
    emix_index mean_given = 0;
    EMIX_TRY(
        read_bits(json_object_get(fit, "fixed"), "fit.fixed", emix_part_name, &spec->fixed, place));
    EMIX_TRY(emix_io_json_read_number(json_object_get(fit, "eigenvalue_ratio"),
                                      "fit.eigenvalue_ratio", &ratio, place));
    if (isfinite(ratio)) {
        spec->eigenvalue_ratio = ratio;
    }
    for (size_t t = 0; spec->prior != EMIX_PRIOR_NONE && t < sizeof terms / sizeof *terms; ++t) {
        EMIX_TRY(emix_io_json_read_number(json_object_get(prior, terms[t].member), terms[t].path,
                                          terms[t].number, place));
    }
    EMIX_TRY(read_count(json_object_get(prior, "mean_given"), "fit.prior.mean_given", INT_MAX,
                        &mean_given, place));
    spec->prior_mean.n = mean_given > 0 ? model->n_features : 0;
cleanup:
    return status;
}

EmixStatus emix_io_fit_json_read(const json_t *root, EmixModel *model, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    EmixFitReport *report = &model->report;
    const json_t *fit = json_object_get(root, "fit");
    if (!json_is_object(fit)) {
        return fail_member(place, "fit", "an object");
    }
    model->options = emix_fit_options_defaults;
    report->size = sizeof *report;
    EMIX_TRY(read_members(root, model, place));
    model->options.starts.n = report->n_starts;
    report->best_start = -1;
    EMIX_TRY(read_names(root, model, place));
    EMIX_TRY(read_terms(fit, model, place));
    EMIX_TRY(read_bits(json_object_get(json_object_get(fit, "certificate"), "flags"),
                       "fit.certificate.flags", emix_flag_name, &report->flags, place));
    EMIX_TRY(read_seed(json_object_get(fit, "seed"), &model->options.starts.seed, place));
    EMIX_TRY(read_components(root, model, place));
    EMIX_TRY(complete_report(fit, model, report, place));
    report->init_s = (double)NAN; /* a model file holds no times */
    report->em_s = (double)NAN;
    model->has_report = true;
cleanup:
    return status;
}

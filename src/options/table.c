/* The table of options. To add one: a member with its default, and a row here. */
#include "options/options.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "model/families.h"

enum { MAX_STARTS = 1000000 };

const EmixFitOptions emix_fit_options_defaults = {
    .size = sizeof(EmixFitOptions),
    .stop = {.rule = EMIX_STOP_ON_GAP, .tolerance = 1e-6, .max_iterations = 1000},
    .starts = {.method = EMIX_INIT_TOURNAMENT, .n = 32},
    .e_step = {.kind = EMIX_E_STEP_BATCH, .annealing = 0.5},
    .acceleration = EMIX_ACCELERATION_SQUAREM,
    .precision = EMIX_PRECISION_DOUBLE,
    .checkpoint = {.interval_s = 60.0},
    .effective_rows = (double)NAN,
};

#define FAMILY_AS_CHOICE(name, meaning) {#name, meaning, 0},
static const EmixChoice families[] = {EMIX_FAMILY_LIST(FAMILY_AS_CHOICE){0}};
#undef FAMILY_AS_CHOICE

/* A row, and where its member lives. */
#define OF_SPEC(path, ...)                                                                         \
    {                                                                                              \
        .option = {.size = sizeof(EmixOption),                                                     \
                   .member = #path,                                                                \
                   .scope = EMIX_OPTION_OF_SPEC,                                                   \
                   __VA_ARGS__},                                                                   \
        .offset = offsetof(struct EmixSpec, path)                                                  \
    }
#define OF_FIT(path, ...)                                                                          \
    {                                                                                              \
        .option = {.size = sizeof(EmixOption),                                                     \
                   .member = #path,                                                                \
                   .scope = EMIX_OPTION_OF_FIT,                                                    \
                   __VA_ARGS__},                                                                   \
        .offset = offsetof(EmixFitOptions, path)                                                   \
    }

const EmixOptionRow emix_option_rows[] = {
    OF_SPEC(n_components, .name = "components", .kind = EMIX_OPTION_INDEX, .value_name = "K",
            .minimum = 1, .maximum = INT32_MAX, .changes_bits = 1, .help = "number of components"),
    OF_SPEC(family, .name = "family", .kind = EMIX_OPTION_FAMILY, .value_name = "NAME",
            .changes_bits = 1, .choices = families, .help = "distribution of a component"),
    OF_SPEC(covariance, .name = "covariance", .kind = EMIX_OPTION_CHOICE, .value_name = "NAME",
            .changes_bits = 1, .choices = emix_choices_covariance, .families = "gaussian",
            .help = "structure of the covariances"),
    OF_FIT(starts.n, .name = "starts", .kind = EMIX_OPTION_INTEGER, .value_name = "N", .minimum = 1,
           .maximum = MAX_STARTS, .changes_bits = 1, .of_starts = 1, .help = "number of starts"),
    OF_FIT(starts.method, .name = "init-method", .kind = EMIX_OPTION_CHOICE, .value_name = "NAME",
           .changes_bits = 1, .of_starts = 1, .choices = emix_choices_init_method,
           .help = "how starts are made"),
    OF_FIT(search.kind, .name = "search", .kind = EMIX_OPTION_CHOICE, .value_name = "NAME",
           .changes_bits = 1, .of_starts = 1, .choices = emix_choices_search,
           .help = "moves that EM does not make, to higher maxima"),
    OF_FIT(stop.max_iterations, .name = "max-iter", .kind = EMIX_OPTION_INTEGER, .value_name = "N",
           .unit = "EM iterations", .maximum = INT32_MAX, .changes_bits = 1,
           .help = "EM iterations at most"),
    OF_FIT(stop.tolerance, .name = "tol", .kind = EMIX_OPTION_REAL, .value_name = "T",
           .unit = "that of the rule", .maximum = (double)INFINITY, .changes_bits = 1,
           .help = "tolerance of the stopping rule, in its unit"),
    OF_FIT(stop.rule, .name = "stop", .kind = EMIX_OPTION_CHOICE, .value_name = "NAME",
           .changes_bits = 1, .choices = emix_choices_stop_rule,
           .help = "what has to fall below the tolerance"),
    OF_FIT(acceleration, .name = "accelerate", .kind = EMIX_OPTION_CHOICE, .value_name = "NAME",
           .changes_bits = 1, .choices = emix_choices_acceleration, .help = "acceleration of EM"),
    OF_FIT(e_step.kind, .name = "e-step", .kind = EMIX_OPTION_CHOICE, .value_name = "NAME",
           .changes_bits = 1, .choices = emix_choices_e_step,
           .help = "responsibilities at the beginning of a run, which ends with batch E-steps in "
                   "any case"),
    OF_FIT(
        e_step.n_blocks, .name = "blocks", .kind = EMIX_OPTION_INTEGER, .value_name = "B",
        .unit = "blocks of rows", .minimum = 1, .maximum = INT32_MAX, .changes_bits = 1,
        .help = "blocks of rows of incremental E-steps, at most the number of rows (default 16)"),
    OF_FIT(
        e_step.annealing, .name = "annealing", .kind = EMIX_OPTION_REAL, .value_name = "B0",
        .maximum = 1, .above_minimum = 1, .changes_bits = 1,
        .help =
            "power above 0, at most 1, of the responsibilities that annealed E-steps begin with"),
    OF_FIT(precision, .name = "precision", .kind = EMIX_OPTION_CHOICE, .value_name = "NAME",
           .changes_bits = 1, .choices = emix_choices_precision,
           .help = "arithmetic of the passes; mixed is for full covariances"),
    OF_SPEC(prior, .name = "prior", .kind = EMIX_OPTION_CHOICE, .value_name = "NAME",
            .changes_bits = 1, .choices = emix_choices_prior, .families = "gaussian poisson",
            .help = "what is maximised"),
    OF_SPEC(prior_shrinkage, .name = "prior-shrinkage", .kind = EMIX_OPTION_REAL,
            .value_name = "KAPPA", .unit = "rows", .maximum = (double)INFINITY, .changes_bits = 1,
            .families = "gaussian poisson",
            .help = "rows that the prior of a mean counts for; 0 is a flat prior"),
    OF_SPEC(prior_dof, .name = "prior-dof", .kind = EMIX_OPTION_REAL, .value_name = "NU",
            .maximum = (double)INFINITY, .changes_bits = 1, .families = "gaussian",
            .help = "degrees of freedom of the prior of a covariance, above D - 1 for D features; "
                    "above 0 without correlations (default D + 2)"),
    OF_SPEC(prior_scale, .name = "prior-scale", .kind = EMIX_OPTION_REAL, .value_name = "S",
            .maximum = (double)INFINITY, .above_minimum = 1, .changes_bits = 1,
            .families = "gaussian",
            .help = "factor > 0 of the scale of that prior, which is the covariance of the data "
                    "over K^(2/D), or its mean variance without correlations"),
    OF_SPEC(prior_mean, .name = "prior-mean", .kind = EMIX_OPTION_NUMBERS, .value_name = "LIST",
            .unit = "that of the data", .changes_bits = 1, .families = "gaussian poisson",
            .help = "centre of the prior of the means, a number for each feature with commas "
                    "between (default the column means)"),
    OF_SPEC(prior_weights, .name = "prior-weights", .kind = EMIX_OPTION_REAL, .value_name = "ALPHA",
            .minimum = 1, .maximum = (double)INFINITY, .changes_bits = 1,
            .families = "gaussian poisson",
            .help = "parameter of the Dirichlet prior of the weights; 1 is a flat prior"),
    OF_SPEC(eigenvalue_ratio, .name = "eigenvalue-ratio", .kind = EMIX_OPTION_REAL,
            .value_name = "C", .minimum = 1, .maximum = (double)INFINITY, .changes_bits = 1,
            .families = "gaussian",
            .help = "no eigenvalue of any covariance exceeds C times another of any, in squared "
                    "units of the data (default no bound)"),
    OF_SPEC(fixed, .name = "fix", .kind = EMIX_OPTION_SET, .value_name = "LIST", .changes_bits = 1,
            .choices = emix_choices_part, .families = "gaussian",
            .help = "parts that keep the values of the --init model, with commas between"),
    OF_SPEC(equal_weights, .name = "equal-weights", .kind = EMIX_OPTION_FLAG, .changes_bits = 1,
            .help = "all mixing weights stay at 1 / K"),
    OF_FIT(
        effective_rows, .name = "effective-rows", .kind = EMIX_OPTION_REAL, .value_name = "N",
        .unit = "rows", .maximum = (double)INFINITY, .above_minimum = 1,
        .help = "rows that BIC and ICL take the data to have, where weighted rows are not so many "
                "independent ones (default the total row weight)"),
    OF_FIT(starts.seed, .name = "seed", .kind = EMIX_OPTION_SEED, .value_name = "S",
           .changes_bits = 1, .help = "64-bit seed of everything random"),
    OF_FIT(
        checkpoint.path, .name = "checkpoint", .kind = EMIX_OPTION_FILE, .value_name = "FILE",
        .help =
            "save the state of the fit here now and then: after a kill, a crash or Ctrl-C the same "
            "command goes on from it, to the same bits; removed when the result is written"),
    OF_FIT(checkpoint.interval_s, .name = "checkpoint-every", .kind = EMIX_OPTION_REAL,
           .value_name = "SECONDS", .unit = "seconds", .maximum = (double)INFINITY,
           .help = "time between saves; 0 is as often as possible"),
};
const int emix_n_option_rows = sizeof emix_option_rows / sizeof emix_option_rows[0];

int emix_option_count(void)
{
    return emix_n_option_rows;
}

const EmixOption *emix_option_at(int i)
{
    return i >= 0 && i < emix_n_option_rows ? &emix_option_rows[i].option : NULL;
}

/* Equal, dashes and underscores being alike. */
static bool is_called(const char *name, const char *word)
{
    for (; *name != '\0' && *word != '\0'; ++name, ++word) {
        const bool both_dashes = (*name == '-' || *name == '_') && (*word == '-' || *word == '_');
        if (*name != *word && !both_dashes) {
            return false;
        }
    }
    return *name == *word;
}

/* The last part of a member is a name too, unless an option bears it: "tolerance". */
static bool is_member(const EmixOption *option, const char *word)
{
    const char *dot = strrchr(option->member, '.');
    return is_called(option->member, word) || (dot != NULL && is_called(dot + 1, word));
}

static const EmixOptionRow *find(const char *word, int scope)
{
    for (int by_member = 0; by_member < 2; ++by_member) {
        for (const EmixOptionRow *row = emix_option_rows;
             row < emix_option_rows + emix_n_option_rows; ++row) {
            const bool matches = by_member ? is_member(&row->option, word)
                                           : is_called(row->option.name, word);
            if (matches && (scope < 0 || (int)row->option.scope == scope)) {
                return row;
            }
        }
    }
    return NULL;
}

const EmixOption *emix_option_find(const char *name)
{
    const EmixOptionRow *row = name != NULL ? find(name, -1) : NULL;
    return row != NULL ? &row->option : NULL;
}

const EmixOptionRow *emix_option_row(EmixOptionScope scope, const char *name)
{
    return find(name, (int)scope);
}

bool emix_option_suits(const EmixOptionRow *row, const char *family)
{
    const char *all = row->option.families;
    const size_t n = strlen(family);
    for (const char *at = all; at != NULL && *at != '\0'; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        if (length == n && strncmp(at, family, n) == 0) {
            return true;
        }
        at += length;
    }
    return all == NULL;
}

const char *emix_option_default(const EmixOption *option, char *text, size_t size)
{
    const EmixOptionRow *row = emix_option_row(option->scope, option->name);
    const void *defaults = option->scope == EMIX_OPTION_OF_SPEC ? (const void *)&emix_spec_default
                                                                : &emix_fit_options_defaults;
    emix_option_format(row, defaults, text, size);
    return text;
}

const char *emix_option_synonym(const char *word)
{
    /* Words of scikit-learn's GaussianMixture, of mclust and of mixtools. */
    static const char *const words[][2] = {
        {"n_components", "components"},
        {"k", "components"},
        {"G", "components"},
        {"clusters", "components"},
        {"n_clusters", "components"},
        {"covariance_type", "covariance"},
        {"modelNames", "covariance"},
        {"modelName", "covariance"},
        {"n_init", "starts"},
        {"init_params", "init-method"},
        {"random_state", "seed"},
        {"max_iter", "max-iter"},
        {"maxit", "max-iter"},
        {"itmax", "max-iter"},
        {"epsilon", "tol"},
        {"weight_concentration_prior", "prior-weights"},
        {"mean_precision_prior", "prior-shrinkage"},
        {"mean_prior", "prior-mean"},
        {"degrees_of_freedom_prior", "prior-dof"},
        {"reg_covar", "eigenvalue-ratio"},
        {"restr_fact", "eigenvalue-ratio"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        if (is_called(words[i][0], word)) {
            return words[i][1];
        }
    }
    return NULL;
}

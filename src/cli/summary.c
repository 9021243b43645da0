/* A fit in a few lines for people. */
#include "cli/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PATH_COLUMNS = 40, MAX_VALUE_BYTES = 64, MAX_MAXIMA = 4 };

/* The end of a path, without control characters. */
static void print_path(const char *path)
{
    const size_t length = strlen(path);
    if (length > MAX_PATH_COLUMNS) {
        path += length - MAX_PATH_COLUMNS + 3;
        while (((unsigned char)*path & 0xc0u) == 0x80u) {
            ++path; /* not into the middle of a character */
        }
        printf("...");
    }
    for (; *path != '\0'; ++path) {
        putchar((unsigned char)*path < ' ' || *path == 0x7f ? '?' : *path);
    }
    putchar('\n');
}

static const char *plural(emix_index n)
{
    return n == 1 ? "" : "s";
}

static void print_model_line(const EmixModel *model)
{
    const EmixCovariance covariance = emix_model_covariance(model);
    const emix_index n_components = emix_model_n_components(model);
    const emix_index n_features = emix_model_n_features(model);
    const emix_index n_parameters = emix_model_n_parameters(model);
    printf("model           %s mixture, ", emix_model_family(model));
    if (covariance != EMIX_N_COVARIANCES) {
        const char *name = emix_covariance_name(covariance);
        const char *letters = emix_covariance_letters(covariance);
        printf("%s", name);
        if (strcmp(name, letters) != 0) printf(" (%s)", letters);
        printf(" covariances, ");
    }
    printf("%" PRId64 " component%s, %" PRId64 " feature%s, %" PRId64 " parameter%s\n",
           n_components, plural(n_components), n_features, plural(n_features), n_parameters,
           plural(n_parameters));
}

static void print_data_line(const EmixFitReport *report, const char *path)
{
    printf("data            %" PRId64 " row%s x %" PRId64 " feature%s, %s", report->n_rows,
           plural(report->n_rows), report->n_features, plural(report->n_features),
           emix_dtype_name(report->dtype));
    if (report->total_weight != (double)report->n_rows) {
        printf(", total weight %.9g", report->total_weight);
    }
    if (path != NULL) {
        printf(", ");
        print_path(path);
    } else {
        putchar('\n');
    }
}

static void print_scores(const EmixFitReport *report)
{
    printf("log-likelihood  %.6f  (%.6f per row)\n", report->log_likelihood,
           report->log_likelihood / report->total_weight);
    printf("criteria        BIC %.3f  ICL %.3f  AIC %.3f  (larger is better)\n",
           emix_report_bic(report), emix_report_icl(report), emix_report_aic(report));
    if (report->total_weight != (double)report->n_rows ||
        report->effective_rows != report->total_weight) {
        printf("                BIC and ICL for n = %.9g rows\n", report->effective_rows);
    }
}

/* A number of a spec; NaN where it has none. */
static double spec_number(const EmixSpec *spec, const char *key)
{
    char text[MAX_VALUE_BYTES];
    const bool has_one = emix_spec_get(spec, key, text, sizeof text, NULL) == EMIX_OK && text[0];
    return has_one ? strtod(text, NULL) : (double)NAN;
}

/* Whether a key of a spec has a value; one that is too long, or not known any more, is one. */
static bool spec_says(const EmixSpec *spec, const char *key, const char *nothing)
{
    char text[MAX_VALUE_BYTES];
    return emix_spec_get(spec, key, text, sizeof text, NULL) != EMIX_OK ||
           strcmp(text, nothing) != 0;
}

static void print_fixed(const EmixSpec *spec)
{
    char parts[MAX_VALUE_BYTES];
    const bool equal_weights = spec_says(spec, "equal-weights", "no");
    emix_spec_get(spec, "fix", parts, sizeof parts, NULL);
    if (!equal_weights && parts[0] == '\0') return;
    printf("fixed           %s", equal_weights ? "weights" : "");
    if (equal_weights && parts[0] != '\0') printf(", ");
    for (const char *p = parts; *p != '\0'; ++p) {
        printf(*p == ',' ? ", " : "%c", *p);
    }
    putchar('\n');
}

static void print_terms(const EmixModel *model)
{
    const EmixSpec *spec = emix_model_spec(model);
    const double ratio = spec_number(spec, "eigenvalue-ratio");
    if (isfinite(ratio)) {
        printf("eigenvalues     of all covariances within a factor of %g\n", ratio);
    }
    print_fixed(spec);
    if (!spec_says(spec, "prior", "none")) return;
    printf("objective       %.6f, with the log prior\n", emix_model_report(model)->objective);
    printf("prior           conjugate: shrinkage %g, ", spec_number(spec, "prior-shrinkage"));
    if (isfinite(spec_number(spec, "prior-dof"))) {
        printf("dof %g, scale %g, ", spec_number(spec, "prior-dof"),
               spec_number(spec, "prior-scale"));
    }
    printf("weights %g, %s\n", spec_number(spec, "prior-weights"),
           spec_says(spec, "prior-mean", "") ? "a given mean" : "the column means");
}

static void print_stop(const EmixFitReport *report, const EmixFitOptions *options)
{
    switch (report->stop) {
    case EMIX_STOP_CONVERGED: printf("converged       after"); break;
    case EMIX_STOP_ITERATION_LIMIT:
        printf(options->stop.rule == EMIX_STOP_ON_NONE ? "stopped         as asked after"
                                                       : "not converged   stopped at the limit of");
        break;
    case EMIX_STOP_INTERRUPTED: printf("interrupted     after"); break;
    case EMIX_N_STOPS: break;
    }
    printf(" %d iteration%s (%d pass%s)", report->n_iterations, plural(report->n_iterations),
           report->n_passes, report->n_passes == 1 ? "" : "es");
    if (report->n_starts > 0) printf(" beyond those of its start");
    putchar('\n');
    if (isfinite(report->gap)) {
        printf("                predicted gain left %.2g nats", report->gap);
        if (isfinite(report->rate) && !report->at_rounding) printf(", rate %.4g", report->rate);
        putchar('\n');
    }
    if (report->at_rounding)
        printf("                the last steps are rounding: no gain is left to find\n");
    if (options->e_step.kind != EMIX_E_STEP_BATCH) {
        printf("E-steps         %s at first, then batch\n",
               emix_enum_name(EMIX_ENUM_E_STEP, (int)options->e_step.kind));
    }
    if (report->n_extrapolations > 0) {
        printf("acceleration    %d extrapolation%s accepted, %d rejected\n",
               report->n_extrapolations, plural(report->n_extrapolations), report->n_rejected);
    }
    if (report->rate > 1.0 && !report->at_rounding)
        printf("                a rate above 1: a saddle is being left\n");
}

static int by_log_likelihood(const void *a, const void *b)
{
    const EmixStartReport *x = a;
    const EmixStartReport *y = b;
    if (x->distinct != y->distinct) return x->distinct ? -1 : 1;
    return (x->log_likelihood < y->log_likelihood) - (x->log_likelihood > y->log_likelihood);
}

/* The maxima where starts ended, unless it is one alone; of many, the highest. */
static void print_maxima(const EmixFitReport *report)
{
    int n = 0;
    for (int s = 0; report->starts != NULL && s < report->n_starts; ++s) {
        n += report->starts[s].distinct;
    }
    if (n < 2) return;
    const size_t bytes = (size_t)report->n_starts * sizeof *report->starts;
    EmixStartReport *sorted = malloc(bytes);
    if (sorted == NULL) return; /* a line less */
    memcpy(sorted, report->starts, bytes);
    qsort(sorted, (size_t)report->n_starts, sizeof *sorted, by_log_likelihood);
    printf("                they ended at");
    for (int i = 0; i < n && i < MAX_MAXIMA; ++i) {
        printf("%s %.3f", i > 0 ? "," : "", sorted[i].log_likelihood);
    }
    if (n > MAX_MAXIMA) printf(" and %d other maxima", n - MAX_MAXIMA);
    putchar('\n');
    free(sorted);
}

static void print_search(const EmixSearchReport *search)
{
    if (search->n_rounds == 0) return;
    printf("search          %d swap%s of components made, of %d tried", search->n_accepted,
           plural(search->n_accepted), search->n_tried);
    if (search->n_respawned > 0) {
        printf(", %d component%s respawned", search->n_respawned, plural(search->n_respawned));
    }
    putchar('\n');
    if (search->n_looked_at > 0) {
        printf("                none of %lld looked at promises more than %.2g nats\n",
               (long long)search->n_looked_at, fmax(search->residual, 0.0));
    }
}

static void print_starts(const EmixFitReport *report, uint64_t seed)
{
    if (report->n_starts == 0) {
        printf("starts          none: from a given beginning\n");
        return;
    }
    printf("starts          %d, %d run to the end, %d reached the best", report->n_starts,
           report->n_starts_finished, report->n_starts_reached_best);
    if (report->n_starts_degenerate > 0) printf(", %d degenerate", report->n_starts_degenerate);
    if (report->n_starts_redrawn > 0) printf(", %d drawn again", report->n_starts_redrawn);
    printf("; seed %" PRIu64 "\n", seed);
    print_maxima(report);
}

static void print_time(const EmixFitReport *report, const EmixFitContext *context)
{
    printf("time            %.3f s (reading %.3f, starts %.3f, EM %.3f), %d thread%s, %.1f MiB\n",
           context->total_s, context->read_s, report->init_s, report->em_s, report->n_workers,
           plural(report->n_workers), (double)context->peak_bytes / 1048576.0);
}

EmixStatus cli_print_summary(const EmixModel *model, const CliSummary *summary)
{
    const EmixFitReport *report = emix_model_report(model);
    print_model_line(model);
    if (report != NULL) {
        print_data_line(report, summary->data_path);
        print_scores(report);
        const EmixFitOptions *options = emix_model_options(model);
        print_terms(model);
        print_stop(report, options);
        print_starts(report, options->starts.seed);
        print_search(&report->search);
        if (summary->context != NULL) print_time(report, summary->context);
    }
    if (summary->model_path != NULL) {
        printf("written         ");
        print_path(summary->model_path);
    }
    const EmixStatus status = cli_print_components(model, summary->with_deviations);
    cli_print_standard_errors(model);
    return status;
}

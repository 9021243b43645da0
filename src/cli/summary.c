/* A fit in a few lines for people. */
#include "cli/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void print_model_line(const EmixModel *model)
{
    const char *covariance = emix_model_covariance(model);
    printf("model           %s mixture, %s covariances, %" PRId64 " components, %" PRId64
           " features, %" PRId64 " parameters\n",
           emix_model_family(model), strcmp(covariance, "VVV") == 0 ? "full (VVV)" : covariance,
           emix_model_n_components(model), emix_model_n_features(model),
           emix_model_n_parameters(model));
}

static void print_data_line(const EmixFitReport *report, const char *path)
{
    printf("data            %" PRId64 " rows x %" PRId64 " features, %s", report->n_rows,
           report->n_features, emix_dtype_name(report->dtype));
    if (report->total_weight != (double)report->n_rows) {
        printf(", total weight %.9g", report->total_weight);
    }
    if (path != NULL) printf(", %.40s", path);
    putchar('\n');
}

static void print_scores(const EmixFitReport *report)
{
    printf("log-likelihood  %.6f  (%.6f per row)\n", report->log_likelihood,
           report->log_likelihood / report->total_weight);
    printf("criteria        BIC %.3f  ICL %.3f  AIC %.3f  (larger is better)\n",
           emix_report_bic(report), emix_report_icl(report), emix_report_aic(report));
}

static void print_stop(const EmixFitReport *report)
{
    switch (report->stop) {
    case EMIX_STOP_CONVERGED: printf("converged       after"); break;
    case EMIX_STOP_ITERATION_LIMIT:
        printf(report->stop_rule == EMIX_STOP_ON_NONE ? "stopped         as asked after"
                                                      : "not converged   stopped at the limit of");
        break;
    case EMIX_STOP_INTERRUPTED: printf("interrupted     after"); break;
    case EMIX_N_STOPS: break;
    }
    printf(" %d iterations (%d passes)", report->n_iterations, report->n_passes);
    if (isfinite(report->gap)) printf("; predicted gain left %.2g nats", report->gap);
    if (isfinite(report->rate)) printf(", rate %.4g", report->rate);
    putchar('\n');
    if (report->rate > 1.0) printf("                a rate above 1: a saddle is being left\n");
}

static void print_starts(const EmixFitReport *report)
{
    if (report->n_starts == 0) {
        printf("starts          none: from the initial model\n");
        return;
    }
    printf("starts          %d of %d reached the best", report->n_starts_reached_best,
           report->n_starts);
    if (report->n_starts_degenerate > 0) printf(", %d degenerate", report->n_starts_degenerate);
    printf("; seed %" PRIu64 "\n", report->seed);
}

static void print_time(const EmixFitReport *report, const EmixFitContext *context)
{
    printf("time            %.3f s (reading %.3f, starts %.3f, EM %.3f), %d thread%s, %.1f MiB\n",
           context->total_s, context->read_s, report->init_s, report->em_s, report->n_workers,
           report->n_workers == 1 ? "" : "s", (double)context->peak_bytes / 1048576.0);
}

EmixStatus cli_print_summary(const EmixModel *model, const CliSummary *summary)
{
    const EmixFitReport *report = emix_model_report(model);
    print_model_line(model);
    if (report != NULL) print_data_line(report, summary->data_path);
    if (report != NULL) {
        print_scores(report);
        print_stop(report);
        print_starts(report);
        if (summary->context != NULL) print_time(report, summary->context);
    }
    if (summary->model_path != NULL) printf("written         %.83s\n", summary->model_path);
    return cli_print_components(model, summary->with_deviations);
}

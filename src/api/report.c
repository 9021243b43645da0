/* What follows from a report: information criteria and names. */
#include <math.h>
#include <stddef.h>

#include <emix/fit.h>

double emix_report_bic(const EmixFitReport *report)
{
    return 2.0 * report->log_likelihood -
           (double)report->n_parameters * log(report->effective_rows);
}

double emix_report_aic(const EmixFitReport *report)
{
    return 2.0 * report->log_likelihood - 2.0 * (double)report->n_parameters;
}

double emix_report_icl(const EmixFitReport *report)
{
    return emix_report_bic(report) + 2.0 * report->classification_log;
}

const char *emix_flag_name(unsigned flag)
{
    return emix_enum_name(EMIX_ENUM_FLAG, (int)flag);
}

const char *emix_part_name(unsigned part)
{
    return emix_enum_name(EMIX_ENUM_PART, (int)part);
}

/* What follows from a report: information criteria and names. */
#include <math.h>
#include <stddef.h>

#include <emix/fit.h>

double emix_report_bic(const EmixFitReport *report)
{
    return 2.0 * report->log_likelihood - (double)report->n_parameters * log(report->total_weight);
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
    switch (flag) {
#define FLAG_AS_CASE(name, value, text)                                                            \
    case name: return text;
        EMIX_FLAG_LIST(FLAG_AS_CASE)
#undef FLAG_AS_CASE
    default: return NULL;
    }
}

const char *emix_part_name(unsigned part)
{
    switch (part) {
#define PART_AS_CASE(name, value, text, meaning)                                                   \
    case name: return text;
        EMIX_PART_LIST(PART_AS_CASE)
#undef PART_AS_CASE
    default: return NULL;
    }
}

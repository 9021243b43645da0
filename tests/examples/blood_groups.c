/* Gene counting, an EM algorithm before its time: Ceppellini, Siniscalco & Smith (1955), "The
 * estimation of gene frequencies in a random-mating population", Ann. Hum. Genet. 20, 97-115.
 *
 * Statistics: the expected numbers of genes A, B and O. */
#include "blood_groups.h"

#include <math.h>
#include <stddef.h>

enum { COUNT_A, COUNT_B, COUNT_O, N_COUNTS };

static double frequency_of_o(const double *params)
{
    return 1.0 - params[GENE_A] - params[GENE_B];
}

static EmixStatus prepare(void *context, const double *params, double *derived, EmixError *error)
{
    (void)context, (void)derived, (void)error;
    const double o = frequency_of_o(params);
    return params[GENE_A] > 0.0 && params[GENE_B] > 0.0 && o > 0.0 ? EMIX_OK : EMIX_ERR_ARGUMENT;
}

/* The expected genes of a person of some group; returns the log of the group's probability. */
static double count_genes(const double *params, double group, double *counts)
{
    const double a = params[GENE_A];
    const double b = params[GENE_B];
    const double o = frequency_of_o(params);
    const double aa = a / (a + 2.0 * o); /* P(AA | group A) */
    const double bb = b / (b + 2.0 * o); /* P(BB | group B) */
    counts[COUNT_A] = group == GROUP_A ? 1.0 + aa : group == GROUP_AB ? 1.0 : 0.0;
    counts[COUNT_B] = group == GROUP_B ? 1.0 + bb : group == GROUP_AB ? 1.0 : 0.0;
    counts[COUNT_O] = 2.0 - counts[COUNT_A] - counts[COUNT_B];
    return group == GROUP_A    ? log(a * (a + 2.0 * o))
           : group == GROUP_B  ? log(b * (b + 2.0 * o))
           : group == GROUP_AB ? log(2.0 * a * b)
                               : 2.0 * log(o);
}

static EmixStatus e_step(void *context, const double *params, const double *derived,
                         const EmixLatentRows *rows, double *scratch, double *stats,
                         double *log_likelihood, EmixError *error)
{
    (void)context, (void)derived, (void)scratch, (void)error;
    double sum = 0.0;
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        double counts[N_COUNTS];
        sum += rows->row_weights[i] * count_genes(params, rows->x[i * rows->row_stride], counts);
        for (int gene = 0; gene < N_COUNTS; ++gene) {
            stats[gene] += rows->row_weights[i] * counts[gene];
        }
    }
    *log_likelihood = sum;
    return EMIX_OK;
}

static EmixStatus m_step(void *context, const double *stats, const double *old_params,
                         double *scratch, double *params, EmixError *error)
{
    (void)context, (void)old_params, (void)scratch, (void)error;
    const double n_genes = stats[COUNT_A] + stats[COUNT_B] + stats[COUNT_O];
    params[GENE_A] = stats[COUNT_A] / n_genes;
    params[GENE_B] = stats[COUNT_B] / n_genes;
    return EMIX_OK;
}

static double expected_log_joint(void *context, const double *stats, const double *params)
{
    (void)context;
    return stats[COUNT_A] * log(params[GENE_A]) + stats[COUNT_B] * log(params[GENE_B]) +
           stats[COUNT_O] * log(frequency_of_o(params));
}

/* Uniform on the simplex. */
static EmixStatus start(void *context, const EmixDataset *dataset, int number, EmixRandom *random,
                        double *params, EmixError *error)
{
    double share[N_COUNTS];
    (void)dataset, (void)number;
    for (int gene = 0; gene < N_COUNTS; ++gene) {
        share[gene] = -log(1.0 - emix_random_uniform(random));
    }
    return m_step(context, share, NULL, NULL, params, error);
}

static void to_coordinates(void *context, const double *params, double *coordinates)
{
    (void)context;
    coordinates[GENE_A] = log(params[GENE_A] / frequency_of_o(params));
    coordinates[GENE_B] = log(params[GENE_B] / frequency_of_o(params));
}

static void from_coordinates(void *context, const double *coordinates, double *params)
{
    (void)context;
    const double a = exp(coordinates[GENE_A]);
    const double b = exp(coordinates[GENE_B]);
    params[GENE_A] = a / (1.0 + a + b);
    params[GENE_B] = b / (1.0 + a + b);
}

/* Of the genes, as if they were seen, at their expected numbers: Fisher's identity. */
static EmixStatus score(void *context, const double *params, const double *derived,
                        const EmixLatentRows *rows, double *scratch, double *scores,
                        EmixError *error)
{
    (void)context, (void)derived, (void)scratch, (void)error;
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        double counts[N_COUNTS];
        count_genes(params, rows->x[i * rows->row_stride], counts);
        const double of_o = counts[COUNT_O] / frequency_of_o(params);
        scores[i * BLOOD_N_PARAMS + GENE_A] = counts[COUNT_A] / params[GENE_A] - of_o;
        scores[i * BLOOD_N_PARAMS + GENE_B] = counts[COUNT_B] / params[GENE_B] - of_o;
    }
    return EMIX_OK;
}

EmixLatentModel blood_groups(void)
{
    return (EmixLatentModel){
        .name = "blood groups",
        .n_params = BLOOD_N_PARAMS,
        .n_stats = N_COUNTS,
        .row_cost = 50.0,
        .start = start,
        .prepare = prepare,
        .e_step = e_step,
        .m_step = m_step,
        .expected_log_joint = expected_log_joint,
        .to_coordinates = to_coordinates,
        .from_coordinates = from_coordinates,
        .score = score,
    };
}

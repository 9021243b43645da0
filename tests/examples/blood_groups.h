/* Frequencies of the ABO blood group genes as a latent-variable model for libemix. */
#ifndef BLOOD_GROUPS_H
#define BLOOD_GROUPS_H

#include <emix/latent.h>

/* Blood groups, as the one feature of the data has them. */
enum { GROUP_A, GROUP_B, GROUP_AB, GROUP_O };

/* Places of the parameters: frequencies of the genes A and B; that of O is what is left. */
enum { GENE_A, GENE_B, BLOOD_N_PARAMS };

/** The model: the pair of genes behind a group is latent (A is AA or AO, B is BB or BO), both are
 * drawn independently. */
EmixLatentModel blood_groups(void);

#endif

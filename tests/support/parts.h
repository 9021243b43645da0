/* Parts of models and of their errors, for tests of any covariance structure. */
#ifndef EMIX_TESTS_PARTS_H
#define EMIX_TESTS_PARTS_H

#include <stdbool.h>

#include <emix/emix.h>

/** Entry (i, j) of component k's covariance, whatever shape the model holds it in. */
double covariance_entry(const EmixModel *model, emix_index k, emix_index i, emix_index j);

/** Numbers of a part. */
size_t part_length(const EmixPart *part);

/** Whether two models of one shape have the same values, bit for bit. */
bool same_values(const EmixModel *a, const EmixModel *b);

/** Whether standard errors and intervals are the same bits. */
bool same_errors(const EmixParameterErrors *a, const EmixParameterErrors *b);

#endif

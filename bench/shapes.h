/* The problem sizes that are measured. */
#ifndef BENCH_SHAPES_H
#define BENCH_SHAPES_H

#include <emix/status.h>

/** Sizes of a problem. */
typedef struct BenchShape {
    char name[48]; /* "A", or "3000x2x5" for a size given by numbers */
    emix_index n_rows;
    emix_index n_features;
    emix_index n_components;
    double rho_limit;        /* largest acceptable time relative to matrix products; 0 = none set */
    double single_rho_limit; /* the same in single precision */
} BenchShape;

/** The named shapes A ... F; NULL marks the end. */
const BenchShape *bench_shape_named(int i);

/** Takes the first item off a list of shapes such as "A,C,3000x2x5".
 * @param[in,out] list  Advances behind the item.
 * @return 1 on success, 0 at the end of the list, -1 for an item that is not a shape. */
int bench_shape_next(const char **list, BenchShape *shape);

#endif

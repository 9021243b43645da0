/* The single-precision vector kernels for AVX2 and FMA. */
#define EMIX_VECTOR_BYTES 32
#define EMIX_VECTOR_SINGLE 1
#define EMIX_VECTOR_SINGLE_TABLE emix_single_kernels_avx2

#include "kernels/vector_single_table.h"

/* The vector kernels for AVX2 and FMA. */
#define EMIX_VECTOR_BYTES 32
#define EMIX_VECTOR_NAME "avx2"
#define EMIX_VECTOR_SINGLE 0
#define EMIX_VECTOR_TABLE emix_kernels_avx2
#define EMIX_VECTOR_SINGLE_TABLE emix_single_kernels_avx2

#include "kernels/vector_table.h"

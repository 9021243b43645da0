/* The single-precision vector kernels for AVX-512 (F, BW, DQ, VL). */
#define EMIX_VECTOR_BYTES 64
#define EMIX_VECTOR_SINGLE 1
#define EMIX_VECTOR_SINGLE_TABLE emix_single_kernels_avx512

#include "kernels/vector_single_table.h"

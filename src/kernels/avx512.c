/* The vector kernels for AVX-512 (F, BW, DQ, VL). */
#define EMIX_VECTOR_BYTES 64
#define EMIX_VECTOR_NAME "avx512"
#define EMIX_VECTOR_SINGLE 0
#define EMIX_VECTOR_TABLE emix_kernels_avx512
#define EMIX_VECTOR_SINGLE_TABLE emix_single_kernels_avx512

#include "kernels/vector_table.h"

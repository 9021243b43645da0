/* The vector kernels for the instruction set that every machine has: SSE2 on x86-64, NEON on
 * arm64. */
#define EMIX_VECTOR_BYTES 16
#define EMIX_VECTOR_NAME "baseline"
#define EMIX_VECTOR_SINGLE 0
#define EMIX_VECTOR_TABLE emix_kernels_baseline
#define EMIX_VECTOR_SINGLE_TABLE emix_single_kernels_baseline

#include "kernels/vector_table.h"

/* Column numbers. */
#include "io/weights_column.h"

#include <string.h>

EmixStatus emix_io_weights_column_number(const char *name, const char *wanted, emix_index n_columns,
                                         emix_index *column, EmixError *error)
{
    const size_t n_digits = strspn(wanted, "0123456789");
    if (n_digits == 0 || wanted[n_digits] != '\0') {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%s: there is no column '%.100s' for the weights", name, wanted);
    }
    emix_index number = 0;
    for (size_t i = 0; i < n_digits && number <= n_columns; ++i) {
        number = number * 10 + (wanted[i] - '0');
    }
    if (number < 1 || number > n_columns) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%s: there is no column %.100s for the weights, only 1 ... %lld", name,
                         wanted, (long long)n_columns);
    }
    *column = number - 1;
    return EMIX_OK;
}

EmixStatus emix_io_check_features_left(const char *name, emix_index n_columns, EmixError *error)
{
    if (n_columns == 1) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%s: its only column holds the weights, and no feature is left", name);
    }
    return EMIX_OK;
}

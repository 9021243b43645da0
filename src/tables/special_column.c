/* Column numbers. */
#include "tables/special_column.h"

#include <string.h>

EmixStatus emix_io_special_column_number(const char *name, const char *wanted, const char *role,
                                         emix_index n_columns, emix_index *column, EmixError *error)
{
    const size_t n_digits = strspn(wanted, "0123456789");
    if (n_digits == 0 || wanted[n_digits] != '\0') {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "%s: there is no column '%.100s' for the %s",
                         name, wanted, role);
    }
    emix_index number = 0;
    for (size_t i = 0; i < n_digits && number <= n_columns; ++i) {
        number = number * 10 + (wanted[i] - '0');
    }
    if (number < 1 || number > n_columns) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%s: there is no column %.100s for the %s, only 1 ... %lld", name, wanted,
                         role, (long long)n_columns);
    }
    *column = number - 1;
    return EMIX_OK;
}

EmixStatus emix_io_check_special_columns(const char *name, emix_index n_columns, emix_index weights,
                                         emix_index labels, EmixError *error)
{
    if (weights >= 0 && weights == labels) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%s: column %lld cannot hold both the weights and the labels", name,
                         (long long)weights + 1);
    }
    if (n_columns == (weights >= 0) + (labels >= 0)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%s: its only column%s the %s, and no feature is left", name,
                         n_columns == 1 ? " holds" : "s hold",
                         n_columns == 2 ? "weights and the labels"
                         : weights >= 0 ? "weights"
                                        : "labels");
    }
    return EMIX_OK;
}

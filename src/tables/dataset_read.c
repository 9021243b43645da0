/* Reading a table of any format. */
#include <string.h>
#include <strings.h>

#include <emix/io.h>

#include "context/context.h"
#include "core/status_internal.h"
#include "tables/csv.h"
#include "io/input_file.h"
#include "tables/npy.h"
#include "tables/table_format.h"

EmixStatus emix_io_table_format(const char *path, EmixTableFormat *format, EmixError *error)
{
    static const struct {
        const char *extension;
        EmixTableFormat format;
    } formats[] = {{".csv", EMIX_TABLE_CSV}, {".tsv", EMIX_TABLE_TSV}, {".npy", EMIX_TABLE_NPY}};
    if (strcmp(path, "-") == 0) {
        *format = EMIX_TABLE_CSV;
        return EMIX_OK;
    }
    const size_t n = strlen(path);
    for (size_t f = 0; f < sizeof formats / sizeof *formats; ++f) {
        const size_t n_extension = strlen(formats[f].extension);
        if (n > n_extension && strcasecmp(path + n - n_extension, formats[f].extension) == 0) {
            *format = formats[f].format;
            return EMIX_OK;
        }
    }
    return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                     "%s: tables have the extension .csv, .tsv or .npy ('-' is CSV on standard "
                     "input or output)",
                     emix_io_input_name(path));
}

EmixStatus emix_dataset_read(const EmixContext *context, const char *path,
                             const EmixReadOptions *options, EmixDataset **dataset,
                             EmixError *error)
{
    static const EmixReadOptions defaults = {0};
    EmixStatus status = EMIX_OK;
    EmixTableFormat format = EMIX_TABLE_CSV;
    EmixContext who;
    if (path == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the path is NULL");
    }
    EMIX_TRY(emix_context_resolve(context, &who, error));
    EMIX_TRY(emix_io_table_format(path, &format, error));
    options = options != NULL ? options : &defaults;
    EMIX_TRY(format == EMIX_TABLE_NPY
                 ? emix_io_npy_read(&who, path, options, dataset, error)
                 : emix_io_csv_read(&who, path, format == EMIX_TABLE_TSV ? '\t' : ',', options,
                                    dataset, error));
cleanup:
    return status;
}

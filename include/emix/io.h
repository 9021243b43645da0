/* Files: reading data sets, writing tables, reading and writing models.
 *
 * The format follows the extension: .csv, .tsv, .npy for tables, JSON for models; "-" is CSV on
 * standard input or output. Every output file is written beside its target and renamed when it
 * is complete, so that neither a crash nor a full disk leaves half a file or destroys the old. */
#ifndef EMIX_IO_H
#define EMIX_IO_H

#include <stddef.h>

#include <emix/context.h>
#include <emix/data.h>
#include <emix/fit.h>
#include <emix/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How to read a data set; zeroed = the defaults. */
typedef struct EmixReadOptions {
    const char *weights_column;  /**< name, or 1-based number, of the column that holds the row
                                     weights and is no feature; NULL = none                    */
    const char *labels_column;   /**< name, or 1-based number, of the column of a text that holds
                                     the known component of each row, by any name, empty, NA or
                                     nan where it is unknown; NULL = none                      */
    const char *const *features; /**< [n_features] names of the columns to read, in this order, of
                                     a text with a header; what other columns hold is passed over.
                                     Files without names are read whole. NULL = all columns    */
    emix_index n_features;       /**< at least 1 with features                                  */
} EmixReadOptions;

/** Reads a data set.
 *
 * CSV and TSV: an optional header (a first record in which some field, other than that of a labels
 * column given by its number, is neither a number nor missing), quoted fields, LF or CRLF, an
 * optional UTF-8 byte-order mark; parsed by all workers. NPY: format 1.0, 2.0, 3.0, one or two
 * dimensions, float64, float32 and integers of either byte order, C or Fortran order; mapped, not
 * copied, when it is in the machine's byte order. A weights column of an NPY file is copied; the
 * features are copied too, as doubles, when it is neither the first nor the last column. A mapped
 * file must not be truncated by others while it is in use: the system answers a read beyond its new
 * end with SIGBUS.
 *
 * Labels become those of emix_dataset_set_labels(), in numeric order when all are integers, else in
 * the order of their bytes. NPY files have none.
 *
 * @param context  Who parses, and the memory that a mapped file may take part in; NULL = the
 *                 defaults.
 * @param path     File name, or "-" for CSV on standard input.
 * @param options  NULL = the defaults.
 * @param[out] dataset Release with emix_dataset_destroy(). Untouched on failure.
 * @param[out] error   Names file, line, column and the offending text.
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_FORMAT (malformed, ragged, text, out of range),
 *         EMIX_ERR_NONFINITE (an infinity or a missing value), EMIX_ERR_ARGUMENT (no such
 *         column), EMIX_ERR_SHAPE (no column of the name of a feature, or two),
 * EMIX_ERR_UNSUPPORTED (extension, dtype), EMIX_ERR_NOMEM.
 *
 * Cost: O(file) for text; O(1) for NPY. */
EMIX_API EmixStatus emix_dataset_read(const EmixContext *context, const char *path,
                                      const EmixReadOptions *options, EmixDataset **dataset,
                                      EmixError *error);

/** A table being written row by row; opaque. */
typedef struct EmixTableWriter EmixTableWriter;

/* What a column of a table holds. */
typedef enum EmixColumnType {
    EMIX_COLUMN_NUMBER, /**< double, printed so that it reads back bit for bit */
    EMIX_COLUMN_INDEX   /**< integer, printed without a fraction               */
} EmixColumnType;

/** Begins a table.
 *
 * @param path       .csv, .tsv or .npy, or "-" for CSV on standard output.
 * @param n_rows     Rows that will follow, exactly.
 * @param n_columns  At least 1.
 * @param names      [n_columns] header of CSV and TSV; NULL = no header. Copied.
 * @param type       Of all columns: NPY float64 or int64.
 * @param[out] writer End with emix_table_writer_commit() or emix_table_writer_discard().
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_UNSUPPORTED (extension), EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_table_writer_create(const char *path, emix_index n_rows,
                                             emix_index n_columns, const char *const *names,
                                             EmixColumnType type, EmixTableWriter **writer,
                                             EmixError *error);

/** Appends rows of numbers, x [n_rows x n_columns] in C order. Cost: O(n_rows * n_columns).
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_ARGUMENT (more rows than announced, wrong type). */
EMIX_API EmixStatus emix_table_writer_append(EmixTableWriter *writer, emix_index n_rows,
                                             const double *x, EmixError *error);

/** Appends rows of integers, x [n_rows x n_columns] in C order; otherwise like the above. */
EMIX_API EmixStatus emix_table_writer_append_index(EmixTableWriter *writer, emix_index n_rows,
                                                   const emix_index *x, EmixError *error);

/** Lets a table of integers show names: in CSV and TSV the integer i, 0 ... n - 1, is written as
 * names[i], in quotes where it must be; NPY keeps the integers.
 *
 * @param names  [n] BORROWED until the table is completed or given up.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT (a table of numbers). */
EMIX_API EmixStatus emix_table_writer_name_indices(EmixTableWriter *writer, emix_index n,
                                                   const char *const *names, EmixError *error);

/** Completes the file, puts it in its place and releases the writer, on failure too.
 * @return EMIX_OK, EMIX_ERR_IO (nothing is left behind), EMIX_ERR_ARGUMENT (rows missing). */
EMIX_API EmixStatus emix_table_writer_commit(EmixTableWriter *writer, EmixError *error);

/** Gives the table up, leaves nothing behind and releases the writer. NULL is allowed. */
EMIX_API void emix_table_writer_discard(EmixTableWriter *writer);

/** Writes a model as `emix.model/1` JSON; numbers read back bit for bit. The file is the same
 * for any number of threads: it holds no times, no memory and no thread count.
 *
 * Each part is a member, nested as deep as it has axes: "weights" [K], "means" [K][D], and
 * "covariances" in the shape of the structure: full [K][D][D], tied [D][D], diag [K][D], spherical
 * [K], EII [1]; so are their standard errors. Earlier files have full matrices [K][D][D] for every
 * structure.
 *
 * @param path  "-" is standard output.
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_model_write(const EmixModel *model, const char *path, EmixError *error);

/** The text that emix_model_write() would put into a file, without the newline behind it.
 *
 * @param[out] text Terminated; release with emix_text_destroy(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_model_document(const EmixModel *model, char **text, EmixError *error);

/** Reads a model. Only schema, weights, means and covariances must be there; covariances of any
 * structure may be full matrices [K][D][D], as earlier files have them.
 *
 * @param[out] model  Release with emix_model_destroy(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_FORMAT (the message names line and column, or the
 *         member), EMIX_ERR_UNSUPPORTED (family or covariance of another version),
 *         EMIX_ERR_ARGUMENT, EMIX_ERR_DEGENERATE, EMIX_ERR_NONFINITE, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_model_read(const char *path, EmixModel **model, EmixError *error);

/** Reads a model from memory, like emix_model_read() from a file.
 * @param text  [n_bytes] the text of a model file; need not be terminated. */
EMIX_API EmixStatus emix_model_read_text(const char *text, size_t n_bytes, EmixModel **model,
                                         EmixError *error);

/** What a caller of the library knows beside the fit's own report; zeroed = unknown. */
typedef struct EmixFitContext {
    double read_s;     /**< seconds spent reading the data                                   */
    double total_s;    /**< seconds of everything                                            */
    size_t peak_bytes; /**< peak resident memory of the process                              */
} EmixFitContext;

/** The `emix.fit/1` document of a fitted model, as text on one line.
 *
 * Of a model that was fitted in this process, "starts" has what came of each: "best", the number of
 * the start that made the model; "log_likelihoods", "states" and "lost_in_round", arrays by number of
 * the start, as in EmixStartReport; "distinct", the numbers of starts that ended at maxima of their
 * own, a null being unknown. Its "settings" are every option as it was used, by the name on the
 * command line ("max-iter", see emix/options.h): numbers and names as there, a flag true or false, a
 * list an array, null where it was not set or of no use.
 *
 * @param context   May be NULL.
 * @param[out] text Terminated; release with emix_text_destroy(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT (a model that no fit made), EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_fit_document(const EmixModel *model, const EmixFitContext *context,
                                      char **text, EmixError *error);

/** A trace being written: JSON lines, one a pass; opaque. */
typedef struct EmixTraceWriter EmixTraceWriter;

/** Begins a trace.
 *
 * @param path        "-" is standard output.
 * @param[out] writer End with emix_trace_writer_commit() or emix_trace_writer_discard().
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_trace_writer_create(const char *path, EmixTraceWriter **writer,
                                             EmixError *error);

/** Appends a line; an EmixTraceCallback, the writer being its context. Members are those of
 * EmixPassRecord; a NaN is null. A failure is kept for emix_trace_writer_commit(). */
EMIX_API void emix_trace_writer_append(void *writer, const EmixPassRecord *record);

/** Completes the file, puts it in its place and releases the writer, on failure too.
 * @return EMIX_OK, EMIX_ERR_IO or EMIX_ERR_NOMEM (nothing is left behind). */
EMIX_API EmixStatus emix_trace_writer_commit(EmixTraceWriter *writer, EmixError *error);

/** Gives the trace up, leaves nothing behind and releases the writer. NULL is allowed. */
EMIX_API void emix_trace_writer_discard(EmixTraceWriter *writer);

/** Writes a document to a file, and a newline behind it.
 * @param path  "-" is standard output.
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_text_write(const char *text, const char *path, EmixError *error);

/** Releases the text of a document. NULL is allowed. */
EMIX_API void emix_text_destroy(char *text);

#ifdef __cplusplus
}
#endif
#endif

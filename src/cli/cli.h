/* Shared by all commands of the program: exit statuses, messages, checks, windows of rows. */
#ifndef EMIX_CLI_CLI_H
#define EMIX_CLI_CLI_H

#include <stdbool.h>

#include <emix/emix.h>

/** Largest --threads. */
enum { CLI_MAX_THREADS = 1024 };

/** The paragraph of --help about input tables. */
#define CLI_DATA_HELP                                                                              \
    "DATA is a table by its extension: .csv or .tsv (an optional header, quoted fields), .npy "    \
    "(floats or integers, one or two dimensions), or - for CSV on standard input."

/** The paragraph of --help about tables to which a model is applied. */
#define CLI_MODEL_DATA_HELP                                                                        \
    CLI_DATA_HELP " Where it and the model have column names, the model's columns are found by "   \
                  "name, in any order, and further ones left alone."

/** Exit statuses of the program. */
typedef enum CliExit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_USAGE = 1,           /**< the command line cannot be understood                   */
    CLI_EXIT_DATA = 2,            /**< a file cannot be read or written, or is malformed       */
    CLI_EXIT_DEGENERATE = 3,      /**< no usable model                                         */
    CLI_EXIT_ITERATION_LIMIT = 4, /**< the model is written, but EM had not converged          */
    CLI_EXIT_NOMEM = 5,           /**< out of memory                                           */
    CLI_EXIT_INTERRUPTED = 130    /**< by a signal; the best model so far is written           */
} CliExit;

/** Sets the name of the running command ("fit"), NULL for the program itself; messages begin with
 * it. */
void cli_set_command_name(const char *name);

/** Prints "emix COMMAND: " and the message as one line on standard error. Control characters, which
 * file names or data may contain, are replaced. */
__attribute__((format(printf, 1, 2))) void cli_message(const char *format, ...);

/** Prints the message of a failed library call. Returns the corresponding exit status. */
CliExit cli_fail(EmixStatus status, const EmixError *error);

/** Flushes and closes standard output. Returns `exit_status`; or CLI_EXIT_DATA after a message if
 * the output was lost. */
CliExit cli_close_stdout(CliExit exit_status);

/** True if a path, which may be NULL, means standard output. */
bool cli_is_stdout(const char *path);

/** Refuses, with a message, an output that cannot be written or would replace an input; to be
 * called before the long work. `path` may be NULL (none) or "-". Returns CLI_EXIT_OK or
 * CLI_EXIT_DATA. */
CliExit cli_check_output(const char *path, const char *const *inputs, int n_inputs);

/** Reads a model; any defect of the file gives CLI_EXIT_DATA, after a message. */
CliExit cli_read_model(const char *path, EmixModel **model);

/** Makes the context of a command: --threads, 0 = all cores, and --memory, 0 = half of the
 * machine's. Release with emix_context_destroy(). If the exit status is not CLI_EXIT_OK, a message
 * was printed and `context` is unchanged. */
CliExit cli_make_context(emix_index n_threads, emix_index memory_bytes, EmixContext **context);

/** Seconds on a monotonic clock. */
double cli_clock_s(void);

/** Shortest text that reads back as the same number. `text` holds 32 bytes; returns it. */
const char *cli_format_exact(double value, char *text);

/** Computes rows first_row ... first_row + n_rows - 1 into `rows`, [n_rows x n_columns] doubles or
 * emix_index, by the table's type. */
typedef EmixStatus (*CliFillRows)(void *context, emix_index first_row, emix_index n_rows,
                                  void *rows, EmixError *error);

/** A table that is computed and written window by window, so that memory stays small. */
typedef struct CliTable {
    const char *path;               /**< "-" is CSV on standard output         */
    emix_index n_rows;              /**< rows in all                           */
    emix_index n_columns;           /**< columns                               */
    const char *const *names;       /**< [n_columns], NULL = no header         */
    EmixColumnType type;            /**< of all columns                        */
    emix_index n_index_names;       /**< smaller integers are written as names */
    const char *const *index_names; /**< [n_index_names]                 */
    CliFillRows fill;               /**< computes rows                         */
    void *context;                  /**< passed to fill */
} CliTable;

/** Writes a table. After a failure, which is reported in a message, or a signal, no file is
 * left. */
CliExit cli_write_table(const CliTable *table);

/** Names of n columns: "PREFIX" and a number, from `first` on. One block, to be released with
 * free(); NULL = out of memory. */
const char **cli_numbered_names(const char *prefix, emix_index first, emix_index n);

#endif

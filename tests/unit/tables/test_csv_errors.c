/* Text tables that are refused: the first bad line of the file is named, with column and text,
 * however the text is cut into chunks. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "csv_support.h"
#include "support/io_support.h"

TestSuite(csv_errors, .init = scratch_open, .fini = scratch_close);

Test(csv_errors, text_in_a_numeric_column)
{
    csv_expect_refused("1,2\n3,x\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 2: 'x' is not a number");
    csv_expect_refused("a,b\n1,2\n3,4\n5,1.2.3\n7,y\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 4, column 2 (b): '1.2.3' is not a number");
    csv_expect_refused("1,2\n0x10,3\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 1: '0x10' is not a number");
    csv_expect_refused("1,2\n\"3 \"\"\",4\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 1: '3 \"\"' is not a number");
}

Test(csv_errors, lines_are_those_of_the_file_below_a_long_header)
{
    csv_expect_refused("\"a\nb\nc\",d\n1,2\n3,x\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 5, column 2 (d): 'x' is not a number");
}

Test(csv_errors, missing_values)
{
    csv_expect_refused("1,2\n3,NA\n", NULL, EMIX_ERR_NONFINITE,
                       "table, line 2, column 2: missing value 'NA'");
    csv_expect_refused("a,b\n1,2\n,4\n", NULL, EMIX_ERR_NONFINITE,
                       "table, line 3, column 1 (a): missing value ''");
    csv_expect_refused("1,2\n3,nan\n", NULL, EMIX_ERR_NONFINITE,
                       "table, line 2, column 2: missing value 'nan'");
    csv_expect_refused("NA,NaN\n1,2\n", NULL, EMIX_ERR_NONFINITE,
                       "table, line 1, column 1: missing value 'NA'");
    csv_expect_refused("1,2\n\"\",2\n", NULL, EMIX_ERR_NONFINITE,
                       "table, line 2, column 1: missing value ''");
    csv_expect_refused("1\n\n2\n", NULL, EMIX_ERR_NONFINITE,
                       "table, line 2, column 1: missing value ''");
}

Test(csv_errors, infinities_and_values_out_of_range)
{
    csv_expect_refused("1,2\n3,-Inf\n", NULL, EMIX_ERR_NONFINITE,
                       "table, line 2, column 2: '-Inf' is not finite");
    csv_expect_refused("1,2\n1e999,2\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 1: '1e999' is beyond +-1e+150");
    csv_expect_refused("1,2\n3,-1.1e150\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 2: '-1.1e150' is beyond +-1e+150");
}

Test(csv_errors, ragged_records)
{
    csv_expect_refused("1,2\n3\n5,6\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2: 1 field, where the first record has 2");
    csv_expect_refused("a,b\n1,2\n3,4,5,6\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 3: 4 fields, where the first record has 2");
    csv_expect_refused("1\n2,3\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2: 2 fields, where the first record has 1");
}

Test(csv_errors, a_wide_first_record_over_short_ones_takes_no_memory_for_their_fields)
{
    enum { WIDE = 100000, SHORT = 100000 };
    char *text = malloc(2 * WIDE + 2 * SHORT + 1);
    char *p = text;
    for (int i = 0; i < WIDE; ++i) {
        *p++ = '1';
        *p++ = i < WIDE - 1 ? ',' : '\n';
    }
    for (int i = 0; i < SHORT; ++i) {
        *p++ = '1';
        *p++ = '\n';
    }
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, csv_parse(text, (size_t)(p - text), NULL, 1 << 16, 2, &dataset, &error),
                 EMIX_ERR_FORMAT));
    cr_expect(eq(str, error.message, "table, line 2: 1 field, where the first record has 100000"));
    free(text);
}

Test(csv_errors, blank_lines_between_records)
{
    csv_expect_refused("1,2\n\n3,4\n", NULL, EMIX_ERR_FORMAT, "table, line 2: the line is blank");
    csv_expect_refused("1,2\r\n \t\r\n3,4\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2: the line is blank");
    csv_expect_refused("\n1,2\n", NULL, EMIX_ERR_FORMAT, "table, line 1: the line is blank");
    csv_expect_refused("\r\n1,2\n", NULL, EMIX_ERR_FORMAT, "table, line 1: the line is blank");
}

Test(csv_errors, quotes_that_do_not_match)
{
    csv_expect_refused("1,2\n3,\"4\n5,6\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2: a quote is opened and never closed");
    csv_expect_refused("1,2\n3,4\"\n5,6\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2: a quote inside a field that does not begin with one");
    csv_expect_refused("1,2\n\"3\"x,4\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2: text after a closing quote");
    csv_expect_refused("\"a,b\n1,2\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 1: a quote is opened and never closed");
    csv_expect_refused("a\"b,c\n1,2\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 1: a quote inside a field that does not begin with one");
}

Test(csv_errors, the_first_bad_line_is_reported_whatever_comes_after_it)
{
    csv_expect_refused("1,2\n3,4\n5,x\n7\n9,\"10\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 3, column 2: 'x' is not a number");
    csv_expect_refused("1,2\n3\n5,x\n7,\"y\nz\",\n9,\"10\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2: 1 field, where the first record has 2");
}

Test(csv_errors, files_without_data)
{
    csv_expect_refused("", NULL, EMIX_ERR_FORMAT, "table: the file is empty");
    csv_expect_refused("\n\n \r\n", NULL, EMIX_ERR_FORMAT, "table: the file is empty");
    csv_expect_refused("\xef\xbb\xbf", NULL, EMIX_ERR_FORMAT, "table: the file is empty");
    csv_expect_refused("a,b\n", NULL, EMIX_ERR_FORMAT, "table: there is a header and no data");
    csv_expect_refused("a,b", NULL, EMIX_ERR_FORMAT, "table: there is a header and no data");
}

Test(csv_errors, bytes_that_are_no_text)
{
    csv_expect_refused_bytes("1,2\n3,\0\x01\n", 9, NULL, EMIX_ERR_FORMAT,
                             "table, line 2, column 2: '\\x00\\x01' is not a number");
    csv_expect_refused_bytes("\x7f"
                             "ELF\x02\0\0",
                             7, NULL, EMIX_ERR_FORMAT,
                             "table, line 1: byte 0x02 at offset 4: this is not a text file");
    csv_expect_refused_bytes("\xff\xfe"
                             "1\0",
                             4, NULL, EMIX_ERR_FORMAT,
                             "table: the text is UTF-16; it must be UTF-8");
}

Test(csv_errors, another_separator_is_guessed)
{
    csv_expect_refused("a;b\n1;2\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 1 (a;b): '1;2' is not a number (fields are separated "
                       "by ',' here; does this file use ';'?)");
    csv_expect_refused("a\tb\n1\t2\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 1 (a\\x09b): '1\\x092' is not a number (fields are "
                       "separated by ',' here; does this file use a tab?)");
    csv_expect_refused("1 2\n3 4\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 1 (1 2): '3 4' is not a number (fields are separated "
                       "by ',' here; does this file use a blank?)");
    csv_expect_refused("1,2\nNew York,4\n", NULL, EMIX_ERR_FORMAT,
                       "table, line 2, column 1: 'New York' is not a number");
    csv_expect_refused("a,b\n1,2\n", &(CsvOptions){.separator = '\t'}, EMIX_ERR_FORMAT,
                       "table, line 2, column 1 (a,b): '1,2' is not a number (fields are separated "
                       "by a tab here; does this file use ','?)");
    csv_expect_refused(
        "a\r1\r2\n3\r4\n", NULL, EMIX_ERR_FORMAT,
        "table, line 2, column 1 (a\\x0d1\\x0d2): '3\\x0d4' is not a number (lines must "
        "end with a newline, not with a carriage return alone)");
}

Test(csv_errors, weights_columns_that_cannot_be)
{
    csv_expect_refused("a,b\n1,2\n", &(CsvOptions){.weights_column = "c"}, EMIX_ERR_ARGUMENT,
                       "table: there is no column 'c' for the weights");
    csv_expect_refused("a,b\n1,2\n", &(CsvOptions){.weights_column = ""}, EMIX_ERR_ARGUMENT,
                       "table: there is no column '' for the weights");
    csv_expect_refused("a,b\n1,2\n", &(CsvOptions){.weights_column = "3"}, EMIX_ERR_ARGUMENT,
                       "table: there is no column 3 for the weights, only 1 ... 2");
    csv_expect_refused("a,b\n1,2\n", &(CsvOptions){.weights_column = "0"}, EMIX_ERR_ARGUMENT,
                       "table: there is no column 0 for the weights, only 1 ... 2");
    csv_expect_refused("a,b\n1,2\n", &(CsvOptions){.weights_column = "99999999999999999999"},
                       EMIX_ERR_ARGUMENT,
                       "table: there is no column 99999999999999999999 for the weights, only 1 ... "
                       "2");
    csv_expect_refused("w,w\n1,2\n", &(CsvOptions){.weights_column = "w"}, EMIX_ERR_ARGUMENT,
                       "table: columns 1 and 2 are both named 'w'");
    csv_expect_refused("w\n1\n", &(CsvOptions){.weights_column = "w"}, EMIX_ERR_ARGUMENT,
                       "table: its only column holds the weights, and no feature is left");
}

Test(csv_errors, weights_that_cannot_be)
{
    const CsvOptions weighted = {.weights_column = "2"};
    csv_expect_refused("1,2\n3,-4\n", &weighted, EMIX_ERR_NONFINITE,
                       "table, line 2, column 2: weight -4 is negative");
    csv_expect_refused("1,0\n3,0\n", &weighted, EMIX_ERR_NONFINITE,
                       "table: all 2 row weights are 0");
    csv_expect_refused("1,2\n3,\n", &weighted, EMIX_ERR_NONFINITE,
                       "table, line 2, column 2: missing value ''");
}

Test(csv_errors, a_long_field_is_cut_in_the_message)
{
    char text[400] = "1\n";
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    memset(text + 2, 'x', 300);
    cr_expect(eq(int, csv_parse(text, 302, NULL, 8, 1, &dataset, &error), EMIX_ERR_FORMAT));
    expect_contains(error.message, "xxx...' is not a number");
    cr_expect(lt(sz, strlen(error.message), 200));
}

static void expect_unreadable(const char *path, EmixStatus status, const char *text)
{
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, emix_dataset_read(NULL, path, NULL, &dataset, &error), status), "%s",
              error.message);
    expect_contains(error.message, text);
    cr_expect(eq(ptr, dataset, NULL));
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(csv_errors, files_that_cannot_be_read)
{
    expect_unreadable(scratch_path("nothing.csv"), EMIX_ERR_IO,
                      "nothing.csv: cannot be opened: No such file or directory");
    const char *directory = scratch_path("directory.csv");
    cr_assert(zero(int, mkdir(directory, 0700)));
    expect_unreadable(directory, EMIX_ERR_IO, "directory.csv: cannot be read: Is a directory");
    cr_assert(zero(int, rmdir(directory)));
    expect_unreadable(NULL, EMIX_ERR_ARGUMENT, "NULL");
    const char *secret = scratch_path("secret.csv");
    write_text(secret, "1,2\n");
    cr_assert(zero(int, chmod(secret, 0)));
    if (access(secret, R_OK) != 0) { /* the superuser may read it all the same */
        expect_unreadable(secret, EMIX_ERR_IO, "secret.csv: cannot be opened: Permission denied");
    }
}

Test(csv_errors, unknown_extensions)
{
    expect_unreadable("table.xls", EMIX_ERR_UNSUPPORTED,
                      "table.xls: tables have the extension .csv, .tsv or .npy");
    expect_unreadable("csv", EMIX_ERR_UNSUPPORTED, "extension");
    expect_unreadable(".csv", EMIX_ERR_UNSUPPORTED, "extension");
    expect_unreadable("", EMIX_ERR_UNSUPPORTED, "extension");
}

Test(csv_errors, an_error_struct_is_not_needed)
{
    EmixDataset *dataset = NULL;
    cr_expect(eq(int, csv_parse("1,x\n2,y\n", 8, NULL, 4, 2, &dataset, NULL), EMIX_ERR_FORMAT));
    cr_expect(eq(int, csv_parse("1,2\n3,y\n", 8, NULL, 4, 2, &dataset, NULL), EMIX_ERR_FORMAT));
}

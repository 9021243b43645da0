/* Headers of array files: a magic string, a version, a length, and a Python dictionary with
 * exactly the keys descr, fortran_order and shape, padded with blanks. */
#include "tables/npy.h"

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ORDER '<'
#else
#define NATIVE_ORDER '>'
#endif

static const char magic[6] = "\x93NUMPY";

/* Element types, by NumPy's code for kind and bytes. */
static const struct {
    size_t bytes;
    EmixDtype dtype;
    char kind;
} element_types[] = {
    {8, EMIX_FLOAT64, 'f'}, {4, EMIX_FLOAT32, 'f'}, {1, EMIX_INT8, 'i'},  {2, EMIX_INT16, 'i'},
    {4, EMIX_INT32, 'i'},   {8, EMIX_INT64, 'i'},   {1, EMIX_UINT8, 'u'}, {2, EMIX_UINT16, 'u'},
    {4, EMIX_UINT32, 'u'},  {8, EMIX_UINT64, 'u'},
};
enum { N_ELEMENT_TYPES = sizeof element_types / sizeof *element_types };

/* State of the parser of the dictionary. */
typedef struct Parser {
    const char *name;
    const char *begin;
    const char *p;
    const char *end;
    EmixError *error;
} Parser;

static EmixStatus fail_at(const Parser *parser, const char *what)
{
    return emix_fail(parser->error, EMIX_ERR_FORMAT,
                     "%s: malformed NPY header at its byte %lld: %s", parser->name,
                     (long long)(parser->p - parser->begin), what);
}

static void skip_blanks(Parser *parser)
{
    while (parser->p < parser->end &&
           (*parser->p == ' ' || *parser->p == '\t' || *parser->p == '\n' || *parser->p == '\r')) {
        ++parser->p;
    }
}

/* Skips blanks and takes character c; false if the next character is another one. */
static bool take(Parser *parser, char c)
{
    skip_blanks(parser);
    const bool there = parser->p < parser->end && *parser->p == c;
    parser->p += there;
    return there;
}

static bool take_word(Parser *parser, const char *word)
{
    skip_blanks(parser);
    const size_t n = strlen(word);
    const bool there = (size_t)(parser->end - parser->p) >= n && memcmp(parser->p, word, n) == 0;
    parser->p += there ? n : 0;
    return there;
}

/* Takes a string in either kind of quotes, without escapes, into text. */
static EmixStatus take_string(Parser *parser, char *text, size_t bytes)
{
    skip_blanks(parser);
    const char quote = parser->p < parser->end ? *parser->p : '\0';
    if (quote != '\'' && quote != '"') {
        return fail_at(parser, "a string is expected");
    }
    const char *begin = parser->p + 1;
    const char *closing = memchr(begin, quote, (size_t)(parser->end - begin));
    if (closing == NULL || memchr(begin, '\\', (size_t)(closing - begin)) != NULL) {
        return fail_at(parser, "a string is not closed, or has escapes");
    }
    if ((size_t)(closing - begin) >= bytes) {
        return fail_at(parser, "a string is too long");
    }
    memcpy(text, begin, (size_t)(closing - begin));
    text[closing - begin] = '\0';
    parser->p = closing + 1;
    return EMIX_OK;
}

static EmixStatus unsupported_type(const Parser *parser, const char *code)
{
    return emix_fail(parser->error, EMIX_ERR_UNSUPPORTED,
                     "%s: element type '%s' is not supported: float64, float32 and integers of 1, "
                     "2, 4 and 8 bytes are",
                     parser->name, code);
}

static EmixStatus parse_descr(Parser *parser, EmixNpyHeader *header)
{
    char code[32] = "";
    skip_blanks(parser);
    if (parser->p < parser->end && *parser->p == '[') {
        return unsupported_type(parser, "record");
    }
    const EmixStatus status = take_string(parser, code, sizeof code);
    if (status != EMIX_OK) {
        return status;
    }
    const bool has_order = code[0] != '\0' && strchr("<>|=", code[0]) != NULL;
    const char order = has_order ? code[0] : '=';
    const char *kind = code + has_order;
    for (int i = 0; i < N_ELEMENT_TYPES; ++i) {
        const bool same = kind[0] == element_types[i].kind &&
                          kind[1] == (char)('0' + element_types[i].bytes) && kind[2] == '\0';
        if (same && (order != '|' || element_types[i].bytes == 1)) {
            header->dtype = element_types[i].dtype;
            header->item_bytes = element_types[i].bytes;
            header->swapped = element_types[i].bytes > 1 && (order == '<' || order == '>') &&
                              order != NATIVE_ORDER;
            return EMIX_OK;
        }
    }
    return unsupported_type(parser, code);
}

static EmixStatus parse_fortran_order(Parser *parser, EmixNpyHeader *header)
{
    header->fortran_order = take_word(parser, "True");
    if (!header->fortran_order && !take_word(parser, "False")) {
        return fail_at(parser, "True or False is expected");
    }
    return EMIX_OK;
}

/* Takes a size, with or without the L that Python 2 wrote behind it. */
static EmixStatus take_size(Parser *parser, emix_index *size)
{
    skip_blanks(parser);
    const char *first = parser->p;
    *size = 0;
    if (parser->p < parser->end && *parser->p == '-') {
        return fail_at(parser, "a size is negative");
    }
    for (; parser->p < parser->end && *parser->p >= '0' && *parser->p <= '9'; ++parser->p) {
        if (!emix_multiply(*size, 10, size) || *size > INT64_MAX - 9) {
            return fail_at(parser, "a size is too large");
        }
        *size += *parser->p - '0';
    }
    if (parser->p == first) {
        return fail_at(parser, "a size is expected");
    }
    parser->p += parser->p < parser->end && *parser->p == 'L';
    return EMIX_OK;
}

static EmixStatus parse_shape(Parser *parser, EmixNpyHeader *header)
{
    emix_index sizes[2] = {0, 1};
    int n_sizes = 0;
    bool separated = true;
    if (!take(parser, '(')) {
        return fail_at(parser, "a tuple is expected");
    }
    while (!take(parser, ')')) {
        emix_index size = 0;
        if (!separated) {
            return fail_at(parser, "a comma is expected");
        }
        const EmixStatus status = take_size(parser, &size);
        if (status != EMIX_OK) {
            return status;
        }
        if (n_sizes < 2) {
            sizes[n_sizes] = size;
        }
        ++n_sizes;
        separated = take(parser, ',');
    }
    if (n_sizes != 1 && n_sizes != 2) {
        return emix_fail(parser->error, EMIX_ERR_FORMAT,
                         "%s: the array has %d dimensions; a table has 1 or 2", parser->name,
                         n_sizes);
    }
    header->n_rows = sizes[0];
    header->n_columns = sizes[1];
    return EMIX_OK;
}

static EmixStatus parse_dictionary(Parser *parser, EmixNpyHeader *header)
{
    static const struct {
        const char *key;
        EmixStatus (*parse)(Parser *, EmixNpyHeader *);
    } members[] = {
        {"descr", parse_descr}, {"fortran_order", parse_fortran_order}, {"shape", parse_shape}};
    enum { N_MEMBERS = sizeof members / sizeof *members };
    unsigned seen = 0;
    bool separated = true;
    if (!take(parser, '{')) {
        return fail_at(parser, "a dictionary is expected");
    }
    while (!take(parser, '}')) {
        char key[32] = "";
        int m = 0;
        if (!separated) {
            return fail_at(parser, "a comma is expected");
        }
        EmixStatus status = take_string(parser, key, sizeof key);
        if (status != EMIX_OK) {
            return status;
        }
        while (m < N_MEMBERS && strcmp(key, members[m].key) != 0) {
            ++m;
        }
        if (m == N_MEMBERS || (seen >> m & 1u) != 0) {
            return fail_at(parser, m == N_MEMBERS ? "an unknown key" : "a key appears twice");
        }
        if (!take(parser, ':')) {
            return fail_at(parser, "a colon is expected");
        }
        status = members[m].parse(parser, header);
        if (status != EMIX_OK) {
            return status;
        }
        seen |= 1u << m;
        separated = take(parser, ',');
    }
    skip_blanks(parser);
    if (seen != (1u << N_MEMBERS) - 1) {
        return fail_at(parser, "one of descr, fortran_order and shape is missing");
    }
    return parser->p == parser->end ? EMIX_OK : fail_at(parser, "text after the dictionary");
}

/* Finds the dictionary, which follows magic string, version and length. */
static EmixStatus find_dictionary(const char *bytes, size_t n_bytes, Parser *parser)
{
    const unsigned char *u = (const unsigned char *)bytes;
    if (n_bytes < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0) {
        return emix_fail(parser->error, EMIX_ERR_FORMAT, "%s: this is not an NPY file",
                         parser->name);
    }
    const size_t length_bytes = n_bytes > 6 && u[6] == 1 ? 2 : 4;
    const size_t before = sizeof magic + 2 + length_bytes;
    if (n_bytes < before) {
        return emix_fail(parser->error, EMIX_ERR_FORMAT, "%s: the file ends within the NPY header",
                         parser->name);
    }
    if (u[6] < 1 || u[6] > 3 || u[7] != 0) {
        return emix_fail(parser->error, EMIX_ERR_FORMAT,
                         "%s: NPY format %d.%d is unknown; 1.0, 2.0 and 3.0 are read", parser->name,
                         u[6], u[7]);
    }
    size_t length = 0;
    for (size_t i = 0; i < length_bytes; ++i) {
        length |= (size_t)u[8 + i] << (8 * i);
    }
    if (length > n_bytes - before) {
        return emix_fail(parser->error, EMIX_ERR_FORMAT,
                         "%s: the NPY header has %zu bytes, of which only %zu are in the file",
                         parser->name, length, n_bytes - before);
    }
    parser->begin = parser->p = bytes + before;
    parser->end = parser->begin + length;
    return EMIX_OK;
}

EmixStatus emix_io_npy_read_header(const char *name, const char *bytes, size_t n_bytes,
                                   EmixNpyHeader *header, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Parser parser = {.name = name, .error = error};
    emix_index n_values = 0;
    emix_index data_bytes = 0;
    EMIX_TRY(find_dictionary(bytes, n_bytes, &parser));
    EMIX_TRY(parse_dictionary(&parser, header));
    header->data_offset = (size_t)(parser.end - bytes);
    if (header->n_rows < 1 || header->n_columns < 1) {
        return emix_fail(error, EMIX_ERR_FORMAT, "%s: an array of %lld x %lld holds no data", name,
                         (long long)header->n_rows, (long long)header->n_columns);
    }
    if (!emix_multiply(header->n_rows, header->n_columns, &n_values) ||
        !emix_multiply(n_values, (emix_index)header->item_bytes, &data_bytes) ||
        (size_t)data_bytes > n_bytes - header->data_offset) {
        return emix_fail(error, EMIX_ERR_FORMAT,
                         "%s: the file is too short: it holds %zu bytes of data, where %lld x %lld "
                         "elements of %zu bytes are announced",
                         name, n_bytes - header->data_offset, (long long)header->n_rows,
                         (long long)header->n_columns, header->item_bytes);
    }
cleanup:
    return status;
}

void emix_io_npy_format_header(EmixDtype dtype, emix_index n_rows, emix_index n_columns,
                               char header[EMIX_NPY_HEADER_BYTES])
{
    enum { BEFORE = 10 };
    int t = 0;
    while (t < N_ELEMENT_TYPES - 1 && element_types[t].dtype != dtype) {
        ++t;
    }
    const int length = EMIX_NPY_HEADER_BYTES - BEFORE;
    memcpy(header, magic, sizeof magic);
    header[6] = 1;
    header[7] = 0;
    header[8] = (char)length;
    header[9] = 0;
    const int n = snprintf(header + BEFORE, (size_t)length,
                           "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (%lld, %lld), }",
                           NATIVE_ORDER, element_types[t].kind, element_types[t].bytes,
                           (long long)n_rows, (long long)n_columns);
    memset(header + BEFORE + n, ' ', (size_t)(length - n));
    header[EMIX_NPY_HEADER_BYTES - 1] = '\n';
}

/* Numbers as text: exact, and independent of the process's locale. */
#ifndef EMIX_IO_NUMBER_TEXT_H
#define EMIX_IO_NUMBER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <emix/status.h>

/** Largest number of bytes that emix_io_format_number() and emix_io_format_index() write, with the
 * terminator. */
enum { EMIX_NUMBER_TEXT_BYTES = 40 };

/** 5^27 is the largest power of 5 below 2^63. */
enum { EMIX_MAX_POWER_OF_5 = 27 };

/** 5^0 ... 5^27. */
extern const uint64_t emix_io_powers_of_5[EMIX_MAX_POWER_OF_5 + 1];

/** The content of a whole field. */
typedef enum EmixFieldKind {
    EMIX_FIELD_NUMBER,   /* a finite number                               */
    EMIX_FIELD_OVERFLOW, /* a decimal number too large for a double       */
    EMIX_FIELD_INFINITE, /* inf, infinity, with or without a sign         */
    EMIX_FIELD_MISSING,  /* empty, NA or nan, in any case                 */
    EMIX_FIELD_TEXT      /* anything else                                 */
} EmixFieldKind;

/** Reads the longest decimal number that starts at `text`: an optional sign, digits with an
 * optional point, an optional exponent. The value is rounded correctly, ties to even. Beyond the
 * range of a double it is an infinity or zero.
 *
 * @return The first byte after the number; NULL if no number starts here. */
const char *emix_io_scan_number(const char *text, const char *end, double *value);

/** The double nearest to word * 10^exponent, with integers only.
 * @return False, with nothing set, if the exponent is too far from 0 for this method. */
bool emix_io_exact_decimal(uint64_t word, long exponent, double *value);

/** Classifies the field [text, end), which must have no blanks at its ends.
 * @param[out] value  Set only for EMIX_FIELD_NUMBER. */
EmixFieldKind emix_io_classify_field(const char *text, const char *end, double *value);

/** Writes the shortest of %.15g, %.16g and %.17g that reads back to the same double; for others
 * "inf", "-inf" or "nan". Terminated.
 * @return The length. */
size_t emix_io_format_number(double value, char text[EMIX_NUMBER_TEXT_BYTES]);

/** Writes an integer. Terminated. @return The length. */
size_t emix_io_format_index(emix_index value, char text[EMIX_NUMBER_TEXT_BYTES]);

#endif

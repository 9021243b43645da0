/* Doubles to decimal text: the first of "%.15g", "%.16g" and "%.17g" that reads back to the same
 * double.
 *
 * A double v = m 2^e with a 53-bit m has the digits round(m 5^s 2^(e + s)) with s decimal places.
 * For 0 <= s <= 27 the product is below 2^116. So numbers from 1e-11 to 1e15, nearly all in
 * practice, are printed with 128-bit integers, several times faster than by printf(), which prints
 * the rest. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "io/number_text.h"

__extension__ typedef unsigned __int128 Wide;

enum {
    LEAST_DIGITS = 15, /* every decimal of so many digits survives a double */
    MOST_DIGITS = 17   /* enough to identify every double */
};

/* round(mantissa * 2^exponent * 10^places), ties to even; 0 if it is outside the range of this
 * method. */
static uint64_t scaled_digits(uint64_t mantissa, int exponent, int places)
{
    if (places < 0 || places > EMIX_MAX_POWER_OF_5) {
        return 0;
    }
    const Wide product = (Wide)mantissa * emix_io_powers_of_5[places];
    const int shift = -(exponent + places);
    if (shift <= 0) {
        return shift > -64 && product >> (64 + shift) == 0 ? (uint64_t)product << -shift : 0;
    }
    if (shift >= 127) {
        return 0;
    }
    const Wide rest = product & (((Wide)1 << shift) - 1);
    const Wide half = (Wide)1 << (shift - 1);
    const Wide digits = product >> shift;
    return (uint64_t)(digits + (rest > half || (rest == half && (digits & 1) != 0)));
}

/* The digits of a number, and the decimal exponent of the first digit. */
typedef struct Digits {
    uint64_t word;
    int n_digits;
    int exponent;
} Digits;

/* Finds `n_digits` digits of value > 0. The first digit stands for 10^exponent or a neighbouring
 * power. Returns false if they are outside the range of this method. */
static bool find_digits(double value, int n_digits, int exponent, Digits *digits)
{
    int shift = 0;
    const uint64_t mantissa = (uint64_t)(frexp(value, &shift) * 0x1p53);
    const uint64_t limit = emix_io_powers_of_5[n_digits] << n_digits;
    uint64_t word = scaled_digits(mantissa, shift - 53, n_digits - 1 - exponent);
    if (word >= limit) { /* one digit too many, perhaps by rounding up nines */
        ++exponent;
        word = scaled_digits(mantissa, shift - 53, n_digits - 1 - exponent);
    } else if (word <= limit / 10) { /* one digit too few; at the limit it may be nines cut short */
        const uint64_t longer = scaled_digits(mantissa, shift - 53, n_digits - exponent);
        exponent -= longer < limit;
        word = longer < limit ? longer : word;
    }
    *digits = (Digits){.word = word, .n_digits = n_digits, .exponent = exponent};
    return word >= limit / 10 && word < limit;
}

/* Prints digits as "%g" does, without trailing zeros. Returns the length. */
static size_t print_digits(const Digits *digits, char *text)
{
    char all[MOST_DIGITS + 1];
    uint64_t word = digits->word;
    for (int i = digits->n_digits - 1; i >= 0; --i) {
        all[i] = (char)('0' + word % 10);
        word /= 10;
    }
    int n = digits->n_digits;
    while (n > 1 && all[n - 1] == '0') {
        --n;
    }
    const int e = digits->exponent;
    char *p = text;
    if (e < -4) { /* d.ddde-dd; large exponents do not occur here */
        *p++ = all[0];
        if (n > 1) {
            *p++ = '.';
            memcpy(p, all + 1, (size_t)(n - 1));
            p += n - 1;
        }
        return (size_t)(p - text) + (size_t)snprintf(p, 8, "e-%02d", -e);
    }
    if (e < 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = -1; i > e; --i) {
            *p++ = '0';
        }
    }
    for (int i = 0; i < n || i <= e; ++i) {
        if (i == e + 1 && e >= 0) {
            *p++ = '.';
        }
        *p++ = i < n ? all[i] : '0';
    }
    *p = '\0';
    return (size_t)(p - text);
}

/* Replaces the locale's decimal point, possibly several bytes, by '.'. */
static size_t without_locale(char *text)
{
    size_t n = 0;
    bool in_point = false;
    for (const char *p = text; *p != '\0'; ++p) {
        if ((*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == 'e') {
            text[n++] = *p;
            in_point = false;
        } else if (!in_point) {
            text[n++] = '.';
            in_point = true;
        }
    }
    text[n] = '\0';
    return n;
}

static size_t format_by_printf(double value, char text[EMIX_NUMBER_TEXT_BYTES])
{
    size_t n = 0;
    for (int digits = LEAST_DIGITS; digits <= MOST_DIGITS; ++digits) {
        snprintf(text, EMIX_NUMBER_TEXT_BYTES, "%.*g", digits, value);
        n = without_locale(text);
        double back = 0.0;
        emix_io_scan_number(text, text + n, &back);
        if (back == value) {
            break;
        }
    }
    return n;
}

size_t emix_io_format_number(double value, char text[EMIX_NUMBER_TEXT_BYTES])
{
    if (!isfinite(value)) {
        return (size_t)snprintf(text, EMIX_NUMBER_TEXT_BYTES, "%s",
                                isnan(value) ? "nan" : (value < 0.0 ? "-inf" : "inf"));
    }
    const double size = fabs(value);
    if (size < 1e-11 || size >= 1e15) { /* includes 0 */
        return format_by_printf(value, text);
    }
    const bool negative = value < 0.0;
    const int exponent = (int)floor(log10(size)); /* wrong by at most one, next to a power of 10 */
    text[0] = '-';
    for (int n_digits = LEAST_DIGITS; n_digits <= MOST_DIGITS; ++n_digits) {
        Digits digits;
        double back = 0.0;
        if (!find_digits(size, n_digits, exponent, &digits) ||
            !emix_io_exact_decimal(digits.word, digits.exponent - n_digits + 1, &back)) {
            break;
        }
        if (back == size) {
            return negative + print_digits(&digits, text + negative);
        }
    }
    return format_by_printf(value, text);
}

size_t emix_io_format_index(emix_index value, char text[EMIX_NUMBER_TEXT_BYTES])
{
    return (size_t)snprintf(text, EMIX_NUMBER_TEXT_BYTES, "%lld", (long long)value);
}

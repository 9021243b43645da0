/* Decimal text to double.
 *
 * A number w 10^e of at most 19 digits, with |e| <= 27, is converted with integers only: 10^e = 5^e
 * 2^e and 5^27 < 2^63, so w 5^e is exact in 128 bits, and w / 5^-e is a 128-bit quotient with a
 * known remainder. Small ones take one floating-point operation on exact operands, which IEEE 754
 * rounds correctly (Clinger (1990), "How to read floating point numbers accurately", PLDI). All
 * others go to strtod() without a decimal point, the only part of its input that depends on the
 * locale. */
#include "io/number_text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_WORD_DIGITS = 19,      /* 10^19 - 1 < 2^64 */
    MAX_EXACT_POWER_OF_10 = 22 /* 10^22 = 5^22 2^22, and 5^22 < 2^53 */
};

__extension__ typedef unsigned __int128 Wide;

static const double powers_of_10[MAX_EXACT_POWER_OF_10 + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

const uint64_t emix_io_powers_of_5[EMIX_MAX_POWER_OF_5 + 1] = {
    UINT64_C(1),
    UINT64_C(5),
    UINT64_C(25),
    UINT64_C(125),
    UINT64_C(625),
    UINT64_C(3125),
    UINT64_C(15625),
    UINT64_C(78125),
    UINT64_C(390625),
    UINT64_C(1953125),
    UINT64_C(9765625),
    UINT64_C(48828125),
    UINT64_C(244140625),
    UINT64_C(1220703125),
    UINT64_C(6103515625),
    UINT64_C(30517578125),
    UINT64_C(152587890625),
    UINT64_C(762939453125),
    UINT64_C(3814697265625),
    UINT64_C(19073486328125),
    UINT64_C(95367431640625),
    UINT64_C(476837158203125),
    UINT64_C(2384185791015625),
    UINT64_C(11920928955078125),
    UINT64_C(59604644775390625),
    UINT64_C(298023223876953125),
    UINT64_C(1490116119384765625),
    UINT64_C(7450580596923828125),
};

/* The parts of a decimal number: sign, digits as in the text, and a power of ten. */
typedef struct Decimal {
    bool negative;
    const char *digits; /* first digit or point of the mantissa */
    const char *digits_end;
    uint64_t word;    /* value of the first MAX_WORD_DIGITS significant digits          */
    bool word_is_all; /* no non-zero digit was left out of word                         */
    long exponent;    /* if word_is_all: the number is word * 10^exponent */
    long point_shift; /* in any case: it is all digits as one integer * 10^point_shift */
} Decimal;

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* 2^exponent, for exponents of normal doubles. */
static double power_of_2(int exponent)
{
    const uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The double nearest to (top + f) * 2^exponent, with 0 < f < 1 if sticky, else f = 0. top has at
 * least 62 bits. The conversion rounds at bit 53, so setting the lowest bit for f only breaks
 * ties. */
static double round_word(uint64_t top, bool sticky, int exponent)
{
    return (double)(top | (uint64_t)sticky) * power_of_2(exponent);
}

static double word_times_power(uint64_t word, int exponent)
{
    const uint64_t power = emix_io_powers_of_5[abs(exponent)];
    const int word_shift = __builtin_clzll(word);
    if (exponent >= 0) {
        const Wide product = (Wide)word * power;
        const uint64_t high = (uint64_t)(product >> 64);
        if (high == 0) {
            const uint64_t low = (uint64_t)product;
            return round_word(low, false, exponent); /* exact until the conversion */
        }
        const int shift = __builtin_clzll(high);
        const Wide scaled = product << shift;
        return round_word((uint64_t)(scaled >> 64), (uint64_t)scaled != 0, exponent + 64 - shift);
    }
    const int power_shift = __builtin_clzll(power);
    const uint64_t divisor = power << power_shift;
    /* The upper half of the dividend, word / 2 after normalising, is below the divisor, so the
     * quotient has 62 to 64 bits. */
    const Wide dividend = (Wide)(word << word_shift) << 63;
    const uint64_t quotient = (uint64_t)(dividend / divisor);
    return round_word(quotient, dividend % divisor != 0, power_shift - word_shift - 63 + exponent);
}

/* Converts all other numbers with strtod(), from digits without a point and an exponent. Digits
 * beyond the 800th only matter as "more than zero": a tie between two doubles has at most 767
 * significant digits. */
static double decimal_by_strtod(const Decimal *decimal)
{
    enum { MAX_DIGITS = 800 };
    char text[MAX_DIGITS + 32];
    int n = 0;
    long exponent = decimal->point_shift;
    bool more = false;
    for (const char *p = decimal->digits; p < decimal->digits_end; ++p) {
        if (*p == '.' || (n == 0 && *p == '0')) {
            continue;
        }
        if (n < MAX_DIGITS) {
            text[n++] = *p;
        } else {
            more = more || *p != '0';
            ++exponent;
        }
    }
    if (more) {
        text[n++] = '1';
        --exponent;
    }
    snprintf(text + n, sizeof text - (size_t)n, "e%ld", exponent);
    return strtod(text, NULL);
}

bool emix_io_exact_decimal(uint64_t word, long exponent, double *value)
{
    if (word == 0) {
        *value = 0.0;
    } else if (word <= UINT64_C(1) << 53 && labs(exponent) <= MAX_EXACT_POWER_OF_10) {
        *value = exponent < 0 ? (double)word / powers_of_10[-exponent]
                              : (double)word * powers_of_10[exponent];
    } else if (labs(exponent) <= EMIX_MAX_POWER_OF_5) {
        *value = word_times_power(word, (int)exponent);
    } else {
        return false;
    }
    return true;
}

static double decimal_value(const Decimal *decimal)
{
    double value = 0.0;
    if (!decimal->word_is_all || !emix_io_exact_decimal(decimal->word, decimal->exponent, &value)) {
        value = decimal_by_strtod(decimal);
    }
    return decimal->negative ? -value : value;
}

/* Reads digits and a point. Returns the end, or NULL if there is no digit. */
static const char *scan_mantissa(const char *p, const char *end, Decimal *decimal)
{
    uint64_t word = 0;
    int n_word = 0; /* significant digits in word */
    bool any = false;
    bool left_out = false; /* a non-zero digit did not fit */
    const char *point = NULL;
    long dropped = 0; /* digits that did not fit */
    for (decimal->digits = p; p < end; ++p) {
        if (is_digit(*p)) {
            any = true;
            if (n_word < MAX_WORD_DIGITS) {
                word = word * 10 + (uint64_t)(*p - '0');
                n_word += word != 0;
            } else {
                left_out = left_out || *p != '0';
                ++dropped;
            }
        } else if (*p == '.' && point == NULL) {
            point = p;
        } else {
            break;
        }
    }
    decimal->digits_end = p;
    decimal->word = word;
    decimal->word_is_all = !left_out;
    decimal->point_shift = point != NULL ? -(long)(p - point - 1) : 0;
    decimal->exponent = decimal->point_shift + dropped;
    return any ? p : NULL;
}

const char *emix_io_scan_number(const char *text, const char *end, double *value)
{
    enum { EXPONENT_LIMIT = 1000000 }; /* far beyond any double, far below overflow of long */
    Decimal decimal = {0};
    const char *p = text;
    if (p < end && (*p == '-' || *p == '+')) {
        decimal.negative = *p == '-';
        ++p;
    }
    p = scan_mantissa(p, end, &decimal);
    if (p == NULL) {
        return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *q = p + 1;
        const bool down = q < end && *q == '-';
        q += q < end && (*q == '-' || *q == '+');
        long exponent = 0;
        const char *first = q;
        for (; q < end && is_digit(*q); ++q) {
            exponent = exponent < EXPONENT_LIMIT ? exponent * 10 + (*q - '0') : exponent;
        }
        if (q > first) {
            decimal.exponent += down ? -exponent : exponent;
            decimal.point_shift += down ? -exponent : exponent;
            p = q;
        }
    }
    *value = decimal_value(&decimal);
    return p;
}

static bool is_word(const char *text, const char *end, const char *word)
{
    const size_t n = strlen(word);
    return (size_t)(end - text) == n && strncasecmp(text, word, n) == 0;
}

EmixFieldKind emix_io_classify_field(const char *text, const char *end, double *value)
{
    if (text == end || is_word(text, end, "na") || is_word(text, end, "nan")) {
        return EMIX_FIELD_MISSING;
    }
    double number = 0.0;
    if (emix_io_scan_number(text, end, &number) == end) {
        if (!isfinite(number)) {
            return EMIX_FIELD_OVERFLOW;
        }
        *value = number;
        return EMIX_FIELD_NUMBER;
    }
    const char *word = text + (*text == '-' || *text == '+');
    if (is_word(word, end, "inf") || is_word(word, end, "infinity")) {
        return EMIX_FIELD_INFINITE;
    }
    /* A NaN with a sign is still a missing value. */
    return is_word(word, end, "nan") ? EMIX_FIELD_MISSING : EMIX_FIELD_TEXT;
}

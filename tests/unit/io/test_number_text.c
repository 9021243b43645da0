/* Numbers from text and to text: bit for bit what the C library says, in any locale. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/number_text.h"
#include "support/io_support.h"

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void expect_as_strtod(const char *text)
{
    double value = 0.0;
    const char *end = text + strlen(text);
    cr_expect(eq(ptr, (void *)emix_io_scan_number(text, end, &value), (void *)end), "%s", text);
    cr_expect(eq(u64, bits_of(value), bits_of(strtod(text, NULL))), "%s read as %.17g", text,
              value);
}

Test(number_text, hard_cases_are_rounded_correctly)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "+1",
        "1.",
        ".5",
        "-.5e1",
        "00012.500",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "9007199254740993",
        "9007199254740992.5",
        "9007199254740993.0000000000000000001",
        "18446744073709551615",
        "18446744073709551616",
        "9999999999999999999",
        "1e19",
        "1e27",
        "1e28",
        "1234567890123456789e-27",
        "1234567890123456789e27",
        "1e-27",
        "7e-28",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "4.9e-324",
        "2.4e-324",
        "2.5e-324",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1e308",
        "1e309",
        "-1e400",
        "1e-400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "0e99999999999",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000000000123456789",
        "0.1",
        "0.2",
        "0.3",
        "3.141592653589793238462643383279502884197169399375105820974944592",
        "6.02214076e23",
        "1.0000000000000000000000000000000000000000000001",
        "1.00000000000000011102230246251565404236316680908203125", /* a tie: to even, 1 */
        "1.00000000000000011102230246251565404236316680908203126", /* above the tie     */
        "1.00000000000000033306690738754696212708950042724609375", /* a tie: up         */
        "8.5e15",
        "4503599627370497.5",
        "1e+5",
        "1E5",
        "1e05",
        "100000000000000000000000000000000",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        expect_as_strtod(texts[i]);
    }
}

Test(number_text, the_thousandth_digit_decides_a_tie)
{
    /* 1 + 2^-53 exactly, zeros up to a thousand digits, then a 1. */
    char text[1002] = "";
    double value = 0.0;
    const int n = snprintf(text, sizeof text, "%s",
                           "1.00000000000000011102230246251565404236316680908203125");
    memset(text + n, '0', (size_t)(1000 - n));
    emix_io_scan_number(text, text + 1000, &value);
    cr_expect(eq(u64, bits_of(value), bits_of(1.0)));
    text[1000] = '1';
    expect_as_strtod(text);
    emix_io_scan_number(text, text + strlen(text), &value);
    cr_expect(eq(u64, bits_of(value), bits_of(nextafter(1.0, 2.0))));
}

Test(number_text, random_decimals_read_as_by_the_c_library)
{
    uint64_t state = 1;
    for (int i = 0; i < 200000; ++i) {
        char text[64];
        const uint64_t word = random_bits(&state) >> (random_bits(&state) % 64);
        const int exponent = (int)(random_bits(&state) % (i % 4 == 0 ? 700 : 60)) -
                             (i % 4 == 0 ? 350 : 30);
        const int n = snprintf(text, sizeof text, "%llu", (unsigned long long)word);
        if (i % 2 == 0 && n > 1) {
            memmove(text + n / 2 + 1, text + n / 2, (size_t)(n - n / 2) + 1);
            text[n / 2] = '.';
        }
        snprintf(text + strlen(text), 16, "e%d", exponent);
        expect_as_strtod(text);
    }
}

Test(number_text, scanning_stops_behind_the_number)
{
    static const struct {
        const char *text;
        int length; /* -1: no number */
    } cases[] = {{"12,3", 2}, {"1e,", 1},  {"1e+,", 1},  {"1.5.5", 3}, {"", -1},
                 {"-", -1},   {".", -1},   {"+.e1", -1}, {"e5", -1},   {"inf", -1},
                 {"0x10", 1}, {"--1", -1}, {" 1", -1},   {"1 ", 1},    {"1_000", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const char *text = cases[i].text;
        double value = 0.0;
        const char *end = emix_io_scan_number(text, text + strlen(text), &value);
        cr_expect(eq(int, end == NULL ? -1 : (int)(end - text), cases[i].length), "\"%s\"", text);
    }
}

Test(number_text, scanning_does_not_look_behind_the_end)
{
    double value = 0.0;
    const char *text = "12345e67";
    cr_expect(eq(ptr, (void *)emix_io_scan_number(text, text + 3, &value), (void *)(text + 3)));
    cr_expect(ieee_ulp_eq(dbl, value, 123.0, 0));
    cr_expect(eq(ptr, (void *)emix_io_scan_number(text, text + 6, &value), (void *)(text + 5)));
}

Test(number_text, fields_are_numbers_infinite_missing_or_text)
{
    static const struct {
        const char *text;
        EmixFieldKind kind;
    } cases[] = {
        {"1", EMIX_FIELD_NUMBER},       {"-1.5e-3", EMIX_FIELD_NUMBER},
        {"", EMIX_FIELD_MISSING},       {"NA", EMIX_FIELD_MISSING},
        {"na", EMIX_FIELD_MISSING},     {"NaN", EMIX_FIELD_MISSING},
        {"-nan", EMIX_FIELD_MISSING},   {"inf", EMIX_FIELD_INFINITE},
        {"-Inf", EMIX_FIELD_INFINITE},  {"+INFINITY", EMIX_FIELD_INFINITE},
        {"1e999", EMIX_FIELD_OVERFLOW}, {"abc", EMIX_FIELD_TEXT},
        {"N/A", EMIX_FIELD_TEXT},       {"0x10", EMIX_FIELD_TEXT},
        {"1,5", EMIX_FIELD_TEXT},       {"1e", EMIX_FIELD_TEXT},
        {"-", EMIX_FIELD_TEXT},         {"nan(1)", EMIX_FIELD_TEXT},
        {"infinit", EMIX_FIELD_TEXT},   {"1 2", EMIX_FIELD_TEXT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const char *text = cases[i].text;
        double value = 0.0;
        cr_expect(eq(int, (int)emix_io_classify_field(text, text + strlen(text), &value),
                     (int)cases[i].kind),
                  "\"%s\"", text);
    }
}

/* Expects the text of the first of "%.15g", "%.16g", "%.17g" that reads back. */
static void expect_as_printf(double value)
{
    char text[EMIX_NUMBER_TEXT_BYTES];
    char expected[EMIX_NUMBER_TEXT_BYTES];
    const size_t n = emix_io_format_number(value, text);
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(expected, sizeof expected, "%.*g", digits, value);
        if (strtod(expected, NULL) == value) {
            break;
        }
    }
    cr_expect(eq(str, text, expected));
    cr_expect(eq(sz, n, strlen(expected)));
}

Test(number_text, written_numbers_are_those_of_printf_and_read_back)
{
    uint64_t state = 2;
    for (int i = 0; i < 100000; ++i) {
        expect_as_printf(random_value(&state));
        /* All sizes around those that are printed without printf(). */
        const double mantissa = (double)(int64_t)random_bits(&state) * 0x1p-63;
        const int exponent = (int)(random_bits(&state) % 110) - 45;
        expect_as_printf(ldexp(mantissa, exponent));
    }
    expect_as_printf(1.7976931348623157e308);
    expect_as_printf(-4.9e-324);
}

Test(number_text, numbers_next_to_powers_of_ten_and_ties_are_those_of_printf)
{
    for (int e = -25; e <= 25; ++e) {
        const double power = pow(10.0, e);
        double below = power;
        double above = power;
        for (int i = 0; i < 200; ++i) {
            expect_as_printf(below);
            expect_as_printf(-above);
            below = nextafter(below, 0.0);
            above = nextafter(above, INFINITY);
        }
    }
    for (int64_t i = 1; i < 2000; ++i) {
        expect_as_printf((double)i);
        expect_as_printf((double)i / 1000.0);
        expect_as_printf((double)i * 0x1p-40);
        expect_as_printf((double)(INT64_C(1125899906842624) - i) + 0.5); /* a tie at 16 digits */
    }
}

static void expect_written(double value, const char *expected)
{
    char text[EMIX_NUMBER_TEXT_BYTES];
    emix_io_format_number(value, text);
    cr_expect(eq(str, text, (char *)expected));
}

Test(number_text, numbers_are_written_short)
{
    expect_written(0.1, "0.1");
    expect_written(-0.0, "-0");
    expect_written(5.0, "5");
    expect_written(1e15, "1e+15");
    expect_written(999999999999999.0, "999999999999999");
    expect_written(1.0 / 3.0, "0.3333333333333333");
    expect_written(0.1 + 0.2, "0.30000000000000004");
    expect_written(-INFINITY, "-inf");
    expect_written(INFINITY, "inf");
    expect_written((double)NAN, "nan");
}

Test(number_text, integers_are_written_in_full)
{
    char text[EMIX_NUMBER_TEXT_BYTES];
    emix_io_format_index(INT64_MIN, text);
    cr_expect(eq(str, text, "-9223372036854775808"));
}

/* A locale with a decimal comma, where the machine has one; elsewhere the test holds trivially. */
Test(number_text, a_decimal_comma_of_the_locale_changes_nothing)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nl_NL.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if (setlocale(LC_ALL, names[i]) != NULL) {
            break;
        }
    }
    double value = 0.0;
    const char *text = "1234567890.12345678901234567890";
    cr_expect(eq(ptr, (void *)emix_io_scan_number(text, text + strlen(text), &value),
                 (void *)(text + strlen(text))));
    cr_expect(ieee_ulp_eq(dbl, value, 1234567890.1234567890, 0));
    expect_written(0.5, "0.5");
    expect_written(1.0 / 3.0, "0.3333333333333333");
}

/* Status texts and error messages. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/status_internal.h"

static const struct {
    EmixStatus status;
    int value;
    const char *text;
} documented[] = {
#define STATUS_AS_ROW(name, value, text) {name, value, text},
    EMIX_STATUS_LIST(STATUS_AS_ROW)
#undef STATUS_AS_ROW
};

enum { N_DOCUMENTED = sizeof documented / sizeof documented[0] };

Test(status, every_status_has_its_text)
{
    for (int i = 0; i < N_DOCUMENTED; ++i) {
        cr_expect(zero(int, strcmp(emix_status_text(documented[i].status), documented[i].text)));
    }
}

Test(status, values_are_consecutive_and_success_is_zero)
{
    cr_expect(zero(int, EMIX_OK));
    for (int i = 0; i < N_DOCUMENTED; ++i) {
        cr_expect(eq(int, documented[i].value, i));
    }
}

Test(status, an_unknown_status_is_said_to_be_one)
{
    cr_expect(zero(int, strcmp(emix_status_text((EmixStatus)12345), "unknown status")));
    cr_expect(zero(int, strcmp(emix_status_text((EmixStatus)-1), "unknown status")));
}

Test(status, the_version_has_three_numbers)
{
    int major = -1;
    int minor = -1;
    int patch = -1;
    char rest = 0;
    const int n = sscanf(emix_version(), "%d.%d.%d%c", &major, &minor, &patch, &rest);
    cr_expect(eq(int, n, 3), "%s", emix_version());
}

Test(status, a_failure_formats_its_message_and_returns_its_status)
{
    EmixError error = {{0}};
    const EmixStatus status = emix_fail(&error, EMIX_ERR_SHAPE, "%d features, not %d", 3, 4);
    cr_expect(eq(int, status, EMIX_ERR_SHAPE));
    cr_expect(eq(str, error.message, "3 features, not 4"));
}

Test(status, a_failure_without_an_error_to_write_to_is_allowed)
{
    cr_expect(eq(int, emix_fail(NULL, EMIX_ERR_IO, "%s", "unseen"), EMIX_ERR_IO));
}

Test(status, a_message_too_long_is_cut_and_terminated)
{
    EmixError error;
    memset(&error, 'x', sizeof error);
    emix_error_format(&error, "%01000d", 7);
    cr_expect(eq(sz, strnlen(error.message, sizeof error.message), sizeof error.message - 1));
}

/* The names of enumerators. */
#include <emix/options.h>

#include <stdio.h>
#include <string.h>

#include <emix/emix.h>

#include "core/status_internal.h"
#include "options/options.h"

enum { LIST_BYTES = 320 };

#define NAMED2(name, text) {text, "", name},
#define NAMED3(name, text, meaning) {text, meaning, name},
#define NAMED_BIT(name, value, text) {text, "", name},
#define NAMED_PART(name, value, text, meaning) {text, meaning, name},
#define NAMED_DTYPE(name, text, bytes) {text, "", name},
#define BY_NAME(name, text, letters, meaning, n_parameters) {text, meaning, name},
#define BY_LETTERS(name, text, letters, meaning, n_parameters) {letters, NULL, name},

static const EmixChoice dtypes[] = {EMIX_DTYPE_LIST(NAMED_DTYPE){0}};
const EmixChoice emix_choices_covariance[] = {EMIX_COVARIANCE_LIST(BY_NAME)
                                                  EMIX_COVARIANCE_LIST(BY_LETTERS){0}};
const EmixChoice emix_choices_prior[] = {EMIX_PRIOR_LIST(NAMED3){0}};
const EmixChoice emix_choices_part[] = {EMIX_PART_LIST(NAMED_PART){0}};
static const EmixChoice stops[] = {EMIX_STOP_LIST(NAMED2){0}};
const EmixChoice emix_choices_stop_rule[] = {EMIX_STOP_RULE_LIST(NAMED3){0}};
const EmixChoice emix_choices_init_method[] = {EMIX_INIT_METHOD_LIST(NAMED3){0}};
const EmixChoice emix_choices_search[] = {EMIX_SEARCH_LIST(NAMED3){0}};
const EmixChoice emix_choices_acceleration[] = {EMIX_ACCELERATION_LIST(NAMED3){0}};
const EmixChoice emix_choices_precision[] = {EMIX_PRECISION_LIST(NAMED3){0}};
const EmixChoice emix_choices_e_step[] = {EMIX_E_STEP_LIST(NAMED3){0}};
static const EmixChoice steps[] = {EMIX_STEP_LIST(NAMED3){0}};
static const EmixChoice start_states[] = {EMIX_START_STATE_LIST(NAMED3){0}};
static const EmixChoice flags[] = {EMIX_FLAG_LIST(NAMED_BIT){0}};
static const EmixChoice resamplings[] = {EMIX_RESAMPLING_LIST(NAMED3){0}};
static const EmixChoice informations[] = {EMIX_INFORMATION_LIST(NAMED3){0}};
static const EmixChoice information_states[] = {EMIX_INFORMATION_STATE_LIST(NAMED3){0}};

static const EmixChoice *const all[EMIX_N_ENUMS] = {
    [EMIX_ENUM_DTYPE] = dtypes,
    [EMIX_ENUM_COVARIANCE] = emix_choices_covariance,
    [EMIX_ENUM_PRIOR] = emix_choices_prior,
    [EMIX_ENUM_PART] = emix_choices_part,
    [EMIX_ENUM_STOP] = stops,
    [EMIX_ENUM_STOP_RULE] = emix_choices_stop_rule,
    [EMIX_ENUM_INIT_METHOD] = emix_choices_init_method,
    [EMIX_ENUM_ACCELERATION] = emix_choices_acceleration,
    [EMIX_ENUM_PRECISION] = emix_choices_precision,
    [EMIX_ENUM_E_STEP] = emix_choices_e_step,
    [EMIX_ENUM_STEP] = steps,
    [EMIX_ENUM_FLAG] = flags,
    [EMIX_ENUM_RESAMPLING] = resamplings,
    [EMIX_ENUM_INFORMATION] = informations,
    [EMIX_ENUM_INFORMATION_STATE] = information_states,
    [EMIX_ENUM_START_STATE] = start_states,
};

const EmixChoice *emix_enum_choices(EmixEnumKind kind)
{
    return (unsigned)kind < EMIX_N_ENUMS ? all[kind] : NULL;
}

const char *emix_enum_name(EmixEnumKind kind, int value)
{
    for (const EmixChoice *choice = emix_enum_choices(kind); choice && choice->name; ++choice) {
        if (choice->value == value) {
            return choice->name;
        }
    }
    return NULL;
}

void emix_choices_list(const EmixChoice *choices, char *text, size_t size)
{
    text[0] = '\0';
    for (const EmixChoice *choice = choices; choice != NULL && choice->name != NULL; ++choice) {
        if (choice->meaning != NULL) {
            const size_t used = strlen(text);
            snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", choice->name);
        }
    }
}

EmixStatus emix_enum_value(EmixEnumKind kind, const char *name, int *value, EmixError *error)
{
    char names[LIST_BYTES];
    for (const EmixChoice *choice = emix_enum_choices(kind); choice && choice->name; ++choice) {
        if (name != NULL && strcmp(choice->name, name) == 0) {
            *value = choice->value;
            return EMIX_OK;
        }
    }
    emix_choices_list(emix_enum_choices(kind), names, sizeof names);
    return emix_fail(error, EMIX_ERR_ARGUMENT, "\"%.80s\" is none of %s", name ? name : "", names);
}

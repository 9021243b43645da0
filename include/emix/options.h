/* The table of options, and the names of enumerators: what a program, a binding or a document needs
 * to speak of options without restating them. */
#ifndef EMIX_OPTIONS_H
#define EMIX_OPTIONS_H

#include <stddef.h>

#include <emix/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A name among others, and what it stands for. Lists of them end with a NULL name. Where several
 * names stand for one value, the first is the one that is written. */
typedef struct EmixChoice {
    const char *name;    /**< spelling                                                       */
    const char *meaning; /**< a phrase for help; NULL: another name for a value listed before */
    int value;           /**< the enumerator, or the bit                                     */
} EmixChoice;

/** The enumerations that have names. */
typedef enum EmixEnumKind {
    EMIX_ENUM_DTYPE,
    EMIX_ENUM_COVARIANCE, /**< full or VVV, tied or EEE, ...   */
    EMIX_ENUM_PRIOR,
    EMIX_ENUM_PART, /**< bits                                   */
    EMIX_ENUM_STOP,
    EMIX_ENUM_STOP_RULE,
    EMIX_ENUM_INIT_METHOD,
    EMIX_ENUM_ACCELERATION,
    EMIX_ENUM_PRECISION,
    EMIX_ENUM_E_STEP,
    EMIX_ENUM_STEP,
    EMIX_ENUM_FLAG, /**< bits                                   */
    EMIX_ENUM_RESAMPLING,
    EMIX_ENUM_INFORMATION,
    EMIX_ENUM_INFORMATION_STATE,
    EMIX_ENUM_START_STATE,
    EMIX_N_ENUMS
} EmixEnumKind;

/** All names of an enumeration.
 * @return Static storage, ended by a NULL name; NULL for an unknown kind. */
EMIX_API const EmixChoice *emix_enum_choices(EmixEnumKind kind);

/** Name of a value, such as "squarem".
 * @return Static storage; NULL when the value is none of the enumeration's. */
EMIX_API const char *emix_enum_name(EmixEnumKind kind, int value);

/** Value of a name.
 * @param[out] value  Untouched on failure.
 * @param[out] error  May be NULL; lists the names.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT. */
EMIX_API EmixStatus emix_enum_value(EmixEnumKind kind, const char *name, int *value,
                                    EmixError *error);

/** What the value of an option is, as text and in the struct that holds it. */
typedef enum EmixOptionKind {
    EMIX_OPTION_INTEGER, /**< a whole number in minimum ... maximum; int                  */
    EMIX_OPTION_INDEX,   /**< the same; emix_index                                        */
    EMIX_OPTION_REAL,    /**< a finite number of at least minimum, or above it; double    */
    EMIX_OPTION_SEED,    /**< 0 ... 2^64 - 1; uint64_t                                    */
    EMIX_OPTION_CHOICE,  /**< one of the choices; an enumeration                          */
    EMIX_OPTION_SET,     /**< names of choices with commas between, or none; unsigned     */
    EMIX_OPTION_FLAG,    /**< yes or no (also 1, 0, true, false); int                     */
    EMIX_OPTION_NUMBERS, /**< finite numbers with commas between, or none                 */
    EMIX_OPTION_FAMILY,  /**< name of a family of components                              */
    EMIX_OPTION_FILE     /**< a file name, or none; const char *                          */
} EmixOptionKind;

/** What an option is part of. */
typedef enum EmixOptionScope {
    EMIX_OPTION_OF_SPEC, /**< what is fitted: emix_spec_set()   */
    EMIX_OPTION_OF_FIT   /**< how: emix_options_set()           */
} EmixOptionScope;

/** One option; read-only. */
typedef struct EmixOption {
    size_t size;               /**< sizeof(EmixOption), as the library was compiled             */
    const char *name;          /**< as on the command line, without dashes: "max-iter"          */
    const char *member;        /**< as in C, "stop.max_iterations"; also taken for its name     */
    EmixOptionScope scope;     /**< what it is part of                                          */
    EmixOptionKind kind;       /**< what its value is                                           */
    const char *value_name;    /**< what help calls the value: "N"; NULL for a flag             */
    const char *unit;          /**< of the value: "nats", "seconds"; NULL = a pure number       */
    const char *help;          /**< meaning, a phrase                                           */
    double minimum;            /**< smallest value of a number                                  */
    double maximum;            /**< largest; INFINITY = none                                    */
    int above_minimum;         /**< 1: the minimum itself is refused                            */
    int changes_bits;          /**< 1: the result may depend on it                              */
    int of_starts;             /**< 1: of no effect with an initial model                       */
    const EmixChoice *choices; /**< names; NULL where the kind has none                         */
    const char *families;      /**< families that have it, blanks between; NULL = every model   */
} EmixOption;

/** Number of options. */
EMIX_API int emix_option_count(void);

/** Option number i, 0 ... emix_option_count() - 1, in the order of help; NULL beyond.
 * @return Static storage. */
EMIX_API const EmixOption *emix_option_at(int i);

/** The option of a name, dashes and underscores being alike, or of a C member.
 * @return Static storage; NULL when there is none. */
EMIX_API const EmixOption *emix_option_find(const char *name);

/** The default of an option as text, "" where there is none.
 * @param[out] text  [size], terminated; returned. */
EMIX_API const char *emix_option_default(const EmixOption *option, char *text, size_t size);

/** What an option of scikit-learn or mclust is called here: "n_init" gives "starts".
 * @return Name of an option, static storage; NULL for a word that is not known. */
EMIX_API const char *emix_option_synonym(const char *word);

#ifdef __cplusplus
}
#endif
#endif

/* The state of a competition as bytes. One function transfers each part in both directions, so that
 * reading and writing cannot disagree.
 *
 *     key | standing | candidates, each with its parameters | order | number of runs |
 *     runs, each with its point
 *
 * Structures are copied as they are in memory: the key holds their sizes. */
#include "search/checkpoint_state.h"

#include <stdint.h>
#include <string.h>

#include "core/clock.h"

/* A position in a state, which each transfer advances. If `to` and `from` are both NULL, transfers
 * only count bytes. */
typedef struct Cursor {
    unsigned char *to;
    const unsigned char *from;
    size_t left;
    size_t passed;
    bool failed; /* fewer bytes were left than asked for */
} Cursor;

static void transfer(Cursor *cursor, void *value, size_t n_bytes)
{
    cursor->failed |= n_bytes > cursor->left;
    if (cursor->failed || n_bytes == 0) {
        return;
    }
    if (cursor->to != NULL) {
        memcpy(cursor->to + cursor->passed, value, n_bytes);
    } else if (cursor->from != NULL) {
        memcpy(value, cursor->from + cursor->passed, n_bytes);
    }
    cursor->passed += n_bytes;
    cursor->left -= n_bytes;
}

static void transfer_doubles(Cursor *cursor, double *values, emix_index n)
{
    transfer(cursor, values, (size_t)n * sizeof *values);
}

static void transfer_candidate(Cursor *cursor, EmixCandidate *c, emix_index n_params)
{
    transfer(cursor, &c->merit, sizeof c->merit);
    transfer(cursor, &c->log_likelihood, sizeof c->log_likelihood);
    transfer(cursor, &c->first, sizeof c->first);
    transfer(cursor, &c->n_redrawn, sizeof c->n_redrawn);
    transfer(cursor, &c->done, sizeof c->done);
    transfer(cursor, &c->drawn, sizeof c->drawn);
    transfer(cursor, &c->failed, sizeof c->failed);
    transfer(cursor, &c->sound, sizeof c->sound);
    transfer(cursor, &c->outcome, sizeof c->outcome);
    transfer_doubles(cursor, c->params, n_params);
    if (c->began != NULL) {
        transfer_doubles(cursor, c->began, n_params);
    }
}

static void transfer_candidates(Cursor *cursor, EmixCandidates *candidates, emix_index n_params)
{
    for (int s = 0; s < candidates->n; ++s) {
        transfer_candidate(cursor, &candidates->all[s], n_params);
    }
    if (candidates->refined.params != NULL) {
        transfer_candidate(cursor, &candidates->refined, n_params);
    }
    transfer(cursor, candidates->order, (size_t)candidates->n * sizeof *candidates->order);
}

static void transfer_run(Cursor *cursor, const EmixCheckpoint *c, EmixCheckpointRun *run)
{
    transfer(cursor, &run->start, sizeof run->start);
    transfer(cursor, &run->state, sizeof run->state);
    transfer_doubles(cursor, run->point.params, c->params);
    transfer_doubles(cursor, run->point.derived, c->derived);
}

/* ---- writing ---- */

/* Writes the state with the runs that are kept, or with all runs, for the size of the largest
 * state. */
static void write_state(Cursor *cursor, EmixCheckpoint *c, bool all_runs)
{
    size_t key_bytes = strlen(c->key);
    int n_kept = 0;
    EmixStanding standing = *c->standing;
    standing.elapsed_s += emix_clock_s() - c->began_s;
    transfer(cursor, &key_bytes, sizeof key_bytes);
    transfer(cursor, c->key, key_bytes);
    transfer(cursor, &standing, sizeof standing);
    transfer_candidates(cursor, c->candidates, c->params);
    for (int i = 0; i < c->n_runs; ++i) {
        n_kept += c->runs[i].kept;
    }
    transfer(cursor, &n_kept, sizeof n_kept);
    for (int i = 0; i < c->n_runs; ++i) {
        if (c->runs[i].kept || all_runs) {
            transfer_run(cursor, c, &c->runs[i]);
        }
    }
}

size_t emix_checkpoint_state_bytes(const EmixCheckpoint *checkpoint)
{
    Cursor cursor = {.left = SIZE_MAX};
    write_state(&cursor, (EmixCheckpoint *)checkpoint, true);
    return cursor.passed;
}

size_t emix_checkpoint_write_state(EmixCheckpoint *checkpoint)
{
    Cursor cursor = {.to = checkpoint->bytes, .left = checkpoint->capacity};
    write_state(&cursor, checkpoint, false);
    return cursor.passed;
}

/* ---- reading ---- */

static EmixStatus fail_damaged(const EmixCheckpoint *c, EmixError *error)
{
    return emix_fail(error, EMIX_ERR_FORMAT, "%s: is a damaged checkpoint; remove it to begin anew",
                     c->store.name);
}

/* Bytes before `end` or before the end of the line. */
static int length_to(const char *text, size_t n_bytes, char end)
{
    size_t n = 0;
    while (n < n_bytes && text[n] != end && text[n] != '\n') {
        ++n;
    }
    return (int)n;
}

/* Names the first line "name value" of the key whose value differs. */
static EmixStatus fail_other_fit(const EmixCheckpoint *c, const char *theirs, size_t n_theirs,
                                 EmixError *error)
{
    const char *ours = c->key;
    size_t n_ours = strlen(ours);
    for (;;) {
        const size_t line = (size_t)length_to(ours, n_ours, '\n') + 1;
        if (line > n_ours || line > n_theirs || memcmp(ours, theirs, line) != 0) {
            break;
        }
        ours += line;
        n_ours -= line;
        theirs += line;
        n_theirs -= line;
    }
    const int name = length_to(ours, n_ours, ' ');
    if (length_to(theirs, n_theirs, ' ') != name || memcmp(ours, theirs, (size_t)name) != 0) {
        return emix_fail(error, EMIX_ERR_FORMAT,
                         "%s: is the checkpoint of another kind of fit; name another file, or "
                         "remove it to begin anew",
                         c->store.name);
    }
    return emix_fail(error, EMIX_ERR_FORMAT,
                     "%s: is the checkpoint of another fit: %.*s was %.*s, and is %.*s now; name "
                     "another file, or remove it to begin anew",
                     c->store.name, name, ours, length_to(theirs, n_theirs, '\n') - name - 1,
                     theirs + name + 1, length_to(ours, n_ours, '\n') - name - 1, ours + name + 1);
}

/* True if every value that will index memory is in bounds. */
static bool is_sane(const EmixCheckpoint *c)
{
    const EmixStanding *s = c->standing;
    const int n = c->candidates->n;
    bool sane = s->round >= 0 && s->n_alive >= 0 && s->n_alive <= n && s->rank >= 0 &&
                s->rank <= n && s->n_finals >= 0 && s->n_finals <= n;
    for (int i = 0; i < n; ++i) {
        const int n_redrawn = c->candidates->all[i].n_redrawn;
        sane &= c->candidates->order[i] >= 0 && c->candidates->order[i] < n;
        sane &= n_redrawn >= 0 && n_redrawn <= EMIX_MOST_REDRAWN;
    }
    return sane;
}

/* Reads at most n_runs runs. With fewer workers than before, the other runs begin anew. */
static bool read_runs(Cursor *cursor, EmixCheckpoint *c)
{
    int n_kept = 0;
    bool sane = true;
    transfer(cursor, &n_kept, sizeof n_kept);
    for (int i = 0; i < n_kept && i < c->n_runs && !cursor->failed; ++i) {
        transfer_run(cursor, c, &c->runs[i]);
        c->runs[i].kept = true;
        sane &= c->runs[i].start >= 0;
    }
    return sane;
}

EmixStatus emix_checkpoint_read_state(EmixCheckpoint *c, const void *bytes, size_t n_bytes,
                                      EmixError *error)
{
    Cursor cursor = {.from = bytes, .left = n_bytes};
    size_t key_bytes = 0;
    transfer(&cursor, &key_bytes, sizeof key_bytes);
    if (cursor.failed || key_bytes > cursor.left) {
        return fail_damaged(c, error);
    }
    const char *key = (const char *)bytes + cursor.passed;
    if (key_bytes != strlen(c->key) || memcmp(key, c->key, key_bytes) != 0) {
        return fail_other_fit(c, key, key_bytes, error);
    }
    cursor.passed += key_bytes;
    cursor.left -= key_bytes;
    transfer(&cursor, c->standing, sizeof *c->standing);
    transfer_candidates(&cursor, c->candidates, c->params);
    const bool sane = read_runs(&cursor, c);
    return cursor.failed || !sane || !is_sane(c) ? fail_damaged(c, error) : EMIX_OK;
}

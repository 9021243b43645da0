/* Checkpoints: the runs under way, and when the state is saved. */
#include "search/checkpoint.h"

#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "search/checkpoint_state.h"

void emix_store_clear(EmixStore *store)
{
    if (store->destroy != NULL) {
        store->destroy(store->context);
    }
    *store = (EmixStore){0};
}

/* ---- life cycle ---- */

static void reset_runs(EmixCheckpoint *c)
{
    for (int i = 0; i < c->n_runs; ++i) {
        c->runs[i].engine = NULL;
        c->runs[i].start = -1;
        c->runs[i].kept = false;
    }
}

static EmixStatus allocate(EmixCheckpoint *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY_ALLOC(c->runs, c->n_runs);
    for (int i = 0; i < c->n_runs; ++i) {
        c->runs[i].owner = c;
        EMIX_TRY_ALLOC(c->runs[i].point.params, c->params);
        EMIX_TRY_ALLOC(c->runs[i].point.derived, c->derived);
    }
    c->capacity = emix_checkpoint_state_bytes(c);
    EMIX_TRY_ALLOC(c->bytes, (emix_index)c->capacity);
cleanup:
    return status;
}

EmixStatus emix_checkpoint_create(const EmixStore *store, double interval_s, const char *key,
                                  const EmixEngine *engine, EmixStanding *standing,
                                  EmixCandidates *candidates, int n_at_once,
                                  EmixCheckpoint **checkpoint, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCheckpoint *c = NULL;
    EMIX_TRY_ALLOC(c, 1);
    emix_lock_init(&c->lock);
    emix_lock_init(&c->saving);
    memcpy(c->key, key, strlen(key) + 1);
    c->interval_s = interval_s;
    c->params = engine->sizes.params;
    c->derived = engine->sizes.derived;
    c->standing = standing;
    c->candidates = candidates;
    c->n_runs = n_at_once + 1;
    atomic_store(&c->closed, true);
    EMIX_TRY(allocate(c, error));
    c->store = *store;
    *checkpoint = c;
    c = NULL;
cleanup:
    emix_checkpoint_destroy(c);
    return status;
}

void emix_checkpoint_destroy(EmixCheckpoint *c)
{
    if (c == NULL) {
        return;
    }
    emix_store_clear(&c->store);
    emix_free(c->bytes);
    for (int i = 0; c->runs != NULL && i < c->n_runs; ++i) {
        emix_free(c->runs[i].point.params);
        emix_free(c->runs[i].point.derived);
    }
    emix_free(c->runs);
    emix_lock_clear(&c->saving);
    emix_lock_clear(&c->lock);
    emix_free(c);
}

/* ---- saving ---- */

/* The caller holds `saving`. */
static void save(EmixCheckpoint *c)
{
    emix_lock_acquire(&c->lock);
    const size_t n_bytes = emix_checkpoint_write_state(c);
    emix_lock_release(&c->lock);
    c->status = c->store.save(c->store.context, c->bytes, n_bytes, &c->error);
    c->saved_s = emix_clock_s();
}

void emix_checkpoint_offer(EmixCheckpoint *c)
{
    if (c == NULL || !emix_lock_try(&c->saving)) {
        return;
    }
    if (!atomic_load(&c->closed) && emix_clock_s() - c->saved_s >= c->interval_s) {
        save(c);
    }
    emix_lock_release(&c->saving);
}

void emix_checkpoint_close(EmixCheckpoint *c)
{
    if (c == NULL) {
        return;
    }
    emix_lock_acquire(&c->saving);
    if (!atomic_load(&c->closed)) {
        save(c);
        atomic_store(&c->closed, true);
    }
    emix_lock_release(&c->saving);
}

EmixStatus emix_checkpoint_open(EmixCheckpoint *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const void *bytes = NULL;
    size_t n_bytes = 0;
    if (c == NULL) {
        return EMIX_OK;
    }
    reset_runs(c);
    c->status = EMIX_OK;
    EMIX_TRY(c->store.load(c->store.context, &bytes, &n_bytes, error));
    if (bytes != NULL) {
        EMIX_TRY(emix_checkpoint_read_state(c, bytes, n_bytes, error));
    }
    c->began_s = emix_clock_s();
    c->saved_s = c->began_s;
    if (bytes == NULL) {
        save(c);
        if (c->status != EMIX_OK) {
            EMIX_TRY(emix_fail(error, c->status, "%s", c->error.message));
        }
    }
    atomic_store(&c->closed, false);
cleanup:
    return status;
}

EmixStatus emix_checkpoint_status(const EmixCheckpoint *c, EmixError *error)
{
    return c == NULL || c->status == EMIX_OK ? EMIX_OK
                                             : emix_fail(error, c->status, "%s", c->error.message);
}

EmixStatus emix_checkpoint_discard(EmixCheckpoint *c, EmixError *error)
{
    return c == NULL ? EMIX_OK : c->store.discard(c->store.context, error);
}

/* ---- runs ---- */

void emix_checkpoint_lock(EmixCheckpoint *c)
{
    if (c != NULL) {
        emix_lock_acquire(&c->lock);
    }
}

void emix_checkpoint_unlock(EmixCheckpoint *c)
{
    if (c != NULL) {
        emix_lock_release(&c->lock);
    }
}

/* Chooses a slot for the run of this start: the one that an earlier process left for it; else a
 * free one; else one left for another start, whose run must then begin anew. */
static EmixCheckpointRun *find_run(EmixCheckpoint *c, int start)
{
    EmixCheckpointRun *found = NULL;
    for (int i = 0; i < c->n_runs; ++i) {
        EmixCheckpointRun *run = &c->runs[i];
        if (run->engine != NULL) {
            continue;
        }
        if (run->start == start) {
            return run;
        }
        if (found == NULL || run->start < 0) {
            found = run;
        }
    }
    return found;
}

EmixCheckpointRun *emix_checkpoint_begin_run(EmixCheckpoint *c, int start, EmixEngine *engine)
{
    if (c == NULL || atomic_load(&c->closed)) {
        return NULL;
    }
    emix_lock_acquire(&c->lock);
    EmixCheckpointRun *run = find_run(c, start);
    run->kept = run->kept && run->start == start;
    run->start = start;
    run->engine = engine;
    if (run->kept) {
        memcpy(engine->current.params, run->point.params, (size_t)c->params * sizeof(double));
        memcpy(engine->current.derived, run->point.derived, (size_t)c->derived * sizeof(double));
    }
    emix_lock_release(&c->lock);
    return run;
}

bool emix_checkpoint_is_kept(const EmixCheckpointRun *run)
{
    return run != NULL && run->kept;
}

void emix_checkpoint_keep(void *context, const EmixEmState *state)
{
    EmixCheckpointRun *run = context;
    EmixCheckpoint *c = run->owner;
    if (atomic_load(&c->closed)) {
        return;
    }
    emix_lock_acquire(&c->lock);
    run->state = *state;
    run->kept = true;
    memcpy(run->point.params, run->engine->current.params, (size_t)c->params * sizeof(double));
    memcpy(run->point.derived, run->engine->current.derived, (size_t)c->derived * sizeof(double));
    emix_lock_release(&c->lock);
    emix_checkpoint_offer(c);
}

void emix_checkpoint_end_run(EmixCheckpointRun *run)
{
    if (run != NULL) {
        run->engine = NULL;
        run->start = -1;
        run->kept = false;
    }
}

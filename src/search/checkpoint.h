/* Checkpoints: the state of a competition, saved now and then and gone on from, bit for bit.
 *
 * A state is taken where everything that follows is determined by it: for a candidate, before and
 * after a round; for a run to the end, at any pass where the EM loop says so (EmixEmOptions.keep).
 * Candidates of a round do not depend on each other, so a state in which some are done with it,
 * some are under way and some are not yet, is as good as any. Workers change it under a lock;
 * whichever of them finds that it is time copies it out under the lock and saves it outside.
 *
 * States are bytes; where they are kept is a store's business. A state begins with a key, which
 * tells the fit it belongs to: everything that its bits depend on. */
#ifndef EMIX_SEARCH_CHECKPOINT_H
#define EMIX_SEARCH_CHECKPOINT_H

#include <stdatomic.h>

#include "search/candidates.h"
#include "em/em.h"
#include "parallel/lock.h"

/** Where states are kept between processes. */
typedef struct EmixStore {
    void *context;    /* handed to the functions */
    const char *name; /* for messages; BORROWED from the context */
    /** Replaces what is kept; on failure the old state stays. */
    EmixStatus (*save)(void *context, const void *bytes, size_t n_bytes, EmixError *error);
    /** What is kept, BORROWED until the next call; *bytes is NULL when nothing is. */
    EmixStatus (*load)(void *context, const void **bytes, size_t *n_bytes, EmixError *error);
    EmixStatus (*discard)(void *context, EmixError *error);
    void (*destroy)(void *context); /* releases the context; what is kept stays */
} EmixStore;

/** Takes over: calls destroy, if there is one. */
void emix_store_clear(EmixStore *store);

enum { EMIX_CHECKPOINT_KEY_BYTES = 4096 };

/** A run to the end under way, or one that an earlier process left. */
typedef struct EmixCheckpointRun {
    struct EmixCheckpoint *owner;
    const EmixEngine *engine; /* that makes it; NULL = none does */
    int start;                /* whose run it is; -1 = nobody's */
    bool kept;                /* state and point hold something */
    EmixEmState state;
    EmixPoint point;
} EmixCheckpointRun;

typedef struct EmixCheckpoint {
    EmixStore store; /* owned */
    double interval_s;
    char key[EMIX_CHECKPOINT_KEY_BYTES];
    emix_index params; /* lengths of a point */
    emix_index derived;
    EmixStanding *standing;     /* BORROWED, like the candidates */
    EmixCandidates *candidates; /* of none with initial parameters */
    int n_runs;
    EmixCheckpointRun *runs; /* one more than can be under way at once */
    unsigned char *bytes;    /* [capacity] a state on its way out */
    size_t capacity;
    double began_s;
    EmixLock lock;      /* of standing, candidates and runs, while workers change them */
    atomic_bool closed; /* nothing is saved any more */
    EmixLock saving;    /* held by the worker that saves; of the members below */
    double saved_s;
    EmixStatus status; /* of the last save */
    EmixError error;
} EmixCheckpoint;

/** Takes all memory that saving and loading need.
 *
 * @param store       Where states are kept; taken over on success.
 * @param key         Terminated lines "name value"; copied, at most EMIX_CHECKPOINT_KEY_BYTES.
 * @param engine      Its points are those of the runs.
 * @param standing    BORROWED, like candidates, until emix_checkpoint_destroy().
 * @param n_at_once   Runs to the end that can be under way at the same time. */
EmixStatus emix_checkpoint_create(const EmixStore *store, double interval_s, const char *key,
                                  const EmixEngine *engine, EmixStanding *standing,
                                  EmixCandidates *candidates, int n_at_once,
                                  EmixCheckpoint **checkpoint, EmixError *error);
void emix_checkpoint_destroy(EmixCheckpoint *checkpoint);

/* Of the functions below all allow a checkpoint, or a run, of NULL, and then do nothing. */

/** Begins a fit: standing and candidates, which the caller has reset, become those of the state
 * that is kept, if there is one. Otherwise a first state is saved, so that a place where nothing
 * can be written is found before the work.
 * @return EMIX_OK; EMIX_ERR_FORMAT, when the state is that of another fit, naming a difference, or
 *         damaged; EMIX_ERR_IO. */
EmixStatus emix_checkpoint_open(EmixCheckpoint *checkpoint, EmixError *error);

/** Saves the state for the last time, on whichever thread calls first: changes that come later are
 * not to be gone on from, since the fit has been interrupted. Until this returns, nothing that an
 * interruption brought about may be written into standing or candidates. */
void emix_checkpoint_close(EmixCheckpoint *checkpoint);

/** Begins the run of a start to its end on an engine. When `kept` is set in what is returned, the
 * engine's current point is that of run->state, which the run is to be resumed from.
 * @return NULL when runs need not be kept. */
EmixCheckpointRun *emix_checkpoint_begin_run(EmixCheckpoint *checkpoint, int start,
                                             EmixEngine *engine);

/** Whether there is a state that the run can be resumed from. */
bool emix_checkpoint_is_kept(const EmixCheckpointRun *run);

/** EmixEmOptions.keep, with the run as the context. */
void emix_checkpoint_keep(void *run, const EmixEmState *state);

/** Whoever changes standing or candidates in a parallel region does it between these. */
void emix_checkpoint_lock(EmixCheckpoint *checkpoint);
void emix_checkpoint_unlock(EmixCheckpoint *checkpoint);

/** Ends a run, whose candidate now holds what came out; to be called with it under the lock. */
void emix_checkpoint_end_run(EmixCheckpointRun *run);

/** Saves the state if it is time, on whichever thread calls. */
void emix_checkpoint_offer(EmixCheckpoint *checkpoint);

/** Whether the last save succeeded, and why not. */
EmixStatus emix_checkpoint_status(const EmixCheckpoint *checkpoint, EmixError *error);

/** Gives up the state that is kept. */
EmixStatus emix_checkpoint_discard(EmixCheckpoint *checkpoint, EmixError *error);

#endif

/* Checkpoints: the state of a competition, saved now and then, from which a later process resumes
 * bit for bit.
 *
 * A state is taken only where it determines everything that follows: for a candidate, before and
 * after a round; for a run to convergence, at every pass where the EM loop says so
 * (EmixEmOptions.keep). The candidates of a round are independent, so a state may hold some that
 * are done, some under way and some not begun. Workers change it under a lock. The worker that
 * finds that it is time copies the state under the lock and saves the copy after releasing it.
 *
 * A state is an array of bytes; a store keeps it. It begins with a key, which identifies the fit by
 * everything that its bits depend on. */
#ifndef EMIX_SEARCH_CHECKPOINT_H
#define EMIX_SEARCH_CHECKPOINT_H

#include <stdatomic.h>

#include "search/candidates.h"
#include "em/em.h"
#include "parallel/lock.h"

/** Where states are kept between processes. */
typedef struct EmixStore {
    void *context;    /* passed to the functions */
    const char *name; /* for messages; BORROWED from the context */
    /** Replaces the state that is kept; on failure the old one stays. */
    EmixStatus (*save)(void *context, const void *bytes, size_t n_bytes, EmixError *error);
    /** The state that is kept, BORROWED until the next call; *bytes is NULL if there is none. */
    EmixStatus (*load)(void *context, const void **bytes, size_t *n_bytes, EmixError *error);
    EmixStatus (*discard)(void *context, EmixError *error);
    void (*destroy)(void *context); /* frees the context; the state that is kept stays */
} EmixStore;

/** Calls destroy, if there is one, and zeroes the store. */
void emix_store_clear(EmixStore *store);

enum { EMIX_CHECKPOINT_KEY_BYTES = 4096 };

/** A run to convergence: under way, or left by an earlier process. */
typedef struct EmixCheckpointRun {
    struct EmixCheckpoint *owner;
    const EmixEngine *engine; /* the engine that makes it; NULL = not under way */
    int start;                /* number of the start; -1 = the slot is free */
    bool kept;                /* state and point are set */
    EmixEmState state;
    EmixPoint point;
} EmixCheckpointRun;

typedef struct EmixCheckpoint {
    EmixStore store; /* owned */
    double interval_s;
    char key[EMIX_CHECKPOINT_KEY_BYTES];
    emix_index params; /* length of a point's params and derived */
    emix_index derived;
    EmixStanding *standing;     /* BORROWED, as the candidates are */
    EmixCandidates *candidates; /* n = 0 if the fit has initial parameters */
    int n_runs;
    EmixCheckpointRun *runs; /* [n_runs], one more than can be under way at once */
    unsigned char *bytes;    /* [capacity], the state being written */
    size_t capacity;
    double began_s;
    EmixLock lock;      /* guards standing, candidates and runs */
    atomic_bool closed; /* nothing more is saved */
    EmixLock saving;    /* held by the worker that saves; guards the members below */
    double saved_s;
    EmixStatus status; /* of the last save */
    EmixError error;
} EmixCheckpoint;

/** Allocates all memory that saving and loading need.
 *
 * @param store       Where states are kept; taken over on success.
 * @param key         Lines "name value", terminated; copied, at most EMIX_CHECKPOINT_KEY_BYTES.
 * @param engine      Gives the lengths of a point.
 * @param standing    BORROWED, as candidates are, until emix_checkpoint_destroy().
 * @param n_at_once   Runs to convergence that can be under way at the same time. */
EmixStatus emix_checkpoint_create(const EmixStore *store, double interval_s, const char *key,
                                  const EmixEngine *engine, EmixStanding *standing,
                                  EmixCandidates *candidates, int n_at_once,
                                  EmixCheckpoint **checkpoint, EmixError *error);
void emix_checkpoint_destroy(EmixCheckpoint *checkpoint);

/* The functions below accept NULL for the checkpoint or the run, and then do nothing. */

/** Begins a fit. Standing and candidates, which the caller has reset, become those of the state
 * that is kept, if there is one. Otherwise a first state is saved, so that an unwritable place is
 * found before the work.
 * @return EMIX_OK; EMIX_ERR_FORMAT if the state is damaged or belongs to another fit, with a
 *         message that names one difference; EMIX_ERR_IO. */
EmixStatus emix_checkpoint_open(EmixCheckpoint *checkpoint, EmixError *error);

/** Saves the state for the last time, on the thread that calls first. Changes after it must not be
 * saved, because the fit has been interrupted. Until this returns, nothing that results from the
 * interruption may be written into standing or candidates. */
void emix_checkpoint_close(EmixCheckpoint *checkpoint);

/** Begins the run of a start to convergence on an engine. If `kept` is set in the result, the
 * engine's current point has been set to the kept one, and the run must be resumed from run->state.
 * @return NULL if runs need not be kept. */
EmixCheckpointRun *emix_checkpoint_begin_run(EmixCheckpoint *checkpoint, int start,
                                             EmixEngine *engine);

/** True if there is a state from which the run can be resumed. */
bool emix_checkpoint_is_kept(const EmixCheckpointRun *run);

/** The function for EmixEmOptions.keep; the run is its context. */
void emix_checkpoint_keep(void *run, const EmixEmState *state);

/** In a parallel region, standing and candidates may only be changed between these two calls. */
void emix_checkpoint_lock(EmixCheckpoint *checkpoint);
void emix_checkpoint_unlock(EmixCheckpoint *checkpoint);

/** Ends a run. The caller holds the lock and has stored the result in the candidate. */
void emix_checkpoint_end_run(EmixCheckpointRun *run);

/** Saves the state if it is time, on the thread that calls. */
void emix_checkpoint_offer(EmixCheckpoint *checkpoint);

/** The status of the last save, with its message in `error`. */
EmixStatus emix_checkpoint_status(const EmixCheckpoint *checkpoint, EmixError *error);

/** Deletes the state that is kept. */
EmixStatus emix_checkpoint_discard(EmixCheckpoint *checkpoint, EmixError *error);

#endif

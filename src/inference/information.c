/* Observed information by Louis's identity, and the outer product of scores.
 *
 * With t_ik = (1, scores of f_k at x_i) in component k's coordinates a_k | own | shared, and s_i
 * the scores of log p(x_i): r_ik t_ik on component k's own, sum_k r_ik t_ik on shared ones,
 *
 *     outer product  = sum_i w_i s_i s_i'
 *     observed       = outer product - sum_k sum_i w_i r_ik t_ik t_ik' + complete-data information
 *
 * (Louis (1982), J. R. Stat. Soc. B 44(2), eq. 3.2). The second term reaches only component k's
 * coordinates; the third is, for a_k, the count n_k. */
#include "inference/information.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "data/sweep.h"
#include "families/registry.h"
#include "query/model_engine.h"
#include "linalg/linalg.h"
#include "mixture/mixture.h"
#include "parallel/parallel.h"

enum { TILE = 128, CHUNK_DOUBLES = 1 << 23 };

/* What a tile of the matrix adds up. */
enum { ALL_SCORES = -1, SHARED_SCORES = -2 };

/* A rectangle of the matrix, on or below the diagonal. */
typedef struct Tile {
    emix_index row, end_row;
    emix_index column, end_column;
    emix_index source; /* a component, or one of the above */
} Tile;

typedef struct Tiles {
    Tile *all; /* NULL while they are counted */
    emix_index n;
} Tiles;

typedef struct Sweep {
    EmixInformation *information;
    EmixModelEngine *model_engine;
    const EmixDataset *data;
    bool observed;
    emix_index n_components;
    emix_index width;         /* of t_ik */
    emix_index chunk_rows;    /* a multiple of the shard */
    emix_index first_row;     /* of the chunk, */
    emix_index n_rows;        /* and how many it has */
    double *scores;           /* [chunk_rows x n], rows sqrt(w_i) s_i */
    double *root_weights;     /* [chunk_rows] sqrt(w_i) */
    double *own_scores;       /* observed: [K x chunk_rows x width], rows sqrt(w_i r_ik) t_ik */
    double *sums;             /* observed: [K x width], sum_i w_i r_ik t_ik */
    double *responsibilities; /* [n_workers x shard_rows x K] */
    double *row_scores;       /* [n_workers x width] */
    Tiles outer;              /* of the outer product, */
    Tiles inner;              /* and of what is taken from it */
} Sweep;

/* ---- filling a chunk ---- */

/* Component k's part of row `at` of the chunk. */
static void add_scores(const Sweep *s, emix_index k, emix_index at, const double *x, double w,
                       double r, double *t)
{
    const EmixInformation *info = s->information;
    double *to = s->scores + at * info->n;
    double *own = s->own_scores ? s->own_scores + (k * s->chunk_rows + at) * s->width : NULL;
    if (w * r == 0.0) {
        memset(to + k * info->block, 0, (size_t)info->block * sizeof *to);
        if (own != NULL) {
            memset(own, 0, (size_t)s->width * sizeof *own);
        }
        return;
    }
    t[0] = 1.0;
    info->score_ops->of_row(info->scores, k, x, t + 1);
    const double scale = sqrt(w) * r;
    for (emix_index j = 0; j < info->block; ++j) {
        to[k * info->block + j] = scale * t[j];
    }
    for (emix_index j = info->block; j < s->width; ++j) {
        to[info->shared_at + j - info->block] += scale * t[j];
    }
    const double own_scale = sqrt(w * r);
    for (emix_index j = 0; own != NULL && j < s->width; ++j) {
        own[j] = own_scale * t[j];
    }
}

static EmixStatus fill_rows(void *context, const EmixRows *rows, int worker, void *lane,
                            EmixError *error)
{
    (void)lane;
    (void)error;
    const Sweep *s = context;
    const EmixInformation *info = s->information;
    const EmixEngine *e = s->model_engine->engine;
    const emix_index n_components = s->n_components;
    const emix_index at = rows->first_row - s->first_row;
    double *r = s->responsibilities + worker * e->plan.shard_rows * n_components;
    EmixShard shard = emix_engine_shard(rows);
    shard.row_weights = NULL; /* posteriors are wanted, not their sums */
    emix_mixture_posterior(e->self, e->current.derived, &shard, emix_engine_scratch(e, worker),
                           &(EmixPosterior){.responsibilities = r});
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        const double w = rows->row_weights ? rows->row_weights[i] : 1.0;
        s->root_weights[at + i] = sqrt(w);
        memset(s->scores + (at + i) * info->n + info->shared_at, 0,
               (size_t)(info->n - info->shared_at) * sizeof(double));
        for (emix_index k = 0; k < n_components; ++k) {
            add_scores(s, k, at + i, rows->x + i * rows->ldx, w, r[i * n_components + k],
                       s->row_scores + worker * s->width);
        }
    }
    return EMIX_OK;
}

static EmixStatus fill_chunk(Sweep *s, EmixError *error)
{
    const EmixEngine *e = s->model_engine->engine;
    const EmixSweepJob job = {
        .data = s->data,
        .plan = emix_shard_plan(s->n_rows, e->plan.shard_rows, 1),
        .first_row = s->first_row,
        .n_workers = e->n_workers,
        .check = true,
        .context = s,
        .shard = fill_rows,
        .row_buffers = e->row_buffers,
    };
    return emix_sweep_run(&job, error);
}

/* ---- adding a chunk up ---- */

static void add_tile(Tiles *tiles, const Tile *tile)
{
    if (tiles->all != NULL) {
        tiles->all[tiles->n] = *tile;
    }
    tiles->n += 1;
}

/* Cuts a rectangle of the matrix, or the lower triangle of a square on the diagonal, into tiles. */
static void add_tiles(Tiles *tiles, const Tile *whole)
{
    for (emix_index i = whole->row; i < whole->end_row; i += TILE) {
        for (emix_index j = whole->column; j < whole->end_column; j += TILE) {
            if (whole->row == whole->column && j > i) {
                break;
            }
            Tile tile = *whole;
            tile.row = i;
            tile.end_row = i + TILE < whole->end_row ? i + TILE : whole->end_row;
            tile.column = j;
            tile.end_column = j + TILE < whole->end_column ? j + TILE : whole->end_column;
            add_tile(tiles, &tile);
        }
    }
}

static void cut_outer(const Sweep *s, Tiles *tiles)
{
    const emix_index n = s->information->n;
    tiles->n = 0;
    add_tiles(tiles, &(Tile){.end_row = n, .end_column = n, .source = ALL_SCORES});
}

static void cut_inner(const Sweep *s, Tiles *tiles)
{
    const EmixInformation *info = s->information;
    tiles->n = 0;
    for (emix_index k = 0; k < s->n_components; ++k) {
        const emix_index begin = k * info->block;
        const emix_index end = begin + info->block;
        add_tiles(tiles, &(Tile){begin, end, begin, end, k});
        add_tiles(tiles, &(Tile){info->shared_at, info->n, begin, end, k});
    }
    add_tiles(tiles, &(Tile){info->shared_at, info->n, info->shared_at, info->n, SHARED_SCORES});
}

static EmixStatus make_tiles(const Sweep *s, void (*cut)(const Sweep *, Tiles *), Tiles *tiles,
                             EmixError *error)
{
    EmixStatus status = EMIX_OK;
    cut(s, tiles);
    EMIX_TRY_ALLOC(tiles->all, tiles->n);
    cut(s, tiles);
cleanup:
    return status;
}

/* Adds `factor` times the products of the columns of `rows`, of which those of the tile begin at
 * `row_at` and `column_at`. */
static void add_products(const Sweep *s, const Tile *tile, double factor, const double *rows,
                         emix_index ld, emix_index row_at, emix_index column_at)
{
    const EmixInformation *info = s->information;
    emix_linalg_add_product(tile->end_row - tile->row, tile->end_column - tile->column, s->n_rows,
                            factor, rows + row_at, ld, rows + column_at, ld,
                            info->matrix + tile->row * info->n + tile->column, info->n);
}

static EmixStatus add_outer_tile(void *context, int index, int worker)
{
    (void)worker;
    const Sweep *s = context;
    const EmixInformation *info = s->information;
    if (index == s->outer.n) {
        emix_linalg_add_product(info->n, 1, s->n_rows, 1.0, s->scores, info->n, s->root_weights, 1,
                                info->gradient, 1);
        return EMIX_OK;
    }
    const Tile *tile = &s->outer.all[index];
    add_products(s, tile, 1.0, s->scores, info->n, tile->row, tile->column);
    return EMIX_OK;
}

/* Where coordinate `at` of the matrix stands in t_ik. */
static emix_index place_in_own(const Sweep *s, emix_index at)
{
    const EmixInformation *info = s->information;
    return at >= info->shared_at ? info->block + at - info->shared_at : at % info->block;
}

static EmixStatus subtract_inner_tile(void *context, int index, int worker)
{
    (void)worker;
    const Sweep *s = context;
    const emix_index each = s->chunk_rows * s->width;
    if (index >= s->inner.n) {
        const emix_index k = index - s->inner.n;
        const double *own = s->own_scores + k * each; /* its first column is sqrt(w r) */
        emix_linalg_add_product(s->width, 1, s->n_rows, 1.0, own, s->width, own, s->width,
                                s->sums + k * s->width, 1);
        return EMIX_OK;
    }
    const Tile *tile = &s->inner.all[index];
    const emix_index first = tile->source == SHARED_SCORES ? 0 : tile->source;
    const emix_index last = tile->source == SHARED_SCORES ? s->n_components - 1 : tile->source;
    for (emix_index k = first; k <= last; ++k) {
        add_products(s, tile, -1.0, s->own_scores + k * each, s->width, place_in_own(s, tile->row),
                     place_in_own(s, tile->column));
    }
    return EMIX_OK;
}

static void add_chunk(Sweep *s)
{
    const int n_workers = s->model_engine->engine->n_workers;
    emix_parallel_for((int)s->outer.n + 1, n_workers, add_outer_tile, s);
    if (s->observed) {
        emix_parallel_for((int)(s->inner.n + s->n_components), n_workers, subtract_inner_tile, s);
    }
}

static void complete_matrix(const Sweep *s)
{
    EmixInformation *info = s->information;
    for (emix_index k = 0; s->observed && k < s->n_components; ++k) {
        const emix_index at = k * info->block;
        const double *sums = s->sums + k * s->width;
        info->matrix[at * (info->n + 1)] += sums[0];
        info->score_ops->add_information(info->scores, k, sums[0], sums + 1,
                                         (EmixScorePlace){.own = at + 1, .shared = info->shared_at},
                                         info->matrix, info->n);
    }
    for (emix_index i = 0; i < info->n; ++i) {
        for (emix_index j = 0; j < i; ++j) {
            info->matrix[j * info->n + i] = info->matrix[i * info->n + j];
        }
    }
}

/* ---- the sweep ---- */

static EmixStatus sweep_init(Sweep *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixEngine *e = s->model_engine->engine;
    const EmixInformation *info = s->information;
    const emix_index shard_rows = e->plan.shard_rows;
    const emix_index doubles = info->n + 1 + (s->observed ? s->n_components * s->width : 0);
    const emix_index most = (s->data->n_rows + shard_rows - 1) / shard_rows;
    emix_index n_shards = CHUNK_DOUBLES / (doubles * shard_rows);
    n_shards = n_shards < most ? n_shards : most;
    s->chunk_rows = (n_shards > 1 ? n_shards : 1) * shard_rows;
    EMIX_TRY_ALLOC(s->scores, s->chunk_rows * info->n);
    EMIX_TRY_ALLOC(s->root_weights, s->chunk_rows);
    EMIX_TRY_ALLOC(s->responsibilities, e->n_workers * shard_rows * s->n_components);
    EMIX_TRY_ALLOC(s->row_scores, e->n_workers * s->width);
    EMIX_TRY(make_tiles(s, cut_outer, &s->outer, error));
    if (s->observed) {
        EMIX_TRY_ALLOC(s->own_scores, s->n_components * s->chunk_rows * s->width);
        EMIX_TRY_ALLOC(s->sums, s->n_components * s->width);
        EMIX_TRY(make_tiles(s, cut_inner, &s->inner, error));
    }
cleanup:
    return status;
}

static void sweep_clear(Sweep *s)
{
    emix_free(s->inner.all);
    emix_free(s->outer.all);
    emix_free(s->sums);
    emix_free(s->own_scores);
    emix_free(s->row_scores);
    emix_free(s->responsibilities);
    emix_free(s->root_weights);
    emix_free(s->scores);
}

static EmixStatus run_sweep(Sweep *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(sweep_init(s, error));
    for (s->first_row = 0; s->first_row < s->data->n_rows; s->first_row += s->chunk_rows) {
        const emix_index left = s->data->n_rows - s->first_row;
        s->n_rows = left < s->chunk_rows ? left : s->chunk_rows;
        EMIX_TRY(fill_chunk(s, error));
        add_chunk(s);
    }
    complete_matrix(s);
cleanup:
    sweep_clear(s);
    return status;
}

EmixStatus emix_information_init(const EmixContext *context, const EmixModel *model,
                                 const EmixDataset *data, EmixInformationKind kind,
                                 EmixInformation *information, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModelEngine m = {0};
    EmixInformation *info = information;
    *info = (EmixInformation){0};
    if (data->n_labels > model->n_components) {
        return emix_fail(error, EMIX_ERR_SHAPE,
                         "the data have %lld labels, the model %lld components",
                         (long long)data->n_labels, (long long)model->n_components);
    }
    EMIX_TRY(emix_model_engine_init(context, model, data, &m, error));
    info->score_ops = emix_family_of(model->parts.family)->scores;
    EMIX_TRY(info->score_ops->create(&model->parts, &info->scores, error));
    info->block = 1 + info->scores->n_own;
    info->shared_at = model->n_components * info->block;
    info->n = info->shared_at + info->scores->n_shared;
    EMIX_TRY_ALLOC(info->matrix, info->n * info->n);
    EMIX_TRY_ALLOC(info->gradient, info->n);
    Sweep sweep = {
        .information = info,
        .model_engine = &m,
        .data = data,
        .observed = kind == EMIX_INFORMATION_OBSERVED,
        .n_components = model->n_components,
        .width = info->block + info->scores->n_shared,
    };
    EMIX_TRY(run_sweep(&sweep, error));
cleanup:
    emix_model_engine_clear(&m);
    if (status != EMIX_OK) {
        emix_information_clear(info);
    }
    return status;
}

void emix_information_clear(EmixInformation *information)
{
    emix_free(information->gradient);
    emix_free(information->matrix);
    if (information->score_ops != NULL) {
        information->score_ops->destroy(information->scores);
    }
    *information = (EmixInformation){0};
}

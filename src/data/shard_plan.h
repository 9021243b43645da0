/* How rows are cut into shards and shards dealt to lanes.
 *
 * Lanes make results reproducible: each is a fixed, contiguous run of shards, added in order into
 * the lane's own slot; lanes are added along a fixed tree. The plan depends on the shape of the
 * problem alone, never on the number of workers, so neither does a bit of the result. */
#ifndef EMIX_DATA_SHARD_PLAN_H
#define EMIX_DATA_SHARD_PLAN_H

#include <emix/status.h>

typedef struct EmixShardPlan {
    emix_index n_rows;
    emix_index shard_rows;
    emix_index n_shards;
    int n_lanes;
} EmixShardPlan;

/** The plan for n_rows rows in shards of shard_rows, if a lane's slot takes slot_bytes. */
EmixShardPlan emix_shard_plan(emix_index n_rows, emix_index shard_rows, emix_index slot_bytes);

/** First shard of a lane; lane n_lanes gives n_shards. */
emix_index emix_shard_plan_first(const EmixShardPlan *plan, int lane);

/** First row of a lane; lane n_lanes gives n_rows. */
emix_index emix_shard_plan_lane_row(const EmixShardPlan *plan, int lane);

/** First row and number of rows of a shard. */
emix_index emix_shard_plan_rows(const EmixShardPlan *plan, emix_index shard, emix_index *n_rows);

#endif

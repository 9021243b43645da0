/* Shards and lanes. */
#include "data/shard_plan.h"

/* There must be enough lanes to keep a large server's cores evenly busy. But their slots may take
 * at most lane_memory_bytes, and each lane must have SHARDS_PER_LANE shards, so that adding the
 * lane is cheap in comparison. At least MIN_LANES, so that small machines balance even the largest
 * models. */
enum { MIN_LANES = 16, MAX_LANES = 256, SHARDS_PER_LANE = 4 };
static const emix_index lane_memory_bytes = (emix_index)32 << 20;

EmixShardPlan emix_shard_plan(emix_index n_rows, emix_index shard_rows, emix_index slot_bytes)
{
    const emix_index n_shards = (n_rows + shard_rows - 1) / shard_rows;
    emix_index n_lanes = lane_memory_bytes / (slot_bytes > 0 ? slot_bytes : 1);
    n_lanes = n_lanes > n_shards / SHARDS_PER_LANE ? n_shards / SHARDS_PER_LANE : n_lanes;
    n_lanes = n_lanes < MIN_LANES ? MIN_LANES : n_lanes;
    n_lanes = n_lanes > MAX_LANES ? MAX_LANES : n_lanes;
    n_lanes = n_lanes > n_shards ? n_shards : n_lanes;
    return (EmixShardPlan){
        .n_rows = n_rows,
        .shard_rows = shard_rows,
        .n_shards = n_shards,
        .n_lanes = (int)n_lanes,
    };
}

emix_index emix_shard_plan_first(const EmixShardPlan *plan, int lane)
{
    const emix_index each = plan->n_shards / plan->n_lanes;
    const emix_index left_over = plan->n_shards % plan->n_lanes;
    return lane * each + (lane < left_over ? lane : left_over);
}

emix_index emix_shard_plan_lane_row(const EmixShardPlan *plan, int lane)
{
    const emix_index row = emix_shard_plan_first(plan, lane) * plan->shard_rows;
    return row < plan->n_rows ? row : plan->n_rows;
}

emix_index emix_shard_plan_rows(const EmixShardPlan *plan, emix_index shard, emix_index *n_rows)
{
    const emix_index first = shard * plan->shard_rows;
    const emix_index left = plan->n_rows - first;
    *n_rows = left < plan->shard_rows ? left : plan->shard_rows;
    return first;
}

/* Shards and lanes: every row exactly once, in order, whatever the sizes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "data/shard_plan.h"

enum { MB = 1 << 20 };

static const struct {
    emix_index n_rows;
    emix_index shard_rows;
    emix_index slot_bytes;
} shapes[] = {
    {1, 256, 800},       {255, 256, 800},   {256, 256, 800},          {257, 256, 800},
    {1499, 1, 8},        {1499, 7, 8},      {1000003, 512, 100000},   {5000, 16, 4 * MB},
    {5000, 16, 64 * MB}, {100, 1000000, 0}, {2000000000, 2048, 8000}, {4096 * 17, 4096, 2 * MB},
};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static EmixShardPlan plan_of(int shape)
{
    return emix_shard_plan(shapes[shape].n_rows, shapes[shape].shard_rows,
                           shapes[shape].slot_bytes);
}

Test(shard_plan, shards_cover_every_row_once_and_in_order)
{
    for (int s = 0; s < N_SHAPES; ++s) {
        const EmixShardPlan plan = plan_of(s);
        emix_index next = 0;
        for (emix_index shard = 0; shard < plan.n_shards; ++shard) {
            emix_index n_rows = 0;
            cr_assert(eq(i64, emix_shard_plan_rows(&plan, shard, &n_rows), next), "shape %d", s);
            cr_assert(n_rows >= 1 && n_rows <= shapes[s].shard_rows, "shape %d", s);
            next += n_rows;
        }
        cr_expect(eq(i64, next, shapes[s].n_rows), "shape %d", s);
    }
}

Test(shard_plan, lanes_cover_every_shard_and_differ_by_one_at_most)
{
    for (int s = 0; s < N_SHAPES; ++s) {
        const EmixShardPlan plan = plan_of(s);
        cr_expect(zero(i64, emix_shard_plan_first(&plan, 0)));
        cr_expect(eq(i64, emix_shard_plan_first(&plan, plan.n_lanes), plan.n_shards));
        const emix_index fewest = plan.n_shards / plan.n_lanes;
        for (int lane = 0; lane < plan.n_lanes; ++lane) {
            const emix_index n = emix_shard_plan_first(&plan, lane + 1) -
                                 emix_shard_plan_first(&plan, lane);
            cr_assert(n >= 1 && (n == fewest || n == fewest + 1), "shape %d, lane %d", s, lane);
        }
    }
}

Test(shard_plan, large_slots_get_fewer_lanes_but_not_too_few)
{
    const emix_index n_rows = 1 << 20;
    const EmixShardPlan small = emix_shard_plan(n_rows, 64, 1000);
    const EmixShardPlan large = emix_shard_plan(n_rows, 64, 1 * MB);
    const EmixShardPlan huge = emix_shard_plan(n_rows, 64, 512 * MB);
    cr_expect(gt(int, small.n_lanes, large.n_lanes));
    cr_expect(gt(int, large.n_lanes, huge.n_lanes));
    cr_expect(le(i64, (emix_index)large.n_lanes * MB, 64 * MB));
    cr_expect(ge(int, huge.n_lanes, 16));
}

#include "shapes.h"

#include <stdio.h>
#include <string.h>

/* From A, limited by exp and memory, to F, limited by multiplication. */
static const BenchShape named[] = {
    {"A", 1000000, 2, 5, 6.5, 6.5},    {"B", 1000000, 8, 16, 2.0, 2.3},
    {"C", 200000, 32, 32, 1.25, 1.25}, {"D", 100000, 64, 64, 1.15, 1.15},
    {"E", 50000, 128, 16, 1.15, 1.15}, {"F", 20000, 384, 8, 1.12, 1.15},
};
enum { N_NAMED = sizeof named / sizeof named[0] };

const BenchShape *bench_shape_named(int i)
{
    return i >= 0 && i < N_NAMED ? &named[i] : NULL;
}

static int parse_item(const char *item, BenchShape *shape)
{
    for (int i = 0; i < N_NAMED; ++i) {
        if (strcmp(item, named[i].name) == 0) {
            *shape = named[i];
            return 1;
        }
    }
    long long n_rows = 0;
    long long n_features = 0;
    long long n_components = 0;
    int end = 0;
    const int n_read = sscanf(item, "%lldx%lldx%lld%n", &n_rows, &n_features, &n_components, &end);
    if (n_read != 3 || item[end] != '\0' || n_features < 1 || n_components < 1 ||
        n_rows <= n_components || n_rows <= n_features) {
        return -1;
    }
    *shape = (BenchShape){.n_rows = n_rows, .n_features = n_features, .n_components = n_components};
    memcpy(shape->name, item, strlen(item) + 1);
    return 1;
}

int bench_shape_next(const char **list, BenchShape *shape)
{
    char item[sizeof shape->name];
    const size_t length = strcspn(*list, ",");
    if (**list == '\0') {
        return 0;
    }
    if (length >= sizeof item) {
        return -1;
    }
    memcpy(item, *list, length);
    item[length] = '\0';
    *list += length + ((*list)[length] == ',');
    return parse_item(item, shape);
}

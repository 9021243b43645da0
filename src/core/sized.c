/* Structs that carry their size. */
#include "core/sized.h"

#include <string.h>

EmixStatus emix_sized_copy(const char *name, const void *from, size_t from_size, void *to,
                           size_t to_size, EmixError *error)
{
    const unsigned char *bytes = from;
    if (from_size <= sizeof(size_t)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%s.size is %zu, must be sizeof(%s): begin with its defaults", name,
                         from_size, name);
    }
    for (size_t i = to_size; i < from_size; ++i) {
        if (bytes[i] != 0) {
            return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                             "%s.size is %zu, of which this version of the library knows %zu: it "
                             "sets members that came later",
                             name, from_size, to_size);
        }
    }
    const size_t known = from_size < to_size ? from_size : to_size;
    memcpy((unsigned char *)to + sizeof(size_t), bytes + sizeof(size_t), known - sizeof(size_t));
    return EMIX_OK;
}

void emix_sized_init(void *to, size_t to_size, const void *defaults, size_t size)
{
    if (to_size <= sizeof(size_t)) {
        return;
    }
    unsigned char *bytes = to;
    const size_t known = to_size < size ? to_size : size;
    memcpy(bytes + sizeof(size_t), (const unsigned char *)defaults + sizeof(size_t),
           known - sizeof(size_t));
    if (to_size > known) {
        memset(bytes + known, 0, to_size - known);
    }
}

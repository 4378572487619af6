/* Questions about a target. */
#include "target.h"

bool target_checks(const struct target *target, struct ip_addr address)
{
    for (size_t i = 0; i < target->address_count; i++)
        if (ip_equal(target->addresses[i].address, address))
            return true;
    return false;
}

const char *address_origin_name(enum address_origin origin)
{
    static const char *const names[] = {"given",      "configured", "heard", "neighbour-table",
                                        "link-local", "all-nodes",  "sweep"};
    return names[origin];
}

#include "findings.h"
#include "observation.h"

#include <stddef.h>
#include <string.h>

#define HIDE(id)   (UINT64_C(1) << FINDING_##id)
#define ASK(probe) (UINT32_C(1) << PROBE_##probe)

const struct finding_row FINDINGS[FINDING_COUNT] = {
#define FINDING(id, name, layer, severity, summary, meaning, proof, fix, hides, asks)                        \
    [FINDING_##id] = {name, layer, severity, summary, meaning, proof, fix, hides, asks},
#include "findings.def"
#undef FINDING
};

_Static_assert(FINDING_COUNT <= 64, "finding_row.hides has a bit for each finding");

const struct finding_row *finding_named(const char *name)
{
    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (strcmp(FINDINGS[i].name, name) == 0)
            return &FINDINGS[i];
    return NULL;
}

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"info", "warning", "error"};
    return names[severity];
}

const char *layer_name(enum layer layer)
{
    static const char *const names[] = {"none", "l3", "l2", "host"};
    return names[layer];
}

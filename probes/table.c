/* The table of probes. */
#include "probe.h"

#include <stddef.h>

#define PROBE(id, name, summary) extern const struct probe_class PROBE_CLASS_##id;
#include "probes.def"
#undef PROBE

const struct probe_class *const PROBES[] = {
#define PROBE(id, name, summary) &PROBE_CLASS_##id,
#include "probes.def"
#undef PROBE
    NULL,
};

/* The table of findings: all their words and how they relate. Rows are in findings.def. Pure data. */
#ifndef VMNETCHECK_FINDINGS_H
#define VMNETCHECK_FINDINGS_H

#include <stdint.h>

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };
enum layer { LAYER_NONE, LAYER_L3, LAYER_L2, LAYER_HOST }; /* of several, the highest value wins */

enum finding_id {
#define FINDING(id, name, layer, severity, summary, meaning, proof, fix, hides, asks) FINDING_##id,
#include "findings.def"
#undef FINDING
    FINDING_COUNT
};

struct finding_row {
    const char *name;
    enum layer layer;
    enum severity severity;
    const char *summary; /* one sentence, for when the verdict has nothing more precise to say */
    const char *meaning; /* for `explain` and the manual: what it is, what causes it */
    const char *proof;   /* how it is proved */
    const char *fix;
    uint64_t hides; /* bits 1 << FINDING_…: the findings that this one explains */
    uint32_t asks;  /* bits 1 << PROBE_…: the diagnosing probes that could say why */
};

extern const struct finding_row FINDINGS[FINDING_COUNT];

/* The row of a name, NULL if there is none. */
const struct finding_row *finding_named(const char *name);
const char *severity_name(enum severity severity); /* "error", … */
const char *layer_name(enum layer layer);          /* "host", "l2", "l3"; "none" */

#endif

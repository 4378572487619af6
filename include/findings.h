/* The table of findings: all their words and how they relate. Rows are in findings.def. Pure data. */
#ifndef VMNETCHECK_FINDINGS_H
#define VMNETCHECK_FINDINGS_H

#include "observation.h"

#include <stdbool.h>

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };
enum layer { LAYER_NONE, LAYER_L3, LAYER_L2, LAYER_HOST }; /* of several, the highest value wins */
enum course { GOES_ON, ENDS_CHECK };                       /* before anything is sent: it would be in vain */

enum finding_id {
#define FINDING(id, ...) FINDING_##id,
#include "findings.def"
#undef FINDING
    FINDING_COUNT
};

struct finding_row {
    const char *name;
    enum layer layer;
    enum severity severity;
    enum course course;
    const char *summary;          /* one sentence, for when the verdict has nothing more precise to say */
    const char *meaning;          /* for `explain` and the manual: what it is, what causes it */
    const char *proof;            /* how it is proved */
    const char *fix;              /* as finding_fix_text takes it */
    const enum finding_id *hides; /* up to FINDING_COUNT: those that this one explains; NULL: none */
    const enum probe_id *asks; /* up to PROBE_COUNT: the diagnosing probes that could say why; NULL: none */
};

extern const struct finding_row FINDINGS[FINDING_COUNT];

bool finding_hides(const struct finding_row *specific, enum finding_id generic);
bool finding_asks(const struct finding_row *row, enum probe_id probe);
/* A fix as it is shown; the caller frees it. What stands in braces is a command for libvirt: it has `vm`
 * where "VM" stands, and is left out where that is NULL. */
char *finding_fix_text(const char *fix, const char *vm);
/* The row of a name, NULL if there is none. */
const struct finding_row *finding_named(const char *name);
const char *finding_severity_name(enum severity severity); /* "error", … */
const char *finding_layer_name(enum layer layer);          /* "host", "l2", "l3"; "none" */

#endif

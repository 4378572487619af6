/* Findings as a test compares them. */
#ifndef VMNETCHECK_FINDINGS_TEXT_H
#define VMNETCHECK_FINDINGS_TEXT_H

#include "unit.h"
#include "verdict.h"

/* The names of the findings, in their order, with blanks between. */
static inline const char *findings_text(const struct verdict *verdict)
{
    static char text[1024];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < verdict->finding_count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "",
                                 FINDINGS[verdict->findings[i].id].name);
    return text;
}

#endif

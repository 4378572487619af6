/* The parts of the report in HTML. */
#ifndef VMNETCHECK_HTML_PARTS_H
#define VMNETCHECK_HTML_PARTS_H

#include "report.h"

/* What the page looks like. */
extern const char HTML_STYLE[];

/* "bad", "good", …: the class of what has a status. */
const char *html_class_of(enum verdict_status status);
/* The way from the host to the guest, and where it is broken. */
void html_path(FILE *out, const struct target_report *target);
/* When questions were answered, and when not. */
void html_timeline(FILE *out, const struct verdict *verdict);
/* All that there is to say of one target; index: its number in the report. */
void html_target(FILE *out, const struct target_report *target, size_t index);

#endif

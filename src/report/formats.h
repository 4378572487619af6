/* What the files of formats share: the rows of formats.def, and the parts of the text for people. */
#ifndef VMNETCHECK_FORMATS_H
#define VMNETCHECK_FORMATS_H

#include "report.h"

#define FORMAT(name) extern const struct report_format FORMAT_##name;
#include "formats.def"
#undef FORMAT

void tap_list_text(FILE *out, const struct tap_list *list, const struct report_style *style);
void explain_text(FILE *out, const bool chosen[FINDING_COUNT], const struct report_style *style);
void change_text(FILE *out, const struct change *change, const struct report_style *style);
void change_json(FILE *out, const struct change *change, const struct report_style *style);

#endif

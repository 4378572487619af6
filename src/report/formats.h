/* The formats that REPORT_FORMATS lists, one file each. */
#ifndef VMNETCHECK_FORMATS_H
#define VMNETCHECK_FORMATS_H

#include "report.h"

void print_text(FILE *out, const struct report *report, const struct report_style *style);
void print_json(FILE *out, const struct report *report, const struct report_style *style);

#endif

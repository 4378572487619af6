/* The parts of a report as JSON values, for the formats that are made of them. */
#ifndef VMNETCHECK_JSON_VALUES_H
#define VMNETCHECK_JSON_VALUES_H

#include "report.h"

#include <jansson.h>

/* First of all: with this jansson never fails for want of memory, like everything else here. */
void json_use_our_memory(void);

/* NULL for NULL; json_pack leaves such a member out with "o*" and makes it null with "o?". Escaped, because
 * jansson refuses what is not UTF-8. */
json_t *json_of_text(const char *text);
json_t *json_of_texts(const struct text_list *list);
json_t *json_of_vm(bool known, const struct vm_result *vm);

/* All of the document but its targets. */
json_t *json_of_header(const struct report *report);
json_t *json_of_target(const struct target_report *target);

#endif

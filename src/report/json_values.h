/* The parts of a report as JSON values, for the formats that are made of them. */
#ifndef VMNETCHECK_JSON_VALUES_H
#define VMNETCHECK_JSON_VALUES_H

#include "report.h"

#include <jansson.h>

/* First of all: with this jansson never fails for want of memory, like everything else here. */
void json_use_our_memory(void);

/* A field that the schema (schema-1.json) names is always there: null where its value is unknown, or where
 * there is nothing that it could be of. So what may be NULL here goes into json_pack as "o?". Text is
 * escaped, because jansson refuses what is not UTF-8. */
json_t *json_of_text(const char *text);
json_t *json_of_texts(const struct text_list *list);
json_t *json_of_vm(bool known, const struct vm_result *vm);
json_t *json_of_path(const struct path_result *path);

json_t *json_of_time(uint64_t wall_us);
json_t *json_of_host(const struct host_identity *host);

/* All of the document but its targets. */
json_t *json_of_header(const struct report *report);
json_t *json_of_finding(const struct finding *finding);
json_t *json_of_target(const struct target_report *target);

#endif

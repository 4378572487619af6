/* The rows of findings.def as a table, and questions about them. */
#include "findings.h"
#include "text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define HIDES(...) ((const enum finding_id[]){__VA_ARGS__, FINDING_COUNT})
#define ASKS(...)  ((const enum probe_id[]){__VA_ARGS__, PROBE_COUNT})

const struct finding_row FINDINGS[FINDING_COUNT] = {
#define FINDING(id, ...) [FINDING_##id] = {__VA_ARGS__},
#include "findings.def"
#undef FINDING
};

bool finding_hides(const struct finding_row *specific, enum finding_id generic)
{
    const enum finding_id *hidden = specific->hides;

    while (hidden != NULL && *hidden != FINDING_COUNT)
        if (*hidden++ == generic)
            return true;
    return false;
}

bool finding_asks(const struct finding_row *row, enum probe_id probe)
{
    const enum probe_id *asked = row->asks;

    while (asked != NULL && *asked != PROBE_COUNT)
        if (*asked++ == probe)
            return true;
    return false;
}

char *finding_fix_text(const char *fix, const char *vm)
{
    struct text_list parts = {0};
    size_t plain;

    while (fix[plain = strcspn(fix, "{")] != '\0') {
        const char *command = fix + plain + 1, *name = strstr(command, "VM"), *end = strchr(name, '}');
        text_list_addf(&parts, "%.*s", (int)plain, fix);
        if (vm != NULL)
            text_list_addf(&parts, "%.*s%s%.*s", (int)(name - command), command, vm, (int)(end - name - 2),
                           name + 2);
        fix = end + 1;
    }
    text_list_addf(&parts, "%s", fix);
    return text_list_join_by(&parts, "");
}

const struct finding_row *finding_named(const char *name)
{
    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (strcmp(FINDINGS[i].name, name) == 0)
            return &FINDINGS[i];
    return NULL;
}

const char *finding_severity_name(enum severity severity)
{
    static const char *const names[] = {"info", "warning", "error"};
    return names[severity];
}

const char *finding_layer_name(enum layer layer)
{
    static const char *const names[] = {"none", "l3", "l2", "host"};
    return names[layer];
}

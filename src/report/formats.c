/* The list of formats. */
#include "formats.h"

#include <string.h>

const struct report_format *const REPORT_FORMATS[] = {
#define FORMAT(name) &FORMAT_##name,
#include "formats.def"
#undef FORMAT
    NULL,
};

bool format_shows(const struct report_format *format, enum report_subject subject)
{
    return (subject == SUBJECT_REPORT && format->report != NULL) ||
           (subject == SUBJECT_TAPS && format->taps != NULL) ||
           (subject == SUBJECT_FINDINGS && format->explain != NULL) ||
           (subject == SUBJECT_CHANGES && format->change != NULL);
}

const struct report_format *format_named(const char *name)
{
    for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++)
        if (strcmp(REPORT_FORMATS[i]->name, name) == 0)
            return REPORT_FORMATS[i];
    return NULL;
}

char *format_names(enum report_subject subject)
{
    struct text_list names = {0};

    for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++)
        if (format_shows(REPORT_FORMATS[i], subject))
            text_list_addf(&names, "%s", REPORT_FORMATS[i]->name);
    return text_list_join(&names);
}

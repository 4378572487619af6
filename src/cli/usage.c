/* What is wrong with the command line: kept in mind, and said at the end. */
#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>

static char *usage_reason; /* the first one; NULL: there was no usage error */

int usage_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (usage_reason == NULL)
        usage_reason = text_vformat(format, arguments);
    va_end(arguments);
    return EXIT_USAGE;
}

int usage_end(const char *format_name)
{
    const struct report_format *format = format_named(format_name);
    int status = EXIT_USAGE;

    complain("%s", usage_reason);
    fputs("Try 'vmnetcheck --help'.\n", stderr);
    if (format != NULL && format->usage_error != NULL)
        status = format->usage_error(stdout, usage_reason);
    free(usage_reason);
    usage_reason = NULL;
    return status;
}

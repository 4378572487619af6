/* What goes to standard error, and is therefore never what a guest or a file would have there. */
#include "cli.h"
#include "page.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static char *usage_reason; /* the first one; NULL: there was no usage error */

void complain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = text_vformat(format, arguments);
    struct page page = {.out = stderr, .width = isatty(STDERR_FILENO) ? terminal_width(STDERR_FILENO) : 0};
    va_end(arguments);
    if (page.width == 0)
        page.width = SIZE_MAX; /* a line for grep */
    page_paragraph(&page, 0, INK_PLAIN, "vmnetcheck: ", text);
    free(text);
}

int usage_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (usage_reason == NULL)
        usage_reason = text_vformat(format, arguments);
    va_end(arguments);
    return EXIT_USAGE;
}

int end_with_usage_error(const char *format_name)
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

/* What goes to standard error, and is therefore never what a guest or a file would have there. */
#include "cli.h"
#include "page.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

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

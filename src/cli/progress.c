/* One line on the terminal that says how far a long check has come; it leaves nothing behind. */
#include "cli.h"

#include <unistd.h>

static int shown; /* columns of the line that stands there now */

static void show(size_t done, size_t total, size_t faults)
{
    int width = fprintf(stderr, "\r%zu/%zu checked, %zu faulty", done, total, faults) - 1;

    if (width < shown)
        fprintf(stderr, "%*s", shown - width, "");
    shown = width;
    fflush(stderr);
}

run_progress *progress_for(const struct command_line *line)
{
    return !line->quiet && isatty(STDERR_FILENO) ? show : NULL;
}

void progress_end(void)
{
    if (shown > 0)
        fprintf(stderr, "\r%*s\r", shown, "");
    shown = 0;
}

/* One line on the terminal that says how far a long check has come; it leaves nothing behind. */
#include "cli.h"
#include "clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int shown; /* columns of the line that stands there now */
static uint64_t started_us, wait_us;
static const struct selection *targets;

static char *waiting_text(size_t done, size_t total)
{
    unsigned long long passed = (clock_now() - started_us) / 1000000, all = (wait_us + 999999) / 1000000;

    if (total != 1)
        return text_format("%zu/%zu healthy, waiting for %llu of %llu s", done, total, passed, all);
    char *name = text_escape(targets->targets[0].name, strlen(targets->targets[0].name));
    char *text = text_format("waiting for %s, %llu of %llu s", name, passed, all);
    free(name);
    return text;
}

static char *progress_text(size_t done, size_t total, size_t faults)
{
    return wait_us != 0 ? waiting_text(done, total)
                        : text_format("%zu/%zu checked, %zu faulty", done, total, faults);
}

static void show(size_t done, size_t total, size_t faults)
{
    char *text = progress_text(done, total, faults);
    size_t columns = terminal_width(STDERR_FILENO);
    int width = (int)(columns > 0 && strlen(text) >= columns ? columns - 1 : strlen(text));

    fprintf(stderr, "\r%.*s", width, text);
    if (width < shown)
        fprintf(stderr, "%*s", shown - width, "");
    shown = width;
    fflush(stderr);
    free(text);
}

run_progress *progress_for(const struct command_line *line, const struct selection *selection)
{
    targets = selection;
    started_us = clock_now();
    wait_us = line->check.wait_us;
    return !line->quiet && isatty(STDERR_FILENO) && !terminal_is_dumb() ? show : NULL;
}

void progress_end(void)
{
    if (shown > 0)
        fprintf(stderr, "\r%*s\r", shown, "");
    shown = 0;
}

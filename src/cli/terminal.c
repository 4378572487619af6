/* What the terminal that is written to can show. */
#include "cli.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NARROWEST = 20, WIDEST = 1000 };

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

bool terminal_is_dumb(void)
{
    const char *kind = getenv("TERM");
    return kind != NULL && strcmp(kind, "dumb") == 0;
}

static bool wants_color(enum color_when when)
{
    if (when != COLOR_AUTO)
        return when == COLOR_ALWAYS;
    return isatty(STDOUT_FILENO) && !is_set("NO_COLOR") && !terminal_is_dumb();
}

static size_t within_bounds(long columns)
{
    return columns < NARROWEST ? NARROWEST : columns > WIDEST ? WIDEST : (size_t)columns;
}

size_t terminal_width(int descriptor)
{
    struct winsize size = {0};
    const char *columns = getenv("COLUMNS");

    if (isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return within_bounds(size.ws_col);
    return columns != NULL && atol(columns) > 0 ? within_bounds(atol(columns)) : 0;
}

struct report_style terminal_style(const struct command_line *line)
{
    setlocale(LC_CTYPE, "");
    return (struct report_style){
        .color = wants_color(line->color),
        .ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
        .width = terminal_width(STDOUT_FILENO),
        .verbose = line->verbose,
        .columns = line->columns,
        .raw = line->raw,
        .no_headings = line->no_headings,
    };
}

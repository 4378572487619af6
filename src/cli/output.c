/* What is written to standard output, by every command. */
#include "cli.h"

#include <errno.h>
#include <string.h>

int end_output(void)
{
    if (fflush(stdout) == 0)
        return 0;
    complain("the output cannot be written: %s", strerror(errno));
    return EXIT_OS;
}

int print_report(const struct command_line *line, const struct report *report)
{
    static char buffer[1 << 16]; /* a report on thousands is megabytes */

    (void)setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (!line->quiet)
        line->format->report(stdout, report, &line->style);
    if (end_output() != 0)
        return EXIT_OS;
    if (report->failure != NULL && !line->quiet)
        complain("%s", report->failure);
    return report_exit_status(report);
}

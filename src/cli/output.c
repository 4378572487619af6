/* Where everything is written: to standard output, or to a file that appears when it is complete. */
#include "cli.h"
#include "clock.h"
#include "interrupts.h"
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who stopped to read does not want to know. */
static int fail(const char *name, int error)
{
    if (error != EPIPE)
        complain("%s cannot be written: %s", name, strerror(error));
    return EXIT_OS;
}

bool output_take_places(void)
{
    signal(SIGPIPE, SIG_IGN);
    for (int place = STDIN_FILENO; place <= STDERR_FILENO; place++)
        if (fcntl(place, F_GETFD) < 0 &&
            open("/dev/null", place == STDIN_FILENO ? O_WRONLY : O_RDONLY) != place)
            return false;
    return true;
}

/* A pipe or a device cannot be replaced by a file. */
static bool is_replaceable(const char *name)
{
    struct stat status;

    return lstat(name, &status) < 0 ? errno == ENOENT : S_ISREG(status.st_mode);
}

/* The file gets its name at the end, and the permissions of one that was made by open(2). */
static FILE *open_temporary(const char *name, char **ret_temporary)
{
    char *temporary = text_format("%s.XXXXXX", name);
    mode_t mask = umask(0);
    int descriptor = mkstemp(temporary);

    umask(mask);
    if (descriptor < 0 || fchmod(descriptor, 0666 & ~mask) < 0) {
        free(temporary);
        return NULL;
    }
    *ret_temporary = temporary;
    return fdopen(descriptor, "w");
}

/* What is written to it is written at once: it is a draft that is whole. */
int output_open(struct command_line *line)
{
    line->out = stdout;
    if (line->output != NULL && !line->quiet)
        line->out = is_replaceable(line->output) ? open_temporary(line->output, &line->temporary)
                                                 : fopen(line->output, "we");
    if (line->out == NULL)
        return fail(line->output, errno);
    (void)setvbuf(line->out, NULL, _IONBF, 0);
    return 0;
}

int output_keep(struct command_line *line)
{
    if (line->temporary == NULL || rename(line->temporary, line->output) < 0)
        return line->temporary == NULL ? -ENOENT : -errno;
    free(line->temporary);
    line->temporary = NULL;
    return 0;
}

/* open_memstream(3) does not always tell that there was no memory for something. */
static ssize_t add_to_draft(void *cookie, const char *bytes, size_t length)
{
    struct command_line *line = cookie;

    if (length > line->text_room - line->text_length) {
        line->text_room = 2 * line->text_room + length;
        line->text = memory_resize(line->text, line->text_room, 1);
    }
    memcpy(line->text + line->text_length, bytes, length);
    line->text_length += length;
    return (ssize_t)length;
}

FILE *output_draft(struct command_line *line)
{
    const cookie_io_functions_t functions = {.write = add_to_draft};

    line->text_length = 0;
    line->draft = fopencookie(line, "w", functions);
    if (line->draft == NULL)
        memory_end();
    return line->draft;
}

static bool write_draft(struct command_line *line)
{
    fclose(line->draft);
    if (line->rights != NULL && line->rights->says != NULL)
        line->rights->says(line->rights->context);
    errno = 0;
    if (line->text_length > 0) /* of what is quiet there is none */
        fwrite(line->text, 1, line->text_length, line->out);
    return fflush(line->out) == 0 && !ferror(line->out); /* whatever was lost on the way, at any time */
}

int output_end(struct command_line *line)
{
    const char *name = line->output != NULL ? line->output : "standard output";
    const struct rights *rights = line->rights;

    if (!write_draft(line))
        return fail(name, errno != 0 ? errno : EIO);
    if (line->temporary == NULL)
        return 0;
    int error = rights->keep_output != NULL ? rights->keep_output(rights->context) : output_keep(line);
    return error < 0 ? fail(name, -error) : 0;
}

void output_begin_anew(struct command_line *line)
{
    if (line->temporary != NULL && ftruncate(fileno(line->out), 0) == 0)
        rewind(line->out);
}

void output_close(struct command_line *line)
{
    if (line->temporary != NULL)
        unlink(line->temporary);
    free(line->temporary);
    free(line->text);
    if (line->out != NULL && line->out != stdout)
        fclose(line->out);
}

struct host_identity output_take_identity(struct command_line *line)
{
    struct host_identity identity = line->host;

    line->host = (struct host_identity){0};
    if (identity.name == NULL)
        host_identity_read(&identity);
    return identity;
}

struct report output_begin_report(struct command_line *line, const char *command)
{
    return (struct report){.command = command,
                           .fail_on = line->fail_on,
                           .started_us = clock_wall(),
                           .host = output_take_identity(line)};
}

void output_said(const struct command_line *line, int status)
{
    if (line->rights != NULL && line->rights->said != NULL)
        line->rights->said(line->rights->context, status);
}

int output_report(struct command_line *line, struct report *report)
{
    for (size_t i = 0; i < report->target_count; i++)
        report->targets[i].named = !line->all;
    interrupts_are_late();
    FILE *draft = output_draft(line);
    if (!line->quiet)
        line->format->report(draft, report, &line->style);
    if (output_end(line) != 0)
        return EXIT_OS;
    if (report->failure != NULL && !line->quiet)
        complain("%s", report->failure);
    int status =
        line->format->exit_status != NULL ? line->format->exit_status(report) : report_exit_status(report);
    output_said(line, status);
    return status;
}

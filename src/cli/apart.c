/* A command in two processes: what is read, by one without rights; what that takes, by the other. */
#include "cli.h"
#include "keeper.h"
#include "libxml.h"
#include "rights.h"

#include <stdlib.h>
#include <unistd.h>

struct apart {
    const struct command *command;
    struct command_line *line;
};

/* A library cannot be loaded any more when it shows that it is needed. */
static void prepare(void *context)
{
    const struct apart *apart = context;
    char *reason = NULL;

    host_identity_read(&apart->line->host);
    if (apart->command->bit == FOR_LINT || apart->line->vm != NULL)
        (void)libxml_load(&reason); /* and says so again where it is needed */
    free(reason);
}

static int run(void *context, const struct rights *rights)
{
    const struct apart *apart = context;

    apart->line->rights = rights;
    if (rights->unconfined != NULL && apart->line->verbose)
        complain("this system leaves out, of what confines a process that reads what others wrote: %s",
                 rights->unconfined);
    int status = apart->command->run(apart->line);
    return status == EXIT_USAGE ? usage_end(apart->line->format_name) : status;
}

static int fail(void *context, const char *reason)
{
    const struct apart *apart = context;
    struct report report = output_begin_report(apart->line, apart->command->name);

    output_begin_anew(apart->line);
    report.failure = text_format("%s", reason);
    report.failure_exit = EXIT_OS;
    int status = output_report(apart->line, &report);
    report_free(&report);
    return status;
}

static int keep_output(void *context)
{
    return output_keep(context);
}

int apart_run(const struct command *command, struct command_line *line)
{
    struct apart apart = {command, line};
    const struct work work = {.context = &apart, .prepare = prepare, .run = run, .fail = fail};
    const struct grants grants = {.inputs = line->operands,
                                  .input_count = line->operand_count,
                                  .output = line->out != stdout ? fileno(line->out) : -1,
                                  .context = line,
                                  .keep_output = keep_output};

    return keeper_run(&grants, &work);
}

/* A command in two processes: what is read, by one without rights; what that takes, by the other. */
#include "cli.h"
#include "clock.h"
#include "facts.h"
#include "facts_cache.h"
#include "interrupts.h"
#include "keeper.h"
#include "libxml.h"
#include "tap_list.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct apart {
    const struct command *command;
    struct command_line *line;
    const struct host_facts *facts; /* the keeper's */
};

/* Neither a library can be loaded any more when it shows that it is needed, nor what the time is here. */
static void prepare(void *context)
{
    const struct apart *apart = context;
    char *reason = NULL;

    tzset();
    facts_put(apart->facts);
    if (apart->command->bit == FOR_LINT || apart->line->vm != NULL || apart->line->xml != NULL)
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

static int fail_list(struct command_line *line, const char *reason, int status)
{
    struct tap_list list = {
        .started_us = clock_wall(), .host = output_take_identity(line), .failure = text_format("%s", reason)};

    complain("%s", reason);
    line->format->taps(output_draft(line), &list, &line->style);
    tap_list_free(&list);
    (void)output_end(line);
    return status;
}

static int fail_report(struct command_line *line, const char *command, const char *reason, int failure)
{
    struct report report = output_begin_report(line, command);

    report.failure = text_format("%s", reason);
    report.failure_exit = failure;
    int status = output_report(line, &report);
    report_free(&report);
    return status;
}

/* Of what was said, only what is in a file that has no name yet is not said after all. */
static int fail_with(const struct apart *apart, const char *reason, int status, bool says)
{
    const struct command *command = apart->command;

    output_begin_anew(apart->line);
    if (command->subject == SUBJECT_CHANGES || (says && apart->line->temporary == NULL)) {
        complain("%s", reason);
        return status;
    }
    return command->subject == SUBJECT_TAPS ? fail_list(apart->line, reason, status)
                                            : fail_report(apart->line, command->name, reason, status);
}

static int fail(void *context, const char *reason, bool says)
{
    return fail_with(context, reason, EXIT_OS, says);
}

static int keep_output(void *context)
{
    return output_keep(context);
}

/* A VM that is named may be in another network namespace. */
static enum more_spaces more_spaces_of(const struct command_line *line)
{
    bool is_named = line->vm != NULL || line->pid != 0;

    return line->all_netns ? SPACES_ALL : is_named ? SPACES_OF_QEMU : SPACES_THESE;
}

static bool is_check(const struct command *command)
{
    return command->bit == FOR_CHECK || command->bit == FOR_WATCH;
}

/* Both processes need them at once, and neither has to believe the other. NULL: each has to see itself. */
static const struct host_facts *read_facts(struct command_line *line)
{
    const struct host_facts *facts = NULL;

    line->facts = facts_cache_new(0, host_facts_read);
    (void)facts_cache_get(line->facts, 0, &facts);
    host_disconnect();
    return facts;
}

static struct grants grants_of(const struct command *command, struct command_line *line)
{
    bool reads = command->bit == FOR_READ || command->bit == FOR_MERGE ||
                 (command->bit == FOR_LINT && line->operand_count > 0);
    bool checks = is_check(command);
    struct grants grants = {.scripts = reads,
                            .processes = !reads,
                            .captures = checks,
                            .stays = command->bit == FOR_WATCH,
                            .find_rule = checks && line->check.find_rule,
                            .all_taps = checks && line->operand_count == 0,
                            .spaces = &line->spaces,
                            .more_spaces = more_spaces_of(line),
                            .process = line->pid,
                            .domain = checks && !line->no_libvirt ? line->vm : NULL,
                            .evidence = checks ? line->pcap : NULL,
                            .output = line->out != stdout ? fileno(line->out) : -1,
                            .context = line,
                            .keep_output = keep_output};

    if (reads) {
        grants.inputs = (const char *const *)line->operands;
        grants.input_count = line->operand_count;
    } else if (checks && line->xml != NULL) {
        grants.inputs = &line->xml;
        grants.input_count = 1;
    } else if (checks) {
        grants.interfaces = line->operands;
        grants.interface_count = line->operand_count;
    }
    return grants;
}

int apart_run(const struct command *command, struct command_line *line)
{
    struct apart apart = {.command = command, .line = line};
    const struct work work = {.context = &apart, .prepare = prepare, .run = run, .fail = fail};
    struct grants grants = grants_of(command, line);
    char *failure = NULL;

    if (command->bit == FOR_WATCH)
        interrupts_stay();
    host_identity_read(&line->host); /* where the program was started */
    int status = namespaces_enter(line, &failure);
    if (status == 0) {
        grants.facts = apart.facts = is_check(command) ? read_facts(line) : NULL;
        status = keeper_run(&grants, &work);
    } else {
        interrupts_hold(false);
        status = fail_with(&apart, failure, status, false);
    }
    free(failure);
    facts_put(apart.facts);
    facts_cache_free(line->facts);
    netns_list_free(&line->spaces);
    text_list_free(&line->no_spaces);
    host_identity_free(&line->host); /* the worker has its own */
    return status;
}

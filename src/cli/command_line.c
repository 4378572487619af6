/* How a command line is taken apart. */
#include "cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 64, LONG_ONLY = 256 /* first value of options without a letter */ };

static const struct check_options DEFAULTS = {
    .ipv4 = true,
    .ipv6 = true,
    .count = 3,
    .interval_us = 20000,
    .timeout_us = 1000000,
    .linger_us = 100000,
    .vlan = VLAN_AUTOMATIC,
};

static void fill_getopt(char *letters, struct option *longs)
{
    *letters++ = ':'; /* report a missing argument as ':' */
    for (int i = 0; OPTION_ROWS[i].take != NULL; i++) {
        const struct option_row *row = &OPTION_ROWS[i];
        if (row->letter != 0) {
            *letters++ = row->letter;
            if (row->argument != NULL)
                *letters++ = ':';
        }
        if (row->name != NULL)
            *longs++ = (struct option){.name = row->name,
                                       .has_arg = row->argument != NULL ? required_argument : no_argument,
                                       .val = LONG_ONLY + i};
    }
    *letters = '\0';
    *longs = (struct option){0};
}

/* Of an option that getopt knows. */
static const struct option_row *row_of(int value)
{
    const struct option_row *row = OPTION_ROWS;

    if (value >= LONG_ONLY)
        return &OPTION_ROWS[value - LONG_ONLY];
    while (row->letter != value)
        row++;
    return row;
}

/* The option as the user would write it: "--count" or "-4". */
static const char *option_text(const struct option_row *row, char buffer[32])
{
    if (row->name != NULL)
        snprintf(buffer, 32, "--%s", row->name);
    else
        snprintf(buffer, 32, "-%c", row->letter);
    return buffer;
}

static int take_option(struct command_line *line, const struct option_row *row, const char *argument)
{
    char text[32];
    const char *wanted = row->take(line, argument);

    if (wanted == NULL) {
        line->given |= UINT64_C(1) << (row - OPTION_ROWS);
        return 0;
    }
    if (argument == NULL)
        return usage_error("%s: %s", option_text(row, text), wanted);
    return usage_error("%s takes %s, not \"%s\"", option_text(row, text), wanted, argument);
}

/* "--ver" could be "--verbose" and "--version". */
static char *names_that_begin(const char *begin)
{
    struct text_list names = {0};

    for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++)
        if (row->name != NULL && strncmp(row->name, begin, strlen(begin)) == 0)
            text_list_addf(&names, "--%s", row->name);
    return text_list_join(&names);
}

static const char *suggest_option(const char *word)
{
    struct suggestion suggestion = {.word = word};

    for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++)
        if (row->name != NULL)
            suggestion_offer(&suggestion, row->name);
    return suggestion.best;
}

/* The option that getopt_long did not know: "--nonsense=1", or the start of several. */
static int refuse_long_option(const char *argument)
{
    char *name = strndup(argument + 2, strcspn(argument + 2, "="));
    char *candidates = names_that_begin(name);
    const char *suggested = suggest_option(name);
    int status;

    if (*candidates != '\0')
        status = usage_error("--%s could be %s", name, candidates);
    else if (suggested != NULL)
        status = usage_error("unknown option --%s; did you mean --%s?", name, suggested);
    else
        status = usage_error("unknown option --%s", name);
    free(candidates);
    free(name);
    return status;
}

/* What getopt_long did not take, as it says by its result and optopt. */
static int refuse_option(int value, const char *argument)
{
    char text[32];

    if (value == ':')
        return usage_error("%s needs an argument, %s", option_text(row_of(optopt), text),
                           row_of(optopt)->argument);
    if (optopt >= LONG_ONLY)
        return usage_error("%s takes no argument", option_text(row_of(optopt), text));
    return optopt != 0 ? usage_error("unknown option -%c", optopt) : refuse_long_option(argument);
}

static int take_options(int argc, char **argv, struct command_line *line)
{
    char letters[2 * OPTIONS_MAX + 2];
    struct option longs[OPTIONS_MAX + 1];
    int value, status = 0;

    fill_getopt(letters, longs);
    opterr = 0;
    while ((value = getopt_long(argc, argv, letters, longs, NULL)) !=
           -1) /* to the end: a format may follow */
        if ((value == ':' || value == '?' ? refuse_option(value, argv[optind - 1])
                                          : take_option(line, row_of(value), optarg)) != 0)
            status = EXIT_USAGE;
    return status;
}

/* A command that was mistyped is no interface to send to, unless there is one of that name. */
static int refuse_near_command(const struct command_line *line, const char *operand)
{
    const char *command = command_suggest(line->commands, operand);
    char name[LINK_NAME_SIZE];

    if (command == NULL || host_link_name(0, operand, name))
        return 0;
    return usage_error("there is no interface \"%s\"; did you mean the command %s? (For an interface of that "
                       "name: vmnetcheck check %s)",
                       operand, command, operand);
}

/* The first operand, if it names one. --help and --version are commands, too: "check --help" is "help
 * check". */
static int take_command(struct command_line *line, const struct command **ret)
{
    const char *first = line->operand_count > 0 ? line->operands[0] : NULL;
    const struct command *named = first != NULL ? command_named(line->commands, first) : NULL;

    if (line->show != SHOW_NOTHING) {
        line->operand_count = line->show == SHOW_HELP && named != NULL;
        *ret = command_named(line->commands, line->show == SHOW_HELP ? "help" : "version");
        return 0;
    }
    *ret = named != NULL ? named : line->commands;
    if (named == NULL)
        return first != NULL ? refuse_near_command(line, first) : 0;
    line->operands++;
    line->operand_count--;
    return 0;
}

static int choose_format(struct command_line *line, const struct command *command)
{
    const struct report_format *format = format_named(line->format_name);

    if (format == NULL || !format_shows(format, command->subject)) {
        char *names = format_names(command->subject);
        int status = usage_error("--format takes one of %s for %s, not \"%s\"", names, command->name,
                                 line->format_name);
        free(names);
        return status;
    }
    line->format = format;
    return 0;
}

/* Whether all options that were given are for this command. */
static int check_options_of(const struct command_line *line, const struct command *command)
{
    char text[32];

    for (size_t i = 0; OPTION_ROWS[i].take != NULL; i++)
        if ((line->given >> i & 1) != 0 && (OPTION_ROWS[i].commands & command->bit) == 0)
            return usage_error("%s is not an option of %s", option_text(&OPTION_ROWS[i], text),
                               command->name);
    return 0;
}

int command_line_parse(int argc, char **argv, const char *site, struct command_line *ret,
                       const struct command **ret_command)
{
    struct command_line line = {.commands = COMMANDS,
                                .check = DEFAULTS,
                                .every_us = 10000000,
                                .pcap_limit_mib = 100,
                                .format_name = REPORT_FORMATS[0]->name,
                                .fail_on = STATUS_WARNING};
    char *refused = site != NULL ? site_read(site, &line) : NULL;
    int status = take_options(argc, argv, &line);

    line.style = terminal_style(&line);
    line.operands = argv + optind;
    line.operand_count = (size_t)(argc - optind);
    if (status == 0)
        status = take_command(&line, ret_command);
    if (status == 0 && refused != NULL && line.show == SHOW_NOTHING)
        status = usage_error("%s", refused);
    free(refused);
    if (status == 0 && line.netns != NULL && line.all_netns)
        status = usage_error("only one of --netns and --all-netns");
    if (status == 0 && line.show == SHOW_NOTHING)
        status = check_options_of(&line, *ret_command);
    if (status == 0 && (*ret_command)->subject != SUBJECT_NONE)
        status = choose_format(&line, *ret_command);
    *ret = line;
    return status;
}

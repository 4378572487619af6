/* A command line as a text, taken apart as the program does. */
#ifndef VMNETCHECK_TEST_COMMAND_WORDS_H
#define VMNETCHECK_TEST_COMMAND_WORDS_H

#include "cli.h"

#include "capture.h"
#include "unit.h"

#include <getopt.h>

enum { ARGUMENTS_MAX = 40 };

static char words[4096], *arguments[ARGUMENTS_MAX + 1];

static inline int split(const char *text)
{
    int count = 0;
    snprintf(words, sizeof words, "vmnetcheck %s", text);
    for (char *save, *word = strtok_r(words, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        assert_true(count < ARGUMENTS_MAX);
        arguments[count++] = strcmp(word, "''") == 0 ? word + 2 : word; /* '' is an empty argument */
    }
    arguments[count] = NULL;
    return count;
}

static const char *site; /* a file with defaults, NULL: there is none */

static inline int parse(const char *text, struct command_line *ret_line, const struct command **ret_command)
{
    int count = split(text);
    optind = 0; /* begin anew: getopt_long(3) */
    listen_to(STDERR_FILENO);
    int status = command_line_parse(count, arguments, site, ret_line, ret_command);
    if (status == EXIT_USAGE)
        usage_end("text");
    stop_listening();
    return status;
}

#endif

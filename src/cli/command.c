/* Finding a command in a table of them. */
#include "cli.h"

#include <string.h>

const struct command *command_named(const struct command *table, const char *name)
{
    for (const struct command *command = table; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

const char *command_suggest(const struct command *table, const char *word)
{
    struct suggestion suggestion = {.word = word};

    for (const struct command *command = table; command->name != NULL; command++)
        suggestion_offer(&suggestion, command->name);
    return suggestion.best;
}

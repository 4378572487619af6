/* The program: takes the command line apart and runs its command. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    struct command_line line;
    const struct command *command;
    int status = command_line_parse(argc, argv, &line, &command);

    return status != 0 ? status : command->run(&line);
}

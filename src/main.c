#include "cli/cli.h"

const struct command COMMANDS[] = {
    {"check", FOR_CHECK, "check the VM behind TAP (the default)", command_check},
    {"read", FOR_READ, "diagnose a recorded capture; sends nothing", command_read},
    {"lint", FOR_LINT, "find network mistakes in a start script, domain XML or process", command_lint},
    {"list", FOR_LIST, "taps, who holds them, bridge, MAC, netdev, hub, state", command_list},
    {"explain", FOR_EXPLAIN, "what a finding means, how it is proved, how to fix it", command_explain},
    {NULL, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
    struct command_line line;
    const struct command *command;
    int status = command_line_parse(argc, argv, &line, &command);

    if (status != 0)
        return status;
    if (line.show == SHOW_HELP)
        print_help(stdout);
    else if (line.show == SHOW_VERSION)
        print_version(stdout);
    else
        return command->run(&line);
    return EXIT_HEALTHY;
}

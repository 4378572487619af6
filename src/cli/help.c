#include "cli.h"

#include <stdarg.h>

int usage_error(const char *format, ...)
{
    va_list arguments;

    fputs("vmnetcheck: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("\nTry 'vmnetcheck --help'.\n", stderr);
    return EXIT_USAGE;
}

void print_help(FILE *out)
{
    fputs("Usage: vmnetcheck [check] [OPTION]... TAP [ADDRESS]...\n"
          "       vmnetcheck read [OPTION]... FILE [ADDRESS]...\n"
          "       vmnetcheck explain [OPTION]... [FINDING]\n"
          "\n"
          "Tells which layer broke a VM's network, proves it with packets, and names the fix.\n"
          "TAP is the VM's tap (or any Ethernet interface); without ADDRESS the guest's addresses are "
          "searched.\n"
          "\n"
          "Commands:\n",
          out);
    for (const struct command *command = COMMANDS; command->name != NULL; command++)
        fprintf(out, "  %-21s %s\n", command->name, command->summary);
    fputs("\nOptions:\n", out);
    for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++) {
        char text[40];
        snprintf(text, sizeof text, "%s%.1s%s%s%s%s%s", row->letter ? "-" : "   ",
                 row->letter ? &row->letter : "",
                 row->letter && row->name ? ", "
                 : row->letter            ? ""
                                          : " ",
                 row->name ? "--" : "", row->name ? row->name : "", row->argument ? " " : "",
                 row->argument ? row->argument : "");
        fprintf(out, "  %-21s %s\n", text, row->help);
    }
    fputs("\n"
          "Exit status: 0 healthy, 1 warnings only, 2 layer-3 fault, 3 layer-2 fault, 4 host-side fault,\n"
          "5 could not tell, 64 usage error, 71 operating-system error, 77 no permission.\n"
          "See vmnetcheck(8) and vmnetcheck-findings(7).\n",
          out);
}

void print_version(FILE *out)
{
    fputs("vmnetcheck " VERSION "\n", out);
}

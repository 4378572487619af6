/* The program: takes the command line apart and runs its command. */
#include "cli/cli.h"
#include "interrupts.h"
#include "rights.h"
#include "text.h"

/* The others only say what the program knows itself. */
static bool reads(const struct command *command)
{
    return command->subject == SUBJECT_REPORT || command->subject == SUBJECT_TAPS ||
           command->subject == SUBJECT_CHANGES;
}

int main(int argc, char **argv)
{
    struct command_line line;
    const struct command *command;
    int status;

    memory_end_with(EXIT_OS);
    interrupts_hold(true); /* until there is who can say that it was interrupted */
    if (!output_take_places())
        return EXIT_OS;
    status = command_line_parse(argc, argv, SITE_FILE, &line, &command);
    if (status != 0 || !reads(command))
        interrupts_hold(false);

    if (status == 0 && line.verbose)
        site_tell(SITE_FILE, &line);
    line.rights = &RIGHTS_OF_OURS;
    if (status == 0)
        status = output_open(&line);
    bool apart = status == 0 && reads(command);
    if (apart)
        status = apart_run(command, &line);
    else if (status == 0)
        status = command->run(&line);
    output_close(&line);
    site_forget(&line);
    return status == EXIT_USAGE && !apart ? usage_end(line.format_name) : status;
}

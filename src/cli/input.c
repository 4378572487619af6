/* Files that are read: whoever has the right opens them. */
#include "cli.h"
#include "rights.h"

#include <errno.h>
#include <string.h>

FILE *input_open(const struct command_line *line, const char *name)
{
    if (strcmp(name, "-") == 0)
        return stdin;
    int descriptor = line->rights->open_input(line->rights->context, name);
    if (descriptor >= 0)
        return fdopen(descriptor, "r");
    errno = -descriptor;
    return NULL;
}

/* Files that are read: by the user's own rights, whatever the program was given. */
#include "cli.h"
#include "privileges.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

FILE *input_open(const char *name, bool is_last)
{
    bool is_root = getuid() == 0;

    if (!is_root)
        privileges_drop(false, false);
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    int error = errno;
    if (is_root && is_last)
        privileges_drop(false, false);
    errno = error;
    return file;
}

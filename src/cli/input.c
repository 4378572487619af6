/* Files that are read: whoever has the right opens them. */
#include "cli.h"
#include "rights.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 << 20 };

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

char *input_read(const struct command_line *line, const char *name, size_t *ret_size, char **ret_failure)
{
    FILE *file = input_open(line, name);
    char *text = NULL;
    size_t size = 0, capacity = 0, got = 1;

    if (file == NULL) {
        *ret_failure = text_format("%s: %s", name, strerror(errno));
        return NULL;
    }
    while (got > 0 && size <= FILE_MAX) {
        if (capacity - size < BUFSIZ)
            text = memory_resize(text, capacity = 2 * capacity + BUFSIZ, 1);
        got = fread(text + size, 1, capacity - size, file);
        size += got;
    }
    if (ferror(file) || size > FILE_MAX) {
        *ret_failure = size > FILE_MAX ? text_format("%s: larger than %d MiB", name, FILE_MAX >> 20)
                                       : text_format("%s: %s", name, strerror(errno));
        free(text);
        text = NULL;
    }
    if (file != stdin)
        fclose(file);
    *ret_size = size;
    return text;
}

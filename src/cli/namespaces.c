/* In which network namespaces all is done. */
#include "cli.h"
#include "privileges.h"

#include <errno.h>
#include <string.h>

static int refuse(const char *name, int error, char **ret_failure)
{
    switch (error) {
    case -EPERM:
        *ret_failure = privileges_advice_to_enter();
        return EXIT_NO_PERMISSION;
    case -EACCES:
        *ret_failure =
            text_format("no permission to look at process %s, in whose network namespace it is to be "
                        "done: CAP_SYS_PTRACE is missing; run as root",
                        name);
        return EXIT_NO_PERMISSION;
    case -ENOENT:
        *ret_failure =
            text_format("there is no network namespace \"%s\" (ip netns shows their names), and no "
                        "process of that number",
                        name);
        return EXIT_OS;
    case -EINVAL:
        *ret_failure = text_format("\"%s\" is the name of something else than a network namespace", name);
        return EXIT_OS;
    default:
        *ret_failure = text_format("the network namespace \"%s\": %s", name, strerror(-error));
        return EXIT_OS;
    }
}

int namespaces_enter(struct command_line *line, char **ret_failure)
{
    struct netns own = {.descriptor = -1}, first;

    (void)netns_open_own(&own);
    int error = line->netns != NULL ? netns_open(line->netns, &first) : 0;
    if (line->netns == NULL)
        first = own;
    else if (error == 0)
        first.elsewhere = !netns_equal(first.id, own.id);
    if (error == 0)
        netns_list_add(&line->spaces, first);
    if (error == 0 && first.elsewhere)
        error = netns_enter(&first);
    return error < 0 ? refuse(line->netns, error, ret_failure) : 0;
}

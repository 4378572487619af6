/* In which network namespaces all is done. */
#include "cli.h"
#include "privileges.h"
#include "rights.h"
#include "vms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

int namespaces_refuse(const char *name, int error, char **ret_failure)
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
    case -ENXIO:
        *ret_failure =
            text_format("process %s has a tap in a network namespace that has no name, and that it is "
                        "not in itself",
                        name);
        return EXIT_UNKNOWN;
    default:
        *ret_failure = text_format("the network namespace \"%s\": %s", name, strerror(-error));
        return EXIT_OS;
    }
}

/* ---- at the beginning ---- */

/* Each has some sockets. */
static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* what cannot be opened is said there */
}

/* Which of them can be entered shows when it is; but without the right to, none can. */
static int open_all(struct command_line *line, char **ret_failure)
{
    struct netns_list *spaces = &line->spaces;

    allow_descriptors();
    netns_open_named(spaces, &line->no_spaces);
    int error = spaces->count > 1 ? netns_enter(&spaces->items[1]) : 0;
    if (error == 0 && spaces->count > 1)
        error = netns_enter(&spaces->items[0]);
    return error < 0 ? namespaces_refuse(spaces->items[1].name, error, ret_failure) : 0;
}

static int open_one(struct command_line *line, struct netns_id own, char **ret_failure)
{
    struct netns netns;
    int error = netns_open(line->netns, &netns);

    if (error == 0) {
        netns.elsewhere = !netns_equal(netns.id, own);
        netns_list_add(&line->spaces, netns);
    }
    if (error == 0 && netns.elsewhere)
        error = netns_enter(&netns);
    return error < 0 ? namespaces_refuse(line->netns, error, ret_failure) : 0;
}

int namespaces_enter(struct command_line *line, char **ret_failure)
{
    struct netns own = {.descriptor = -1};

    (void)netns_open_own(&own);
    if (line->netns == NULL) {
        netns_list_add(&line->spaces, own);
        return line->all_netns ? open_all(line, ret_failure) : 0;
    }
    int status = open_one(line, own.id, ret_failure);
    netns_free(&own);
    return status;
}

/* ---- those of processes ---- */

static int number_of(const struct netns_list *spaces, struct netns_id id)
{
    for (size_t i = 0; i < spaces->count; i++)
        if (netns_equal(spaces->items[i].id, id))
            return (int)i;
    return -ENOENT;
}

int namespaces_find(struct command_line *line, const struct holder *holder, const struct held_tap *tap)
{
    const struct rights *rights = line->rights;
    struct netns_id id = tap != NULL && netns_is_known(tap->netns) ? tap->netns : holder->netns;
    int number = number_of(&line->spaces, id);
    struct netns netns = {.descriptor = -1};

    if (number >= 0)
        return number;
    number = rights->find_netns(rights->context, holder->pid, &netns);
    if (number < 0)
        return number;
    netns.elsewhere = true;
    if ((size_t)number == line->spaces.count)
        netns_list_add(&line->spaces, netns);
    else
        netns_free(&netns);
    return netns_equal(line->spaces.items[number].id, id) ? number : -ENXIO;
}

/* Who has ended has no taps any more. */
static void find(struct command_line *line, const struct holder *holder, const struct held_tap *tap)
{
    int number = namespaces_find(line, holder, tap);
    char *name = text_format("%ld", (long)holder->pid), *failure = NULL;

    if (number < 0 && number != -ENOENT) {
        (void)namespaces_refuse(name, number, &failure);
        text_list_add(&line->no_spaces, failure);
    }
    free(name);
}

void namespaces_find_all(struct command_line *line, struct vms *vms)
{
    const struct holders *holders = vms_holders(vms, 0);

    for (size_t i = 0; i < holders->count; i++) {
        const struct holder *holder = &holders->items[i];
        for (size_t t = 0; t < holder->tap_count; t++)
            if (holder->taps[t].where == HELD_ELSEWHERE)
                find(line, holder, &holder->taps[t]);
        if (holder->vm != NULL && holder->readable && holder->tap_count == 0 && !holder->same_net)
            find(line, holder, NULL);
    }
}

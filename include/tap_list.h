/* What `list` shows: the taps of a network namespace. */
#ifndef VMNETCHECK_TAP_LIST_H
#define VMNETCHECK_TAP_LIST_H

#include "report.h"

/* Strings are owned but for state; NULL where unknown. */
struct tap_row {
    char *interface;
    char *netns;       /* that it is in: a name, or the number of a process there; NULL: it has none */
    const char *state; /* "up", "down", "unattached", "missing" */
    char *bridge;
    struct text_list addresses; /* of the tap or its bridge: "10.9.0.1/24" */
    struct path_result path;    /* from the host's stack to the tap */
    struct vm_result vm;
    size_t holders; /* processes that hold it */
};

struct tap_list {
    uint64_t started_us; /* of clock_wall() */
    struct host_identity host;
    char *failure; /* why there are no rows; NULL: there are all */
    struct tap_row *rows;
    size_t count;
    size_t unreadable; /* processes that may hold one as well, but may not be looked at … */
    bool unprivileged; /* … because the capabilities are missing that it takes */
};

/* Whether all of NAME[,NAME]... are columns of the table; and which there are, "TAP, STATE, …", which the
 * caller frees. */
bool tap_list_has_columns(const char *names);
char *tap_list_columns(void);

void tap_list_free(struct tap_list *list); /* leaves it empty */

#endif

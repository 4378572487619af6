/* Network namespaces (network_namespaces(7)): by the name that ip-netns(8) knows them by, or by a process
 * that lives in one. */
#ifndef VMNETCHECK_NETNS_H
#define VMNETCHECK_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct text_list;

/* Two that are equal are one; zero: it is not known which. */
struct netns_id {
    uint64_t device, inode;
};

bool netns_is_known(struct netns_id id);
bool netns_equal(struct netns_id a, struct netns_id b); /* false if either is not known */

/* One that a run may look into. */
struct netns {
    char *name; /* as netns_open() takes it; NULL: it has none. Owned */
    struct netns_id id;
    int descriptor; /* -1: it is not open here */
    bool elsewhere; /* it is not the one that the program was started in */
};

/* By number: 0 is where all is done for which no other is named. Zero-initialised is empty. */
struct netns_list {
    struct netns *items;
    size_t count;
};

void netns_free(struct netns *netns); /* closes it */
/* What an interface there is called: "red/tap0", or, where the program was started or it has no name, "tap0".
 * The caller frees it. */
char *netns_place(const struct netns *netns, const char *interface);

/* Takes over name and descriptor. */
void netns_list_add(struct netns_list *list, struct netns netns);
void netns_list_free(struct netns_list *list); /* closes them, and leaves it empty */

/* Whether it can be the name of one, or the number of a process. */
bool netns_is_name(const char *text);
/* Opens the one of this name, or else of the process of this number, by the user's own rights. 0 or -errno:
 * -ENOENT: there is none; -EINVAL: what has that name is no network namespace; -EACCES: it is a process that
 * the user may not look at. */
int netns_open(const char *name, struct netns *ret);
int netns_open_of(pid_t pid, struct netns *ret);
/* Adds all that have a name, by name, and are not there yet. Why others could not be opened is added to
 * *ret_failures. */
void netns_open_named(struct netns_list *list, struct text_list *ret_failures);
/* That which this process is in. It has no name if nobody gave it one. 0 or -errno. */
int netns_open_own(struct netns *ret);
/* From now on this process is in that one. 0 or -errno: -EPERM without CAP_SYS_ADMIN. */
int netns_enter(const struct netns *netns);

#endif

/* Who holds which tap, as a list that can be searched by tap and by process. */
#include "holders.h"

#include "grow.h"
#include "holders_load.h"

#include <stdlib.h>
#include <string.h>

/* ---- descriptors by tap: a host may have thousands of both ---- */

static int compare_held(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    int order = strcmp(x->tap->name, y->tap->name);
    if (order == 0)
        order = (x->holder > y->holder) - (x->holder < y->holder);
    return order != 0 ? order : (x->tap > y->tap) - (x->tap < y->tap);
}

static void sort_by_tap(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++) {
        struct holder *holder = &holders->items[i];
        for (size_t t = 0; t < holder->tap_count; t++) {
            if (holder->taps[t].where == HELD_ELSEWHERE)
                continue;
            holders->by_tap = grow(holders->by_tap, &holders->held_count, sizeof *holders->by_tap);
            holders->by_tap[holders->held_count - 1] = (struct held){&holder->taps[t], holder};
        }
    }
    if (holders->held_count > 0)
        qsort(holders->by_tap, holders->held_count, sizeof *holders->by_tap, compare_held);
}

static const struct held *first_held(const struct holders *holders, const char *tap)
{
    size_t low = 0, high = holders->held_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(holders->by_tap[middle].tap->name, tap) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return holders->by_tap + low;
}

const struct held *holders_next(const struct holders *holders, const char *tap, const struct held *after)
{
    const struct held *held = after != NULL ? after + 1 : first_held(holders, tap);

    for (; held < holders->by_tap + holders->held_count && strcmp(held->tap->name, tap) == 0; held++)
        if (!held->tap->handed_on && (after == NULL || held->holder != after->holder))
            return held;
    return NULL;
}

/* ---- who only keeps a descriptor for another process ---- */

/* By tap, by file; and of each, who uses it first: of processes that share one open file, the QEMU, or else
 * the first. */
static int compare_users(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    int order = strcmp(x->tap->name, y->tap->name);
    if (order == 0)
        order = (x->tap->file > y->tap->file) - (x->tap->file < y->tap->file);
    if (order == 0)
        order = y->holder->is_qemu - x->holder->is_qemu;
    return order != 0 ? order : (x->holder > y->holder) - (x->holder < y->holder);
}

static bool is_same_file(const struct held *a, const struct held *b)
{
    return a->tap->file == b->tap->file && strcmp(a->tap->name, b->tap->name) == 0;
}

static void find_handed_on(struct holders *holders)
{
    struct held *all = memory_new(holders->held_count, sizeof *all), *user = all;

    if (holders->held_count > 0)
        memcpy(all, holders->by_tap, holders->held_count * sizeof *all);
    qsort(all, holders->held_count, sizeof *all, compare_users);
    for (struct held *held = all; held < all + holders->held_count; held++) {
        if (!is_same_file(user, held))
            user = held;
        /* Where nobody can tell, two QEMUs are two VMs, anything else is a helper. */
        bool two_vms = held->tap->file == 0 && user->holder->is_qemu && held->holder->is_qemu;
        held->tap->handed_on = held->holder != user->holder && !two_vms;
    }
    free(all);
}

static int compare_pids(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

void holders_arrange(struct holders *holders)
{
    if (holders->count > 0)
        qsort(holders->items, holders->count, sizeof *holders->items, compare_pids);
    sort_by_tap(holders);
    find_handed_on(holders);
}

/* ---- what was found ---- */

void holders_free(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++) {
        free(holders->items[i].command);
        free(holders->items[i].taps);
        vm_free(holders->items[i].vm);
    }
    free(holders->by_tap);
    free(holders->strangers);
    free(holders->items);
    *holders = (struct holders){0};
}

struct holder *holders_find(const struct holders *holders, pid_t pid)
{
    struct holder wanted = {.pid = pid};

    if (holders->count == 0)
        return NULL;
    return bsearch(&wanted, holders->items, holders->count, sizeof wanted, compare_pids);
}

enum held_where holders_tap_where(const struct held_tap *tap, struct netns_id lives_in, struct netns_id here)
{
    if (netns_is_known(tap->netns))
        return netns_equal(tap->netns, here) ? HELD_HERE : HELD_ELSEWHERE;
    return !netns_is_known(lives_in) || netns_equal(lives_in, here) ? HELD_PROBABLY_HERE : HELD_ELSEWHERE;
}

bool holder_is_switch(const struct holder *holder)
{
    return strcmp(holder->command, "ovs-vswitchd") == 0;
}

bool holder_holds(const struct holder *holder)
{
    for (size_t i = 0; i < holder->tap_count; i++)
        if (holder->taps[i].where != HELD_ELSEWHERE)
            return true;
    return false;
}

bool holder_is_here(const struct holder *holder)
{
    return holder_holds(holder) || (holder->same_net && holder->readable && holder->tap_count == 0);
}

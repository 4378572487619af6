/* Where the frames of a target come from and go to. */
#include "slot.h"
#include "evidence.h"
#include "privileges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAMES_AT_ONCE = 256, /* of a link of its own, before the timers have their turn */
    FRAMES_SHARE = 1024,  /* of one of several targets that are looked at in one turn */
};

static bool is_shared(const struct run *run)
{
    return run->slot_count > 1;
}

/* ---- one link for all targets ---- */

/* A guest that floods gets its share of attention and no more. */
static bool is_too_much(struct slot *slot)
{
    if (slot->turn != slot->run->turn)
        slot->turn_frames = 0;
    slot->turn = slot->run->turn;
    if (++slot->turn_frames <= FRAMES_SHARE)
        return false;
    slot->passed_over++;
    return true;
}

static void deliver(struct run *run, const struct captured *captured)
{
    const struct receivers *all = &run->receivers;

    for (size_t i = receivers_first(all, captured->ifindex);
         i < all->count && all->items[i].ifindex == captured->ifindex; i++)
        if (!is_too_much(all->items[i].slot))
            slot_frame(all->items[i].slot, captured, all->items[i].via_bridge);
}

/* Takes what came before now, and no more: a timer only fires when all was looked at that came before it was
 * due, so that no answer is missed that is there; and it does fire, however much comes in. */
static void shared_readable(void *context)
{
    struct run *run = context;
    uint64_t begun_us = clock_wall();
    struct captured captured;
    int got;

    run->turn++;
    while ((got = link_receive(run->link, &captured)) > 0) {
        deliver(run, &captured);
        if (captured.time_us >= begun_us && !link_pending(run->link))
            break;
    }
    if (got < 0)
        run_fail(run, EXIT_OS, text_format("capture: %s", strerror(-got)));
}

/* Whether frames from an interface are for anybody here. */
static bool is_wanted(void *context, int ifindex)
{
    const struct run *run = context;
    size_t i = receivers_first(&run->receivers, ifindex);

    return i < run->receivers.count && run->receivers.items[i].ifindex == ifindex;
}

static int open_shared(struct run *run, char **ret_reason)
{
    int error = link_open_packet(is_wanted, run, &run->link, ret_reason);

    if (error < 0)
        return error;
    run->link = link_with_evidence(run->link, run->options->evidence);
    error = loop_watch(run->loop, link_descriptor(run->link), shared_readable, run);
    if (error == 0)
        privileges_drop(false);
    return error;
}

static int use_shared(struct slot *slot, char **ret_reason)
{
    struct run *run = slot->run;
    int error = run->link == NULL ? open_shared(run, ret_reason) : 0;

    if (error < 0)
        return error;
    slot->link = run->link;
    return 0;
}

/* ---- a link of its own ---- */

static void own_readable(void *context)
{
    struct slot *slot = context;
    struct captured captured;
    int got = 0;

    for (int i = 0; i < FRAMES_AT_ONCE && (got = link_receive(slot->link, &captured)) > 0; i++)
        slot_frame(slot, &captured, false);
    if (got < 0)
        slot_lose_link(slot, -got);
}

static void own_bridge_readable(void *context)
{
    struct slot *slot = context;
    struct captured captured;
    int got = 0;

    for (int i = 0; i < FRAMES_AT_ONCE && (got = link_receive(slot->bridge, &captured)) > 0; i++)
        slot_frame(slot, &captured, true);
    if (got < 0)
        slot_close_bridge(slot);
}

static int open_own(struct slot *slot, const char *interface, void (*readable)(void *context),
                    struct link **ret_link, char **ret_reason)
{
    struct link *link;
    int error = link_open_pcap(interface, &link, ret_reason);

    if (error < 0)
        return error;
    link = link_with_evidence(link, slot->run->options->evidence);
    error = loop_watch(slot->run->loop, link_descriptor(link), readable, slot);
    if (error < 0)
        link_close(link);
    else
        *ret_link = link;
    return error;
}

static void close_own(struct slot *slot, struct link *link)
{
    loop_unwatch(slot->run->loop, link_descriptor(link));
    link_close(link);
}

/* ---- interfaces that go away ---- */

static void link_went_away(void *context, int ifindex, int error)
{
    struct run *run = context;
    const struct receivers *all = &run->receivers;
    size_t i = receivers_first(all, ifindex);

    while (i < all->count && all->items[i].ifindex == ifindex) {
        if (all->items[i].via_bridge)
            i++;
        else
            slot_lose_link(all->items[i].slot, error); /* takes it out */
    }
}

/* Some messages were missed: the facts say what became of the links. */
static void look_for_lost_links(struct run *run)
{
    if (run_refresh_facts(run, clock_now()) < 0)
        return;
    for (size_t i = 0; i < run->slot_count; i++) {
        struct slot *slot = &run->slots[i];
        const struct link_facts *link =
            slot->link != NULL ? facts_link(&run->snapshot->facts, slot->link_ifindex) : NULL;
        if (slot->link != NULL && (link == NULL || !link->up))
            slot_lose_link(slot, link == NULL ? ENODEV : ENETDOWN);
    }
}

static void watch_readable(void *context)
{
    struct run *run = context;

    if (link_watch_read(run->watch, link_went_away, run) < 0)
        look_for_lost_links(run);
}

static int open_watch(struct run *run)
{
    int error = link_watch_open(&run->watch);

    return error < 0 ? error : loop_watch(run->loop, link_watch_descriptor(run->watch), watch_readable, run);
}

/* ---- either ---- */

int slot_open_link(struct slot *slot)
{
    struct run *run = slot->run;
    const struct link_facts *link = slot->target->link;
    char *reason = NULL;

    if (slot->link != NULL && slot->link_ifindex == link->ifindex)
        return 0;
    slot_close_link(slot);
    int error = run->watch == NULL ? open_watch(run) : 0;
    if (error == 0)
        error = is_shared(run) ? use_shared(slot, &reason)
                               : open_own(slot, link->name, own_readable, &slot->link, &reason);
    if (error == 0) {
        slot->link_ifindex = link->ifindex;
        receivers_add(&run->receivers, (struct receiver){link->ifindex, slot, false});
        slot_forget_vm(slot);
    }
    if (error == -EPERM) {
        free(reason);
        run_fail(run, EXIT_NO_PERMISSION, privileges_advice());
    } else if (error < 0 && run_may_retry(run)) {
        free(reason);
        slot_try_later(slot);
    } else if (error < 0) {
        run_fail(run, EXIT_OS, reason != NULL ? reason : text_format("%s", strerror(-error)));
    }
    return error;
}

void slot_close_link(struct slot *slot)
{
    if (slot->link == NULL)
        return;
    receivers_remove(&slot->run->receivers, slot->link_ifindex, slot);
    if (!is_shared(slot->run))
        close_own(slot, slot->link);
    slot->link = NULL;
}

void slot_open_bridge(struct slot *slot)
{
    const struct link_facts *bridge = slot->target->bridge;
    char *reason = NULL;

    if (is_shared(slot->run)) {
        slot->bridge = slot->run->link;
        receivers_add(&slot->run->receivers, (struct receiver){bridge->ifindex, slot, true});
    } else if (open_own(slot, bridge->name, own_bridge_readable, &slot->bridge, &reason) < 0) {
        free(reason); /* then nobody is asked there: what the target itself shows still holds */
        return;
    }
    slot->bridge_ifindex = bridge->ifindex;
    session_set_bridge(slot->session, slot->bridge);
}

void slot_close_bridge(struct slot *slot)
{
    if (slot->bridge == NULL)
        return;
    if (slot->session != NULL)
        session_set_bridge(slot->session, NULL);
    if (is_shared(slot->run))
        receivers_remove(&slot->run->receivers, slot->bridge_ifindex, slot);
    else
        close_own(slot, slot->bridge);
    slot->bridge = NULL;
}

bool run_may_open_more(const struct run *run)
{
    if (is_shared(run))
        return run->link == NULL;
    return run->options->wait_us > 0 || run->slots[0].target->bridge != NULL;
}

void run_close_links(struct run *run)
{
    if (run->link != NULL)
        loop_unwatch(run->loop, link_descriptor(run->link));
    if (run->watch != NULL)
        loop_unwatch(run->loop, link_watch_descriptor(run->watch));
    link_close(run->link);
    link_watch_close(run->watch);
    run->link = NULL;
    run->watch = NULL;
}

/* Who listens between two checks, and what is news to it. */
#include "listeners.h"
#include "clock.h"
#include "grow.h"
#include "probe.h"
#include "space.h"
#include "taps.h"
#include "text.h"
#include "verdict.h"
#include "wire.h"

#include <stdlib.h>

enum {
    STORM = 1000,              /* broadcasts in a second: far more than a segment says of itself */
    CLAIMS_MAX = 256,          /* that are remembered; the oldest goes */
    CLAIM_AGAIN_US = 60000000, /* a conflict that lasts is looked at as often as everything */
    SECOND_US = 1000000,
};

/* Somebody has an address. */
struct claim {
    int ifindex;
    struct ip_addr address;
    struct mac_addr mac;
    uint64_t time_us; /* that it was news; 0: there is none */
};

struct listener {
    struct listeners *all;
    struct tap *tap; /* NULL: its interface is gone */
    struct claim known[TARGET_ADDRESSES_MAX];
    size_t known_count;
    uint64_t second_us; /* in which broadcasts are counted */
    unsigned broadcasts;
};

struct listeners {
    void (*news)(void *context);
    void *context;
    struct listener **items; /* each stays where it is */
    size_t count;
    struct claim claims[CLAIMS_MAX];
    size_t next;
};

static bool is_storm(struct listener *listener, const struct frame *frame, uint64_t time_us)
{
    if (!mac_is_multicast(frame->destination))
        return false;
    if (time_us - listener->second_us >= SECOND_US) {
        listener->second_us = time_us;
        listener->broadcasts = 0;
    }
    return ++listener->broadcasts == STORM;
}

static bool same_claim(const struct claim *a, const struct claim *b)
{
    return a->ifindex == b->ifindex && ip_equal(a->address, b->address) && mac_equal(a->mac, b->mac);
}

/* Another machine's: the address is one of those that were checked, and whoever says so did not have it. */
static bool is_foreign(const struct listener *listener, const struct claim *claim)
{
    bool checked = false;

    for (size_t i = 0; i < listener->known_count; i++) {
        if (same_claim(&listener->known[i], claim))
            return false;
        checked |= ip_equal(listener->known[i].address, claim->address);
    }
    return checked;
}

static bool is_new(struct listeners *listeners, const struct claim *claim)
{
    for (size_t i = 0; i < CLAIMS_MAX; i++)
        if (listeners->claims[i].time_us != 0 && same_claim(&listeners->claims[i], claim) &&
            claim->time_us - listeners->claims[i].time_us < CLAIM_AGAIN_US)
            return false;
    listeners->claims[listeners->next++ % CLAIMS_MAX] = *claim;
    return true;
}

static void frame_came(void *context, enum vantage at, const struct captured *captured)
{
    struct listener *listener = context;
    const struct arrival arrival = {.at = at,
                                    .direction = captured->direction,
                                    .bytes = captured->bytes,
                                    .wire_length = captured->wire_length};
    uint64_t now_us = clock_now();
    struct frame frame;

    if (wire_decode_arrival(&arrival, &frame) != WIRE_OK)
        return;
    const struct claim claim = {captured->ifindex, probe_speaker_of(&frame), frame.source, now_us};
    if (is_storm(listener, &frame, now_us) || (is_foreign(listener, &claim) && is_new(listener->all, &claim)))
        listener->all->news(listener->all->context);
}

/* That it went is told by who watches the interfaces. */
static void tap_lost(void *context, enum vantage at, int error)
{
    struct listener *listener = context;

    (void)at;
    (void)error;
    tap_leave(listener->tap);
    listener->tap = NULL;
}

struct listeners *listeners_new(void (*news)(void *context), void *context)
{
    struct listeners *listeners = memory_new(1, sizeof *listeners);

    listeners->news = news;
    listeners->context = context;
    return listeners;
}

static void know(struct listener *listener, int ifindex, const struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->address_count && listener->known_count < TARGET_ADDRESSES_MAX; i++)
        if (verdict->addresses[i].has_mac)
            listener->known[listener->known_count++] =
                (struct claim){.ifindex = ifindex,
                               .address = verdict->addresses[i].address,
                               .mac = verdict->addresses[i].mac};
}

/* A target that cannot be listened to is checked all the same, in its turn. */
void listeners_join(struct listeners *listeners, struct space *space, const struct target *target,
                    const struct verdict *verdict)
{
    if (space->taps == NULL || target->link == NULL || !target->link->up)
        return;
    struct listener *listener = memory_new(1, sizeof *listener);
    const struct tap_user user = {listener, space->hears_questions, frame_came, tap_lost};
    char *reason = NULL;

    listener->all = listeners;
    know(listener, target->link->ifindex, verdict);
    if (taps_join(space->taps, AT_TAP, target->link->ifindex, target->link->name, &user, &listener->tap,
                  &reason) < 0) {
        free(reason);
        free(listener);
        return;
    }
    listeners->items = grow(listeners->items, &listeners->count, sizeof(struct listener *));
    listeners->items[listeners->count - 1] = listener;
}

void listeners_leave(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        tap_leave(listeners->items[i]->tap);
        free(listeners->items[i]);
    }
    free(listeners->items);
    listeners->items = NULL;
    listeners->count = 0;
}

void listeners_free(struct listeners *listeners)
{
    if (listeners == NULL)
        return;
    listeners_leave(listeners);
    free(listeners);
}

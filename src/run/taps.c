/* Links and who listens to them: a packet socket for each interface, or one for all. */
#include "taps.h"
#include "clock.h"
#include "evidence.h"
#include "facts.h"
#include "facts_cache.h"
#include "loop.h"
#include "netns.h"
#include "receivers.h"
#include "sent.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Of one tap of several that are looked at in one turn: a flooder gets no more attention. */
    FRAMES_SHARE = 1024
};

/* A link that all use. */
struct shared {
    struct taps *taps;
    struct link *link; /* NULL: not yet */
    enum direction direction;
    uint64_t lost;    /* of the link's count, when it was read last, … */
    uint64_t read_us; /* … and since when (of clock_wall()) */
    int error;        /* that is yet to be told */
};

struct taps {
    struct loop *loop;
    int netns;
    const struct netns *where;
    struct facts_cache *facts;
    struct evidence *evidence;
    const struct link_means *means;
    struct link_watch *watch;
    bool many, hears_questions;
    struct shared in; /* without a link where each has its own */
    struct shared out;
    struct sent sent;
    struct receivers receivers;
    uint64_t turn; /* counts how often frames were taken from a shared link */
    bool news;     /* something became of an interface, in this turn */
    void (*changed)(void *context);
    void *changed_context;
};

struct tap {
    struct taps *taps;
    enum vantage at;
    int ifindex;
    char name[LINK_NAME_SIZE];
    struct tap_user user;
    struct link *own;     /* NULL: it has none */
    uint64_t lost;        /* of the links' counts, as told already */
    uint64_t turn;        /* the last in which there was a frame for it, … */
    unsigned turn_frames; /* … and how many */
    uint64_t passed_over;
};

/* ---- frames ---- */

static bool is_too_much(struct tap *tap)
{
    if (tap->turn != tap->taps->turn)
        tap->turn_frames = 0;
    tap->turn = tap->taps->turn;
    if (++tap->turn_frames <= FRAMES_SHARE)
        return false;
    tap->passed_over++;
    return true;
}

static bool hears(const struct tap *tap, enum direction direction)
{
    return direction == DIRECTION_IN || tap->user.hears_out;
}

static void deliver(struct taps *taps, const struct captured *captured)
{
    const struct receivers *all = &taps->receivers;

    for (size_t i = receivers_first(all, captured->ifindex);
         i < all->count && all->items[i].ifindex == captured->ifindex; i++) {
        struct tap *tap = all->items[i].tap;
        if (hears(tap, captured->direction) && !is_too_much(tap))
            tap->user.frame(tap->user.context, tap->at, captured);
    }
}

static void tell_lost(struct tap *tap, int error)
{
    tap->user.lost(tap->user.context, tap->at, error);
}

static void lose_all(struct taps *taps, int error)
{
    while (taps->receivers.count > 0) {
        struct tap *tap = taps->receivers.items[0].tap;
        receivers_remove(&taps->receivers, tap->ifindex, tap);
        tell_lost(tap, error);
    }
}

/* Takes what came before now, and no more: a timer only fires when all was looked at that came before it was
 * due, so that no answer is missed that is there; and it does fire, however much comes in. */
static void read_frames(struct shared *shared)
{
    struct captured captured;
    int got;

    shared->read_us = clock_wall();
    while ((got = link_receive(shared->link, &captured)) > 0) {
        deliver(shared->taps, &captured);
        if (captured.time_us >= shared->read_us && !link_pending(shared->link))
            break;
    }
    shared->lost = link_lost(shared->link);
    shared->error = got < 0 ? got : 0;
}

/* What goes out is read by another socket than what comes in. A question stands before its answer, for
 * whoever looks at both and in the file that keeps them, if all that went out before that came is looked at
 * first. */
static void read_questions_before(struct taps *taps, uint64_t time_us)
{
    if (taps->out.link != NULL && taps->out.error == 0 && time_us >= taps->out.read_us)
        read_frames(&taps->out);
}

static void tell_errors(struct taps *taps)
{
    int error = taps->in.error != 0 ? taps->in.error : taps->out.error;

    taps->in.error = taps->out.error = 0;
    if (error != 0)
        lose_all(taps, -error);
}

static void shared_readable(void *context)
{
    struct shared *shared = context;

    shared->taps->turn++;
    read_frames(shared);
    tell_errors(shared->taps);
}

static void own_readable(void *context)
{
    struct tap *tap = context;
    struct taps *taps = tap->taps;
    uint64_t begun_us = clock_wall();
    struct captured captured;
    int got;

    taps->turn++;
    while ((got = link_receive(tap->own, &captured)) > 0) {
        tap->user.frame(tap->user.context, tap->at, &captured);
        if (captured.time_us >= begun_us && !link_pending(tap->own))
            break;
    }
    if (got < 0)
        tell_lost(tap, -got);
    tell_errors(taps);
}

/* ---- interfaces that go away ---- */

static void interface_lost(struct taps *taps, int ifindex, int error)
{
    const struct receivers *all = &taps->receivers;
    size_t i;

    while ((i = receivers_first(all, ifindex)) < all->count && all->items[i].ifindex == ifindex) {
        struct tap *tap = all->items[i].tap;
        receivers_remove(&taps->receivers, ifindex, tap);
        tell_lost(tap, error);
    }
}

/* One that has another name now is gone, too: whoever has its name next is somebody else. */
static void interface_changed(void *context, const struct link_change *change)
{
    struct taps *taps = context;

    taps->news = true;
    size_t i = receivers_first(&taps->receivers, change->ifindex);

    if (i == taps->receivers.count || taps->receivers.items[i].ifindex != change->ifindex)
        return;
    if (change->error != 0)
        interface_lost(taps, change->ifindex, change->error);
    else if (strcmp(change->name, taps->receivers.items[i].tap->name) != 0)
        interface_lost(taps, change->ifindex, ENODEV);
}

/* Some messages were missed: the facts say what became of the interfaces. */
static void look_for_lost(struct taps *taps)
{
    const struct host_facts *facts;

    if (facts_cache_get(taps->facts, clock_now(), &facts) < 0)
        return;
    for (size_t i = taps->receivers.count; i-- > 0;) {
        if (i >= taps->receivers.count)
            continue;
        int ifindex = taps->receivers.items[i].ifindex;
        const struct link_facts *link = facts_link(facts, ifindex);
        bool gone = link == NULL || strcmp(link->name, taps->receivers.items[i].tap->name) != 0;
        if (gone || !link->up)
            interface_lost(taps, ifindex, gone ? ENODEV : ENETDOWN);
    }
    facts_put(facts);
}

static void watch_readable(void *context)
{
    struct taps *taps = context;

    taps->news = false;
    if (link_watch_read(taps->watch, interface_changed, taps) < 0) {
        taps->news = true;
        look_for_lost(taps);
    }
    if (taps->news && taps->changed != NULL)
        taps->changed(taps->changed_context);
}

void taps_on_change(struct taps *taps, void (*changed)(void *context), void *context)
{
    taps->changed = changed;
    taps->changed_context = context;
}

/* ---- open, join, leave, close ---- */

int taps_open(struct loop *loop, int netns, const struct netns *where, struct facts_cache *facts, bool many,
              bool hears_questions, struct evidence *evidence, const struct link_means *means,
              struct taps **ret)
{
    struct taps *taps = memory_new(1, sizeof *taps);

    *taps = (struct taps){.loop = loop,
                          .netns = netns,
                          .where = where,
                          .facts = facts,
                          .many = many,
                          .hears_questions = hears_questions,
                          .evidence = evidence,
                          .means = means};
    taps->in = (struct shared){.taps = taps, .direction = DIRECTION_IN};
    taps->out = (struct shared){.taps = taps, .direction = DIRECTION_OUT};
    int error = link_watch_open(netns, &taps->watch);
    if (error == 0)
        error = loop_watch(loop, link_watch_descriptor(taps->watch), watch_readable, taps);
    if (error < 0) {
        link_watch_close(taps->watch);
        free(taps);
        return error;
    }
    *ret = taps;
    return 0;
}

/* Whether a frame is for anybody here: those that we sent are not. Only questions of ours could be heard. */
static bool is_wanted(const struct shared *shared, const struct captured *captured)
{
    const struct receivers *all = &shared->taps->receivers;
    int ifindex = captured->ifindex;

    for (size_t i = receivers_first(all, ifindex); i < all->count && all->items[i].ifindex == ifindex; i++)
        if (hears(all->items[i].tap, shared->direction))
            return shared->direction == DIRECTION_IN || !shared->taps->hears_questions ||
                   !sent_take(&shared->taps->sent, ifindex, captured->bytes);
    return false;
}

/* Called with what was taken from a socket, before anybody looks at it or keeps it. */
static bool came_by_shared(void *context, const struct captured *captured)
{
    const struct shared *shared = context;
    bool wanted = is_wanted(shared, captured);

    if (wanted && shared->direction == DIRECTION_IN)
        read_questions_before(shared->taps, captured->time_us);
    return wanted;
}

static bool came_by_own(void *context, const struct captured *captured)
{
    read_questions_before(context, captured->time_us);
    return true;
}

static int watch_link(struct taps *taps, struct link *link, void (*readable)(void *context), void *context,
                      struct link **ret)
{
    link = link_with_evidence(link, taps->evidence, taps->netns);
    int error = loop_watch(taps->loop, link_descriptor(link), readable, context);
    if (error < 0)
        link_close(link);
    else
        *ret = link;
    return error;
}

static int open_shared(struct shared *shared, char **ret_reason)
{
    enum capture what = shared->direction == DIRECTION_IN ? CAPTURES_IN
                        : shared->taps->hears_questions   ? CAPTURES_OUT_ASKED
                                                          : CAPTURES_OUT;
    struct link *link;

    if (shared->link != NULL)
        return 0;
    int error = link_open_packet(shared->taps->means, 0, what, came_by_shared, shared, &link, ret_reason);
    return error < 0 ? error : watch_link(shared->taps, link, shared_readable, shared, &shared->link);
}

static int open_own(struct tap *tap, char **ret_reason)
{
    struct link *link;
    int error = link_open_packet(tap->taps->means, tap->ifindex, CAPTURES_IN, came_by_own, tap->taps, &link,
                                 ret_reason);

    return error < 0 ? error : watch_link(tap->taps, link, own_readable, tap, &tap->own);
}

/* Of shared links as it was when they had been read: what is lost later came later, too. */
static uint64_t lost_so_far(const struct tap *tap)
{
    const struct taps *taps = tap->taps;

    return (tap->own != NULL ? link_lost(tap->own) : taps->in.lost) +
           (tap->user.hears_out ? taps->out.lost : 0);
}

static void name_in_evidence(struct taps *taps, int ifindex, const char *interface)
{
    char *place = netns_place(taps->where, interface);

    evidence_name(taps->evidence, taps->netns, ifindex, place);
    free(place);
}

int taps_join(struct taps *taps, enum vantage at, int ifindex, const char *interface,
              const struct tap_user *user, struct tap **ret, char **ret_reason)
{
    struct tap *tap = memory_new(1, sizeof *tap);

    *tap = (struct tap){.taps = taps, .at = at, .ifindex = ifindex, .user = *user};
    snprintf(tap->name, sizeof tap->name, "%s", interface);
    int error = user->hears_out ? open_shared(&taps->out, ret_reason) : 0;
    if (error == 0)
        error = taps->many ? open_shared(&taps->in, ret_reason) : open_own(tap, ret_reason);
    if (error < 0) {
        free(tap);
        return error;
    }
    name_in_evidence(taps, ifindex, interface);
    tap->lost = lost_so_far(tap);
    receivers_add(&taps->receivers, ifindex, tap);
    *ret = tap;
    return 0;
}

static void close_link(struct taps *taps, struct link *link)
{
    if (link == NULL)
        return;
    loop_unwatch(taps->loop, link_descriptor(link));
    link_close(link);
}

void tap_leave(struct tap *tap)
{
    if (tap == NULL)
        return;
    receivers_remove(&tap->taps->receivers, tap->ifindex, tap);
    close_link(tap->taps, tap->own);
    free(tap);
}

int tap_ifindex(const struct tap *tap)
{
    return tap->ifindex;
}

/* To whom sends a frame, the kernel does not show that it goes out, and for all others it has to make a copy:
 * so the one that hears what goes out sends, but on a bridge, whose ports that frame is to be heard at. */
int tap_send(const struct tap *tap, const uint8_t *frame, size_t length)
{
    struct taps *taps = tap->taps;

    if (tap->user.hears_out && tap->at == AT_TAP)
        return link_send(taps->out.link, tap->ifindex, frame, length);
    int sent = link_send(tap->own != NULL ? tap->own : taps->in.link, tap->ifindex, frame, length);
    if (sent >= 0 && tap->user.hears_out && taps->hears_questions)
        sent_add(&taps->sent, tap->ifindex, span_of(frame, length));
    return sent;
}

void tap_losses(struct tap *tap, uint64_t *ret_lost, uint64_t *ret_passed_over)
{
    uint64_t lost = lost_so_far(tap);

    *ret_lost = lost - tap->lost;
    *ret_passed_over = tap->passed_over;
    tap->lost = lost;
    tap->passed_over = 0;
}

void taps_close(struct taps *taps)
{
    if (taps == NULL)
        return;
    close_link(taps, taps->in.link);
    close_link(taps, taps->out.link);
    loop_unwatch(taps->loop, link_watch_descriptor(taps->watch));
    link_watch_close(taps->watch);
    receivers_free(&taps->receivers);
    free(taps);
}

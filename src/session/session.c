#include "session.h"
#include "probe.h"
#include "traffic.h"

#include <errno.h>
#include <stdlib.h>

enum {
    TAGS_AFTER_US = 200000,  /* more of it, after which it is asked for in every VLAN */
    SILENCE_US = 100000,     /* after which an address that nobody answers for makes us search */
    SEARCH_TIME_US = 150000, /* of a search before its last question, which waits for the time-out */
};

struct session {
    struct session_setup setup;
    struct probe_env env;
    struct observations observations;
    struct traffic traffic;
    struct probe **probes;
    size_t probe_count;
    size_t finished_count; /* of them: the first so many said what came of them */
    struct link *bridge;
    uint64_t started_us;
    uint64_t due_us;
    uint64_t loop_until_us; /* frames of ours go round, and we watch until then; 0: they do not */
    bool searching, tagging;
    bool look_now, looked; /* at what the bridge has learned, since the first answer was a doubtful one */
    bool done;
    bool ended; /* for good */
};

/* ---- what probes borrow ---- */

static int send_packet(void *context, const struct packet *packet)
{
    struct session *session = context;

    traffic_sent(&session->traffic, packet);
    return link_send(session->setup.link, session->setup.target->link->ifindex, packet->bytes,
                     packet->length);
}

static int send_packet_to_bridge(void *context, const struct packet *packet)
{
    struct session *session = context;

    if (session->bridge == NULL)
        return -ENODEV;
    return link_send(session->bridge, session->setup.target->bridge->ifindex, packet->bytes, packet->length);
}

static uint64_t random_bits(void *context)
{
    struct session *session = context;
    return session->setup.random();
}

static void start_probe(struct session *session, const struct probe_class *class, struct ip_addr address)
{
    struct probe *probe = memory_new(1, sizeof *probe);
    *probe = (struct probe){
        .class = class, .env = &session->env, .address = address, .state = memory_new(1, class->state_size)};
    session->probes = memory_resize(session->probes, session->probe_count + 1, sizeof(struct probe *));
    session->probes[session->probe_count++] = probe;
    class->start(probe);
}

static void add_address(struct session *session, struct ip_addr address, enum address_origin origin)
{
    struct target *target = session->setup.target;

    if (target->address_count == TARGET_ADDRESSES_MAX)
        return;
    struct target_address *added = &target->addresses[target->address_count++];
    *added = (struct target_address){.address = address, .origin = origin};
    int scope = ip_is_link_local(address) ? (target->bridge ? target->bridge : target->link)->ifindex : 0;
    if (session->setup.route(address, scope, &added->route) < 0)
        added->route = (struct route_facts){.kind = ROUTE_NONE};

    for (size_t i = 0; ADDRESS_PROBES[i] != NULL; i++)
        if (ADDRESS_PROBES[i]->family == address.family)
            start_probe(session, ADDRESS_PROBES[i], address);
}

/* With addresses given, what else the guest has is only evidence; without, it is what to check. */
static void found(void *context, struct ip_addr address, enum address_origin origin)
{
    struct session *session = context;

    if (session->setup.target->given_count == 0)
        add_address(session, address, origin);
}

/* ---- time ---- */

static void start_search(struct session *session)
{
    session->searching = true;
    start_probe(session, &PROBE_CLASS_SEARCH, (struct ip_addr){0});
}

/* When to look for other addresses of a guest that is silent on a given one. Somebody who waits for the guest
 * to come up does not want that before the end. */
static uint64_t search_due(const struct session *session)
{
    uint64_t due_us = session->started_us + SILENCE_US;
    uint64_t last_us = session->setup.options->timeout_us + SEARCH_TIME_US;

    if (session->setup.patience_until_us > due_us + last_us)
        due_us = session->setup.patience_until_us - last_us;
    return due_us;
}

static bool is_silent_address(const struct session *session, struct ip_addr address)
{
    return !observed(&session->observations, OBSERVED_CLAIM, address, NULL);
}

static bool somebody_is_silent(const struct session *session)
{
    const struct target *target = session->setup.target;

    for (size_t i = 0; i < target->address_count; i++)
        if (is_silent_address(session, target->addresses[i].address))
            return true;
    return false;
}

/* Whether its echo requests had no echo, be it silent altogether or only in this VLAN. An ICMP error is one.
 */
static bool answers_no_echo(const struct session *session, struct ip_addr address)
{
    const struct observations *seen = &session->observations;
    enum probe_id echo = address.family == IP_V4 ? PROBE_ICMP : PROBE_ICMPV6;

    for (size_t i = 0; i < seen->count; i++) {
        const struct observation *item = &seen->items[i];
        bool answers =
            item->kind == OBSERVED_ICMP_ERROR || (item->kind == OBSERVED_REPLY && item->reply.probe == echo);
        if (answers && ip_equal(item->address, address))
            return false;
    }
    return true;
}

static bool was_started(const struct session *session, const struct probe_class *class,
                        struct ip_addr address)
{
    for (size_t i = 0; i < session->probe_count; i++)
        if (session->probes[i]->class == class && ip_equal(session->probes[i]->address, address))
            return true;
    return false;
}

/* While its probes wait for their time-out anyway, so that naming a wrong tag costs no time. */
static void look_in_vlans(struct session *session)
{
    const struct target *target = session->setup.target;

    session->tagging = true;
    if (traffic_returns(&session->traffic))
        return;
    for (size_t i = 0; i < target->address_count; i++)
        if (answers_no_echo(session, target->addresses[i].address))
            start_probe(session, &PROBE_CLASS_TAGS, target->addresses[i].address);
}

/* A search for a given address that was silent has no more to tell when that one speaks after all. */
static bool is_needless(const struct session *session, const struct probe *probe)
{
    return probe->class == &PROBE_CLASS_SEARCH && session->setup.target->given_count > 0 &&
           !somebody_is_silent(session);
}

static bool probes_done(const struct session *session)
{
    for (size_t i = 0; i < session->probe_count; i++)
        if (!session->probes[i]->done && !is_needless(session, session->probes[i]))
            return false;
    return true;
}

static void sooner(uint64_t *due_us, uint64_t other_us)
{
    if (other_us != 0 && (*due_us == 0 || other_us < *due_us))
        *due_us = other_us;
}

/* Sets when to look again, or that all is said: every probe is done, and duplicates had their time. */
static void reschedule(struct session *session, uint64_t sources_due_us)
{
    uint64_t now_us = session->env.now_us;

    session->due_us = 0;
    if (probes_done(session)) {
        uint64_t end_us = session->env.last_reply_us == 0
                              ? 0
                              : session->env.last_reply_us + session->setup.options->linger_us;
        session->done = now_us >= end_us;
        session->due_us = end_us;
    }
    for (size_t i = 0; i < session->probe_count; i++)
        if (!session->probes[i]->done)
            sooner(&session->due_us, session->probes[i]->due_us);
    if (!session->searching)
        sooner(&session->due_us, search_due(session) > now_us ? search_due(session) : 0);
    if (!session->tagging)
        sooner(&session->due_us,
               search_due(session) + TAGS_AFTER_US > now_us ? search_due(session) + TAGS_AFTER_US : 0);
    sooner(&session->due_us, sources_due_us);
}

void session_timer(struct session *session, uint64_t now_us)
{
    session->env.now_us = now_us;
    if (session->loop_until_us != 0) {
        session->done = now_us >= session->loop_until_us;
        return;
    }
    if (!session->searching && now_us >= search_due(session) && somebody_is_silent(session))
        start_search(session);
    if (!session->tagging && now_us >= search_due(session) + TAGS_AFTER_US)
        look_in_vlans(session);
    for (size_t i = 0; i < session->probe_count; i++) {
        struct probe *probe = session->probes[i];
        if (!probe->done && probe->due_us != 0 && now_us >= probe->due_us)
            probe->class->timer(probe);
    }
    reschedule(session, sources_timer(&session->env));
}

uint64_t session_due(const struct session *session)
{
    return session->due_us;
}

bool session_done(const struct session *session)
{
    return session->done;
}

bool session_asks(const struct session *session)
{
    return !session->done && !probes_done(session);
}

/* ---- start, frames, end ---- */

struct session *session_start(const struct session_setup *setup, uint64_t now_us)
{
    struct session *session = memory_new(1, sizeof *session);
    struct target *target = setup->target;

    session->setup = *setup;
    session->started_us = now_us;
    session->env = (struct probe_env){
        .options = setup->options,
        .facts = setup->facts,
        .target = target,
        .builder = setup->builder,
        .tag_searches_left = setup->tag_searches_left,
        .observations = &session->observations,
        .now_us = now_us,
        .patience_until_us = setup->patience_until_us,
        .context = session,
        .send = send_packet,
        .send_to_bridge = send_packet_to_bridge,
        .random = random_bits,
        .found = found,
    };
    target->address_count = 0;
    for (size_t i = 0; i < target->given_count; i++)
        if (target->given[i].family == IP_V4 ? setup->options->ipv4 : setup->options->ipv6)
            add_address(session, target->given[i], ORIGIN_GIVEN);
    if (target->given_count == 0)
        start_search(session);
    session_timer(session, now_us);
    return session;
}

/* Whether what the host knew beforehand speaks against an answer. */
static bool is_doubtful(const struct session *session)
{
    const struct target *target = session->setup.target;

    for (size_t i = 0; i < target->address_count; i++)
        if (claim_is_doubtful(&session->env, target->addresses[i].address))
            return true;
    return false;
}

/* Nothing that we send into a loop ever leaves it: from the first proof on we only listen. */
static void watch_loop(struct session *session)
{
    if (session->loop_until_us == 0)
        session->loop_until_us = session->env.now_us + session->setup.options->linger_us;
    session->due_us = session->loop_until_us;
    session->done = session->env.now_us >= session->loop_until_us;
}

/* What comes from the bridge is anybody's: only the probes that asked there want it. */
static void bridge_frame(struct session *session, const struct frame *frame)
{
    for (size_t i = session->finished_count; i < session->probe_count; i++)
        if (session->probes[i]->class->hears_bridge)
            session->probes[i]->class->frame(session->probes[i], frame);
}

void session_frame(struct session *session, struct span bytes, uint32_t wire_length, bool via_bridge,
                   uint64_t time_us, uint64_t now_us)
{
    struct probe_env *env = &session->env;
    struct frame frame;
    bool ours;

    if (session->done)
        return;
    if (wire_decode(bytes, wire_length, &frame) != WIRE_OK) {
        session->observations.malformed++;
        return;
    }
    frame.time_us = time_us;
    frame.via_bridge = via_bridge;
    env->now_us = now_us;
    if (via_bridge) {
        bridge_frame(session, &frame);
        return;
    }
    traffic_frame(&session->traffic, env, &frame);
    if (traffic_loops(&session->traffic)) {
        watch_loop(session);
        return;
    }
    if (!env->has_guest_mac && probe_vlan_matches(env, &frame) && !mac_is_multicast(frame.source) &&
        !mac_is_zero(frame.source) && !is_own_mac(env, frame.source) &&
        session->setup.target->link->kind != LINK_BRIDGE) {
        env->has_guest_mac = true;
        env->guest_mac = frame.source;
    }
    ours = sources_frame(env, &frame);
    size_t probe_count =
        session->probe_count; /* the frame is no answer to probes that it only makes us start */
    for (size_t i = session->finished_count; i < probe_count; i++)
        ours |= session->probes[i]->class->frame(session->probes[i], &frame);
    session->observations.foreign += !ours;
    session->look_now = ours && !session->looked && is_doubtful(session);
    reschedule(session, sources_timer(env));
}

void session_trouble(struct session *session, enum trouble_kind kind, uint64_t count, int error,
                     uint64_t now_us)
{
    observe(&session->observations,
            &(struct observation){.kind = OBSERVED_TROUBLE,
                                  .time_us = now_us,
                                  .trouble = {.kind = kind, .count = count, .error = error}});
    if (kind == TROUBLE_LINK_LOST || kind == TROUBLE_INTERRUPTED)
        session->done = session->ended = true;
}

/* ---- diagnosis ---- */

static bool is_asked_for(const struct session *session, const struct verdict *verdict,
                         const struct probe_class *class, struct ip_addr address)
{
    if (session->setup.options->deep && !class->comes_last && !is_silent_address(session, address))
        return true;
    if (class == &PROBE_CLASS_CLAIM && claim_is_doubtful(&session->env, address))
        return true;
    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding *finding = &verdict->findings[i];
        if (finding_asks(&FINDINGS[finding->id], class->id) &&
            (finding->address.family == IP_NONE || ip_equal(finding->address, address)))
            return true;
    }
    return false;
}

static bool is_wanted(const struct session *session, const struct verdict *verdict,
                      const struct probe_class *class, struct ip_addr address)
{
    return !was_started(session, class, address) && is_asked_for(session, verdict, class, address);
}

/* Starts those that are wanted and come last, or the others; returns how many there were. */
static size_t start_wanted(struct session *session, const struct verdict *verdict, bool last)
{
    const struct target *target = session->setup.target;
    size_t count = 0;

    for (size_t i = 0; i < target->address_count; i++)
        for (const struct probe_class *const *class = DIAGNOSING_PROBES; *class != NULL; class ++) {
            struct ip_addr address = target->addresses[i].address;
            if ((*class)->comes_last != last || !is_wanted(session, verdict, *class, address))
                continue;
            count++;
            start_probe(session, *class, address);
        }
    return count;
}

/* Where our frames come back, more of them would feed the loop; where the user or the kernel ended the check,
 * it is over. */
static bool may_diagnose(const struct session *session)
{
    return !traffic_returns(&session->traffic) && !session->ended;
}

bool session_wants_bridge(const struct session *session, const struct verdict *verdict)
{
    const struct target *target = session->setup.target;

    if (target->bridge == NULL || session->bridge != NULL || !may_diagnose(session))
        return false;
    for (size_t i = 0; i < target->address_count; i++)
        if (is_wanted(session, verdict, &PROBE_CLASS_CLAIM, target->addresses[i].address))
            return true;
    return false;
}

bool session_wants_facts(const struct session *session)
{
    return session->look_now ||
           (session->done && may_diagnose(session) && (session->setup.options->deep || is_doubtful(session)));
}

void session_facts(struct session *session, const struct host_facts *facts, uint64_t now_us)
{
    session->look_now = false;
    session->looked = true;
    session->env.now_us = now_us;
    observe_moves(&session->env, facts);
}

void session_set_bridge(struct session *session, struct link *link)
{
    session->bridge = link;
}

bool session_diagnose(struct session *session, const struct verdict *verdict, uint64_t now_us)
{
    session->env.now_us = now_us;
    if (!may_diagnose(session) ||
        (start_wanted(session, verdict, false) == 0 && start_wanted(session, verdict, true) == 0))
        return false;
    session->done = false;
    session_timer(session, now_us);
    return true;
}

const struct observations *session_finish(struct session *session, uint64_t now_us)
{
    session->env.now_us = now_us;
    for (; session->finished_count < session->probe_count; session->finished_count++) {
        struct probe *probe = session->probes[session->finished_count];
        probe->class->finish(probe);
        probe->done = true;
    }
    sources_finish(&session->env);
    traffic_finish(&session->traffic, &session->env, session->started_us);
    return &session->observations;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    session_finish(session, session->env.now_us); /* probes give their memory back when they finish */
    for (size_t i = 0; i < session->probe_count; i++) {
        free(session->probes[i]->state);
        free(session->probes[i]);
    }
    free(session->probes);
    observations_free(&session->observations);
    free(session);
}

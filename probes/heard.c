/* What is said without our asking: who lives behind the target, what it asks DHCP servers and routers for,
 * and what they answer. Sends nothing. Nobody waits for it, but where the guest seems to have no address: it
 * may be about to ask for one. */
#include "dhcp_exchange.h"
#include "probe.h"

enum {
    NAMES_MAX = 64,
    SORTS_MAX = 16
}; /* of addresses and of frames, that a guest speaks in: no more is kept */
enum {
    /* A client asks again after 4 s at first (RFC 2131 4.1), busybox and others after 3. */
    DISCOVER_US = 4000000
};

struct heard_state {
    unsigned names, sorts; /* that were observed */
    uint64_t until_us;     /* to wait for the next question */
};

/* What answers is observed by who asked. */
static bool is_answer(const struct frame *frame)
{
    return (frame->kind == FRAME_ARP && frame->arp.operation == ARP_REPLY &&
            !mac_is_multicast(frame->destination)) ||
           (frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT && frame->neighbour.solicited) ||
           frame->kind == FRAME_ECHO_REPLY || frame->kind == FRAME_ICMP_ERROR;
}

static bool is_known_sort(const struct probe_env *env, const struct frame *frame)
{
    const struct observations *seen = env->observations;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_ALIVE && mac_equal(seen->items[i].mac, frame->source) &&
            seen->items[i].alive.ethertype == frame->ethertype && seen->items[i].alive.kind == frame->kind)
            return true;
    return false;
}

/* What the bridge has learned on another port was sent by another machine, and came back. */
static bool is_from_behind(const struct probe_env *env, const struct frame *frame)
{
    return env->target->link->kind != LINK_BRIDGE && !mac_is_multicast(frame->source) &&
           !mac_is_zero(frame->source) && !probe_is_own_mac(env, frame->source) &&
           doubt_learned_elsewhere(env, env->facts, frame->source) == NULL;
}

static void note_name(struct probe *probe, const struct frame *frame, struct ip_addr name)
{
    struct heard_state *state = probe->state;
    struct observations *seen = probe->env->observations;

    if (state->names == NAMES_MAX || observation_exists(seen, OBSERVED_HEARD, name, &frame->source))
        return;
    state->names++;
    observation_add(
        seen, &(struct observation){
                  .kind = OBSERVED_HEARD, .time_us = frame->time_us, .address = name, .mac = frame->source});
}

/* One of each sort. */
static void note_life(struct probe *probe, const struct frame *frame)
{
    struct heard_state *state = probe->state;

    if (state->sorts == SORTS_MAX || is_known_sort(probe->env, frame))
        return;
    state->sorts++;
    observation_add(
        probe->env->observations,
        &(struct observation){.kind = OBSERVED_ALIVE,
                              .time_us = frame->time_us,
                              .mac = frame->source,
                              .alive = {.kind = frame->kind,
                                        .ethertype = frame->ethertype,
                                        .family = frame->has_ip ? frame->ip.source.family : IP_NONE}});
}

/* A packet of somebody else's that the guest forwards says nothing. A name that is heard late is asked for as
 * well where none was given: by another look. */
static void note_speaker(struct probe *probe, const struct frame *frame)
{
    struct ip_addr name = probe_speaker_of(frame);
    bool is_nameless = frame->has_ip ? ip_is_unspecified(frame->ip.source) : ip_is_unspecified(name);

    if (is_answer(frame) || !is_from_behind(probe->env, frame))
        return;
    bool is_asked_for = probe->class->id == PROBE_HEARD || probe->env->target->given_count == 0;
    if (ip_may_be_host(name) && is_asked_for)
        note_name(probe, frame, name);
    else if (is_nameless)
        note_life(probe, frame);
}

static void note_router(struct probe_env *env, const struct frame *frame)
{
    bool advertised = frame->kind == FRAME_ROUTER_ADVERTISEMENT;

    if (frame->kind !=
        (frame->direction == DIRECTION_OUT ? FRAME_ROUTER_ADVERTISEMENT : FRAME_ROUTER_SOLICITATION))
        return;
    observation_add_once(
        env->observations,
        &(struct observation){.kind = OBSERVED_ROUTER,
                              .time_us = frame->time_us,
                              .mac = frame->source,
                              .router = {.advertised = advertised,
                                         .autonomous = advertised && frame->router.autonomous,
                                         .managed = advertised && frame->router.managed}});
}

static bool heard_frame(struct probe *probe, const struct frame *frame)
{
    if (!probe_vlan_matches(probe->env, frame))
        return false;
    if (frame->direction == DIRECTION_IN)
        note_speaker(probe, frame);
    note_router(probe->env, frame);
    return false;
}

static void heard_start(struct probe *probe)
{
    probe->done = true;
}

/* Says how long it listened: what did not come since is known not to have come. */
static void heard_finish(struct probe *probe)
{
    observation_add(probe->env->observations,
                    &(struct observation){.kind = OBSERVED_LISTENED, .time_us = probe->env->now_us});
}

const struct probe_class PROBE_CLASS_HEARD = {
    .id = PROBE_HEARD,
    .of_target = true,
    .starts = STARTS_ALWAYS,
    .hears = VANTAGE_BIT(AT_TAP),
    .hears_out = VANTAGE_BIT(AT_TAP),
    .state_size = sizeof(struct heard_state),
    .start = heard_start,
    .frame = heard_frame,
    .finish = heard_finish,
};

/* ---- the next DHCPDISCOVER ---- */

static bool is_routable_ipv4(struct ip_addr address)
{
    return address.family == IP_V4 && !ip_is_link_local(address);
}

/* Whether the bridge has learned a MAC on the target's port: somebody spoke there in the last minutes. */
static bool has_spoken(const struct probe_env *env)
{
    return facts_next_learned(env->facts, env->target->link->ifindex, NULL) != NULL;
}

/* Whether somebody lives behind the target, is not deaf, and has no IPv4 address that is good for anything:
 * who has one does not need another one. */
static bool may_need_address(const struct probe_env *env)
{
    const struct observations *seen = env->observations;
    bool is_alive = has_spoken(env);

    for (size_t i = 0; i < seen->count; i++) {
        const struct observation *one = &seen->items[i];
        bool is_claim = one->kind == OBSERVED_CLAIM && one->at == AT_TAP;
        if ((is_claim && is_routable_ipv4(one->address)) ||
            (one->kind == OBSERVED_HEARD &&
             (is_routable_ipv4(one->address) || observation_of_silence(seen, one->address))))
            return false;
        is_alive |= is_claim || one->kind == OBSERVED_ALIVE || one->kind == OBSERVED_DHCP;
    }
    return is_alive && env->options->ipv4;
}

static bool has_ipv4_subnet(const struct probe_env *env)
{
    const struct address_facts *own = NULL;

    while ((own = facts_next_address(env->facts, path_end(&env->target->path)->ifindex, own)) != NULL)
        if (own->address.family == IP_V4 && !ip_is_link_local(own->address) && own->prefix_length < 32)
            return true;
    return false;
}

static bool has_routable_ipv6(const struct probe_env *env)
{
    const struct observations *seen = env->observations;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_CLAIM && seen->items[i].at == AT_TAP &&
            seen->items[i].address.family == IP_V6 && !ip_is_link_local(seen->items[i].address))
            return true;
    return false;
}

/* Nothing was named, and of what the guest is to have nothing was found. */
static bool dhcp_is_doubtful(const struct probe_env *env, struct ip_addr address)
{
    unsigned need = env->options->need;
    bool needs_it = need != 0 ? (need & NEED_IPV4) != 0 : has_ipv4_subnet(env) && !has_routable_ipv6(env);

    (void)address;
    return needs_it && env->target->given_count == 0 && may_need_address(env);
}

/* When all is known, if nothing else comes: a client that was answered, or has waited for long enough. */
static uint64_t settled_us(const struct probe *probe)
{
    const struct heard_state *state = probe->state;
    const struct observations *seen = probe->env->observations;
    const struct observation *client = NULL;
    uint64_t until_us = state->until_us;

    while ((client = dhcp_next_client(seen, client)) != NULL) {
        struct dhcp_exchange exchange = dhcp_exchange_of(seen, client->mac);
        if (exchange.untaken != NULL || exchange.ack != NULL)
            return probe->env->now_us;
        if (exchange.unanswered != NULL)
            until_us = exchange.unanswered->time_us + DHCP_OFFER_US;
    }
    return until_us;
}

static void dhcp_timer(struct probe *probe)
{
    uint64_t until_us = may_need_address(probe->env) ? settled_us(probe) : 0;

    probe->done = probe->env->now_us >= until_us;
    probe->due_us = probe->done ? 0 : until_us;
}

/* Who waits (-w) has heard for as long as he wanted to; only what was asked already may yet be answered. */
static void dhcp_start(struct probe *probe)
{
    struct heard_state *state = probe->state;
    bool waited = probe->env->options->wait_us > 0;

    state->until_us = probe->env->now_us + (waited ? 0 : DISCOVER_US);
    dhcp_timer(probe);
}

static bool dhcp_frame(struct probe *probe, const struct frame *frame)
{
    heard_frame(probe, frame);
    if (frame->kind == FRAME_DHCP || frame->kind == FRAME_ARP) /* it may have an address after all */
        dhcp_timer(probe);
    return false;
}

static uint64_t dhcp_lasts_us(const struct check_options *options)
{
    (void)options;
    return DISCOVER_US + DHCP_OFFER_US;
}

const struct probe_class PROBE_CLASS_DHCP = {
    .id = PROBE_DHCP,
    .of_target = true,
    .starts = STARTS_LAST | STARTS_WHEN_DOUBTFUL,
    .doubtful = dhcp_is_doubtful,
    .hears = VANTAGE_BIT(AT_TAP),
    .hears_out = VANTAGE_BIT(AT_TAP),
    .lasts_us = dhcp_lasts_us,
    .state_size = sizeof(struct heard_state),
    .start = dhcp_start,
    .frame = dhcp_frame,
    .timer = dhcp_timer,
    .finish = heard_finish,
};

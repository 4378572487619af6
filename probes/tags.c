/* In which VLAN does the guest answer? The address is asked for in every VID of IEEE 802.1Q, once; first in
 * those in which the bridge knows anybody. */
#include "probe.h"

enum {
    BURST = 64, /* frames at once; a tap's queue holds 1000 */
    PAUSE_US = 1000,
    ANSWER_US = 200000, /* how long to wait after the last one */
    /* While the echo probes wait for their time-out anyway, so that naming a wrong tag costs no time; after
     * a source for them was borrowed, and the search for other addresses, which is cheaper, had its
     * chance. */
    SILENCE_US = 450000,
};

struct tags_state {
    size_t next_entry; /* of the bridge's forwarding table; after its end: */
    int next_vid; /* VID_NONE is the first: where another tag is expected, untagged is a candidate as well */
    bool asked[VID_MAX + 1];
    uint64_t until_us;
    struct source *source;
};

static int build_question(struct probe *probe, int vid, struct packet *ret_packet)
{
    const struct tags_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (probe->address.family == IP_V4)
        return probe_build_arp(env, env->target->link->mac, vid, (struct ip_addr){.family = IP_V4},
                               probe->address, ret_packet);
    return probe_build_solicitation(env, state->source->mac, vid, state->source->address, probe->address,
                                    ret_packet);
}

static int next_vid(struct probe *probe)
{
    struct tags_state *state = probe->state;
    const struct host_facts *facts = probe->env->facts;

    return state->next_entry < facts->fdb_count ? facts->fdb[state->next_entry++].vid : state->next_vid++;
}

/* Asks in the next VID, if that was not done yet. VID 0 is no VLAN but untagged, too. True: a frame was
 * sent. */
static bool ask_next(struct probe *probe)
{
    struct tags_state *state = probe->state;
    struct packet packet;
    int vid = next_vid(probe);

    if (vid == 0 || vid > VID_MAX || vid == probe_vid(probe->env) || (vid > 0 && state->asked[vid]))
        return false;
    if (vid > 0)
        state->asked[vid] = true;
    probe_send(probe->env, AT_TAP, build_question(probe, vid, &packet), &packet);
    return true;
}

static bool is_through(const struct probe *probe)
{
    const struct tags_state *state = probe->state;

    return state->next_entry == probe->env->facts->fdb_count && state->next_vid > VID_MAX;
}

static void tags_timer(struct probe *probe)
{
    struct tags_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (probe->address.family == IP_V6 && probe_waits_for_source(probe, state->source))
        return;
    for (int sent = 0; sent < BURST && !is_through(probe);)
        sent += ask_next(probe);
    if (!is_through(probe)) {
        probe->due_us = env->now_us + PAUSE_US;
        return;
    }
    if (state->until_us == 0)
        state->until_us = env->now_us + ANSWER_US;
    probe->done = env->now_us >= state->until_us;
    probe->due_us = probe->done ? 0 : state->until_us;
}

/* Who answers for the address here, and no echo, most often has a firewall, and may be slow: 4,094 frames at
 * once would keep it from its own for seconds. Were it in another VLAN, what it sends would say so. */
static bool is_here(const struct probe *probe)
{
    const struct observations *seen = probe->env->observations;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_CLAIM && seen->items[i].at == AT_TAP &&
            ip_equal(seen->items[i].address, probe->address))
            return true;
    return false;
}

/* What is asked in all VLANs for all of a thousand dead guests takes longer than anybody would wait. */
static bool may_try_all(struct probe *probe)
{
    unsigned *left = probe->env->tag_searches_left;

    if (is_here(probe))
        return false;
    if (left == NULL || *left > 0) {
        if (left != NULL)
            --*left;
        return true;
    }
    observation_add(probe->env->observations,
                    &(struct observation){.kind = OBSERVED_TROUBLE,
                                          .time_us = probe->env->now_us,
                                          .address = probe->address,
                                          .trouble = {.kind = TROUBLE_NOT_ALL_TAGS}});
    return false;
}

static void tags_start(struct probe *probe)
{
    struct tags_state *state = probe->state;

    state->next_vid = may_try_all(probe) ? VID_NONE : VID_MAX + 1;
    if (probe->address.family == IP_V6)
        state->source = source_for(probe->env, probe->address);
    tags_timer(probe);
}

static bool tags_frame(struct probe *probe, const struct frame *frame)
{
    bool answers = frame->kind == FRAME_ARP ? ip_equal(frame->arp.sender, probe->address)
                                            : frame->kind == FRAME_NEIGHBOUR_ADVERTISEMENT &&
                                                  ip_equal(frame->neighbour.target, probe->address);

    if (!answers || probe_vlan_matches(probe->env, frame))
        return false;
    probe_note_tag(probe->env, probe->address, frame);
    return true;
}

/* Whether its echo requests had no echo, be it silent altogether or only in this VLAN. An ICMP error is
 * one. */
static bool answers_no_echo(const struct probe_env *env, struct ip_addr address)
{
    const struct observations *seen = env->observations;
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

static uint64_t tags_lasts_us(const struct check_options *options)
{
    (void)options; /* in whichever VLAN it is, it is near */
    return (VID_MAX / BURST + 1) * PAUSE_US + ANSWER_US;
}

const struct probe_class PROBE_CLASS_TAGS = {
    .id = PROBE_TAGS,
    .starts = STARTS_WHEN_SILENT | STARTS_WHEN_ASKED,
    .hears = VANTAGE_BIT(AT_TAP),
    .silence_us = SILENCE_US,
    .silent = answers_no_echo,
    .lasts_us = tags_lasts_us,
    .state_size = sizeof(struct tags_state),
    .start = tags_start,
    .frame = tags_frame,
    .timer = tags_timer,
};

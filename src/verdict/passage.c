/* The host's own echo, hop by hop. */
#include "passage.h"

#include <stdlib.h>

bool passage_was_at(unsigned vantages, const struct place *place)
{
    return (vantages & VANTAGE_BIT(place->at)) != 0;
}

/* A bridge shows what the host itself sends and gets by it, and no more. */
static bool shows_frames(const struct path *path, size_t hop)
{
    return path->hops[hop]->kind != LINK_BRIDGE || hop + 1 == path->count || hop == 0;
}

void passage_find_places(const struct target *target, unsigned heard, struct passage *passage)
{
    const struct path *path = &target->path;

    passage->places[passage->count++] = (struct place){AT_HOST, path_end(path)};
    for (size_t hop = path->count; hop-- > 0;) {
        struct place place = {target_vantage_of(target, hop), path->hops[hop]};
        if (passage_was_at(heard, &place) && shows_frames(path, hop))
            passage->places[passage->count++] = place;
    }
}

static void find_loss(struct passage *passage)
{
    const struct stack_observation *stack = &passage->seen->stack;
    size_t last = passage->count - 1, reached = last, returned = 0;

    while (reached > 0 && !passage_was_at(stack->requests, &passage->places[reached]))
        reached--;
    while (returned < last && !passage_was_at(stack->replies, &passage->places[returned]))
        returned++;
    bool came_back = passage_was_at(stack->replies, &passage->places[returned]);
    passage->lost = reached == last ? LOST_REPLY : LOST_REQUEST;
    passage->after = reached < last ? reached : came_back ? returned : passage->count;
}

struct passage passage_of(const struct judgement *judgement, const struct observation *stack)
{
    struct passage passage = {.seen = stack};

    passage_find_places(judgement->input->target, stack->stack.heard, &passage);
    if (stack->stack.concluded && stack->stack.received == 0 &&
        judgement_echo_answered(judgement, stack->address))
        find_loss(&passage);
    return passage;
}

const struct place *passage_next(const struct passage *passage)
{
    if (passage->lost == LOST_REPLY)
        return passage->after == passage->count ? &passage->places[passage->count - 1]
                                                : &passage->places[passage->after - 1];
    return passage->after + 1 < passage->count ? &passage->places[passage->after + 1] : NULL;
}

const char *passage_place_name(const struct place *place)
{
    return place == NULL ? "the guest" : place->at == AT_HOST ? "the host's stack" : place->link->name;
}

/* Some reply was lost on the last step to us, and it may have been this one: anybody's can be. */
static bool may_be_lost_by_us(const struct judgement *judgement, const struct passage *passage)
{
    const struct observation *trouble = NULL;

    if (passage->lost != LOST_REPLY || passage_next(passage)->at != AT_HOST)
        return false;
    while ((trouble = judgement_next(judgement, trouble, OBSERVED_TROUBLE, (struct ip_addr){0})) != NULL)
        if (trouble->trouble.kind == TROUBLE_REPLIES_LOST)
            return true;
    return false;
}

bool passage_next_lost(const struct judgement *judgement, const struct observation *after,
                       struct passage *ret)
{
    if (silence_may_be_of_capture(judgement))
        return false;
    while ((after = judgement_next(judgement, after, OBSERVED_STACK, (struct ip_addr){0})) != NULL) {
        *ret = passage_of(judgement, after);
        if (ret->lost != LOST_NOTHING && ret->after < ret->count && !may_be_lost_by_us(judgement, ret))
            return true;
    }
    return false;
}

bool passage_is_explained(const struct judgement *judgement, struct ip_addr address)
{
    static const enum finding_id others[] = {
        FINDING_BRIDGE_DOWN,     FINDING_BRIDGE_PORT_BLOCKED, FINDING_ADDRESS_ON_BRIDGE_PORT,
        FINDING_ROUTE_ELSEWHERE, FINDING_STALE_NEIGHBOUR,     FINDING_REVERSE_PATH_FILTER,
        FINDING_REPLY_ELSEWHERE, FINDING_VLAN_TAG_MISMATCH};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (finding_exists(judgement, others[i], address) ||
            finding_exists(judgement, others[i], (struct ip_addr){0}))
            return true;
    return false;
}

/* ---- evidence ---- */

void passage_add_places(struct finding *finding, const struct passage *passage)
{
    const struct stack_observation *stack = &passage->seen->stack;

    for (size_t i = 1; i < passage->count; i++) {
        const struct place *place = &passage->places[i];
        bool request = stack->requests & VANTAGE_BIT(place->at),
             reply = stack->replies & VANTAGE_BIT(place->at);
        finding_add_evidence(finding, "%s: request %s, reply %s", place->link->name,
                             request ? "seen" : "not seen", reply ? "seen" : "not seen");
    }
}

void passage_add_evidence(struct finding *finding, const struct passage *passage)
{
    const struct stack_observation *stack = &passage->seen->stack;
    char ip[IP_TEXT_SIZE], source[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];
    bool was_seen = stack->source.family != IP_NONE;

    finding_add_evidence(finding,
                         "the host's own stack sent %u echo requests to %s%s%s%s%s: no reply came to it",
                         stack->sent, ip_format(passage->seen->address, ip), was_seen ? ", from " : "",
                         was_seen ? ip_format(stack->source, source) : "", was_seen ? " to " : "",
                         was_seen ? mac_format(passage->seen->mac, mac) : "");
    passage_add_places(finding, passage);
    for (size_t i = 0; i < STACK_FRAMES_MAX; i++)
        finding_add_frame(finding, stack->frames[i]);
    if (passage->lost != LOST_NOTHING)
        finding_add_evidence(finding, "%s answers what is sent to it on %s itself", ip,
                             passage->places[passage->count - 1].link->name);
}

/* ---- as reports show it ---- */

static const char *hop_name(const struct place *place)
{
    return place->at == AT_HOST               ? "host"
           : place->at == AT_TAP              ? "tap"
           : place->link->kind == LINK_BRIDGE ? "bridge"
                                              : "port";
}

/* What was lost in one way is not missing before the place where it was lost. */
static enum passing passing_of(const struct passage *passage, unsigned vantages, const struct place *place)
{
    if (passage_was_at(vantages, place))
        return PASSING_SEEN;
    return passage->lost == LOST_NOTHING ? PASSING_UNKNOWN : PASSING_LOST;
}

static void add_hop(struct path_result *path, const struct passage *passage, const struct place *place)
{
    const struct stack_observation *stack = passage->seen != NULL ? &passage->seen->stack : NULL;

    path->hops = memory_resize(path->hops, path->count + 1, sizeof *path->hops);
    path->hops[path->count++] = (struct hop_result){
        .hop = hop_name(place),
        .interface = text_format("%s", place->link->name),
        .request = stack != NULL ? passing_of(passage, stack->requests, place) : PASSING_UNKNOWN,
        .reply = stack != NULL ? passing_of(passage, stack->replies, place) : PASSING_UNKNOWN,
    };
}

static void add_hops(struct path_result *path, const struct passage *passage)
{
    for (size_t i = 0; i < passage->count; i++)
        add_hop(path, passage, &passage->places[i]);
}

/* That of the address with a fault, or of the first one. */
static struct passage passage_to_show(const struct judgement *judgement)
{
    const struct observation *stack = judgement_next(judgement, NULL, OBSERVED_STACK, (struct ip_addr){0});
    struct passage passage = {0};

    if (passage_next_lost(judgement, NULL, &passage))
        return passage;
    passage = (struct passage){0};
    if (stack != NULL)
        return passage_of(judgement, stack);
    passage_find_places(judgement->input->target, UINT32_MAX, &passage);
    return passage;
}

/* Who was asked on the target itself, and is not heard at all: then it is broken behind that. */
static bool is_broken_behind(const struct judgement *judgement)
{
    return judgement->input->target->address_count > 0 && !heard_anybody(judgement);
}

static size_t broken_after(const struct judgement *judgement, const struct passage *passage)
{
    if (passage->lost == LOST_NOTHING || passage->after == passage->count)
        return is_broken_behind(judgement) ? passage->count : 0;
    return passage->lost == LOST_REPLY ? passage->after : passage->after + 1;
}

void verdict_path_of(const struct target *target, struct path_result *ret)
{
    struct path_result path = {0};
    struct passage passage = {0};

    if (target->path.count > 0)
        passage_find_places(target, UINT32_MAX, &passage);
    add_hops(&path, &passage);
    *ret = path;
}

void verdict_path_free(struct path_result *path)
{
    for (size_t i = 0; i < path->count; i++)
        free(path->hops[i].interface);
    free(path->hops);
    *path = (struct path_result){0};
}

void passage_add_path(struct judgement *judgement)
{
    struct path_result *path = &judgement->verdict->path;
    const struct target *target = judgement->input->target;

    if (target->path.count == 0)
        return;
    struct passage passage = passage_to_show(judgement);
    add_hops(path, &passage);
    path->broken_after = broken_after(judgement, &passage);
    if (passage.seen != NULL)
        path->host = passage.seen->stack.source;
}

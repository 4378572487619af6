/* Large packets that are lost where small ones get through. */
#include "passage.h"

#include <stdlib.h>

enum { IPV6_MTU_MIN = 1280 }; /* RFC 8200 5 */

/* Where large ones of the host's stack got lost. Its stack is what they are a passage of. */
static struct passage passage_of_large(const struct judgement *judgement, const struct observation *mtu,
                                       struct observation *ret_stack)
{
    *ret_stack = (struct observation){.kind = OBSERVED_STACK,
                                      .address = mtu->address,
                                      .stack = {.sent = mtu->mtu.of[MTU_HOST].large_sent,
                                                .heard = mtu->mtu.heard,
                                                .requests = mtu->mtu.requests | VANTAGE_BIT(AT_HOST),
                                                .replies = mtu->mtu.replies,
                                                .concluded = true}};
    return passage_of(judgement, ret_stack);
}

static void add_counts(struct finding *finding, const struct mtu_observation *mtu, enum mtu_way way,
                       const char *who)
{
    finding_add_evidence(
        finding,
        "of %u echo requests of %u bytes that %s none was answered; of %u of %u bytes before, "
        "between and after them, all were",
        mtu->of[way].large_sent, mtu->of[way].large, who, mtu->of[way].small_sent, mtu->of[way].small);
}

static void add_largest(struct finding *finding, const struct mtu_observation *mtu)
{
    finding_add_evidence(finding, "the largest that is answered: %u bytes (without the Ethernet header)",
                         mtu->passes);
}

/* The caller frees it. */
static char *lower_text(const struct judgement *judgement, struct ip_addr address, unsigned mtu)
{
    if (address.family == IP_V6 && mtu < IPV6_MTU_MIN)
        return text_format("%s", "");
    return text_format(", or lower the MTU on both ends: ip link set dev %s mtu %u",
                       target_host_link(judgement->input->target)->name, mtu);
}

/* ---- behind the target ---- */

/* `way`: "to" the guest, or "from" it. */
static struct finding *add_lost_behind(struct judgement *judgement, enum finding_id id,
                                       const struct observation *seen, const char *way)
{
    const struct mtu_observation *mtu = &seen->mtu;
    char ip[IP_TEXT_SIZE];
    struct finding *finding = finding_add(judgement, id, seen->address);

    finding_summarize(finding, "packets %s %s of more than %u bytes are lost behind %s, and the MTU is %u",
                      way, ip_format(seen->address, ip), mtu->passes, judgement_place(judgement),
                      mtu->of[MTU_ECHO].large);
    add_counts(finding, mtu, MTU_ECHO, "we sent on the tap");
    return finding;
}

static void add_behind(struct judgement *judgement, enum finding_id id, const struct observation *seen)
{
    const struct mtu_observation *mtu = &seen->mtu;
    char *lower = lower_text(judgement, seen->address, mtu->passes);
    struct finding *finding = add_lost_behind(judgement, id, seen, "to");

    finding_add_evidence(finding,
                         "nor were %u small ones in frames that were padded to that size: it is no filter of "
                         "large pings",
                         mtu->of[MTU_PADDED].large_sent);
    add_largest(finding, mtu);
    finding_set_fix(finding,
                    "let what is behind %s (its network card, a bridge or tunnel in the guest) take packets "
                    "of %u bytes%s",
                    judgement_place(judgement), mtu->of[MTU_ECHO].large, lower);
    free(lower);
}

static void add_back(struct judgement *judgement, enum finding_id id, const struct observation *seen)
{
    const struct mtu_observation *mtu = &seen->mtu;
    struct finding *finding = add_lost_behind(judgement, id, seen, "from");

    finding_add_evidence(finding,
                         "%u small ones in frames that were padded to that size were answered: such "
                         "frames do reach it",
                         mtu->of[MTU_PADDED].large_answered);
    finding_add_evidence(finding,
                         "of its answers to %u of %u bytes, which we sent in fragments, the last fragments "
                         "came, %u times, but none of the first ones, which are as large as its MTU",
                         mtu->of[MTU_SPLIT].large_sent, mtu->of[MTU_SPLIT].large, mtu->tails);
    add_largest(finding, mtu);
    finding_set_fix(finding,
                    "let what is behind %s (its network card, a bridge, filter or tunnel in the guest) send "
                    "packets of %u bytes",
                    judgement_place(judgement), mtu->of[MTU_ECHO].large);
}

/* ---- before it ---- */

/* The interface of the path with the smallest MTU, if it is smaller than what was sent; NULL: none is. */
static const struct link_facts *narrowest(const struct target *target, unsigned large)
{
    const struct link_facts *found = NULL;

    for (size_t hop = 0; hop < target->path.count; hop++) {
        const struct link_facts *link = target->path.hops[hop];
        if (link->mtu < large && (found == NULL || link->mtu < found->mtu))
            found = link;
    }
    return found;
}

static void set_fix_before(const struct judgement *judgement, struct finding *finding,
                           const struct mtu_observation *mtu)
{
    const struct target *target = judgement->input->target;
    const struct link_facts *narrow = narrowest(target, mtu->of[MTU_HOST].large);

    if (narrow != NULL) {
        finding_add_evidence(finding, "%s has an MTU of %u", narrow->name, narrow->mtu);
        finding_set_fix(finding, "ip link set dev %s mtu %u; or ip link set dev %s mtu %u", narrow->name,
                        mtu->of[MTU_HOST].large, target_host_link(target)->name, narrow->mtu);
        return;
    }
    char *lower = lower_text(judgement, finding->address, mtu->passes);
    finding_add_evidence(finding,
                         "inferred: a filter that drops large pings and nothing else looks the same");
    finding_set_fix(finding, "look for a filter that drops by length: nft list ruleset; tc filter show%s",
                    lower);
    free(lower);
}

static void add_before(struct judgement *judgement, enum finding_id id, const struct observation *seen)
{
    const struct mtu_observation *mtu = &seen->mtu;
    struct observation stack;
    struct passage passage = passage_of_large(judgement, seen, &stack);
    char ip[IP_TEXT_SIZE];

    if (passage.lost == LOST_NOTHING || passage.after == passage.count)
        return;
    struct finding *finding = finding_add(judgement, id, seen->address);
    finding_summarize(finding,
                      "packets %s %s of more than %u bytes are lost between %s and %s, and the MTU is %u",
                      passage.lost == LOST_REQUEST ? "to" : "from", ip_format(seen->address, ip), mtu->passes,
                      passage_place_name(&passage.places[passage.after]),
                      passage_place_name(passage_next(&passage)), mtu->of[MTU_HOST].large);
    add_counts(finding, mtu, MTU_HOST, "the host's own stack sent");
    passage_add_places(finding, &passage);
    add_largest(finding, mtu);
    set_fix_before(judgement, finding, mtu);
}

static void mtu_blackhole(struct judgement *judgement, enum finding_id id)
{
    const struct observation *seen = NULL;

    while ((seen = judgement_next(judgement, seen, OBSERVED_MTU, (struct ip_addr){0})) != NULL) {
        if (!seen->mtu.concluded || seen->mtu.passes == 0 || silence_may_be_of_capture(judgement))
            continue;
        if (observation_mtu_lost_behind(&seen->mtu))
            add_behind(judgement, id, seen);
        else if (observation_mtu_lost_before(&seen->mtu))
            add_before(judgement, id, seen);
        else if (observation_mtu_lost_back(&seen->mtu))
            add_back(judgement, id, seen);
    }
}

/* Frames of that size do reach the guest; its answers of that size do not come, or it does not want to. */
void mtu_add_notes(struct judgement *judgement)
{
    const struct observation *seen = NULL;
    char ip[IP_TEXT_SIZE];

    while ((seen = judgement_next(judgement, seen, OBSERVED_MTU, (struct ip_addr){0})) != NULL) {
        const struct mtu_observation *mtu = &seen->mtu;
        if (!mtu->concluded || !observation_mtu_may_be_lost_back(mtu) || observation_mtu_lost_back(mtu))
            continue;
        text_list_addf(&judgement->verdict->notes,
                       "%s gets frames of %u bytes, and does not answer echo requests of that size: its "
                       "firewall may limit them; whether its answers are lost is not known",
                       ip_format(seen->address, ip), mtu->of[MTU_PADDED].large);
    }
}

const struct rule MTU_RULES[] = {
    {FINDING_MTU_BLACKHOLE, mtu_blackhole},
    {FINDING_COUNT, NULL},
};

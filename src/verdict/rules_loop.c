/* Frames that come back: in a loop again and again, from a mirror once. */
#include "judgement.h"

/* A check that got so many copies of each answer; NULL if there is none. A loop need not bring our frames
 * back in: it may send them to the guest, again and again. What goes round between routers is no such
 * loop. */
static const struct observation *check_with_copies(const struct judgement *judgement, unsigned copies)
{
    const struct observation *check = NULL;

    while ((check = judgement_next(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL)
        if (judgement_copies_of_each(check) >= copies && !dup_went_round_routers(judgement, check))
            return check;
    return NULL;
}

/* Answers to one question that a loop's repetitions bring, where it is seen that frames are repeated. */
enum { LOOP_COPIES_IN_STORM = 8 };

/* A good part of what comes in for everybody came in before: by itself, that may also be a program that says
 * the same thing again and again. A busy host reads less of it than a storm has. */
static bool is_storm_of_repeats(const struct judgement *judgement, const struct observation *broadcasts)
{
    if (broadcasts == NULL || broadcasts->broadcasts.repeated < broadcasts->broadcasts.count / 4)
        return false;
    return observation_is_storm(&broadcasts->broadcasts) ||
           (observation_may_be_storm(&broadcasts->broadcasts) && silence_may_be_of_capture(judgement));
}

static void add_returns(struct finding *finding, const struct observation *returned)
{
    if (returned->returned.most > 1)
        finding_add_evidence(
            finding, "%u of the frames that we sent came back in, %u times in all, one of them %u times",
            returned->returned.frames, returned->returned.returns, returned->returned.most);
    finding_add_frames(finding, &returned->returned.came);
    if (returned->returned.host_most >= HOST_RETURNS_MIN)
        finding_add_evidence(finding, "one frame of the host's own kernel came in %u times",
                             returned->returned.host_most);
}

static void add_copied_answers(struct finding *finding, const struct observation *copied)
{
    char ip[IP_TEXT_SIZE];

    finding_add_evidence(finding, "%u %s %s of %s got %u %s more than one each", copied->check.received,
                         probe_name(copied->check.probe),
                         text_plural(copied->check.received, "probe", "probes"),
                         ip_format(copied->address, ip), copied->check.duplicates,
                         text_plural(copied->check.duplicates, "reply", "replies"));
}

static void add_other_port(struct finding *finding, const struct judgement *judgement,
                           const struct observation *learned)
{
    const struct link_facts *port = facts_link(judgement->input->facts, learned->port);
    char mac[MAC_TEXT_SIZE];

    finding_add_evidence(finding, "%s answers on %s, and %s learned it on %s as well",
                         mac_format(learned->mac, mac), judgement_place(judgement),
                         judgement->input->target->bridge->name, port->name);
}

static void l2_loop(struct judgement *judgement, enum finding_id id)
{
    const struct observation *returned = judgement_last(judgement, OBSERVED_RETURN);
    const struct observation *broadcasts = judgement_last(judgement, OBSERVED_BROADCASTS);
    bool repeats = is_storm_of_repeats(judgement, broadcasts);
    const struct observation *copied =
        check_with_copies(judgement, repeats ? LOOP_COPIES_IN_STORM : LOOP_COPIES);
    const struct observation *learned = repeats ? judgement_learned_elsewhere(judgement) : NULL;
    bool returns =
        returned != NULL && (returned->returned.most > 1 || returned->returned.host_most >= HOST_RETURNS_MIN);

    if (!returns && copied == NULL && learned == NULL)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    if (returns)
        add_returns(finding, returned);
    if (copied != NULL)
        add_copied_answers(finding, copied);
    if (learned != NULL)
        add_other_port(finding, judgement, learned);
    if (broadcasts != NULL && broadcasts->broadcasts.repeated > 0)
        finding_add_evidence(
            finding, "%lu broadcast frames came in within %.3f s, %lu of them the very same as one before",
            (unsigned long)broadcasts->broadcasts.count, (double)broadcasts->broadcasts.during_us / 1e6,
            (unsigned long)broadcasts->broadcasts.repeated);
    if (broadcasts != NULL)
        finding_add_frames(finding, &broadcasts->broadcasts.first);
    qemu_sockets_add(judgement, finding);
}

static void frame_reflection(struct judgement *judgement, enum finding_id id)
{
    const struct observation *returned = judgement_last(judgement, OBSERVED_RETURN);
    char mac[MAC_TEXT_SIZE];

    if (returned == NULL || returned->returned.most != 1)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_add_evidence(finding, "%u %s that we sent from %s came back in, once each",
                         returned->returned.frames, text_plural(returned->returned.frames, "frame", "frames"),
                         mac_format(returned->mac, mac));
    finding_add_frames(finding, &returned->returned.came);
    qemu_sockets_add(judgement, finding);
}

const struct rule LOOP_RULES[] = {
    {FINDING_L2_LOOP, l2_loop},
    {FINDING_FRAME_REFLECTION, frame_reflection},
    {FINDING_COUNT, NULL},
};

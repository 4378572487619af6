/* Frames that come back: in a loop again and again, from a mirror once. */
#include "judgement.h"

/* A check whose answers go round; NULL if there is none. A loop need not bring our frames back in: it may
 * send them to the guest, again and again. */
static const struct observation *check_with_copies(const struct judgement *judgement)
{
    const struct observation *check = NULL;

    while ((check = next_observation(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL)
        if (copies_go_round(check))
            return check;
    return NULL;
}

static void l2_loop(struct judgement *judgement, enum finding_id id)
{
    const struct observation *returned = last_observation(judgement, OBSERVED_RETURN);
    const struct observation *broadcasts = last_observation(judgement, OBSERVED_BROADCASTS);
    const struct observation *copied = check_with_copies(judgement);
    bool returns = returned != NULL && returned->returned.most > 1;
    bool host_returns = returned != NULL && returned->returned.host_most >= HOST_RETURNS_MIN;
    char ip[IP_TEXT_SIZE];

    if (!returns && !host_returns && copied == NULL)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    if (returns)
        finding_add_evidence(
            finding, "%u of the frames that we sent came back in, %u times in all, one of them %u times",
            returned->returned.frames, returned->returned.returns, returned->returned.most);
    if (host_returns)
        finding_add_evidence(finding, "one frame of the host's own kernel came in %u times",
                             returned->returned.host_most);
    if (copied != NULL)
        finding_add_evidence(finding, "%u %s probes of %s got %u replies more than one each",
                             copied->check.received, probe_name(copied->check.probe),
                             ip_format(copied->address, ip), copied->check.duplicates);
    if (broadcasts != NULL && broadcasts->broadcasts.repeated > 0)
        finding_add_evidence(
            finding, "%lu broadcast frames came in within %.3f s, %lu of them the very same as one before",
            (unsigned long)broadcasts->broadcasts.count, (double)broadcasts->broadcasts.during_us / 1e6,
            (unsigned long)broadcasts->broadcasts.repeated);
    add_qemu_sockets(judgement, finding);
}

static void frame_reflection(struct judgement *judgement, enum finding_id id)
{
    const struct observation *returned = last_observation(judgement, OBSERVED_RETURN);
    char mac[MAC_TEXT_SIZE];

    if (returned == NULL || returned->returned.most != 1)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_add_evidence(finding, "%u frames that we sent from %s came back in, each of them once",
                         returned->returned.frames, mac_format(returned->mac, mac));
    add_qemu_sockets(judgement, finding);
}

const struct rule LOOP_RULES[] = {
    {FINDING_L2_LOOP, l2_loop},
    {FINDING_FRAME_REFLECTION, frame_reflection},
    {FINDING_COUNT, NULL},
};

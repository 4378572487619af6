/* Frames that come back: in a loop again and again, from a mirror once. */
#include "judgement.h"

enum { LOOP_COPIES = 64 }; /* more replies to each probe than anything but a loop makes */

/* The echo check with the most duplicates to each of its probes; NULL if there are none. ARP and ND have no
 * sequence, and a mirror multiplies their replies as well as their requests. */
static const struct observation *most_copied(const struct judgement *judgement)
{
    const struct observation *check = NULL, *most = NULL;

    while ((check = next_observation(judgement, check, OBSERVED_CHECK, (struct ip_addr){0})) != NULL) {
        if (check->check.probe != echo_probe_of(check->address) || check->check.received == 0)
            continue;
        if (most == NULL || check->check.duplicates / check->check.received >
                                most->check.duplicates / most->check.received)
            most = check;
    }
    return most;
}

static void l2_loop(struct judgement *judgement, enum finding_id id)
{
    const struct observation *returned = last_observation(judgement, OBSERVED_RETURN);
    const struct observation *broadcasts = last_observation(judgement, OBSERVED_BROADCASTS);
    const struct observation *copied = most_copied(judgement);
    bool returns = returned != NULL && returned->returned.most > 1;
    bool copies = copied != NULL && copied->check.duplicates / copied->check.received >= LOOP_COPIES;
    char ip[IP_TEXT_SIZE];

    if (!returns && !copies)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    if (returned != NULL)
        finding_add_evidence(
            finding, "%u of the frames that we sent came back in, %u times in all, one of them %u times",
            returned->returned.frames, returned->returned.returns, returned->returned.most);
    if (copies)
        finding_add_evidence(finding, "%u echo requests to %s got %u replies more than one each",
                             copied->check.received, ip_format(copied->address, ip),
                             copied->check.duplicates);
    if (broadcasts != NULL && broadcasts->broadcasts.repeated > 0)
        finding_add_evidence(
            finding, "%lu broadcast frames came in within %.3f s, %lu of them the very same as one before",
            (unsigned long)broadcasts->broadcasts.count, (double)broadcasts->broadcasts.during_us / 1e6,
            (unsigned long)broadcasts->broadcasts.repeated);
}

static void frame_reflection(struct judgement *judgement, enum finding_id id)
{
    const struct observation *returned = last_observation(judgement, OBSERVED_RETURN);
    char mac[MAC_TEXT_SIZE];

    if (returned == NULL || returned->returned.most > 1)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_add_evidence(finding, "%u frames that we sent from %s came back in, each of them once",
                         returned->returned.frames, mac_format(returned->mac, mac));
}

const struct rule LOOP_RULES[] = {
    {FINDING_L2_LOOP, l2_loop},
    {FINDING_FRAME_REFLECTION, frame_reflection},
    {FINDING_COUNT, NULL},
};

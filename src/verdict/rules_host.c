/* Faults of the host that end a check before a frame is sent. */
#include "judgement.h"
#include "vm.h"

#include <stdlib.h>

enum { NAMES_SHOWN = 12 };

char *host_existing_interfaces(const struct host_facts *facts)
{
    char *names = text_format("%s", "");
    unsigned shown = 0, left_out = 0;
    bool taps = false;

    for (size_t i = 0; i < facts->link_count; i++)
        taps |= facts->links[i].kind == LINK_TAP;
    for (size_t i = 0; i < facts->link_count; i++) {
        const struct link_facts *link = &facts->links[i];
        if (taps ? link->kind != LINK_TAP : !link->ethernet || link->loopback)
            continue;
        if (shown == NAMES_SHOWN) {
            left_out++;
            continue;
        }
        char *longer = text_format("%s%s%s", names, shown++ ? ", " : "", link->name);
        free(names);
        names = longer;
    }
    if (shown == 0 || left_out > 0) {
        char *longer = shown == 0 ? text_format("none") : text_format("%s and %u more", names, left_out);
        free(names);
        names = longer;
    }
    return names;
}

static void no_such_tap(struct judgement *judgement, enum finding_id id)
{
    const struct verdict_input *input = judgement->input;

    if (input->target->link != NULL)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    char *names = host_existing_interfaces(input->facts);
    if (input->target->vm.backend != NULL)
        finding_add_argument(finding, &input->target->vm.backend->source);
    finding_add_evidence(finding, "the kernel's list of %zu %s of this network namespace has no \"%s\"",
                         input->facts->link_count,
                         text_plural(input->facts->link_count, "interface", "interfaces"),
                         input->target->name);
    finding_add_evidence(finding, "there are: %s", names);
    free(names);
}

static void not_ethernet(struct judgement *judgement, enum finding_id id)
{
    const struct link_facts *link = judgement->input->target->link;

    if (link == NULL || (link->ethernet && link->kind != LINK_TUN && !link->loopback))
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_add_evidence(finding, "%s is %s", link->name,
                         link->kind == LINK_TUN ? "a tun/tap device in tun mode, which carries IP packets"
                         : link->loopback       ? "the loopback interface"
                                                : "of another hardware type than Ethernet");
    if (link->kind == LINK_TUN)
        finding_set_fix(finding,
                        "make it a tap: ip tuntap del dev %s mode tun; ip tuntap add dev %s mode tap",
                        link->name, link->name);
    else
        finding_set_fix(finding, "name the tap of the VM instead of %s", link->name);
}

static void tap_down(struct judgement *judgement, enum finding_id id)
{
    const struct link_facts *link = judgement->input->target->link;

    if (link == NULL || link->up)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "the interface %s is down", link->name);
    finding_add_evidence(finding, "the kernel's flags of %s (ifindex %d) lack UP", link->name, link->ifindex);
    finding_set_fix(finding, "ip link set dev %s up", link->name);
}

static void tap_unattached(struct judgement *judgement, enum finding_id id)
{
    const struct link_facts *link = judgement->input->target->link;

    if (link == NULL || link->kind != LINK_TAP || !link->up || link->carrier)
        return;
    struct finding *finding = finding_add(judgement, id, (struct ip_addr){0});
    finding_summarize(finding, "no virtual machine is attached to %s", link->name);
    finding_add_evidence(finding, "%s is up but has no carrier: no process holds the tap", link->name);
    finding_set_fix(finding, "start the VM with -netdev tap,ifname=%s, or check the tap that it does use",
                    link->name);
}

const struct rule HOST_RULES[] = {
    {FINDING_NO_SUCH_TAP, no_such_tap},
    {FINDING_NOT_ETHERNET, not_ethernet},
    {FINDING_TAP_DOWN, tap_down},
    {FINDING_TAP_UNATTACHED, tap_unattached},
    {FINDING_COUNT, NULL},
};

/* The port of the tap, and the bridge's end to the host, in different VLANs. What a guest says with a tag
 * that it should not use is in rules_l2.c. */
#include "passage.h"

#include <stdlib.h>

enum { VLAN_DEFAULT = 1 };

/* "321 (PVID, untagged), 5-7", as bridge-vlan(8) has it; the caller frees it. */
static char *vlans_text(const struct host_facts *facts, int ifindex)
{
    const struct vlan_facts *vlan = NULL;
    struct text_list vlans = {0};

    while ((vlan = facts_next_vlan(facts, ifindex, vlan)) != NULL) {
        const char *kind = vlan->pvid && vlan->untagged ? " (PVID, untagged)"
                           : vlan->pvid                 ? " (PVID)"
                           : vlan->untagged             ? " (untagged)"
                                                        : "";
        if (vlan->first == vlan->last)
            text_list_addf(&vlans, "%u%s", vlan->first, kind);
        else
            text_list_addf(&vlans, "%u-%u%s", vlan->first, vlan->last, kind);
    }
    if (vlans.count == 0)
        text_list_addf(&vlans, "none");
    return text_list_join_by(&vlans, ", ");
}

static void say_vlans(struct finding *finding, const struct host_facts *facts, const struct link_facts *link)
{
    char *vlans = vlans_text(facts, link->ifindex);

    finding_add_evidence(finding, "VLANs of %s (bridge vlan): %s", link->name, vlans);
    free(vlans);
}

static void set_fix(struct finding *finding, const struct host_facts *facts, const struct link_facts *port,
                    const struct link_facts *bridge)
{
    unsigned of_guest = facts_pvid(facts, port->ifindex), of_host = facts_pvid(facts, bridge->ifindex);

    if (of_host == 0)
        finding_set_fix(finding, "bridge vlan add dev %s vid %u pvid untagged self", bridge->name,
                        of_guest != 0 ? of_guest : VLAN_DEFAULT);
    else if (of_guest == 0)
        finding_set_fix(finding, "bridge vlan add dev %s vid %u pvid untagged", port->name, of_host);
    else if (of_guest == of_host)
        finding_set_fix(finding,
                        "bridge vlan add dev %s vid %u pvid untagged; bridge vlan add dev %s vid %u pvid "
                        "untagged self",
                        port->name, of_host, bridge->name, of_host);
    else
        finding_set_fix(
            finding,
            "bridge vlan add dev %s vid %u pvid untagged; or, if the guest is meant to be in VLAN "
            "%u: bridge vlan add dev %s vid %u pvid untagged self",
            port->name, of_host, of_guest, bridge->name, of_guest);
}

/* That the host's own ping is lost proves that they do not meet: a table alone proves nothing. */
static void port_vlan_mismatch(struct judgement *judgement, enum finding_id id)
{
    const struct host_facts *facts = judgement->input->facts;
    const struct link_facts *port = judgement_parted_port(judgement);
    struct passage passage = {0};
    char ip[IP_TEXT_SIZE];

    while (port != NULL && passage_next_lost(judgement, passage.seen, &passage)) {
        struct ip_addr address = passage.seen->address;
        const struct link_facts *bridge = facts_bridge_of(facts, port);
        if (finding_exists(judgement, id, address))
            continue;
        struct finding *finding = finding_add(judgement, id, address);
        finding_summarize(finding,
                          "the port %s is in another VLAN than the host's end of %s: the host cannot ping %s",
                          port->name, bridge->name, ip_format(address, ip));
        say_vlans(finding, facts, port);
        say_vlans(finding, facts, bridge);
        passage_add_evidence(finding, &passage);
        set_fix(finding, facts, port, bridge);
    }
}

const struct rule VLAN_RULES[] = {
    {FINDING_VLAN_TAG_MISMATCH, port_vlan_mismatch},
    {FINDING_COUNT, NULL},
};

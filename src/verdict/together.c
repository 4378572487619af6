/* What several targets of one run show together: one MAC, or one address, on two ports of one bridge. */
#include "judgement.h"
#include "vm.h"

#include <stdlib.h>
#include <string.h>

/* A MAC that answered for an address on a port of a bridge. Compared as bytes, so without padding. */
struct appearance {
    struct {
        int32_t netns;
        uint32_t bridge;
        uint8_t mac[6];
        uint16_t vid;
    } where;
    struct ip_addr address;
    size_t target;
};

struct appearances {
    struct appearance *items;
    size_t count;
};

/* In which VLAN the bridge has it: one MAC may be in two. */
static uint16_t learned_vid(const struct judged *judged, struct mac_addr mac)
{
    const struct fdb_facts *entry = NULL;

    while ((entry = facts_next_learned(judged->facts, judged->target->link->ifindex, entry)) != NULL)
        if (mac_equal(entry->mac, mac))
            return entry->vid;
    return 0;
}

static void collect(struct appearances *all, const struct judged *judged, size_t target)
{
    const struct verdict *verdict = judged->verdict;

    if (judged->target->bridge == NULL || judged->target->link == NULL)
        return;
    for (size_t i = 0; i < verdict->address_count; i++) {
        const struct address_result *seen = &verdict->addresses[i];
        if (!seen->has_mac)
            continue;
        struct appearance *added = &all->items[all->count++];
        *added = (struct appearance){.address = seen->address, .target = target};
        added->where.netns = judged->target->netns;
        added->where.bridge = (uint32_t)judged->target->bridge->ifindex;
        added->where.vid = learned_vid(judged, seen->mac);
        memcpy(added->where.mac, seen->mac.bytes, sizeof added->where.mac);
    }
}

static int by_mac(const void *a, const void *b)
{
    const struct appearance *x = a, *y = b;
    int order = memcmp(&x->where, &y->where, sizeof x->where);

    return order != 0 ? order : (x->target > y->target) - (x->target < y->target);
}

static int by_address(const void *a, const void *b)
{
    const struct appearance *x = a, *y = b;

    if (x->where.netns != y->where.netns)
        return x->where.netns < y->where.netns ? -1 : 1;
    if (x->where.bridge != y->where.bridge)
        return x->where.bridge < y->where.bridge ? -1 : 1;
    if (x->where.vid != y->where.vid)
        return x->where.vid < y->where.vid ? -1 : 1;
    int order = memcmp(&x->address, &y->address, sizeof x->address);
    return order != 0 ? order : by_mac(a, b);
}

static bool same_mac(const struct appearance *a, const struct appearance *b)
{
    return memcmp(&a->where, &b->where, sizeof a->where) == 0;
}

static bool same_address(const struct appearance *a, const struct appearance *b)
{
    return a->where.netns == b->where.netns && a->where.bridge == b->where.bridge &&
           a->where.vid == b->where.vid && ip_equal(a->address, b->address);
}

static bool are_holders_known(const struct target *a, const struct target *b)
{
    return a->vm.holder_count > 0 && b->vm.holder_count > 0;
}

static bool are_one_machine(const struct target *a, const struct target *b)
{
    return are_holders_known(a, b) && a->vm.holders[0].pid == b->vm.holders[0].pid;
}

/* Two cards of one machine may answer for all its addresses on both, and only a VM is known to be a machine
 * of its own: what else holds taps may be two processes for one machine. One MAC no machine has twice on one
 * segment. */
static bool are_two_machines(const struct target *a, const struct target *b, enum finding_id id)
{
    bool are_vms = a->vm.vm != NULL && b->vm.vm != NULL && !vm_is_same(a->vm.vm, b->vm.vm);

    return are_holders_known(a, b) && !are_one_machine(a, b) && (are_vms || id == FINDING_DUPLICATE_MAC);
}

static struct finding *find_or_add(struct judgement *judgement, enum finding_id id, struct ip_addr address)
{
    struct verdict *verdict = judgement->verdict;

    for (size_t i = 0; i < verdict->finding_count; i++)
        if (verdict->findings[i].id == id)
            return NULL; /* it was found already, with evidence of its own */
    return finding_add(judgement, id, address);
}

static void blame(const struct judged *all, const struct appearance *ours, const struct appearance *other,
                  enum finding_id id)
{
    const struct judged *judged = &all[ours->target];
    const struct verdict_input input = {
        .target = judged->target, .facts = judged->facts, .options = judged->options};
    struct judgement judgement = {.input = &input, .verdict = judged->verdict};
    const char *there = all[other->target].target->name;
    char mac[MAC_TEXT_SIZE], ip[IP_TEXT_SIZE], other_ip[IP_TEXT_SIZE], other_mac[MAC_TEXT_SIZE];
    struct mac_addr our_mac, their_mac;
    struct ip_addr about = {0};

    /* The guest's own frames come by every port, then. */
    if (finding_exists(&judgement, FINDING_L2_LOOP, about) ||
        finding_exists(&judgement, FINDING_FRAME_REFLECTION, about))
        return;
    if (id == FINDING_ADDRESS_CONFLICT)
        about = ours->address;
    memcpy(our_mac.bytes, ours->where.mac, sizeof our_mac.bytes);
    memcpy(their_mac.bytes, other->where.mac, sizeof their_mac.bytes);
    struct finding *finding = find_or_add(&judgement, id, about);
    if (finding == NULL)
        return;
    if (id == FINDING_DUPLICATE_MAC)
        finding_summarize(finding, "another machine on %s uses the guest's MAC address %s", there,
                          mac_format(our_mac, mac));
    else
        finding_summarize(finding, "another machine on %s has the guest's address %s", there,
                          ip_format(ours->address, ip));
    finding_add_evidence(finding, "%s answered for %s on %s, and %s for %s on %s; both are ports of %s",
                         mac_format(our_mac, mac), ip_format(ours->address, ip), judged->target->name,
                         mac_format(their_mac, other_mac), ip_format(other->address, other_ip), there,
                         judged->target->bridge->name);
    verdict_conclude(judged->verdict);
}

static void note_unknown(const struct judged *all, const struct appearance *ours,
                         const struct appearance *other)
{
    char ip[IP_TEXT_SIZE];

    text_list_addf(&all[ours->target].verdict->notes,
                   "%s is answered for on %s, too; whether by another machine was not told, since those "
                   "who hold the two are not known to be two VMs",
                   ip_format(other->address, ip), all[other->target].target->name);
}

/* Those of one kind stand together. */
static void compare(const struct judged *all, const struct appearances *seen, enum finding_id id,
                    bool (*are_same)(const struct appearance *a, const struct appearance *b))
{
    for (size_t i = 1; i < seen->count; i++) {
        const struct appearance *a = &seen->items[i - 1], *b = &seen->items[i];
        if (a->target == b->target || !are_same(a, b) || (id == FINDING_ADDRESS_CONFLICT && same_mac(a, b)) ||
            are_one_machine(all[a->target].target, all[b->target].target))
            continue;
        if (are_two_machines(all[a->target].target, all[b->target].target, id)) {
            blame(all, a, b, id);
            blame(all, b, a, id);
        } else {
            note_unknown(all, a, b);
            note_unknown(all, b, a);
        }
    }
}

void verdict_compare(const struct judged *all, size_t count)
{
    struct appearances seen = {memory_new(count * TARGET_ADDRESSES_MAX, sizeof(struct appearance)), 0};

    for (size_t i = 0; i < count; i++)
        collect(&seen, &all[i], i);
    if (seen.count > 1) {
        qsort(seen.items, seen.count, sizeof *seen.items, by_mac);
        compare(all, &seen, FINDING_DUPLICATE_MAC, same_mac);
        qsort(seen.items, seen.count, sizeof *seen.items, by_address);
        compare(all, &seen, FINDING_ADDRESS_CONFLICT, same_address);
    }
    free(seen.items);
}

/* What only the documents of several hosts show together. Documents are of different times: what can have
 * moved from one host to the other meanwhile is no proof of a fault. */
#include "fleet.h"
#include "judgement.h"

#include <stdlib.h>
#include <string.h>

/* Two looks this near are of one moment: in less, hardly any VM ends and another one gets its addresses. */
enum { MOMENT_US = 60000000, SECOND_US = 1000000 };

/* What two of a kind mean. */
enum grade { GRADE_NONE, GRADE_WARNING, GRADE_ERROR };

/* What the worst of those of a kind on other hosts means for one of them. */
struct match {
    uint32_t partner; /* its place among those of a kind */
    enum grade grade;
};

/* How sightings are compared. */
struct comparison {
    enum finding_id id;
    int (*order)(const void *a,
                 const void *b); /* those of a kind together, of these those of one place, by their times */
    bool (*is_same)(const struct fleet_sighting *a, const struct fleet_sighting *b);
    enum grade (*grade)(const struct fleet *fleet, const struct fleet_sighting *a,
                        const struct fleet_sighting *b);
};

bool fleet_gateway_tells(struct mac_addr gateway)
{
    static const struct {
        uint8_t bytes[5];
        size_t length;
    } shared[] = {
        {{0x00, 0x00, 0x0c, 0x07, 0xac}, 5}, /* HSRP, RFC 2281 */
        {{0x00, 0x00, 0x0c, 0x9f}, 4},       /* HSRP, version 2 */
        {{0x00, 0x07, 0xb4}, 3},             /* GLBP */
        {{0xee, 0xee, 0xee, 0xee, 0xee}, 5}, /* Calico's, on every link */
    };

    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if (memcmp(gateway.bytes, shared[i].bytes, shared[i].length) == 0)
            return false;
    return !mac_is_virtual_router(gateway);
}

/* ---- two of a kind ---- */

/* Between the end of one look and the beginning of the other; 0: they were at the same time. */
static uint64_t gap_us(const struct fleet_target *a, const struct fleet_target *b)
{
    if (a->from_us > b->until_us)
        return a->from_us - b->until_us;
    return b->from_us > a->until_us ? b->from_us - a->until_us : 0;
}

static bool are_equal(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool are_one_vm(const struct fleet_target *a, const struct fleet_target *b)
{
    return are_equal(a->uuid, b->uuid);
}

/* A name alone is no proof, but a VM that moves takes it along. */
static bool may_be_one_vm(const struct fleet_target *a, const struct fleet_target *b)
{
    return (a->uuid == NULL || b->uuid == NULL) && a->is_named && b->is_named && are_equal(a->vm, b->vm);
}

static bool are_in_one_place(const struct fleet_sighting *a, const struct fleet_sighting *b)
{
    return a->place != 0 && a->place == b->place;
}

/* That one VM is on both has a finding of its own. */
static enum grade grade_macs(const struct fleet *fleet, const struct fleet_sighting *a,
                             const struct fleet_sighting *b)
{
    const struct fleet_target *x = &fleet->targets[a->target], *y = &fleet->targets[b->target];

    if (are_one_vm(x, y))
        return GRADE_NONE;
    return are_in_one_place(a, b) && gap_us(x, y) <= MOMENT_US && !may_be_one_vm(x, y) ? GRADE_ERROR
                                                                                       : GRADE_WARNING;
}

/* An address that a machine has besides another one may be one that is handed over, as by VRRP. */
static enum grade grade_addresses(const struct fleet *fleet, const struct fleet_sighting *a,
                                  const struct fleet_sighting *b)
{
    const struct fleet_target *x = &fleet->targets[a->target], *y = &fleet->targets[b->target];

    if (mac_equal(a->mac, b->mac) || ip_is_link_local(a->address))
        return GRADE_NONE;
    return (a->has_more || b->has_more) && gap_us(x, y) > 0 ? (are_one_vm(x, y) ? GRADE_NONE : GRADE_WARNING)
                                                            : grade_macs(fleet, a, b);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const struct fleet_sighting *a, const struct fleet_sighting *b)
{
    int order = compare_numbers(a->place, b->place);

    if (order == 0)
        order = compare_numbers(a->time_us, b->time_us);
    return order != 0 ? order : compare_numbers(a->target, b->target);
}

static int by_mac(const void *a, const void *b)
{
    const struct fleet_sighting *x = a, *y = b;
    int order = memcmp(&x->mac, &y->mac, sizeof x->mac);

    return order != 0 ? order : by_place(x, y);
}

static int by_address(const void *a, const void *b)
{
    const struct fleet_sighting *x = a, *y = b;
    int order = memcmp(&x->address, &y->address, sizeof x->address);

    return order != 0 ? order : by_place(x, y);
}

static bool has_same_mac(const struct fleet_sighting *a, const struct fleet_sighting *b)
{
    return mac_equal(a->mac, b->mac);
}

static bool has_same_address(const struct fleet_sighting *a, const struct fleet_sighting *b)
{
    return ip_equal(a->address, b->address);
}

static const struct comparison COMPARISONS[] = {
    {FINDING_DUPLICATE_MAC, by_mac, has_same_mac, grade_macs},
    {FINDING_ADDRESS_CONFLICT, by_address, has_same_address, grade_addresses},
};

/* ---- words ---- */

static struct finding *add_finding(const struct fleet *fleet, uint32_t target, enum finding_id id,
                                   struct ip_addr address)
{
    const struct verdict_input input = {.options = fleet->options};
    struct judgement judgement = {.input = &input, .verdict = fleet->verdict_of(fleet->context, target)};

    return finding_add(&judgement, id, address);
}

static bool has_finding(const struct fleet *fleet, uint32_t target, enum finding_id id,
                        struct ip_addr address)
{
    const struct judgement judgement = {.verdict = fleet->verdict_of(fleet->context, target)};

    return finding_exists(&judgement, id, address);
}

static void add_times(struct finding *finding, const struct fleet_target *a, const struct fleet_target *b)
{
    uint64_t gap = gap_us(a, b);

    if (gap == 0)
        finding_add_evidence(finding, "both were looked at, at the same time");
    else if (gap < SECOND_US)
        finding_add_evidence(finding, "both were looked at within a second");
    else
        finding_add_evidence(finding, "%llu s passed between the two looks%s",
                             (unsigned long long)(gap / SECOND_US),
                             gap > MOMENT_US ? ": it may have moved from one to the other meanwhile" : "");
}

static void add_places(const struct fleet *fleet, struct finding *finding, const struct fleet_sighting *a,
                       const struct fleet_sighting *b)
{
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

    if (!are_in_one_place(a, b)) {
        finding_add_evidence(finding, "that both are on one segment is not known");
        return;
    }
    const struct fleet_place *place = &fleet->places[a->place - 1];
    finding_add_evidence(
        finding,
        "both hosts have the subnet %s/%u there, and the MAC address of its gateway is %s on "
        "both: one segment (inferred)",
        ip_format(place->prefix, ip), place->length, mac_format(place->gateway, mac));
}

static void blame(const struct fleet *fleet, enum finding_id id, const struct fleet_sighting *ours,
                  const struct fleet_sighting *theirs, enum grade grade)
{
    const struct fleet_target *x = &fleet->targets[ours->target], *y = &fleet->targets[theirs->target];
    char mac[MAC_TEXT_SIZE], ip[IP_TEXT_SIZE], their_mac[MAC_TEXT_SIZE], their_ip[IP_TEXT_SIZE];
    struct ip_addr about = id == FINDING_ADDRESS_CONFLICT ? ours->address : (struct ip_addr){0};

    if (has_finding(fleet, ours->target, id, about))
        return; /* its own host found it already, and knows more */
    struct finding *finding = add_finding(fleet, ours->target, id, about);
    finding->warning = grade == GRADE_WARNING;
    if (id == FINDING_DUPLICATE_MAC)
        finding_summarize(finding, "the machine on %s has the MAC address %s, too", y->label,
                          mac_format(ours->mac, mac));
    else
        finding_summarize(finding, "another machine on %s has the address %s, too", y->label,
                          ip_format(ours->address, ip));
    finding_add_evidence(finding, "%s answered for %s on %s, and %s for %s on %s", mac_format(ours->mac, mac),
                         ip_format(ours->address, ip), x->label, mac_format(theirs->mac, their_mac),
                         ip_format(theirs->address, their_ip), y->label);
    add_places(fleet, finding, ours, theirs);
    add_times(finding, x, y);
    if (may_be_one_vm(x, y))
        finding_add_evidence(finding, "both VMs are called %s, and may be one that moved", x->vm);
}

/* ---- all of them ---- */

static void consider(const struct fleet *fleet, const struct comparison *comparison,
                     const struct fleet_sighting *group, size_t index, size_t other, struct match *match)
{
    enum grade grade = comparison->grade(fleet, &group[index], &group[other]);

    if (grade > match->grade)
        *match = (struct match){(uint32_t)other, grade};
}

static uint32_t host_of(const struct fleet *fleet, const struct fleet_sighting *sighting)
{
    return fleet->targets[sighting->target].host;
}

/* For each the next one of another host before and behind it: as those of one place are together, one of
 * these is in the same place, if any is. */
static void match_group(const struct fleet *fleet, const struct comparison *comparison,
                        const struct fleet_sighting *group, size_t count, struct match *matches)
{
    size_t before = SIZE_MAX, behind = SIZE_MAX;

    for (size_t i = 1; i < count; i++) {
        if (host_of(fleet, &group[i]) != host_of(fleet, &group[i - 1]))
            before = i - 1;
        if (before != SIZE_MAX)
            consider(fleet, comparison, group, i, before, &matches[i]);
    }
    for (size_t i = count - 1; i-- > 0;) {
        if (host_of(fleet, &group[i]) != host_of(fleet, &group[i + 1]))
            behind = i + 1;
        if (behind != SIZE_MAX)
            consider(fleet, comparison, group, i, behind, &matches[i]);
    }
}

static void compare_group(const struct fleet *fleet, const struct comparison *comparison,
                          const struct fleet_sighting *group, size_t count)
{
    struct match *matches = memory_new(count, sizeof *matches);

    match_group(fleet, comparison, group, count, matches);
    for (enum grade grade = GRADE_ERROR; grade > GRADE_NONE; grade--) /* each target once: by the worst */
        for (size_t i = 0; i < count; i++)
            if (matches[i].grade == grade)
                blame(fleet, comparison->id, &group[i], &group[matches[i].partner], grade);
    free(matches);
}

static void compare_sightings(const struct fleet *fleet, const struct comparison *comparison)
{
    const struct fleet_sighting *all = fleet->sightings;

    qsort(fleet->sightings, fleet->sighting_count, sizeof *all, comparison->order);
    for (size_t begin = 0, end; begin < fleet->sighting_count; begin = end) {
        for (end = begin + 1; end < fleet->sighting_count && comparison->is_same(&all[begin], &all[end]);
             end++)
            ;
        if (end - begin > 1)
            compare_group(fleet, comparison, all + begin, end - begin);
    }
}

static int by_uuid(const void *a, const void *b)
{
    const struct fleet_target *x = *(const struct fleet_target *const *)a,
                              *y = *(const struct fleet_target *const *)b;
    int order = strcmp(x->uuid, y->uuid);

    return order != 0 ? order : compare_numbers(x->host, y->host);
}

static void blame_vm(const struct fleet *fleet, const struct fleet_target *ours,
                     const struct fleet_target *theirs)
{
    uint32_t target = (uint32_t)(ours - fleet->targets);
    struct ip_addr all = {0};

    if (has_finding(fleet, target, FINDING_VM_ON_TWO_HOSTS, all))
        return;
    struct finding *finding = add_finding(fleet, target, FINDING_VM_ON_TWO_HOSTS, all);
    finding_summarize(finding, "the VM runs on %s, too", theirs->label);
    finding_add_evidence(finding, "a VM with the UUID %s runs on %s (%s) and on %s (%s)", ours->uuid,
                         ours->label, ours->vm != NULL ? ours->vm : "without a name", theirs->label,
                         theirs->vm != NULL ? theirs->vm : "without a name");
    add_times(finding, ours, theirs);
}

static void compare_vms(const struct fleet *fleet)
{
    const struct fleet_target **known = memory_new(fleet->target_count, sizeof(void *));
    size_t count = 0;

    for (size_t i = 0; i < fleet->target_count; i++)
        if (fleet->targets[i].uuid != NULL)
            known[count++] = &fleet->targets[i];
    if (count > 1)
        qsort(known, count, sizeof *known, by_uuid);
    for (size_t i = 1; i < count; i++)
        if (are_one_vm(known[i - 1], known[i]) && known[i - 1]->host != known[i]->host) {
            blame_vm(fleet, known[i - 1], known[i]);
            blame_vm(fleet, known[i], known[i - 1]);
        }
    free(known);
}

void fleet_compare(const struct fleet *fleet)
{
    compare_vms(fleet);
    for (size_t i = 0; fleet->sighting_count > 1 && i < sizeof COMPARISONS / sizeof COMPARISONS[0]; i++)
        compare_sightings(fleet, &COMPARISONS[i]);
}

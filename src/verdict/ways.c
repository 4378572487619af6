/* Which network cards of VMs hear each other, as far as the host knows. Interfaces do that are ports of one
 * bridge, or of bridges that pairs of veths join. */
#include "ways.h"

/* ---- interfaces ---- */

static bool is_member(const struct segment *segment, int bridge)
{
    for (size_t i = 0; i < segment->count; i++)
        if (segment->bridges[i] == bridge)
            return true;
    return false;
}

/* Whatever a master is: what of its ports hears what is a matter of its own. */
static void add_master(struct segment *segment, const struct link_facts *port)
{
    if (port != NULL && port->master != 0 && segment->count < SEGMENT_BRIDGES_MAX &&
        !is_member(segment, port->master))
        segment->bridges[segment->count++] = port->master;
}

static struct segment segment_of(const struct host_facts *facts, const struct link_facts *link)
{
    struct segment segment = {.link = link->ifindex};

    add_master(&segment, link);
    for (size_t i = 0; i < segment.count; i++)
        for (size_t j = 0; j < facts->link_count; j++)
            if (facts->links[j].master == segment.bridges[i] && facts->links[j].peer != 0)
                add_master(&segment, facts_link(facts, facts->links[j].peer));
    return segment;
}

static bool segment_has(const struct segment *segment, const struct link_facts *link)
{
    return link->ifindex == segment->link || (link->master != 0 && is_member(segment, link->master));
}

/* ---- network cards ---- */

/* Its tap is one of another network namespace: what has the same name here is another one. */
static bool is_elsewhere(const struct vm_backend *backend)
{
    return backend->held && !backend->here;
}

static const struct link_facts *link_of(const struct judgement *judgement, const struct vm_backend *backend)
{
    const struct host_facts *facts = judgement->input->facts;
    bool known = facts != NULL && backend->ifname != NULL && !is_elsewhere(backend);

    return known ? facts_link_named(facts, backend->ifname) : NULL;
}

/* The next backend of the card's VM, from `from` on, that the card is joined with; the count of all if there
 * is none. */
static size_t next_way_out(const struct judgement *judgement, const struct vm_place *card, size_t from)
{
    const struct vm_connections *ports = vm_index_connections(judgement_vm(judgement)->others, card->vm);
    size_t number = ports->nics[card->number].segment;
    const struct vm_segment *segment = &ports->segments[number];

    size_t only = (size_t)(card->way_out - card->vm->backends);

    if (segment->backends == 1)
        return from <= only ? only : card->vm->backend_count;
    while (from < card->vm->backend_count &&
           (ports->backends[from].segment != number || card->vm->backends[from].kind == VM_BACKEND_HUBPORT))
        from++;
    return from;
}

struct ways ways_of(const struct judgement *judgement, const struct vm_place *card)
{
    struct ways ways = {0};

    for (size_t b = 0; (b = next_way_out(judgement, card, b)) < card->vm->backend_count; b++) {
        struct way way = {.backend = &card->vm->backends[b],
                          .link = link_of(judgement, &card->vm->backends[b])};
        if (way.link != NULL)
            way.segment = segment_of(judgement->input->facts, way.link);
        ways.anywhere |= ways.count == WAYS_MAX || judgement->input->facts == NULL;
        if (ways.anywhere)
            break;
        ways.items[ways.count++] = way;
    }
    return ways;
}

static bool may_meet(const struct judgement *judgement, const struct way *way, const struct vm_backend *other)
{
    const struct link_facts *link = link_of(judgement, other);

    if (way->link != NULL && link != NULL)
        return way->link->kind == LINK_MACVTAP || link->kind == LINK_MACVTAP ||
               segment_has(&way->segment, link);
    if ((way->link != NULL && is_elsewhere(other)) || (link != NULL && is_elsewhere(way->backend)))
        return false;
    return true;
}

bool ways_meet(const struct judgement *judgement, const struct ways *ways, const struct vm_place *card)
{
    if (ways->anywhere)
        return true;
    for (size_t b = 0; (b = next_way_out(judgement, card, b)) < card->vm->backend_count; b++)
        for (size_t w = 0; w < ways->count; w++)
            if (may_meet(judgement, &ways->items[w], &card->vm->backends[b]))
                return true;
    return false;
}

/* One machine and its addresses. */
#include "guest.h"

#include <arpa/inet.h>
#include <stddef.h>

enum { ASK_AGAIN_US = 1000000 };

static const uint8_t BROADCAST[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t NOBODY[6] = {0};
static const uint8_t ALL_NODES[16] = {0xff, 0x02, [15] = 1};

bool address_equal(const struct address *a, const struct address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : 16) == 0;
}

struct address address_of(int family, const uint8_t *bytes)
{
    struct address address = {.family = family};
    memcpy(address.bytes, bytes, family == AF_INET ? 4 : 16);
    return address;
}

bool is_link_local(const struct address *address)
{
    return address->family == AF_INET6 && address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

bool on_link(const struct address *own, const struct address *other)
{
    if (is_link_local(other))
        return true;
    for (unsigned bit = 0; bit < own->prefix; bit++) {
        unsigned mask = 0x80u >> bit % 8;
        if ((own->bytes[bit / 8] & mask) != (other->bytes[bit / 8] & mask))
            return false;
    }
    return own->family == other->family;
}

const struct address *machine_owns(const struct machine *machine, const struct address *address)
{
    for (size_t i = 0; i < machine->addresses.count; i++)
        if (address_equal(&machine->addresses.list[i], address))
            return &machine->addresses.list[i];
    return NULL;
}

const uint8_t *machine_said_mac(const struct machine *machine)
{
    return lab.settings.has_answer_mac ? lab.settings.answer_mac : machine->mac;
}

static void solicited_node(struct address *group, const struct address *address)
{
    static const uint8_t PREFIX[13] = {0xff, 0x02, [11] = 1, 0xff};
    *group = (struct address){.family = AF_INET6};
    memcpy(group->bytes, PREFIX, sizeof PREFIX);
    memcpy(group->bytes + 13, address->bytes + 13, 3);
}

static void ask(struct machine *machine, const struct address *own, const struct address *wanted)
{
    static struct frame frame;
    if (wanted->family == AF_INET) {
        struct arp_fields arp = {1, machine->mac, own->bytes, NOBODY, wanted->bytes};
        arp_encode(&frame, BROADCAST, machine->mac, &arp);
    } else {
        struct ip_fields ip = {.source = *own};
        uint8_t to[6];
        solicited_node(&ip.destination, wanted);
        group_mac(to, &ip.destination);
        neighbour_message_encode(&frame, to, machine, &ip, 135, 0, wanted->bytes);
    }
    port_send(machine->port, &frame, KIND_OTHER);
}

static void forget_waiting(struct neighbour *neighbour)
{
    for (size_t i = 0; i < neighbour->waiting_count; i++)
        free(neighbour->waiting[i].frame);
    neighbour->waiting_count = 0;
}

static struct neighbour *find_neighbour(struct machine *machine, const struct address *address)
{
    for (size_t i = 0; i < NEIGHBOURS_MAX; i++)
        if (address_equal(&machine->neighbours[i].address, address))
            return &machine->neighbours[i];
    return NULL;
}

static struct neighbour *new_neighbour(struct machine *machine, const struct address *address)
{
    struct neighbour *neighbour = &machine->neighbours[machine->next_neighbour++ % NEIGHBOURS_MAX];
    forget_waiting(neighbour);
    *neighbour = (struct neighbour){.address = *address};
    return neighbour;
}

static void send_to(struct machine *machine, struct frame *frame, enum kind kind, const uint8_t *mac)
{
    memcpy(frame->bytes, mac, 6);
    port_send(machine->port, frame, kind);
}

static void hold(struct neighbour *neighbour, const struct frame *frame, enum kind kind)
{
    size_t size = offsetof(struct frame, bytes) + frame->length;
    struct frame *copy = neighbour->waiting_count < WAITING_MAX ? malloc(size) : NULL;
    if (copy == NULL)
        return;
    memcpy(copy, frame, size);
    neighbour->waiting[neighbour->waiting_count++] = (struct waiting){kind, copy};
}

/* NULL where the machine has no route. */
static const struct address *next_hop(const struct address *own, const struct address *destination)
{
    const struct address *gateway = own->family == AF_INET ? &lab.settings.gateway4 : &lab.settings.gateway6;
    if (on_link(own, destination))
        return destination;
    return gateway->family != 0 ? gateway : NULL;
}

void machine_send_routed(struct machine *machine, struct frame *frame, enum kind kind,
                         const struct address *own, const struct address *destination)
{
    const struct address *hop = next_hop(own, destination);
    if (hop == NULL)
        return;
    struct neighbour *neighbour = find_neighbour(machine, hop);
    if (neighbour == NULL)
        neighbour = new_neighbour(machine, hop);
    if (neighbour->known) {
        send_to(machine, frame, kind, neighbour->mac);
        return;
    }
    hold(neighbour, frame, kind);
    if (neighbour->asked_us == 0 || lab_now_us() - neighbour->asked_us >= ASK_AGAIN_US) {
        neighbour->asked_us = lab_now_us();
        ask(machine, own, hop);
    }
}

void machine_learn(struct machine *machine, const struct address *address, const uint8_t *mac, bool create)
{
    struct neighbour *neighbour = find_neighbour(machine, address);
    if (neighbour == NULL && create)
        neighbour = new_neighbour(machine, address);
    if (neighbour == NULL)
        return;
    memcpy(neighbour->mac, mac, 6);
    neighbour->known = true;
    for (size_t i = 0; i < neighbour->waiting_count; i++)
        send_to(machine, neighbour->waiting[i].frame, neighbour->waiting[i].kind, mac);
    forget_waiting(neighbour);
}

void machine_announce(struct machine *machine)
{
    static struct frame frame;
    for (size_t i = 0; i < machine->addresses.count; i++) {
        const struct address *own = &machine->addresses.list[i];
        if (own->family == AF_INET) {
            struct arp_fields arp = {1, machine_said_mac(machine), own->bytes, NOBODY, own->bytes};
            arp_encode(&frame, BROADCAST, machine->mac, &arp);
        } else {
            struct ip_fields ip = {.source = *own, .destination = address_of(AF_INET6, ALL_NODES)};
            uint8_t to[6];
            group_mac(to, &ip.destination);
            neighbour_message_encode(&frame, to, machine, &ip, 136, 0x20, own->bytes);
        }
        port_send(machine->port, &frame, KIND_OTHER);
    }
}

void machine_ask_dhcp(struct machine *machine)
{
    static struct frame frame;
    const struct address *before = &lab.settings.dhcp_reboot;
    dhcp_encode(&frame, machine, before->family != 0 ? before : NULL);
    port_send(machine->port, &frame, KIND_OTHER);
}

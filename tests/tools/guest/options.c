/* The command line of the built-in guest. */
#include "guest.h"

#include <arpa/inet.h>

static struct settings *const S = &lab.settings;

static bool parse_address(const char *text, struct address *address)
{
    char host[INET6_ADDRSTRLEN + 5];
    if ((size_t)snprintf(host, sizeof host, "%s", text) >= sizeof host)
        return false;
    char *slash = strchr(host, '/');
    if (slash != NULL)
        *slash = '\0';
    *address = (struct address){.family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET};
    bool v4 = address->family == AF_INET;
    long prefix = v4 ? 24 : 64;
    if (slash != NULL && !lab_parse_limited(slash + 1, v4 ? 32 : 128, &prefix))
        return false;
    address->prefix = (unsigned)prefix;
    return inet_pton(address->family, host, address->bytes) == 1;
}

static bool parse_addresses(const char *text, void *value, int family)
{
    struct addresses *addresses = value;
    if (strcmp(text, "none") == 0) {
        addresses->none = true;
        return true;
    }
    struct address address;
    if (addresses->count == ADDRESSES_MAX / 2 || !parse_address(text, &address) || address.family != family)
        return false;
    addresses->list[addresses->count++] = address;
    return true;
}

static bool parse_ip4(const char *text, void *value)
{
    return parse_addresses(text, value, AF_INET);
}

static bool parse_ip6(const char *text, void *value)
{
    return parse_addresses(text, value, AF_INET6);
}

static bool parse_gateway(const char *text, void *value)
{
    struct address *gateway = value;
    return parse_address(text, gateway) && gateway->family == (gateway == &S->gateway6 ? AF_INET6 : AF_INET);
}

static bool parse_rival(const char *text, void *value)
{
    return S->has_rival = lab_parse_mac(text, value);
}

static bool parse_answer_mac(const char *text, void *value)
{
    return S->has_answer_mac = lab_parse_mac(text, value);
}

static bool parse_routed_copy(const char *text, void *value)
{
    return S->has_routed_copy = lab_parse_mac(text, value);
}

static bool parse_seconds(const char *text, void *value)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= LAB_NUMBER_MAX))
        return false;
    *(long *)value = (long)(seconds * 1000);
    return true;
}

static bool parse_garbage(const char *text, void *value)
{
    return lab_parse_number(text, value) && lab_parse_number(text, &S->flip) &&
           lab_parse_number(text, &S->random);
}

static const struct lab_option OPTIONS[] = {
    {"taps", "N", lab_parse_number, &S->taps, "so many taps (1)"},
    {"prefix", "NAME", lab_parse_text, &S->prefix, "their names are NAME and a number (tap)"},
    {"name", "NAME", lab_parse_text, &S->name, "what QEMU is called by, if that is what its file is called"},
    {"first", "N", lab_parse_number, &S->first, "number of the first (0)"},
    {"no-up", NULL, lab_parse_switch, &S->leave_down, "leave the taps down"},
    {"mac", "MAC", lab_parse_mac, S->mac, "of the first, counting up (52:54:00:00 and the number)"},
    {"ip4", "ADDR[/N]", parse_ip4, &S->ip4,
     "of the first, counting up; up to 4 times; or none (10.HI.LO.2/24)"},
    {"ip6", "ADDR[/N]", parse_ip6, &S->ip6,
     "likewise, beside fe80::/64; or none, not even that (fd00:0:0:N::2/64)"},
    {"gw4", "ADDR", parse_gateway, &S->gateway4, "gateway for off-link sources (none: no answer to them)"},
    {"gw6", "ADDR", parse_gateway, &S->gateway6, "likewise"},
    {"ttl", "N", lab_parse_number, &S->ttl, "TTL and hop limit of replies (64)"},
    {"seconds", "SEC", parse_seconds, &S->seconds_ms, "end after SEC (never)"},
    {"boot", "SEC", parse_seconds, &S->boot_ms, "deaf for the first SEC"},
    {"announce", "SEC", parse_seconds, &S->announce_ms, "gratuitous ARP and unsolicited NA each SEC"},
    {"dhcp-discover", NULL, lab_parse_switch, &S->dhcp_discover,
     "a DHCPDISCOVER each second, whatever is offered"},
    {"dhcp-reboot", "ADDR", parse_gateway, &S->dhcp_reboot,
     "a DHCPREQUEST each second for ADDR, which it had before it was booted"},
    {"no-resolve", NULL, lab_parse_switch, &S->no_resolve,
     "answer echoes to their source MAC, without ARP or NS"},

    {"deaf", NULL, lab_parse_switch, &S->deaf, "answer nothing"},
    {"ignore-arp", NULL, lab_parse_switch, &S->ignore_arp, "answer no ARP"},
    {"ignore-ndp", NULL, lab_parse_switch, &S->ignore_ndp, "answer no neighbour solicitation"},
    {"ignore-echo", NULL, lab_parse_switch, &S->ignore_echo, "answer no IPv4 echo"},
    {"ignore-echo6", NULL, lab_parse_switch, &S->ignore_echo6, "answer no IPv6 echo"},
    {"reject", "CODE", lab_parse_number, &S->reject,
     "answer echoes by destination unreachable, CODE (1 or more)"},
    {"proxy", NULL, lab_parse_switch, &S->proxy, "answer ARP and NS for every address"},
    {"rival", "MAC", parse_rival, S->rival, "a second machine with this MAC and the same addresses"},
    {"twin", NULL, lab_parse_switch, &S->twin, "a second machine with the same MAC and addresses"},
    {"answer-mac", "MAC", parse_answer_mac, S->answer_mac,
     "ARP and NDP name this MAC; frames come from --mac"},
    {"bad-checksum", NULL, lab_parse_switch, &S->bad_checksum, "wrong ICMP checksum in echo replies"},
    {"bad-ip-checksum", NULL, lab_parse_switch, &S->bad_ip_checksum,
     "wrong IPv4 header checksum in echo replies"},
    {"zero-ip-id", NULL, lab_parse_switch, &S->zero_id, "IP ID 0 in all replies"},

    {"vlan", "VID", lab_parse_vid, &S->vlan, "in this 802.1Q VLAN: hears and speaks with this tag only"},
    {"tag-replies", "VID", lab_parse_vid, &S->tag_replies, "hears untagged frames, answers with this tag"},
    {"max-frame", "BYTES", lab_parse_number, &S->max_frame, "longer frames are lost on the way to the guest"},
    {"lose", "K", lab_parse_number, &S->lose, "lose every K-th reply of each kind"},
    {"delay", "MS", lab_parse_number, &S->delay_ms, "everything that the guest sends is late"},
    {"request-copies", "N", lab_parse_number, &S->request_copies, "each frame reaches the guest N times (1)"},
    {"reply-copies", "N", lab_parse_number, &S->reply_copies, "each frame of the guest is sent N times (1)"},
    {"copy-delay", "MS", lab_parse_number, &S->copy_delay_ms, "its copies are late"},
    {"routed-copy", "MAC", parse_routed_copy, S->routed_copy,
     "a copy of echo replies: TTL - 1, from this MAC"},
    {"reflect", NULL, lab_parse_switch, &S->reflect, "each frame comes back once, padded to 60 bytes"},
    {"loop", "N", lab_parse_number, &S->loop, "each frame comes back, doubling every ms, N times in all"},
    {"flood", "RATE", lab_parse_number, &S->flood, "broadcasts per second"},
    {"truncate", "RATE", lab_parse_number, &S->truncate, "cut-off copies of replies per second"},
    {"flip", "RATE", lab_parse_number, &S->flip, "copies of replies with one wrong bit, per second"},
    {"random", "RATE", lab_parse_number, &S->random, "frames of random bytes per second"},
    {"garbage", "RATE", parse_garbage, &S->truncate, "all three"},
    {"seed", "N", lab_parse_number, &S->seed, "of the garbage (1)"},
    {NULL, NULL, NULL, NULL, NULL},
};

void settings_read(int argc, char **argv)
{
    *S = (struct settings){.prefix = "tap",
                           .taps = 1,
                           .mac = {0x52, 0x54},
                           .request_copies = 1,
                           .reply_copies = 1,
                           .ttl = 64,
                           .seed = 1,
                           .vlan = -1,
                           .tag_replies = -1};
    S->tap = lab_options(argc, argv, "guest [OPTION]... [TAP]", OPTIONS);
    bool sane = S->taps >= 1 && S->taps <= TAPS_MAX && S->first <= 65535 - TAPS_MAX && S->ttl <= 255 &&
                S->reject <= 255 && (S->tap == NULL || S->taps == 1);
    if (!sane) {
        fprintf(stderr, "%s: a number is out of range\n", argv[0]);
        exit(64);
    }
}

/* Counts the last 4 bytes of an address up, as one number. */
static void count_up(uint8_t last4[4], unsigned by)
{
    uint32_t value = (uint32_t)last4[0] << 24 | (uint32_t)last4[1] << 16 | (uint32_t)last4[2] << 8 | last4[3];
    value += by;
    for (int i = 3; i >= 0; i--, value >>= 8)
        last4[i] = (uint8_t)value;
}

/* `given` counted up by how many taps came before, or the default made from the tap's number. */
static void add_addresses(struct machine *machine, const struct addresses *given, struct address made_up,
                          unsigned before)
{
    struct addresses *own = &machine->addresses;
    if (given->none)
        return;
    if (given->count == 0)
        own->list[own->count++] = made_up;
    for (size_t i = 0; i < given->count; i++) {
        struct address *address = &own->list[own->count++];
        *address = given->list[i];
        count_up(address->bytes + (address->family == AF_INET ? 0 : 12), before);
    }
}

/* Modified EUI-64, RFC 4291 appendix A. */
static void add_link_local(struct machine *machine)
{
    const uint8_t *m = machine->mac;
    struct address address = {.family = AF_INET6, .prefix = 64};
    uint8_t bytes[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]};
    memcpy(address.bytes, bytes, sizeof bytes);
    machine->addresses.list[machine->addresses.count++] = address;
}

void machine_identity(struct machine *machine, unsigned index)
{
    unsigned number = (unsigned)S->first + index;
    uint8_t high = (uint8_t)(number >> 8), low = (uint8_t)number;
    bool made_up = memcmp(S->mac, (uint8_t[6]){0x52, 0x54}, 6) == 0;
    memcpy(machine->mac, S->mac, 6);
    count_up(machine->mac + 2, made_up ? number : index);
    struct address ip4 = {.family = AF_INET, .bytes = {10, high, low, 2}, .prefix = 24};
    struct address ip6 = {.family = AF_INET6, .bytes = {0xfd, [6] = high, low, [15] = 2}, .prefix = 64};
    add_addresses(machine, &S->ip4, ip4, index);
    add_addresses(machine, &S->ip6, ip6, index);
    if (!S->ip6.none)
        add_link_local(machine);
}

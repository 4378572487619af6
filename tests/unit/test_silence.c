/* Questions that nobody answers: whether somebody is dead, deaf, elsewhere, or was never there. */
#include "stories.h"

#define THIRD_MAC "52:54:00:00:33:33"

/* ---- other frames ---- */

static struct writer ask_for(const char *address)
{
    return told->v6 ? neighbour(HOST_MAC, "33:33:ff:00:00:09", false, host_ip(), "ff02::1:ff00:9", address,
                                told->vid)
                    : arp(HOST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, host_ip(), address, told->vid);
}

/* A datagram that nobody looks into. */
static struct writer datagram(const char *from_mac, const char *to_mac, const char *from, const char *to)
{
    struct writer w = {0};

    put_header(&w, &(struct packet_spec){.from_mac = from_mac, .to_mac = to_mac, .vid = told->vid},
               told->v6 ? 0x86dd : 0x0800);
    size_t ip_at =
        told->v6 ? put_ipv6_from(&w, from, to, PROTOCOL_UDP, 64) : put_ipv4_from(&w, from, to, PROTOCOL_UDP);
    put_be32(&w, 53 << 16 | 53);
    put_be32(&w, 8 << 16);
    if (told->v6)
        ipv6_end(&w, ip_at);
    else
        ipv4_end(&w, ip_at);
    return w;
}

static const char *third_ip(void)
{
    return told->v6 ? "fd00:9::3" : "10.9.0.3";
}

static const char *other_ip(void)
{
    return told->v6 ? "fd00:9::7" : "10.9.0.7";
}

/* ---- what happens beside ---- */

static void guest_and_host_talk(void)
{
    add(1000, datagram(GUEST_MAC, HOST_MAC, guest_ip(), host_ip()), false);
    add(1000, datagram(HOST_MAC, GUEST_MAC, host_ip(), guest_ip()), true);
}

static void third_one_talks(void)
{
    add(1000, datagram(THIRD_MAC, HOST_MAC, third_ip(), host_ip()), false);
    add(1000, datagram(HOST_MAC, THIRD_MAC, host_ip(), third_ip()), true);
}

static void guest_only_broadcasts(void)
{
    add(1000,
        told->v6 ? neighbour(GUEST_MAC, "33:33:ff:00:00:63", false, guest_ip(), "ff02::1:ff00:63",
                             "fd00:9::99", told->vid)
                 : arp(GUEST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, guest_ip(), "10.9.0.99", told->vid),
        false);
}

static void guest_has_another_address(void)
{
    add(1000, datagram(GUEST_MAC, HOST_MAC, other_ip(), host_ip()), false);
}

static void third_one_answers(void)
{
    add(1000, ask_for(third_ip()), true);
    add(ROUND_TRIP,
        told->v6 ? neighbour(THIRD_MAC, HOST_MAC, true, third_ip(), host_ip(), third_ip(), told->vid)
                 : arp(THIRD_MAC, HOST_MAC, ARP_REPLY, third_ip(), host_ip(), told->vid),
        false);
}

static void lldp(const char *from_mac)
{
    struct writer w = {0};

    put_header(&w,
               &(struct packet_spec){.from_mac = from_mac, .to_mac = "01:80:c2:00:00:0e", .vid = told->vid},
               0x88cc);
    put_zeros(&w, 46);
    add(1000, w, false);
}

static void guest_is_heard(void)
{
    lldp(GUEST_MAC);
}

static void nothing(void)
{
}

/* Asked five times in vain, with something else after each, and once more of that at the end. */
static void in_vain(void (*beside)(void))
{
    for (unsigned i = 0; i < 5; i++) {
        add(SECOND + told->delay_us, who_has(), true);
        beside();
    }
    add(2 * SECOND, ask_for(told->v6 ? "fd00:9::77" : "10.9.0.77"), true);
    beside();
}

/* ---- stories ---- */

static void alone(void)
{
    in_vain(nothing);
}

static void talks(void)
{
    in_vain(guest_and_host_talk);
}

static void others_talk(void)
{
    lldp(OTHER_MAC);
    in_vain(third_one_talks);
}

static void others_answer(void)
{
    lldp(OTHER_MAC);
    in_vain(third_one_answers);
}

static void other_end_answers(void)
{
    in_vain(third_one_answers);
}

static void is_heard(void)
{
    in_vain(guest_is_heard);
}

static void is_deaf(void)
{
    in_vain(guest_only_broadcasts);
}

static void has_another_address(void)
{
    in_vain(guest_has_another_address);
}

static void has_another_address_among_others(void)
{
    third_one_talks();
    in_vain(guest_has_another_address);
}

static void talked_before(void)
{
    for (unsigned i = 0; i < 5; i++)
        guest_and_host_talk();
    add(3 * SECOND, ask_for(other_ip()), true);
    alone();
}

/* It wakes up, and answers all that was asked meanwhile. */
static void wakes_up(void)
{
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 3; i++)
            add(i == 0 ? 10 * SECOND : SECOND, who_has(), true);
        for (unsigned i = 0; i < 3; i++)
            add(ROUND_TRIP, is_at(), false);
    }
}

static void answers_every_third(void)
{
    for (unsigned i = 0; i < 9; i++) {
        add(4 * SECOND, who_has(), true);
        if (i % 3 == 0)
            add(ROUND_TRIP, is_at(), false);
    }
    add(2 * SECOND, ask_for(other_ip()), true);
}

/* ---- errors ---- */

struct error_kind {
    unsigned v4_type, v4_code, v6_type, v6_code;
};

static const struct error_kind TIME_EXCEEDED = {11, 0, 3, 0}, HOST_UNREACHABLE = {3, 1, 1, 3},
                               TOO_BIG = {3, 4, 2, 0};

static struct writer error_about(const struct writer *packet, struct error_kind kind)
{
    size_t begin = 14 + (told->vid != 0 ? 4u : 0u), quoted = told->v6 ? 48 : 28;
    struct writer w = {0};

    put_header(&w, &(struct packet_spec){.from_mac = ROUTER, .to_mac = HOST_MAC, .vid = told->vid},
               told->v6 ? 0x86dd : 0x0800);
    size_t ip_at = told->v6 ? put_ipv6_from(&w, "fd00:9::fe", host_ip(), PROTOCOL_ICMPV6, 64)
                            : put_ipv4_from(&w, "10.9.0.254", host_ip(), PROTOCOL_ICMP);
    size_t at =
        told->v6 ? put_icmp(&w, kind.v6_type, kind.v6_code) : put_icmp(&w, kind.v4_type, kind.v4_code);
    put_be32(&w, 0);
    put(&w, packet->bytes + begin, quoted);
    if (told->v6) {
        ipv6_end(&w, ip_at);
        icmpv6_end(&w, ip_at, at);
    } else {
        ipv4_end(&w, ip_at);
        icmpv4_end(&w, at);
    }
    return w;
}

static void ask_with_ttl(unsigned sequence, unsigned ttl, bool is_far)
{
    struct writer w =
        echo((struct packet_spec){HOST_MAC, GUEST_MAC, host_ip(), guest_ip(), sequence, ttl, told->vid},
             false, sequence);

    add(SECOND, w, true);
    if (is_far)
        add(ROUND_TRIP, error_about(&w, TIME_EXCEEDED), false);
    else
        add(ROUND_TRIP, reply(sequence, sequence), false);
}

static void traceroute(void)
{
    add(SECOND, who_has(), true);
    add(ROUND_TRIP, is_at(), false);
    for (unsigned ttl = 1; ttl <= 9; ttl++)
        if (ttl == 4) /* a router that says nothing */
            add(SECOND,
                echo((struct packet_spec){HOST_MAC, GUEST_MAC, host_ip(), guest_ip(), 4, 4, told->vid}, false,
                     4),
                true);
        else
            ask_with_ttl(ttl, ttl, ttl < 7);
    add(2 * SECOND, ask_for(other_ip()), true);
}

static void packets_go_round(void)
{
    add(SECOND, who_has(), true);
    add(ROUND_TRIP, is_at(), false);
    for (unsigned i = 1; i <= 4; i++)
        ask_with_ttl(i, 64, true);
    add(2 * SECOND, ask_for(other_ip()), true);
}

/* Every other question is answered, the others get this error. */
static void answers_some(struct error_kind kind)
{
    add(SECOND, who_has(), true);
    add(ROUND_TRIP, is_at(), false);
    for (unsigned i = 1; i <= 6; i++) {
        struct writer w = request(i);
        add(SECOND, w, true);
        add(ROUND_TRIP, i % 2 == 0 ? reply(i, i) : error_about(&w, kind), false);
    }
    add(2 * SECOND, ask_for(other_ip()), true);
}

static void is_there_now_and_then(void)
{
    answers_some(HOST_UNREACHABLE);
}

static void packets_go_round_now_and_then(void)
{
    answers_some(TIME_EXCEEDED);
}

static void looks_for_the_mtu(void)
{
    answers_some(TOO_BIG);
}

/* ---- checksums ---- */

static void answer_without_checksum(unsigned checksum, bool sent)
{
    for (unsigned i = 1; i <= 4; i++) {
        struct writer w = reply(i, i);
        set_be16(&w, (told->vid != 0 ? 18 : 14) + 10, checksum);
        add(SECOND, who_has(), !sent);
        add(ROUND_TRIP, is_at(), sent);
        add(SECOND, request(i), !sent);
        add(ROUND_TRIP, w, sent);
    }
    add(2 * SECOND, ask_for(other_ip()), !sent);
}

/* As it goes to the network card of who recorded it, which fills it in. */
static void has_no_checksum_yet(void)
{
    answer_without_checksum(0, true);
}

static void came_without_checksum(void)
{
    answer_without_checksum(0, false);
}

static void has_wrong_checksum(void)
{
    answer_without_checksum(0x1234, false);
}

static const struct story STORIES[] = {
    {"alone", alone, .v4 = "arp-no-reply", .v6 = "ndp-no-reply"},
    {"alone, named", alone, .v4 = "arp-no-reply", .v6 = "ndp-no-reply", .named = true},
    {"talks", talks, .v4 = "", .v6 = "", .could_not_tell = true},
    {"talks, named", talks, .v4 = "", .v6 = "", .named = true, .could_not_tell = true},
    {"others talk", others_talk, .v4 = "", .v6 = "", .could_not_tell = true},
    {"others talk, named", others_talk, .v4 = "arp-no-reply", .v6 = "ndp-no-reply", .named = true},
    {"others answer", others_answer, .v4 = "", .v6 = "", .could_not_tell = true},
    {"others answer, named", others_answer, .v4 = "arp-no-reply", .v6 = "ndp-no-reply", .named = true},
    {"other end answers, named", other_end_answers, .v4 = "address-not-assigned",
     .v6 = "address-not-assigned", .named = true},
    {"is heard", is_heard, .v4 = "", .v6 = "", .could_not_tell = true},
    {"is heard, named", is_heard, .v4 = "address-not-assigned", .v6 = "ndp-no-reply", .named = true},
    {"is deaf", is_deaf, .v4 = "", .v6 = "", .could_not_tell = true},
    {"is deaf, named", is_deaf, .v4 = "arp-no-reply", .v6 = "ndp-no-reply", .named = true},
    {"has another address", has_another_address, .v4 = "", .v6 = "", .could_not_tell = true},
    {"has another address, named", has_another_address, .v4 = "address-not-assigned",
     .v6 = "address-not-assigned", .named = true},
    {"has another address among others", has_another_address_among_others, .v4 = "", .v6 = "",
     .could_not_tell = true},
    {"has another address among others, named", has_another_address_among_others, .v4 = "arp-no-reply",
     .v6 = "ndp-no-reply", .named = true},
    {"talked before, named", talked_before, .v4 = "arp-no-reply", .v6 = "ndp-no-reply", .named = true},
    {"wakes up", wakes_up, .v4 = "", .v6 = ""},
    {"answers every third", answers_every_third, .v4 = "packet-loss", .v6 = "packet-loss"},
    {"has no checksum yet", has_no_checksum_yet, .v4 = "", .only_v4 = true, .undirected_unknown = true},
    {"came without checksum", came_without_checksum, .v4 = "bad-checksum", .undirected = "", .only_v4 = true,
     .undirected_unknown = true},
    {"has a wrong checksum", has_wrong_checksum, .v4 = "bad-checksum", .only_v4 = true},
    {"traceroute", traceroute, .v4 = "", .v6 = "", .whole = true},
    {"is there now and then", is_there_now_and_then, .v4 = "packet-loss", .v6 = "packet-loss", .whole = true},
    {"packets go round now and then", packets_go_round_now_and_then, .v4 = "packet-loss", .v6 = "packet-loss",
     .whole = true},
    {"looks for the MTU", looks_for_the_mtu, .v4 = "", .v6 = "", .whole = true},
    {"packets go round", packets_go_round, .v4 = "icmp-rejected", .v6 = "icmp-rejected", .whole = true},
};

static void test_stories(void **state)
{
    (void)state;
    tell_all(STORIES, sizeof STORIES / sizeof STORIES[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Frames that are recorded more than once: whether something is wrong, or somebody asks again, or the capture
 * sees them so. */
#include "stories.h"

static struct writer padded(struct writer frame)
{
    while (frame.length < 60)
        put_u8(&frame, 0x55);
    return frame;
}

/* As often as that, with the delay between them. */
static void add_times(unsigned times, int64_t after_us, struct writer frame, bool sent)
{
    for (unsigned i = 0; i < times; i++)
        add(i == 0 ? after_us : told->delay_us, frame, sent);
}

/* ---- stories ---- */

static void talk(unsigned sent_times, unsigned got_times)
{
    add_times(sent_times, SECOND, who_has(), true);
    add_times(got_times, ROUND_TRIP - told->disorder_us, is_at(), false);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        add_times(sent_times, SECOND, request(i), true);
        add_times(got_times, ROUND_TRIP - told->disorder_us, reply(i, 100 + i), false);
    }
    add(SECOND, who_has(), true);
    add(ROUND_TRIP, is_at(), false);
}

static void healthy(void)
{
    talk(1, 1);
}

static void recorded_twice(void)
{
    talk(2, 2);
}

static void recorded_thrice(void)
{
    talk(3, 3);
}

static void sends_are_recorded_twice(void)
{
    talk(2, 1);
}

static void reply_is_copied(void)
{
    talk(1, 2);
}

/* The second copy was padded where it was recorded, as in a file that was merged of what two machines saw. */
static void merged(void)
{
    add(SECOND, who_has(), true);
    add(told->delay_us, padded(who_has()), true);
    add(ROUND_TRIP, is_at(), false);
    add(told->delay_us, padded(is_at()), false);
    talk(2, 2);
}

static void asks_again_at_once(void)
{
    for (unsigned i = 1; i <= ROUNDS; i++)
        for (unsigned times = 0; times < 3; times++) {
            add(times == 0 ? SECOND : told->delay_us, request(1), true);
            add(ROUND_TRIP, reply(1, 100 + 10 * i + times), false);
        }
}

/* A program that never changes id, number and payload. */
static void asks_the_same(void)
{
    for (unsigned i = 1; i <= 3 * ROUNDS; i++) {
        add(SECOND + told->delay_us, request(1), true);
        add(ROUND_TRIP, reply(1, 100 + i), false);
    }
}

static void asks_the_same_and_loses(void)
{
    for (unsigned i = 1; i <= 3 * ROUNDS; i++) {
        add(2 * SECOND + told->delay_us, request(1), true);
        if (i % 3 != 0)
            add(ROUND_TRIP, reply(1, 100 + i), false);
    }
    add(2 * SECOND, who_has(), true);
    add(ROUND_TRIP, is_at(), false);
}

/* An access point sends broadcasts on to all its stations, and a bridge port in hairpin mode to where they
 * came from. */
static void broadcasts_are_relayed(void)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        add(SECOND, who_has(), false);
        add(told->delay_us, who_has(), true);
        add(ROUND_TRIP, is_at(), true);
        add(SECOND, request(i), false);
        add(ROUND_TRIP, reply(i, 100 + i), true);
    }
}

/* Everything that is sent comes back once, short frames padded. */
static void reflected(void)
{
    add(SECOND, who_has(), true);
    add(told->delay_us, padded(who_has()), false);
    add(ROUND_TRIP, is_at(), false);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        add(SECOND, request(i), true);
        add(told->delay_us, request(i), false);
        add(ROUND_TRIP, reply(i, 100 + i), false);
    }
}

/* As -netdev socket,mcast= does: the guest gets both, and its replies are reflected as well. */
static void reflected_by_multicast(void)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        add(SECOND, request(i), true);
        add(told->delay_us, request(i), false);
        for (unsigned copy = 0; copy < 4; copy++)
            add(ROUND_TRIP, reply(i, 100 + 4 * i + copy / 2), false);
    }
}

static void circles(void)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        add(SECOND, request(i), true);
        for (unsigned pass = 0; pass < 12; pass++) {
            add(told->delay_us, request(i), false);
            add(1, reply(i, 100 + 20 * i + pass), false);
        }
    }
}

static void circles_unanswered(void)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        add(SECOND, request(i), true);
        add_times(12, told->delay_us, request(i), false);
    }
    add(2 * SECOND, who_has(), true);
    add(ROUND_TRIP, is_at(), false);
}

/* The same frame as fast as it goes, and nothing else. */
static void one_frame_is_flooded(void)
{
    healthy();
    add_times(100, SECOND, request(77), true);
    for (unsigned i = 0; i < 99; i++)
        add(1, reply(77, 300 + i), false);
}

static void request_is_copied(void)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        add(SECOND, request(i), true);
        for (unsigned copy = 0; copy < 2; copy++)
            add(copy == 0 ? ROUND_TRIP : told->delay_us, reply(i, 100 + 2 * i + copy), false);
    }
}

/* ---- two MAC addresses ---- */

#define RELAY "52:54:00:00:aa:aa"

static struct writer asks(const char *from_mac, const char *from, const char *target)
{
    return told->v6
               ? neighbour(from_mac, "33:33:ff:00:00:01", false, from, "ff02::1:ff00:1", target, told->vid)
               : arp(from_mac, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, from, target, told->vid);
}

static struct writer answers(const char *from_mac, const char *to_mac, const char *from, const char *to)
{
    return told->v6 ? neighbour(from_mac, to_mac, true, from, to, from, told->vid)
                    : arp(from_mac, to_mac, ARP_REPLY, from, to, told->vid);
}

static void guest_and_its_relay(struct writer (*frame)(const char *, const char *, const char *),
                                const char *from, const char *to)
{
    add(SECOND, frame(GUEST_MAC, from, to), true);
    add(told->delay_us, frame(RELAY, from, to), true);
}

/* A bridge of a wireless station sends on, under its own MAC address, what its guests send, and the recorder
 * hears both. */
static void relayed(void)
{
    const char *others[] = {told->v6 ? "fd00:9::3" : "10.9.0.3", guest_ip()};

    for (unsigned i = 1; i <= ROUNDS; i++) {
        guest_and_its_relay(asks, others[i % 2], host_ip());
        add(ROUND_TRIP, answers(HOST_MAC, RELAY, host_ip(), others[i % 2]), false);
        add(SECOND, asks(HOST_MAC, host_ip(), guest_ip()), false);
        add(ROUND_TRIP, answers(GUEST_MAC, HOST_MAC, guest_ip(), host_ip()), true);
        add(told->delay_us, answers(RELAY, HOST_MAC, guest_ip(), host_ip()), true);
        add(SECOND, request(i), false);
        add(ROUND_TRIP, reply(i, 100 + i), true);
        add(told->delay_us, reply_from(RELAY, i, 100 + i, 64), true);
    }
}

/* Two machines with one address ask and answer alike. */
static void rivals(void)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        guest_and_its_relay(asks, guest_ip(), host_ip());
        add(ROUND_TRIP, answers(HOST_MAC, GUEST_MAC, host_ip(), guest_ip()), false);
        add(SECOND, asks(HOST_MAC, host_ip(), guest_ip()), false);
        add(ROUND_TRIP, answers(GUEST_MAC, HOST_MAC, guest_ip(), host_ip()), true);
        add(told->delay_us, answers(RELAY, HOST_MAC, guest_ip(), host_ip()), true);
    }
}

/* A MAC address that nobody has is said to have the address, once. */
static void claim_is_damaged(void)
{
    struct writer w = is_at();
    size_t payload = told->vid != 0 ? 18 : 14;

    for (unsigned i = 1; i <= ROUNDS; i++) {
        add(SECOND, who_has(), true);
        add(ROUND_TRIP, is_at(), false);
    }
    if (told->v6) {
        w.bytes[w.length - 1] ^= 0x82;
        icmpv6_end(&w, payload, payload + 40);
    } else {
        w.bytes[payload + 13] ^= 0x82;
    }
    add(SECOND, who_has(), true);
    add(ROUND_TRIP, w, false);
}

static const struct story STORIES[] = {
    {"healthy", healthy, .v4 = "", .v6 = ""},
    {"recorded twice", recorded_twice, .v4 = "", .v6 = ""},
    {"recorded thrice", recorded_thrice, .v4 = "", .v6 = "", .longest_us = 3000},
    {"sends are recorded twice", sends_are_recorded_twice, .v4 = "", .v6 = ""},
    {"reply is copied", reply_is_copied, .v4 = "dup-reply-copied", .v6 = "dup-unexplained"},
    {"merged", merged, .v4 = "", .v6 = ""},
    {"asks again at once", asks_again_at_once, .v4 = "", .v6 = ""},
    {"asks the same", asks_the_same, .v4 = "", .v6 = ""},
    {"asks the same and loses", asks_the_same_and_loses, .v4 = "packet-loss", .v6 = "packet-loss"},
    {"broadcasts are relayed", broadcasts_are_relayed, .v4 = "", .v6 = ""},
    {"reflected", reflected, .v4 = "frame-reflection", .v6 = "frame-reflection", .undirected_v6 = ""},
    {"reflected by multicast", reflected_by_multicast, .v4 = "frame-reflection", .v6 = "frame-reflection"},
    {"circles", circles, .v4 = "l2-loop", .v6 = "l2-loop", .longest_us = 1000},
    {"circles unanswered", circles_unanswered, .v4 = "l2-loop", .v6 = "l2-loop"},
    {"one frame is flooded", one_frame_is_flooded, .v4 = "", .v6 = ""},
    {"relayed", relayed, .v4 = "", .v6 = ""},
    {"rivals", rivals, .v4 = "address-conflict", .v6 = "address-conflict"},
    {"claim is damaged", claim_is_damaged, .v4 = "", .v6 = ""},
    {"request is copied", request_is_copied, .v4 = "dup-request-copied", .v6 = "dup-unexplained"},
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

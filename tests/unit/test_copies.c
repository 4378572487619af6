/* Frames that are recorded more than once: whether something is wrong, or somebody asks again, or the capture
 * sees them so. Each story is told in every medium, of both families, tagged and not, cut off and whole, with
 * other delays, and with stamps that are a little out of order. */
#include "talk.h"

enum { SECOND = 1000000, ROUND_TRIP = 300, ROUNDS = 4, WHOLE = 2048 };

struct telling {
    enum medium medium;
    bool v6;
    int vid;
    size_t snaplen;
    int64_t delay_us; /* of what comes again */
    int64_t disorder_us;
};

static struct recorder file;
static const struct telling *told;

/* ---- frames as they are told ---- */

static const char *host_ip(void)
{
    return told->v6 ? "fd00:9::1" : HOST_4;
}

static const char *guest_ip(void)
{
    return told->v6 ? "fd00:9::2" : GUEST_4;
}

static void add(int64_t after_us, struct writer frame, bool sent)
{
    record_as(&file, told->medium, after_us, &frame, sent, told->snaplen);
}

static struct writer request(unsigned sequence)
{
    return echo((struct packet_spec){HOST_MAC, GUEST_MAC, host_ip(), guest_ip(), sequence, 64, told->vid},
                false, sequence);
}

static struct writer reply_from(const char *from_mac, unsigned sequence, unsigned ip_id, unsigned ttl)
{
    return echo((struct packet_spec){from_mac, HOST_MAC, guest_ip(), host_ip(), ip_id, ttl, told->vid}, true,
                sequence);
}

static struct writer reply(unsigned sequence, unsigned ip_id)
{
    return reply_from(GUEST_MAC, sequence, ip_id, 64);
}

static struct writer who_has(void)
{
    return told->v6 ? neighbour(HOST_MAC, "33:33:ff:00:00:02", false, host_ip(), "ff02::1:ff00:2", guest_ip(),
                                told->vid)
                    : arp(HOST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, host_ip(), guest_ip(), told->vid);
}

static struct writer is_at(void)
{
    return told->v6 ? neighbour(GUEST_MAC, HOST_MAC, true, guest_ip(), host_ip(), guest_ip(), told->vid)
                    : arp(GUEST_MAC, HOST_MAC, ARP_REPLY, guest_ip(), host_ip(), told->vid);
}

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

static const struct story {
    const char *name;
    void (*tell)(void);
    const char *v4, *v6;       /* what is found */
    const char *undirected_v6; /* where the medium does not tell directions, and nothing is padded */
    int64_t longest_us;        /* longer delays are another story */
} STORIES[] = {
    {"healthy", healthy, "", "", NULL, 10000},
    {"recorded twice", recorded_twice, "", "", NULL, 10000},
    {"recorded thrice", recorded_thrice, "", "", NULL, 3000},
    {"sends are recorded twice", sends_are_recorded_twice, "", "", NULL, 10000},
    {"reply is copied", reply_is_copied, "dup-reply-copied", "dup-unexplained", NULL, 10000},
    {"merged", merged, "", "", NULL, 10000},
    {"asks again at once", asks_again_at_once, "", "", NULL, 10000},
    {"asks the same", asks_the_same, "", "", NULL, 10000},
    {"asks the same and loses", asks_the_same_and_loses, "packet-loss", "packet-loss", NULL, 10000},
    {"broadcasts are relayed", broadcasts_are_relayed, "", "", NULL, 10000},
    {"reflected", reflected, "frame-reflection", "frame-reflection", "", 10000},
    {"reflected by multicast", reflected_by_multicast, "frame-reflection", "frame-reflection", NULL, 10000},
    {"circles", circles, "l2-loop", "l2-loop", NULL, 1000},
    {"circles unanswered", circles_unanswered, "l2-loop", "l2-loop", NULL, 10000},
    {"one frame is flooded", one_frame_is_flooded, "", "", NULL, 10000},
    {"request is copied", request_is_copied, "dup-request-copied", "dup-unexplained", NULL, 10000},
};

static void print_findings(const struct verdict *verdict, char *text, size_t size)
{
    *text = '\0';
    for (size_t i = 0; i < verdict->finding_count; i++) {
        const char *name = FINDINGS[verdict->findings[i].id].name;
        if (strstr(text, name) == NULL)
            snprintf(text + strlen(text), size - strlen(text), "%s%s", *text ? " " : "", name);
    }
}

static unsigned tell(const struct story *story)
{
    const char *expected = told->v6 ? story->v6 : story->v4;
    struct verdict verdict;
    char seen[200];

    if (story->undirected_v6 != NULL && told->v6 && !tells_direction(told->medium))
        expected = story->undirected_v6;
    begin_as(&file, told->medium);
    story->tell();
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    print_findings(&verdict, seen, sizeof seen);
    bool right = strcmp(seen, expected) == 0 && verdict.status != STATUS_UNKNOWN;
    if (!right)
        print_error("%s, medium %d, %s, VID %d, snaplen %zu, delay %ld us, disorder %ld us: \"%s\" (status "
                    "%d), not \"%s\"\n",
                    story->name, told->medium, told->v6 ? "IPv6" : "IPv4", told->vid, told->snaplen,
                    (long)told->delay_us, (long)told->disorder_us, seen, verdict.status, expected);
    verdict_free(&verdict);
    return !right;
}

static void test_stories(void **state)
{
    static const int64_t delays_us[] = {0, 3, 100, 1000, 3000, 10000};
    unsigned wrong = 0;

    (void)state;
    for (size_t s = 0; s < sizeof STORIES / sizeof STORIES[0]; s++)
        for (unsigned way = 0; way < MEDIA * 16; way++)
            for (size_t delay = 0; delay < sizeof delays_us / sizeof delays_us[0]; delay++) {
                struct telling telling = {.medium = way % MEDIA,
                                          .v6 = way / MEDIA & 1,
                                          .vid = way / MEDIA & 2 ? 7 : 0,
                                          .snaplen = way / MEDIA & 4 ? 96 : WHOLE,
                                          .delay_us = delays_us[delay],
                                          .disorder_us = way / MEDIA & 8 ? ROUND_TRIP + 5 : 0};
                told = &telling;
                if (delays_us[delay] <= STORIES[s].longest_us)
                    wrong += tell(&STORIES[s]);
            }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

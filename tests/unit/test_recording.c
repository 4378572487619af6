/* What other programs asked, as somebody recorded it. */
#include "talk.h"

enum { SECOND = 1000000, ROUND_TRIP = 100 };

static struct recorder file;

static struct writer request(unsigned sequence)
{
    struct packet_spec spec = REQUEST;

    spec.ip_id = sequence;
    return echo(spec, false, sequence);
}

static struct writer reply(unsigned sequence, unsigned ip_id)
{
    struct packet_spec spec = REPLY;

    spec.ip_id = ip_id;
    return echo(spec, true, sequence);
}

static struct writer who_has(const char *address)
{
    return arp(HOST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, HOST_4, address, 0);
}

static struct writer is_at(const char *mac_text)
{
    return arp(mac_text, HOST_MAC, ARP_REPLY, GUEST_4, HOST_4, 0);
}

static void add(uint64_t after_us, struct writer frame)
{
    record(&file, after_us, &frame);
}

static void resolve(void)
{
    add(0, who_has(GUEST_4));
    add(ROUND_TRIP, is_at(GUEST_MAC));
}

/* `copies` replies to each of `count` requests; their IP ids go up by `step`. */
static void ping(unsigned count, unsigned copies, unsigned step)
{
    for (unsigned sequence = 1; sequence <= count; sequence++) {
        add(SECOND, request(sequence));
        for (unsigned copy = 0; copy < copies; copy++)
            add(ROUND_TRIP, reply(sequence, 1000 + sequence * 40 + copy * step));
    }
}

static int begin(void **state)
{
    (void)state;
    begin_pcap(&file, LINK_ETHERNET);
    return 0;
}

/* ---- tests ---- */

static void test_healthy(void **state)
{
    struct verdict verdict;

    (void)state;
    resolve();
    ping(5, 1, 0);
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_int_equal(verdict.status, STATUS_HEALTHY);
    assert_int_equal(verdict.address_count, 1);
    assert_mac(verdict.addresses[0].mac, GUEST_MAC);
    assert_check(&verdict, "arp", GUEST_4, 1, 1, 0);
    assert_check(&verdict, "icmp", GUEST_4, 5, 5, 0);
    assert_int_equal(check_named(&verdict, "icmp", GUEST_4)->rtt_max_us, ROUND_TRIP);
    verdict_free(&verdict);
}

static void test_duplicates(void **state)
{
    struct verdict verdict;

    (void)state;
    resolve();
    ping(5, 2, 0);
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "dup-reply-copied");
    assert_check(&verdict, "icmp", GUEST_4, 5, 5, 5);
    verdict_free(&verdict);
    begin(NULL);
    resolve();
    ping(5, 2, 1);
    assert_diagnosis(&file, "dup-request-copied");
    begin(NULL);
    resolve();
    ping(5, 2, 20000);
    assert_diagnosis(&file, "dup-two-guests");
}

static void test_late_copy(void **state)
{
    (void)state;
    resolve();
    for (unsigned sequence = 1; sequence <= 4; sequence++) {
        add(SECOND, request(sequence));
        add(ROUND_TRIP, reply(sequence, sequence + 500));
        add(60000, reply(sequence, sequence + 500));
    }
    assert_diagnosis(&file, "dup-reply-copied");
}

static void test_forwarded(void **state)
{
    struct packet_spec routed = REPLY;

    (void)state;
    resolve();
    for (unsigned sequence = 1; sequence <= 3; sequence++) {
        routed.from_mac = ROUTER;
        routed.ip_id = 700 + sequence;
        routed.ttl = 63;
        add(SECOND, request(sequence));
        add(ROUND_TRIP, reply(sequence, routed.ip_id));
        add(ROUND_TRIP, echo(routed, true, sequence));
    }
    assert_diagnosis(&file, "dup-forwarded");
}

/* A router's only interface records each packet twice, once for each hop. */
static void test_hop_by_hop(void **state)
{
    struct packet_spec out = REQUEST, back = REPLY;
    struct verdict verdict;

    (void)state;
    out.from_mac = ROUTER;
    out.ttl = 63;
    back.from_mac = ROUTER;
    back.ttl = 63;
    for (unsigned sequence = 1; sequence <= 4; sequence++) {
        struct packet_spec to_router = REQUEST, from_guest = REPLY;
        to_router.to_mac = ROUTER;
        from_guest.to_mac = ROUTER;
        to_router.ip_id = out.ip_id = sequence;
        from_guest.ip_id = back.ip_id = 50 + sequence;
        add(SECOND, echo(to_router, false, sequence));
        add(10, echo(out, false, sequence));
        add(ROUND_TRIP, echo(from_guest, true, sequence));
        add(10, echo(back, true, sequence));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_check(&verdict, "icmp", GUEST_4, 8, 8, 0);
    verdict_free(&verdict);
}

/* A mirror port, a bridge and its port: everything is there twice, and nothing is wrong. */
static void test_recorded_twice(void **state)
{
    struct verdict verdict;

    (void)state;
    resolve();
    for (unsigned sequence = 1; sequence <= 4; sequence++) {
        add(SECOND, request(sequence));
        add(3, request(sequence));
        add(ROUND_TRIP, reply(sequence, 50 + sequence));
        add(3, reply(sequence, 50 + sequence));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_check(&verdict, "icmp", GUEST_4, 4, 4, 0);
    assert_true(list_has(&verdict.notes, "4 questions and their answers were recorded equally often"));
    verdict_free(&verdict);
}

static void test_reflection_and_loop(void **state)
{
    (void)state;
    resolve();
    for (unsigned sequence = 1; sequence <= 3; sequence++) {
        add(SECOND, request(sequence));
        add(50, request(sequence));
        for (unsigned i = 0; i < 4; i++)
            add(ROUND_TRIP, reply(sequence, 50 + 2 * sequence + i / 2));
    }
    assert_diagnosis(&file, "frame-reflection");
    begin(NULL);
    resolve();
    for (unsigned sequence = 1; sequence <= 3; sequence++) {
        add(SECOND, request(sequence));
        for (unsigned i = 0; i < 20; i++) {
            add(50, request(sequence));
            add(50, reply(sequence, 50 + 40 * sequence + i));
        }
    }
    assert_diagnosis(&file, "l2-loop");
}

/* What one program sends again, or two programs send alike, is no copy. */
static void test_not_copies(void **state)
{
    struct packet_spec again = REQUEST;
    struct verdict verdict;

    (void)state;
    resolve();
    for (unsigned i = 1; i <= 4; i++) { /* the same number and payload each time, as some programs do */
        again.ip_id = i;
        add(i % 2 ? 70 * SECOND : SECOND / 10, echo(again, false, 7));
        add(ROUND_TRIP, reply(7, 100 + i));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_check(&verdict, "icmp", GUEST_4, 4, 4, 0);
    verdict_free(&verdict);
}

static void test_group(void **state)
{
    struct packet_spec to_all = REQUEST, from_one = REPLY;
    struct verdict verdict;

    (void)state;
    to_all.to_mac = "ff:ff:ff:ff:ff:ff";
    to_all.to = "10.9.0.255";
    for (unsigned sequence = 1; sequence <= 4; sequence++) {
        add(SECOND, echo(to_all, false, sequence));
        add(ROUND_TRIP, echo(from_one, true, sequence));
        from_one.from = "10.9.0.3";
        add(ROUND_TRIP, echo(from_one, true, sequence));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_int_equal(verdict.address_count, 0);
    assert_int_equal(verdict.status, STATUS_UNKNOWN);
    verdict_free(&verdict);
}

static void test_conflict_and_takeover(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        add(SECOND, who_has(GUEST_4));
        add(ROUND_TRIP, is_at(GUEST_MAC));
        add(ROUND_TRIP, is_at(OTHER_MAC));
    }
    assert_diagnosis(&file, "address-conflict");
    begin(NULL);
    for (unsigned i = 0; i < 6; i++) {
        add(2 * SECOND, who_has(GUEST_4));
        add(ROUND_TRIP, is_at(i < 3 ? GUEST_MAC : OTHER_MAC));
    }
    assert_diagnosis(&file, "");
}

static void test_silence(void **state)
{
    struct verdict verdict;

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        add(SECOND, who_has(GUEST_4));
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "arp-no-reply");
    assert_check(&verdict, "arp", GUEST_4, 3, 0, 0); /* the last one had no time to be answered */
    verdict_free(&verdict);
    begin(NULL);
    resolve();
    ping(1, 1, 0);
    for (unsigned sequence = 1; sequence < 5; sequence++)
        add(SECOND, request(sequence + 100));
    add(2 * SECOND, who_has("10.9.0.99"));
    assert_diagnosis(&file, "packet-loss");
}

/* An answer that was under way when the recording ended is no loss; one that is long overdue may be. */
static void test_cut_off(void **state)
{
    static const struct {
        uint64_t after_us;
        enum verdict_status status;
        unsigned sent;
    } rows[] = {{2 * ROUND_TRIP, STATUS_HEALTHY, 3}, {SECOND / 2, STATUS_UNKNOWN, 4}};
    struct verdict verdict;

    for (size_t i = 0; i < 2; i++) {
        begin(state);
        resolve();
        ping(3, 1, 0);
        add(SECOND, request(4));
        add(rows[i].after_us, who_has("10.9.0.99"));
        diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
        assert_findings(&verdict, "");
        assert_int_equal(verdict.status, rows[i].status);
        assert_check(&verdict, "icmp", GUEST_4, rows[i].sent, 3, 0);
        verdict_free(&verdict);
    }
}

/* Who only hears the broadcasts of a switched network has not heard the answers. */
static void test_answers_elsewhere(void **state)
{
    struct verdict verdict;

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        add(SECOND, arp(OTHER_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, "10.9.0.7", "10.9.0.8", 0));
        add(SECOND, arp(ROUTER, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, "10.9.0.9", "10.9.0.8", 0));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_int_equal(verdict.status, STATUS_UNKNOWN);
    assert_true(list_has(&verdict.unknown, "only broadcasts of who asked"));
    verdict_free(&verdict);
    assert_diagnosis_of(&file, "10.9.0.8", "arp-no-reply"); /* the user says that they would be there */
    resolve();
    ping(2, 1, 0);
    assert_diagnosis(&file, "");
    diagnose_with(&file, &READ_DEFAULTS, "10.9.0.8", &verdict);
    assert_int_equal(verdict.status, STATUS_UNKNOWN);
    verdict_free(&verdict);
}

/* Who probes for an address before it takes it (RFC 5227) hopes for silence. */
static void test_probe_before_use(void **state)
{
    struct verdict verdict;

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        add(SECOND, arp(GUEST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, "0.0.0.0", GUEST_4, 0));
    add(2 * SECOND, arp(GUEST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, GUEST_4, GUEST_4, 0));
    add(2 * SECOND, arp(GUEST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, GUEST_4, HOST_4, 0));
    diagnose_with(&file, &READ_DEFAULTS, GUEST_4, &verdict);
    assert_findings(&verdict, "");
    assert_true(list_has(&verdict.unknown, "nobody asks for it in the recording"));
    verdict_free(&verdict);
    begin(NULL);
    for (unsigned i = 0; i < 4; i++) /* as vmnetcheck itself asks */
        add(SECOND, arp(HOST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, "0.0.0.0", GUEST_4, 0));
    assert_diagnosis_of(&file, GUEST_4, "arp-no-reply");
}

static void test_scan(void **state)
{
    char address[IP_TEXT_SIZE];

    (void)state;
    resolve();
    for (unsigned i = 10; i < 200; i++) {
        snprintf(address, sizeof address, "10.9.0.%u", i);
        add(1000, who_has(address));
    }
    ping(4, 1, 0);
    assert_diagnosis(&file, "");
}

static void test_tags(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        add(2 * SECOND, who_has(GUEST_4));
        add(ROUND_TRIP, arp(GUEST_MAC, HOST_MAC, ARP_REPLY, GUEST_4, HOST_4, 217));
    }
    add(2 * SECOND, who_has("10.9.0.99"));
    assert_diagnosis(&file, "vlan-tag-mismatch");
    begin(NULL);
    for (unsigned i = 0; i < 3; i++) { /* both ends in the same VLAN */
        add(2 * SECOND, arp(HOST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, HOST_4, GUEST_4, 217));
        add(ROUND_TRIP, arp(GUEST_MAC, HOST_MAC, ARP_REPLY, GUEST_4, HOST_4, 217));
    }
    assert_diagnosis(&file, "");
}

static void test_ipv6(void **state)
{
    struct packet_spec out = {HOST_MAC, GUEST_MAC, HOST_6, GUEST_6, 0, 64, 0};
    struct packet_spec back = {GUEST_MAC, HOST_MAC, GUEST_6, HOST_6, 0, 64, 0};
    struct verdict verdict;

    (void)state;
    for (unsigned sequence = 1; sequence <= 4; sequence++) {
        add(SECOND, echo(out, false, sequence));
        add(ROUND_TRIP, echo(back, true, sequence));
        add(ROUND_TRIP, echo(back, true, sequence));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_check(&verdict, "icmpv6", GUEST_6, 4, 4, 4);
    assert_findings(&verdict, "dup-unexplained documentation-address"); /* no IP ids: nothing is proved */
    verdict_free(&verdict);
}

/* More machines, addresses and questions than are remembered. */
static void test_bounded(void **state)
{
    struct packet_spec out = REQUEST;
    struct check_options options = READ_DEFAULTS;
    char mac_text[MAC_TEXT_SIZE], address[IP_TEXT_SIZE];
    struct verdict verdict;

    (void)state;
    resolve();
    for (unsigned i = 0; i < 9000; i++) {
        snprintf(mac_text, sizeof mac_text, "52:54:00:01:%02x:%02x", i >> 8, i & 0xff);
        snprintf(address, sizeof address, "10.77.%u.%u", i >> 8, i & 0xff);
        out.from_mac = mac_text;
        out.to = address;
        struct writer w = echo(out, false, i);
        w.length = 14 + 20 + 8 + 16; /* cut off by the capture: it fits in */
        set_be16(&w, 14 + 2, 20 + 8 + 16);
        checksum_ipv4(&w, 14);
        icmpv4_end(&w, 14 + 20);
        record(&file, 10, &w);
    }
    ping(4, 1, 0);
    diagnose_with(&file, &options, GUEST_4, &verdict);
    assert_findings(&verdict, "");
    assert_check(&verdict, "icmp", GUEST_4, 4, 4, 0);
    verdict_free(&verdict);
    diagnose_with(&file, &options, NULL, &verdict);
    assert_true(list_has(&verdict.notes, "than are remembered"));
    assert_check(&verdict, "icmp", GUEST_4, 4, 4, 0);
    verdict_free(&verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_healthy, begin),
        cmocka_unit_test_setup(test_duplicates, begin),
        cmocka_unit_test_setup(test_late_copy, begin),
        cmocka_unit_test_setup(test_forwarded, begin),
        cmocka_unit_test_setup(test_hop_by_hop, begin),
        cmocka_unit_test_setup(test_recorded_twice, begin),
        cmocka_unit_test_setup(test_reflection_and_loop, begin),
        cmocka_unit_test_setup(test_not_copies, begin),
        cmocka_unit_test_setup(test_group, begin),
        cmocka_unit_test_setup(test_conflict_and_takeover, begin),
        cmocka_unit_test_setup(test_silence, begin),
        cmocka_unit_test_setup(test_cut_off, begin),
        cmocka_unit_test_setup(test_answers_elsewhere, begin),
        cmocka_unit_test_setup(test_probe_before_use, begin),
        cmocka_unit_test_setup(test_scan, begin),
        cmocka_unit_test_setup(test_tags, begin),
        cmocka_unit_test_setup(test_ipv6, begin),
        cmocka_unit_test_setup(test_bounded, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

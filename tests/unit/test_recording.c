/* What other programs asked, as somebody recorded it. */
#include "recorded_ping.h"

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

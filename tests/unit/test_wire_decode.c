/* Decoders of Ethernet, ARP and IPv4; those of IPv6 are in test_wire_ipv6.c. */
#include "wire.h"

#include "frames.h"

/* ---- Ethernet ---- */

static struct writer echo_reply_with_tags(const uint32_t *tags, size_t count)
{
    struct writer w = {0};
    put_addresses(&w);
    for (size_t i = 0; i < count; i++)
        put_be32(&w, tags[i]);
    put_be16(&w, 0x0800);
    size_t ip_at = put_ipv4(&w, PROTOCOL_ICMP), at = put_icmp(&w, 0, 0);
    put_be32(&w, 0x00070009);
    put(&w, "vmnetchk12345678", 16);
    icmpv4_end(&w, at);
    ipv4_end(&w, ip_at);
    return w;
}

static void test_untagged(void **state)
{
    (void)state;
    struct writer w = echo_reply_with_tags(NULL, 0);
    struct frame frame;

    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_mac(frame.destination, HOST_MAC);
    assert_mac(frame.source, GUEST_MAC);
    assert_int_equal(frame.tag_count, 0);
    assert_int_equal(frame_vid(&frame), VID_NONE);
    assert_int_equal(frame.ethertype, 0x0800);
    assert_int_equal(frame.length, w.length);
    assert_int_equal(frame.kind, FRAME_ECHO_REPLY);
    assert_true(frame.has_ip);
    assert_cuts_are_malformed(&w);
}

/* What Ethernet puts behind a short packet is not part of it. */
static void test_padding(void **state)
{
    struct writer w = echo_reply_with_tags(NULL, 0);
    struct frame bare, padded;

    (void)state;
    assert_int_equal(decode(&w, &bare), WIRE_OK);
    assert_int_equal(bare.padding, 0);
    put_be32(&w, 0xdeadbeef);
    assert_int_equal(decode(&w, &padded), WIRE_OK);
    assert_int_equal(padded.padding, 4);
    assert_int_equal(padded.digest, bare.digest);
    w.bytes[20] ^= 1; /* of the header */
    checksum_ipv4(&w, 14);
    assert_int_equal(decode(&w, &padded), WIRE_OK);
    assert_int_not_equal(padded.digest, bare.digest);
}

static void test_tags(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        uint32_t tags[3];
        enum wire_result result;
        int vid;
    } rows[] = {
        {1, {0x81000064}, WIRE_OK, 100},
        {1, {0x88a80064}, WIRE_OK, 100},
        {1, {0x8100e000}, WIRE_OK, VID_NONE}, /* a priority tag */
        {2, {0x88a80064, 0x810000c8}, WIRE_OK, 100},
        {2, {0x81000000, 0x810000c8}, WIRE_OK, 200},
        {2, {0x81000000, 0x81000000}, WIRE_OK, VID_NONE},
        {3, {0x81000001, 0x81000002, 0x81000003}, WIRE_UNSUPPORTED, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = echo_reply_with_tags(rows[i].tags, rows[i].count);
        struct frame frame;
        assert_int_equal(decode(&w, &frame), rows[i].result);
        if (rows[i].result != WIRE_OK)
            continue;
        assert_int_equal(frame_vid(&frame), rows[i].vid);
        assert_int_equal(frame.tag_count, rows[i].count);
        assert_int_equal(frame.ethertype, 0x0800);
        assert_int_equal(frame.kind, FRAME_ECHO_REPLY);
        assert_cuts_are_malformed(&w);
    }
}

static void test_tag_fields(void **state)
{
    (void)state;
    struct writer w = echo_reply_with_tags((uint32_t[]){0x88a8bffe, 0x81000001}, 2);
    struct frame frame;

    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_int_equal(frame.tags[0].tpid, ETHERTYPE_8021AD);
    assert_int_equal(frame.tags[0].vid, VID_MAX);
    assert_int_equal(frame.tags[0].pcp, 5); /* behind it the DEI bit, which is in neither */
    assert_int_equal(frame.tags[1].tpid, ETHERTYPE_8021Q);
    assert_int_equal(frame.tags[1].vid, 1);
    assert_int_equal(frame.tags[1].pcp, 0);
}

static void test_other_ethertypes(void **state)
{
    (void)state;
    struct writer lldp = {0}, stp = {0};

    put_ethernet(&lldp, 0x88cc);
    assert_kind(&lldp, FRAME_OTHER);
    put_ethernet(&stp, 38); /* a length: LLC */
    put_zeros(&stp, 46);
    assert_decodes(&stp, WIRE_UNSUPPORTED);
}

/* ---- ARP ---- */

static struct writer arp(unsigned operation)
{
    struct writer w = {0};
    put_ethernet(&w, 0x0806);
    put_be16(&w, 1);
    put_be16(&w, 0x0800);
    put_be16(&w, 0x0604);
    put_be16(&w, operation);
    put_mac(&w, GUEST_MAC);
    put_ip(&w, GUEST_4);
    put_mac(&w, HOST_MAC);
    put_ip(&w, HOST_4);
    return w;
}

static void test_arp(void **state)
{
    (void)state;
    struct writer w = arp(ARP_REPLY);
    struct frame frame;

    assert_cuts_are_malformed(&w);
    put_zeros(&w, 18);
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_int_equal(frame.kind, FRAME_ARP);
    assert_false(frame.has_ip);
    assert_int_equal(frame.arp.operation, ARP_REPLY);
    assert_mac(frame.arp.sender_mac, GUEST_MAC);
    assert_mac(frame.arp.target_mac, HOST_MAC);
    assert_ip(frame.arp.sender, GUEST_4);
    assert_ip(frame.arp.target, HOST_4);
}

static void test_arp_fields(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        unsigned value;
        enum wire_result result;
    } rows[] = {
        {14, 6, WIRE_UNSUPPORTED}, /* IEEE 802 hardware */
        {16, 0x86dd, WIRE_UNSUPPORTED}, {18, 0x0804, WIRE_MALFORMED}, {18, 0x0610, WIRE_MALFORMED},
        {18, 0x0000, WIRE_MALFORMED},   {20, 0, WIRE_UNSUPPORTED},    {20, 3, WIRE_UNSUPPORTED}, /* RARP */
        {20, 8, WIRE_UNSUPPORTED},                                                               /* InARP */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = arp(ARP_REQUEST);
        assert_decodes(&w, WIRE_OK);
        set_be16(&w, rows[i].at, rows[i].value);
        assert_decodes(&w, rows[i].result);
    }
}

/* ---- IPv4 ---- */

enum { IP_AT = ETHERNET_HEADER_SIZE };

static void test_ipv4(void **state)
{
    (void)state;
    struct writer w = echo_reply_with_tags(NULL, 0);
    struct frame frame;

    put_zeros(&w, 9); /* padding is no payload */
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_ip(frame.ip.source, GUEST_4);
    assert_ip(frame.ip.destination, HOST_4);
    assert_int_equal(frame.ip.protocol, PROTOCOL_ICMP);
    assert_int_equal(frame.ip.ttl, 64);
    assert_true(frame.ip.has_id);
    assert_int_equal(frame.ip.id, 0x1234);
    assert_false(frame.ip.fragment || frame.ip.checksum_bad);
    assert_int_equal(frame.ip.fragment_offset, 0);
    assert_int_equal(frame.echo.payload_length, 16);
    assert_false(frame.echo.checksum_bad || frame.echo.checksum_unknown);
}

static void test_ipv4_lengths(void **state)
{
    (void)state;
    struct writer w = echo_reply_with_tags(NULL, 0);
    static const uint8_t first_bytes[] = {0x44, 0x40, 0x4f, 0x55, 0x65, 0x05};
    static const uint16_t total_lengths[] = {0, 1, 19, 45, 1500, 65535};

    for (size_t i = 0; i < sizeof first_bytes; i++) {
        struct writer bad = w;
        bad.bytes[IP_AT] = first_bytes[i];
        assert_decodes(&bad, WIRE_MALFORMED);
    }
    for (size_t i = 0; i < sizeof total_lengths / sizeof total_lengths[0]; i++) {
        struct writer bad = w;
        set_be16(&bad, IP_AT + 2, total_lengths[i]);
        assert_decodes(&bad, WIRE_MALFORMED);
    }
}

/* A capture may end before the frame does; what it has is used, what it lacks is not held against the
 * guest. */
static void test_cut_by_capture(void **state)
{
    (void)state;
    struct writer w = echo_reply_with_tags(NULL, 0);
    struct frame frame;

    assert_int_equal(decode_cut(&w, w.length - 1, w.length, &frame), WIRE_OK);
    assert_true(frame.echo.checksum_unknown);
    assert_false(frame.echo.checksum_bad);
    assert_int_equal(frame.length, w.length);
    assert_int_equal(decode_cut(&w, IP_AT + 28, w.length, &frame), WIRE_OK);
    assert_int_equal(frame.echo.payload_length, 0);
    assert_int_equal(decode_cut(&w, IP_AT + 27, w.length, &frame), WIRE_MALFORMED);
    set_be16(&w, IP_AT + 2, 19); /* less than its own header */
    assert_int_equal(decode_cut(&w, w.length, w.length + 1, &frame), WIRE_MALFORMED);
}

static void test_ipv4_options(void **state)
{
    (void)state;
    struct writer w = {0};
    struct frame frame;

    put_ethernet(&w, 0x0800);
    size_t ip_at = put_ipv4(&w, PROTOCOL_ICMP);
    w.bytes[ip_at] = 0x4f;
    put_zeros(&w, 40);
    size_t at = put_icmp(&w, 8, 0);
    put_be32(&w, 0x00010002);
    icmpv4_end(&w, at);
    ipv4_end(&w, ip_at);
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_int_equal(frame.kind, FRAME_ECHO_REQUEST);
    assert_int_equal(frame.echo.id, 1);
    assert_int_equal(frame.echo.sequence, 2);
    assert_false(frame.ip.checksum_bad || frame.echo.checksum_bad);
    assert_cuts_are_malformed(&w);
}

static void test_ipv4_checksum(void **state)
{
    (void)state;
    struct writer w = echo_reply_with_tags(NULL, 0);
    struct frame frame;

    w.bytes[IP_AT + 8]--; /* TTL */
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_true(frame.ip.checksum_bad);
    assert_false(frame.echo.checksum_bad);
    assert_false(frame.ip.checksum_absent);
    set_be16(&w, ETHERNET_HEADER_SIZE + 10, 0);
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_true(frame.ip.checksum_bad && frame.ip.checksum_absent);
}

static void test_ipv4_fragments(void **state)
{
    (void)state;
    static const struct {
        uint16_t field, offset;
        bool fragment;
        enum frame_kind kind;
    } rows[] = {
        {0x4000, 0, false, FRAME_ECHO_REPLY}, /* DF */
        {0x2000, 0, true, FRAME_ECHO_REPLY},  /* the first */
        {0x2001, 8, true, FRAME_OTHER},
        {0x1fff, 65528, true, FRAME_OTHER}, /* the last */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = echo_reply_with_tags(NULL, 0);
        struct frame frame;
        set_be16(&w, IP_AT + 6, rows[i].field);
        checksum_ipv4(&w, IP_AT);
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_int_equal(frame.ip.fragment, rows[i].fragment);
        assert_int_equal(frame.ip.fragment_offset, rows[i].offset);
        assert_int_equal(frame.kind, rows[i].kind);
        if (rows[i].kind == FRAME_ECHO_REPLY)
            assert_int_equal(frame.echo.checksum_unknown, rows[i].fragment);
    }
}

static void test_other_protocols(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMPV6, 255};

    for (size_t i = 0; i < sizeof protocols; i++) {
        struct writer w = echo_reply_with_tags(NULL, 0);
        struct frame frame;
        w.bytes[IP_AT + 9] = protocols[i];
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_int_equal(frame.kind, FRAME_OTHER);
        assert_true(frame.has_ip);
        assert_int_equal(frame.ip.protocol, protocols[i]);
    }
}

/* ---- checksum ---- */

static void test_checksum(void **state)
{
    (void)state;
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}; /* RFC 1071 3 */
    static uint8_t ones[65535];
    memset(ones, 0xff, sizeof ones);

    assert_int_equal(checksum_finish(checksum_add(0, span_of(example, 8))), 0xffff & ~0xddf2);
    assert_int_equal(
        checksum_finish(checksum_add(checksum_add(0, span_of(example, 4)), span_of(example + 4, 4))),
        0xffff & ~0xddf2);
    assert_int_equal(checksum_finish(checksum_add(0, span_of("\x12\x34\x56", 3))),
                     0xffff & ~(0x1234 + 0x5600));
    assert_int_equal(checksum_finish(checksum_add(0, span_of(NULL, 0))), 0xffff);
    assert_int_equal(checksum_finish(checksum_add(0, span_of(ones, sizeof ones - 1))), 0);
    assert_int_equal(checksum_finish(checksum_add(0x1fffe, span_of(ones, sizeof ones))), 0xff);
}

static bool is_stream(const char *destination)
{
    bool v6 = strchr(destination, ':') != NULL;
    struct writer w = {0};
    struct frame frame;

    put_ethernet(&w, v6 ? 0x86dd : 0x0800);
    size_t ip_at = v6 ? put_ipv6_from(&w, GUEST_6, destination, PROTOCOL_UDP, 64)
                      : put_ipv4_from(&w, GUEST_4, destination, PROTOCOL_UDP);
    put_be32(&w, 5000 << 16 | 5000);
    put_be32(&w, 8 << 16);
    if (v6)
        ipv6_end(&w, ip_at);
    else
        ipv4_end(&w, ip_at);
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    return wire_is_stream(&frame);
}

static void test_streams(void **state)
{
    (void)state;
    assert_true(is_stream("239.1.1.1"));
    assert_true(is_stream("224.0.1.0"));
    assert_true(is_stream("ff05::1:3"));
    assert_false(is_stream("224.0.0.251"));
    assert_false(is_stream("ff02::fb"));
    assert_false(is_stream("255.255.255.255"));
    assert_false(is_stream("10.9.0.255"));
    assert_false(is_stream("10.9.0.1"));
    assert_false(is_stream("fd00:9::1"));
    assert_false(wire_is_stream(&(struct frame){.kind = FRAME_ARP}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untagged),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_tag_fields),
        cmocka_unit_test(test_other_ethertypes),
        cmocka_unit_test(test_arp),
        cmocka_unit_test(test_arp_fields),
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_ipv4_lengths),
        cmocka_unit_test(test_cut_by_capture),
        cmocka_unit_test(test_ipv4_options),
        cmocka_unit_test(test_ipv4_checksum),
        cmocka_unit_test(test_ipv4_fragments),
        cmocka_unit_test(test_other_protocols),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

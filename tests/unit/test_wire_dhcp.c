/* The decoder of DHCP, and of UDP as far as that needs it. */
#include "wire.h"

#include "dhcp_frames.h"

enum { UDP_AT = ETHERNET_HEADER_SIZE + 20 };

static void test_fields(void **state)
{
    struct frame frame;
    (void)state;

    struct writer w = dhcp_frame((struct dhcp_text){.type = DHCP_REQUEST,
                                                    .xid = 0xcafe0001,
                                                    .client_address = "10.9.0.7",
                                                    .relay = "10.9.0.8",
                                                    .requested = "10.9.0.9",
                                                    .server = "10.9.0.1"});
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_int_equal(frame.kind, FRAME_DHCP);
    assert_int_equal(frame.dhcp.type, DHCP_REQUEST);
    assert_int_equal(frame.dhcp.xid, 0xcafe0001);
    assert_mac(frame.dhcp.client, GUEST_MAC);
    assert_ip(frame.dhcp.client_address, "10.9.0.7");
    assert_ip(frame.dhcp.your_address, "0.0.0.0");
    assert_ip(frame.dhcp.relay, "10.9.0.8");
    assert_ip(frame.dhcp.requested, "10.9.0.9");
    assert_ip(frame.dhcp.server, "10.9.0.1");
    assert_false(frame.dhcp.checksum_bad);
    assert_ip(frame.ip.source, "0.0.0.0");

    w = dhcp_frame((struct dhcp_text){.type = DHCP_OFFER, .your_address = "10.9.0.9"});
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_ip(frame.dhcp.your_address, "10.9.0.9");
    assert_int_equal(frame.dhcp.server.family, IP_NONE);
    assert_int_equal(frame.dhcp.requested.family, IP_NONE);
}

/* Each type comes from one side only; those of RFC 4388 and later, and BOOTP, are no DHCP to us. */
static void test_types(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++)
        for (unsigned operation = 0; operation < 4; operation++) {
            struct frame frame;
            struct writer w = dhcp_frame((struct dhcp_text){.type = type, .operation = operation});
            bool is_reply = type == DHCP_OFFER || type == DHCP_ACK || type == DHCP_NAK;
            bool is_ours = type >= DHCP_DISCOVER && type <= DHCP_INFORM;
            bool fits = operation == 0 || operation == (is_reply ? 2 : 1);
            bool is_right = operation < 3 && (!is_ours || fits);
            assert_int_equal(decode(&w, &frame), is_right ? WIRE_OK : WIRE_MALFORMED);
            assert_true(!is_right || frame.kind == (is_ours ? FRAME_DHCP : FRAME_OTHER));
        }
    assert_string_equal(dhcp_type_name(DHCP_DISCOVER), "DHCPDISCOVER");
    assert_string_equal(dhcp_type_name(DHCP_INFORM), "DHCPINFORM");
    for (unsigned type = 0; type < 256; type++)
        assert_non_null(dhcp_type_name((uint8_t)type));
}

static void test_other_hardware(void **state)
{
    (void)state;
    for (size_t at = DHCP_AT + 1; at <= DHCP_AT + 2; at++) { /* type and length of the address */
        struct writer w = dhcp_frame((struct dhcp_text){.type = DHCP_DISCOVER});
        w.bytes[at] = 7;
        udp_end(&w, ETHERNET_HEADER_SIZE, UDP_AT);
        assert_kind(&w, FRAME_OTHER);
    }
}

/* ---- options ---- */

static void test_options(void **state)
{
    static const struct {
        struct dhcp_text text;
        enum wire_result result;
        const char *server; /* if it is decoded; NULL: none */
    } rows[] = {
        {{.more = "350101"}, WIRE_OK, NULL},
        {{.more = "0000003501010000"}, WIRE_OK, NULL}, /* padding */
        {{.more = "35010136040a090001"}, WIRE_OK, "10.9.0.1"},
        {{.more = "35010136040a090001", .endless = true}, WIRE_OK, "10.9.0.1"},
        {{.more = "3501010c00"}, WIRE_OK, NULL},                     /* an empty name */
        {{.more = "350101ff36040a090001"}, WIRE_OK, NULL},           /* behind the end */
        {{.more = "350101", .file = "36040a090001"}, WIRE_OK, NULL}, /* a file of this name */
        {{.more = "340101350101", .file = "36040a090001ff"}, WIRE_OK, "10.9.0.1"},
        {{.more = "340102350101", .name = "36040a090001"}, WIRE_OK, "10.9.0.1"},
        {{.more = "340103", .file = "36040a090001", .name = "350101"}, WIRE_OK, "10.9.0.1"},
        {{.more = "340102350101", .file = "36040a090001"}, WIRE_OK, NULL},
        {{.more = "350101340104"}, WIRE_MALFORMED, NULL}, /* RFC 2132 9.3: 1 to 3 */
        {{.more = "350101340101", .file = "340102"}, WIRE_MALFORMED, NULL},
        {{.more = "350101340101", .file = "350101"}, WIRE_MALFORMED, NULL},
        {{.more = "350101350103"}, WIRE_MALFORMED, NULL},
        {{.more = "350036"}, WIRE_MALFORMED, NULL},
        {{.more = "35020101"}, WIRE_MALFORMED, NULL},
        {{.more = "35010136030a0900"}, WIRE_MALFORMED, NULL},
        {{.more = "35010136050a09000101"}, WIRE_MALFORMED, NULL},
        {{.more = "35010132000a"}, WIRE_MALFORMED, NULL},
        {{.more = "35010136040a09000136040a090002"}, WIRE_MALFORMED, NULL},
        {{.more = "35010136040a0900", .endless = true}, WIRE_MALFORMED, NULL},
        {{.more = "35010136", .endless = true}, WIRE_MALFORMED, NULL},
        {{.more = "3501010cff", .endless = true}, WIRE_MALFORMED, NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = dhcp_frame(rows[i].text);
        struct frame frame;
        if (decode(&w, &frame) != rows[i].result)
            fail_msg("row %zu: options %s", i, rows[i].text.more);
        if (rows[i].result != WIRE_OK)
            continue;
        assert_int_equal(frame.dhcp.type, DHCP_DISCOVER);
        if (rows[i].server == NULL)
            assert_int_equal(frame.dhcp.server.family, IP_NONE);
        else
            assert_ip(frame.dhcp.server, rows[i].server);
    }
}

/* An option that overloads a whole field runs out of it, and not into the next one. */
static void test_overload_ends_with_its_field(void **state)
{
    char file[2 * 128 + 1];
    (void)state;

    for (unsigned missing = 0; missing < 3; missing++) {
        memset(file, '0', sizeof file - 1);
        file[sizeof file - 1] = '\0';
        memcpy(file + 2 * (122 + missing), "36040a090001", 2 * (6 - missing));
        struct writer w = dhcp_frame((struct dhcp_text){.more = "350101340101", .file = file});
        assert_decodes(&w, missing == 0 ? WIRE_OK : WIRE_MALFORMED);
    }
}

/* ---- lengths ---- */

static void test_cut_off_by_the_capture(void **state)
{
    struct writer w = dhcp_frame((struct dhcp_text){.type = DHCP_OFFER, .server = "10.9.0.1"});
    size_t type_end = DHCP_OPTIONS_AT + 3, server_end = type_end + 6;
    (void)state;

    for (size_t length = UDP_AT + 8; length < w.length; length++) {
        struct frame frame;
        assert_int_equal(decode_cut(&w, length, w.length, &frame), WIRE_OK);
        assert_int_equal(frame.kind, length < type_end ? FRAME_OTHER : FRAME_DHCP);
        if (frame.kind == FRAME_DHCP)
            assert_int_equal(frame.dhcp.server.family, length < server_end ? IP_NONE : IP_V4);
        assert_true(frame.kind == FRAME_OTHER || !frame.dhcp.checksum_bad);
    }
    assert_cuts_are_malformed(&w);
}

static void test_short_datagrams(void **state)
{
    struct writer whole = dhcp_frame((struct dhcp_text){.type = DHCP_DISCOVER});
    size_t longest = whole.length - UDP_AT;
    (void)state;

    for (size_t length = 0; length <= longest + 1; length++) {
        struct writer w = whole;
        struct frame frame;
        set_be16(&w, UDP_AT + 4, (unsigned)length);
        set_be16(&w, UDP_AT + 6, 0);
        bool has_type = length >= longest - 1; /* that the end is not marked does no harm */
        enum wire_result result = decode(&w, &frame);
        if (length > longest || length < 8 + 240)
            assert_int_equal(result, WIRE_MALFORMED);
        else if (has_type)
            assert_true(result == WIRE_OK && frame.kind == FRAME_DHCP);
        else
            assert_true(result == WIRE_MALFORMED || frame.kind == FRAME_OTHER);
    }
}

/* ---- UDP ---- */

static void test_checksum(void **state)
{
    struct writer w = dhcp_frame((struct dhcp_text){.type = DHCP_OFFER});
    struct frame frame;
    (void)state;

    w.bytes[UDP_AT + 7] ^= 1;
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_true(frame.dhcp.checksum_bad);
    set_be16(&w, UDP_AT + 6, 0); /* none */
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_false(frame.dhcp.checksum_bad);
    w = dhcp_frame((struct dhcp_text){.type = DHCP_OFFER});
    w.bytes[ETHERNET_HEADER_SIZE + 15] ^= 1; /* the source address is in the pseudo-header */
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_true(frame.dhcp.checksum_bad);
}

static void test_ports(void **state)
{
    static const struct {
        unsigned source, destination;
        bool is_dhcp;
    } rows[] = {{68, 67, true},  {67, 67, true},     {40000, 67, true}, {67, 68, true},      {68, 68, false},
                {53, 68, false}, {67, 40000, false}, {546, 547, false}, {67 << 8, 68, false}};
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = dhcp_frame((struct dhcp_text){.type = DHCP_INFORM});
        set_be16(&w, UDP_AT, rows[i].source);
        set_be16(&w, UDP_AT + 2, rows[i].destination);
        assert_kind(&w, rows[i].is_dhcp ? FRAME_DHCP : FRAME_OTHER);
        w.length -= 100; /* what is none is no concern of ours */
        set_be16(&w, ETHERNET_HEADER_SIZE + 2, (unsigned)(w.length - ETHERNET_HEADER_SIZE));
        assert_decodes(&w, rows[i].is_dhcp ? WIRE_MALFORMED : WIRE_OK);
    }
}

static void test_fragments(void **state)
{
    static const unsigned fragments[] = {0x2000, 0x0001, 0x2001};
    (void)state;

    for (size_t i = 0; i < sizeof fragments / sizeof fragments[0]; i++) {
        struct writer w = dhcp_frame((struct dhcp_text){.type = DHCP_DISCOVER});
        set_be16(&w, ETHERNET_HEADER_SIZE + 6, fragments[i]);
        assert_kind(&w, FRAME_OTHER);
    }
}

static void test_ipv6(void **state)
{
    struct writer w = {0};
    (void)state;

    put_ethernet(&w, 0x86dd);
    size_t ip_at = put_ipv6(&w, PROTOCOL_UDP);
    put_be32(&w, 68 << 16 | 67);
    put_be32(&w, 0);
    put_dhcp(&w, &(struct dhcp_text){.type = DHCP_DISCOVER});
    ipv6_end(&w, ip_at);
    assert_kind(&w, FRAME_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_other_hardware),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_overload_ends_with_its_field),
        cmocka_unit_test(test_cut_off_by_the_capture),
        cmocka_unit_test(test_short_datagrams),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

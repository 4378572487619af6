/* Decoders of ICMP, ICMPv6 and neighbour discovery. */
#include "wire.h"

#include "frames.h"

enum { ICMP_AT_4 = ETHERNET_HEADER_SIZE + 20, ICMP_AT_6 = ETHERNET_HEADER_SIZE + 40 };

/* ---- echo ---- */

static struct writer echo(enum ip_family family, unsigned type, const char *payload)
{
    struct writer w = {0};
    bool v4 = family == IP_V4;

    put_ethernet(&w, v4 ? 0x0800 : 0x86dd);
    size_t ip_at = v4 ? put_ipv4(&w, PROTOCOL_ICMP) : put_ipv6(&w, PROTOCOL_ICMPV6);
    size_t at = put_icmp(&w, type, 0);
    put_be32(&w, 0xabcd1234);
    put(&w, payload, strlen(payload));
    if (v4) {
        icmpv4_end(&w, at);
        ipv4_end(&w, ip_at);
    } else {
        icmpv6_end(&w, ip_at, at);
        ipv6_end(&w, ip_at);
    }
    return w;
}

static void test_echo(void **state)
{
    (void)state;
    static const struct {
        enum ip_family family;
        unsigned type;
        enum frame_kind kind;
    } rows[] = {
        {IP_V4, 8, FRAME_ECHO_REQUEST},   {IP_V4, 0, FRAME_ECHO_REPLY},
        {IP_V6, 128, FRAME_ECHO_REQUEST}, {IP_V6, 129, FRAME_ECHO_REPLY},
        {IP_V4, 128, FRAME_OTHER},        {IP_V4, 13, FRAME_OTHER}, /* timestamp */
        {IP_V6, 143, FRAME_OTHER},                                  /* RFC 3810 */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = echo(rows[i].family, rows[i].type, "0123456789abcdefMORE");
        struct frame frame;
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_int_equal(frame.kind, rows[i].kind);
        assert_cuts_are_malformed(&w);
        if (frame.kind == FRAME_OTHER)
            continue;
        assert_int_equal(frame.echo.id, 0xabcd);
        assert_int_equal(frame.echo.sequence, 0x1234);
        assert_int_equal(frame.echo.payload_length, 20);
        assert_memory_equal(frame.echo.payload, "0123456789abcdef", PROBE_PAYLOAD_SIZE);
        assert_false(frame.echo.checksum_bad || frame.echo.checksum_unknown);
        w.bytes[w.length - 1] ^= 1;
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_true(frame.echo.checksum_bad);
    }
}

static void test_short_echo(void **state)
{
    (void)state;
    struct writer w = echo(IP_V4, 0, "abc");
    struct frame frame;

    put(&w, "0123456789", 10); /* padding must not become payload */
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_int_equal(frame.echo.payload_length, 3);
    assert_memory_equal(frame.echo.payload, "abc\0\0\0\0\0\0\0\0\0\0\0\0", PROBE_PAYLOAD_SIZE);
    set_be16(&w, ETHERNET_HEADER_SIZE + 2, 20 + 7); /* no room for the sequence number */
    assert_decodes(&w, WIRE_MALFORMED);
}

/* The IPv6 pseudo-header is part of the checksum. */
static void test_pseudo_header(void **state)
{
    (void)state;
    struct writer w = echo(IP_V6, 129, "");
    struct frame frame;

    w.bytes[ETHERNET_HEADER_SIZE + 8 + 15] ^= 4; /* the source address */
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_true(frame.echo.checksum_bad);
}

/* ---- errors ---- */

/* An ICMP error whose quotation is still to be put. */
static size_t put_error(struct writer *w, unsigned type, unsigned code, uint32_t bits)
{
    put_ethernet(w, 0x0800);
    put_ipv4(w, PROTOCOL_ICMP);
    size_t at = put_icmp(w, type, code);
    put_be32(w, bits);
    return at;
}

static void error_end(struct writer *w)
{
    icmpv4_end(w, ICMP_AT_4);
    ipv4_end(w, ETHERNET_HEADER_SIZE);
}

/* As the host's echo request would be quoted: its header and 8 bytes, RFC 792. */
static void quote_echo_4(struct writer *w)
{
    size_t ip_at = put_ipv4_from(w, HOST_4, GUEST_4, PROTOCOL_ICMP);
    put_icmp(w, 8, 0);
    put_be32(w, 0x00050006);
    ipv4_end(w, ip_at);
    set_be16(w, ip_at + 2, 84); /* more than is quoted */
    checksum_ipv4(w, ip_at);
}

static void test_error_v4(void **state)
{
    (void)state;
    struct writer w = {0};
    struct frame frame;

    put_error(&w, 3, 3, 0);
    quote_echo_4(&w);
    error_end(&w);
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_int_equal(frame.kind, FRAME_ICMP_ERROR);
    assert_int_equal(frame.error.type, 3);
    assert_int_equal(frame.error.code, 3);
    assert_ip(frame.error.quoted_source, HOST_4);
    assert_ip(frame.error.quoted_destination, GUEST_4);
    assert_int_equal(frame.error.quoted_protocol, PROTOCOL_ICMP);
    assert_true(frame.error.quotes_echo);
    assert_int_equal(frame.error.quoted_id, 5);
    assert_int_equal(frame.error.quoted_sequence, 6);
    assert_ip(frame.ip.source, GUEST_4);
    assert_cuts_are_malformed(&w);

    w.bytes[w.length - 1] ^= 1;
    assert_decodes(&w, WIRE_MALFORMED); /* by the checksum */
}

static void test_error_values(void **state)
{
    (void)state;
    static const struct {
        unsigned type, code;
        uint32_t bits, value;
    } rows[] = {
        {3, 4, 1400, 1400},
        {3, 4, 0x00200578, 1400}, /* with the length of RFC 4884 */
        {12, 0, 0x14200000, 20},  /* pointer */
        {5, 1, 0x0a0900fe, 0x0a0900fe},
        {11, 0, 0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = {0};
        struct frame frame;
        put_error(&w, rows[i].type, rows[i].code, rows[i].bits);
        quote_echo_4(&w);
        error_end(&w);
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_int_equal(frame.error.value, rows[i].value);
    }
}

/* What is no echo request of ours must not look like one. */
static void test_error_quotes(void **state)
{
    (void)state;
    static const struct {
        unsigned protocol, type, fragment, keep;
        bool quotes_echo;
    } rows[] = {
        {PROTOCOL_ICMP, 8, 0, 8, true},
        {PROTOCOL_ICMP, 8, 0x2000, 8, true}, /* a first fragment has the header */
        {PROTOCOL_ICMP, 8, 0x0001, 8, false},
        {PROTOCOL_ICMP, 8, 0, 7, false},
        {PROTOCOL_ICMP, 8, 0, 0, false},
        {PROTOCOL_ICMP, 0, 0, 8, false},
        {PROTOCOL_UDP, 8, 0, 8, false},
        {PROTOCOL_ICMPV6, 128, 0, 8, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = {0};
        struct frame frame;
        put_error(&w, 3, 1, 0);
        size_t quoted_at = put_ipv4_from(&w, HOST_4, GUEST_4, rows[i].protocol);
        put_icmp(&w, rows[i].type, 0);
        put_be32(&w, 0x00050006);
        set_be16(&w, quoted_at + 2, 28);
        set_be16(&w, quoted_at + 6, rows[i].fragment);
        w.length -= 8 - rows[i].keep;
        error_end(&w);
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_int_equal(frame.kind, FRAME_ICMP_ERROR);
        assert_int_equal(frame.error.quotes_echo, rows[i].quotes_echo);
        assert_int_equal(frame.error.quoted_id, rows[i].quotes_echo ? 5 : 0);
        assert_int_equal(frame.error.quoted_sequence, rows[i].quotes_echo ? 6 : 0);
    }
}

static void test_error_quotes_garbage(void **state)
{
    (void)state;
    struct writer w = {0};

    put_error(&w, 3, 1, 0);
    put_zeros(&w, 28);
    error_end(&w);
    assert_decodes(&w, WIRE_MALFORMED);
}

static void test_error_v6(void **state)
{
    (void)state;
    static const unsigned types[] = {0, 1,  2,  3,
                                     4, 99, 127}; /* also those that no RFC knows, RFC 4443 2.4 (a) */

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct writer w = {0};
        struct frame frame;
        put_ethernet(&w, 0x86dd);
        size_t ip_at = put_ipv6(&w, PROTOCOL_ICMPV6), at = put_icmp(&w, types[i], 4);
        put_be32(&w, 1280);
        size_t quoted_at = put_ipv6_from(&w, HOST_6, GUEST_6, 60, 64);
        put_be32(&w, 0x3a000000); /* destination options */
        put_be32(&w, 0);
        put_icmp(&w, 128, 0);
        put_be32(&w, 0x00050006);
        ipv6_end(&w, quoted_at);
        icmpv6_end(&w, ip_at, at);
        ipv6_end(&w, ip_at);
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_int_equal(frame.kind, FRAME_ICMP_ERROR);
        assert_int_equal(frame.error.type, types[i]);
        assert_int_equal(frame.error.value, 1280);
        assert_ip(frame.error.quoted_source, HOST_6);
        assert_ip(frame.error.quoted_destination, GUEST_6);
        assert_true(frame.error.quotes_echo);
        assert_int_equal(frame.error.quoted_id, 5);
        assert_cuts_are_malformed(&w);
    }
}

static void test_error_names(void **state)
{
    (void)state;
    assert_string_equal(icmp_error_name(IP_V4, 3, 13), "communication administratively prohibited");
    assert_string_equal(icmp_error_name(IP_V4, 3, 200), "destination unreachable");
    assert_string_equal(icmp_error_name(IP_V6, 2, 7), "packet too big");
    assert_string_equal(icmp_error_name(IP_V6, 3, 13), "fragment reassembly time exceeded");
    for (unsigned type = 0; type < 256; type++)
        for (unsigned code = 0; code < 256; code++) {
            assert_non_null(icmp_error_name(IP_V4, (uint8_t)type, (uint8_t)code));
            assert_non_null(icmp_error_name(IP_V6, (uint8_t)type, (uint8_t)code));
        }
    assert_string_equal(icmp_error_name(IP_NONE, 3, 0), "unassigned error");
}

/* ---- neighbour discovery ---- */

/* How a message differs from a right one. */
struct nd {
    unsigned type; /* 135 or 136 */
    unsigned code, flags, hop_limit;
    const char *source, *destination, *target;
    const char *options; /* in hexadecimal */
};

static struct writer neighbour_message(struct nd nd)
{
    struct writer w = {0};

    put_ethernet(&w, 0x86dd);
    size_t ip_at =
        put_ipv6_from(&w, nd.source ? nd.source : GUEST_6, nd.destination ? nd.destination : HOST_6,
                      PROTOCOL_ICMPV6, nd.hop_limit ? nd.hop_limit : 255);
    size_t at = put_icmp(&w, nd.type, nd.code);
    put_be32(&w, nd.flags);
    put_ip(&w, nd.target ? nd.target : GUEST_6);
    if (nd.options != NULL)
        put_hex(&w, nd.options);
    icmpv6_end(&w, ip_at, at);
    ipv6_end(&w, ip_at);
    return w;
}

#define SOURCE_OPTION "0101525400120411"
#define TARGET_OPTION "0201525400120411"

static void test_solicitation(void **state)
{
    (void)state;
    struct writer w = neighbour_message(
        (struct nd){.type = 135, .flags = 0xe0000000, .target = HOST_6, .options = SOURCE_OPTION});
    struct frame frame;

    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_int_equal(frame.kind, FRAME_NEIGHBOUR_SOLICITATION);
    assert_ip(frame.neighbour.target, HOST_6);
    assert_true(frame.neighbour.has_link_address);
    assert_mac(frame.neighbour.link_address, GUEST_MAC);
    assert_false(frame.neighbour.router || frame.neighbour.solicited || frame.neighbour.override);
    assert_cuts_are_malformed(&w);
}

static void test_advertisement(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, 0x80000000, 0x40000000, 0x20000000, 0xffffffff};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        struct writer w =
            neighbour_message((struct nd){.type = 136, .flags = flags[i], .options = TARGET_OPTION});
        struct frame frame;
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_int_equal(frame.kind, FRAME_NEIGHBOUR_ADVERTISEMENT);
        assert_ip(frame.neighbour.target, GUEST_6);
        assert_int_equal(frame.neighbour.router, (flags[i] & 0x80000000) != 0);
        assert_int_equal(frame.neighbour.solicited, (flags[i] & 0x40000000) != 0);
        assert_int_equal(frame.neighbour.override, (flags[i] & 0x20000000) != 0);
        assert_true(frame.neighbour.has_link_address);
        assert_cuts_are_malformed(&w);
    }
}

static void test_neighbour_rules(void **state)
{
    (void)state;
    static const struct {
        struct nd nd;
        enum wire_result result;
    } rows[] = {
        {{.type = 135}, WIRE_OK},
        {{.type = 135, .code = 1}, WIRE_MALFORMED},
        {{.type = 135, .hop_limit = 254}, WIRE_MALFORMED},
        {{.type = 135, .target = "ff02::1"}, WIRE_MALFORMED},
        {{.type = 135, .source = "::", .destination = "ff02::1:ff00:2"}, WIRE_OK},
        {{.type = 135, .source = "::", .destination = "ff02::1"}, WIRE_MALFORMED},
        {{.type = 135, .source = "::"}, WIRE_MALFORMED},
        {{.type = 135, .source = "::", .destination = "ff02::1:ff00:2", .options = SOURCE_OPTION},
         WIRE_MALFORMED},
        {{.type = 136}, WIRE_OK},
        {{.type = 136, .code = 255}, WIRE_MALFORMED},
        {{.type = 136, .hop_limit = 1}, WIRE_MALFORMED},
        {{.type = 136, .target = "ff02::1"}, WIRE_MALFORMED},
        {{.type = 136, .destination = "ff02::1", .flags = 0x20000000}, WIRE_OK},
        {{.type = 136, .destination = "ff02::1", .flags = 0x40000000}, WIRE_MALFORMED},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = neighbour_message(rows[i].nd);
        struct frame frame;
        if (decode(&w, &frame) != rows[i].result)
            fail_msg("row %zu", i);
        w.bytes[ICMP_AT_6 + 2] ^= 1;
        assert_decodes(&w, WIRE_MALFORMED); /* by the checksum */
    }
}

static void test_options(void **state)
{
    (void)state;
    static const struct {
        const char *options, *link_address; /* NULL: none */
        enum wire_result result;
    } rows[] = {
        {"", NULL, WIRE_OK},
        {TARGET_OPTION, GUEST_MAC, WIRE_OK},
        {SOURCE_OPTION, NULL, WIRE_OK},                           /* not that of an advertisement */
        {"0e010000000000000201525400120411", GUEST_MAC, WIRE_OK}, /* a nonce first, RFC 3971 5.3.2 */
        {TARGET_OPTION "02010000000000ff", GUEST_MAC, WIRE_OK},
        {TARGET_OPTION "0e00", NULL, WIRE_MALFORMED}, /* length 0, RFC 4861 4.6 */
        {"0000000000000000", NULL, WIRE_MALFORMED},
        {"02", NULL, WIRE_MALFORMED},
        {"0202525400120411", NULL, WIRE_MALFORMED},
        {"02025254001204110000000000000000", NULL, WIRE_MALFORMED}, /* RFC 2464 6: length 1 */
        {"0eff525400120411", NULL, WIRE_MALFORMED},
        {TARGET_OPTION "00", NULL, WIRE_MALFORMED},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = neighbour_message((struct nd){.type = 136, .options = rows[i].options});
        struct frame frame;
        if (decode(&w, &frame) != rows[i].result)
            fail_msg("options %s", rows[i].options);
        if (rows[i].result != WIRE_OK)
            continue;
        assert_int_equal(frame.neighbour.has_link_address, rows[i].link_address != NULL);
        assert_mac(frame.neighbour.link_address,
                   rows[i].link_address ? rows[i].link_address : "00:00:00:00:00:00");
    }
}

/* ---- routers ---- */

/* How a message differs from a right one. */
struct rd {
    bool advertised;
    unsigned code, flags, hop_limit;
    const char *source;
    const char *options; /* in hexadecimal */
};

static struct writer router_message(struct rd rd)
{
    struct writer w = {0};

    put_ethernet(&w, 0x86dd);
    size_t ip_at = put_ipv6_from(&w, rd.source ? rd.source : "fe80::1", "ff02::2", PROTOCOL_ICMPV6,
                                 rd.hop_limit ? rd.hop_limit : 255);
    size_t at = put_icmp(&w, rd.advertised ? 134 : 133, rd.code);
    put_u8(&w, 64);
    put_u8(&w, rd.flags);
    put_zeros(&w, rd.advertised ? 10 : 2);
    if (rd.options != NULL)
        put_hex(&w, rd.options);
    icmpv6_end(&w, ip_at, at);
    ipv6_end(&w, ip_at);
    return w;
}

/* Length, flags and lifetime; the prefix begins with 16 bits. */
#define PREFIX_OPTION(length, flags, valid, prefix)                                                          \
    "0304" length flags valid "0000000000000000" prefix "0000000000000000000000000000"

static void test_routers(void **state)
{
    static const struct {
        struct rd rd;
        enum wire_result result;
        bool has_link_address, managed, autonomous;
    } rows[] = {
        {{.flags = 0xff}, WIRE_OK, 0, 0, 0},
        {{.options = SOURCE_OPTION}, WIRE_OK, 1, 0, 0},
        {{.source = "::"}, WIRE_OK, 0, 0, 0},
        {{.source = "fd00::1"}, WIRE_OK, 0, 0, 0},
        {{.source = "::", .options = SOURCE_OPTION}, WIRE_MALFORMED, 0, 0, 0}, /* RFC 4861 6.1.1 */
        {{.options = PREFIX_OPTION("40", "c0", "ffffffff", "fd00")}, WIRE_OK, 0, 0, 0},
        {{.code = 1}, WIRE_MALFORMED, 0, 0, 0},
        {{.hop_limit = 254}, WIRE_MALFORMED, 0, 0, 0},
        {{.options = "0100525400120411"}, WIRE_MALFORMED, 0, 0, 0},
        {{.options = "0102525400120411"}, WIRE_MALFORMED, 0, 0, 0},
        {{.options = "01025254001204110000000000000000"}, WIRE_MALFORMED, 0, 0, 0},
        {{.advertised = true}, WIRE_OK, 0, 0, 0},
        {{.advertised = true, .flags = 0x40}, WIRE_OK, 0, 0, 0},
        {{.advertised = true, .flags = 0x80, .options = SOURCE_OPTION}, WIRE_OK, 1, 1, 0},
        {{.advertised = true, .source = "::"}, WIRE_MALFORMED, 0, 0, 0}, /* RFC 4861 6.1.2 */
        {{.advertised = true, .source = "fd00::1"}, WIRE_MALFORMED, 0, 0, 0},
        {{.advertised = true, .options = PREFIX_OPTION("40", "c0", "ffffffff", "fd00")}, WIRE_OK, 0, 0, 1},
        {{.advertised = true, .options = PREFIX_OPTION("40", "40", "00000001", "fd00") SOURCE_OPTION},
         WIRE_OK,
         1,
         0,
         1},
        {{.advertised = true, .options = PREFIX_OPTION("40", "80", "ffffffff", "fd00")}, WIRE_OK, 0, 0, 0},
        {{.advertised = true, .options = PREFIX_OPTION("3f", "c0", "ffffffff", "fd00")}, WIRE_OK, 0, 0, 0},
        {{.advertised = true, .options = PREFIX_OPTION("40", "c0", "00000000", "fd00")}, WIRE_OK, 0, 0, 0},
        {{.advertised = true, .options = PREFIX_OPTION("40", "c0", "ffffffff", "fe80")}, WIRE_OK, 0, 0, 0},
        {{.advertised = true, .options = "030140c0ffffffff"}, WIRE_MALFORMED, 0, 0, 0},
        {{.advertised = true, .options = "030440c0ffffffff"}, WIRE_MALFORMED, 0, 0, 0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = router_message(rows[i].rd);
        struct frame frame;
        if (decode(&w, &frame) != rows[i].result)
            fail_msg("row %zu", i);
        if (rows[i].result != WIRE_OK)
            continue;
        assert_int_equal(frame.kind,
                         rows[i].rd.advertised ? FRAME_ROUTER_ADVERTISEMENT : FRAME_ROUTER_SOLICITATION);
        assert_int_equal(frame.router.has_link_address, rows[i].has_link_address);
        assert_int_equal(frame.router.managed, rows[i].managed);
        assert_int_equal(frame.router.autonomous, rows[i].autonomous);
        assert_cuts_are_malformed(&w);
        w.bytes[ICMP_AT_6 + 2] ^= 1;
        assert_decodes(&w, WIRE_MALFORMED); /* by the checksum */
    }
}

/* RFC 6980: not even in one piece. */
static void test_fragmented_neighbour(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct writer w = {0};
        put_ethernet(&w, 0x86dd);
        size_t ip_at = put_ipv6_from(&w, GUEST_6, HOST_6, 44, 255);
        put_be32(&w, 0x3a000000 | more);
        put_be32(&w, 1);
        size_t at = put_icmp(&w, 136, 0);
        put_be32(&w, 0);
        put_ip(&w, GUEST_6);
        icmpv6_end(&w, ip_at, at);
        ipv6_end(&w, ip_at);
        assert_decodes(&w, WIRE_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_short_echo),
        cmocka_unit_test(test_pseudo_header),
        cmocka_unit_test(test_error_v4),
        cmocka_unit_test(test_error_values),
        cmocka_unit_test(test_error_quotes),
        cmocka_unit_test(test_error_quotes_garbage),
        cmocka_unit_test(test_error_v6),
        cmocka_unit_test(test_error_names),
        cmocka_unit_test(test_solicitation),
        cmocka_unit_test(test_advertisement),
        cmocka_unit_test(test_neighbour_rules),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_routers),
        cmocka_unit_test(test_fragmented_neighbour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

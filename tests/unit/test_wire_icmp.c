/* Decoders of ICMP and ICMPv6; those of neighbour discovery are in test_wire_nd.c. */
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

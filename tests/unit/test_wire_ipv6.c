/* Decoders of IPv6 and its extension headers. */
#include "wire.h"

#include "frames.h"

enum { IP_AT = ETHERNET_HEADER_SIZE };

enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION_OPTIONS = 60 };

/* An extension header of (units + 1) * 8 bytes with nothing in it. */
static void put_extension(struct writer *w, unsigned next_header, unsigned units)
{
    put_u8(w, next_header);
    put_u8(w, units);
    put_zeros(w, units * 8 + 6);
}

static void put_fragment(struct writer *w, unsigned next_header, unsigned field)
{
    put_u8(w, next_header);
    put_u8(w, 0);
    put_be16(w, field);
    put_be32(w, 0xcafebabe);
}

static void put_echo_reply(struct writer *w, size_t ip_at)
{
    size_t at = put_icmp(w, 129, 0);
    put_be32(w, 0x00070009);
    put(w, "abc", 3);
    icmpv6_end(w, ip_at, at);
    ipv6_end(w, ip_at);
}

static void test_ipv6(void **state)
{
    (void)state;
    struct writer w = {0};
    struct frame frame;

    put_ethernet(&w, 0x86dd);
    put_echo_reply(&w, put_ipv6(&w, PROTOCOL_ICMPV6));
    assert_cuts_are_malformed(&w);
    put_zeros(&w, 2);
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_ip(frame.ip.source, GUEST_6);
    assert_ip(frame.ip.destination, HOST_6);
    assert_int_equal(frame.ip.protocol, PROTOCOL_ICMPV6);
    assert_int_equal(frame.ip.ttl, 64);
    assert_false(frame.ip.has_id || frame.ip.fragment || frame.ip.checksum_bad);
    assert_int_equal(frame.kind, FRAME_ECHO_REPLY);
    assert_int_equal(frame.echo.payload_length, 3);
    assert_false(frame.echo.checksum_bad || frame.echo.checksum_unknown);

    w.bytes[IP_AT] = 0x45;
    assert_decodes(&w, WIRE_MALFORMED);
    w.bytes[IP_AT] = 0x60;
    set_be16(&w, IP_AT + 4, 65535);
    assert_decodes(&w, WIRE_MALFORMED);
    set_be16(&w, IP_AT + 4, 7);
    assert_decodes(&w, WIRE_MALFORMED);
    assert_int_equal(decode_cut(&w, w.length, 2000, &frame), WIRE_MALFORMED);
    set_be16(&w, IP_AT + 4, 1900);
    assert_int_equal(decode_cut(&w, w.length, 2000, &frame), WIRE_OK);
    assert_true(frame.echo.checksum_unknown);
}

static void test_ipv6_extensions(void **state)
{
    (void)state;
    struct writer w = {0};
    struct frame frame;

    put_ethernet(&w, 0x86dd);
    size_t ip_at = put_ipv6(&w, HOP_BY_HOP);
    put_extension(&w, ROUTING, 0);
    put_extension(&w, DESTINATION_OPTIONS, 2);
    put_extension(&w, PROTOCOL_ICMPV6, 1);
    put_echo_reply(&w, ip_at);
    assert_int_equal(decode(&w, &frame), WIRE_OK);
    assert_int_equal(frame.kind, FRAME_ECHO_REPLY);
    assert_int_equal(frame.ip.protocol, PROTOCOL_ICMPV6);
    assert_false(frame.echo.checksum_bad);
    assert_cuts_are_malformed(&w);
    w.bytes[ip_at + 41] = 255; /* longer than the packet */
    assert_decodes(&w, WIRE_MALFORMED);
}

static void test_ipv6_extension_chain(void **state)
{
    (void)state;
    for (unsigned count = 1; count < 150; count++) {
        struct writer w = {0};
        struct frame frame;
        put_ethernet(&w, 0x86dd);
        size_t ip_at = put_ipv6(&w, DESTINATION_OPTIONS);
        for (unsigned i = 1; i <= count; i++)
            put_extension(&w, i < count ? DESTINATION_OPTIONS : PROTOCOL_ICMPV6, 0);
        put_echo_reply(&w, ip_at);
        assert_int_equal(decode(&w, &frame), count < 8 ? WIRE_OK : WIRE_UNSUPPORTED);
    }
}

static void test_ipv6_fragments(void **state)
{
    (void)state;
    static const struct {
        uint16_t field, offset;
        bool fragment;
        enum frame_kind kind;
    } rows[] = {
        {0x0000, 0, false, FRAME_ECHO_REPLY}, /* atomic, RFC 6946 */
        {0x0006, 0, false, FRAME_ECHO_REPLY}, /* reserved bits */
        {0x0001, 0, true, FRAME_ECHO_REPLY},  {0x0008, 8, true, FRAME_OTHER},
        {0xfff9, 65528, true, FRAME_OTHER},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = {0};
        struct frame frame;
        put_ethernet(&w, 0x86dd);
        size_t ip_at = put_ipv6(&w, FRAGMENT);
        put_fragment(&w, PROTOCOL_ICMPV6, rows[i].field);
        put_echo_reply(&w, ip_at);
        assert_int_equal(decode(&w, &frame), WIRE_OK);
        assert_true(frame.ip.has_id);
        assert_int_equal(frame.ip.id, 0xcafebabe);
        assert_int_equal(frame.ip.fragment, rows[i].fragment);
        assert_int_equal(frame.ip.fragment_offset, rows[i].offset);
        assert_int_equal(frame.kind, rows[i].kind);
        assert_cuts_are_malformed(&w);
    }
}

static void test_ipv6_jumbogram(void **state)
{
    (void)state;
    struct writer w = {0}, no_next_header = {0};

    put_ethernet(&w, 0x86dd);
    put_ipv6(&w, HOP_BY_HOP);
    put_be32(&w, 0x3a00c204); /* the jumbo payload option, RFC 2675 2 */
    put_be32(&w, 0x00010000);
    put_zeros(&w, 100);
    assert_decodes(&w, WIRE_UNSUPPORTED);

    put_ethernet(&no_next_header, 0x86dd);
    put_ipv6(&no_next_header, 59);
    assert_kind(&no_next_header, FRAME_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_ipv6_extensions),
        cmocka_unit_test(test_ipv6_extension_chain),
        cmocka_unit_test(test_ipv6_fragments),
        cmocka_unit_test(test_ipv6_jumbogram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

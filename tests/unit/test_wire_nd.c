/* Decoders of neighbour and router discovery. */
#include "wire.h"

#include "frames.h"

enum { ICMP_AT_6 = ETHERNET_HEADER_SIZE + 40 };

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
        cmocka_unit_test(test_solicitation),    cmocka_unit_test(test_advertisement),
        cmocka_unit_test(test_neighbour_rules), cmocka_unit_test(test_options),
        cmocka_unit_test(test_routers),         cmocka_unit_test(test_fragmented_neighbour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* MAC and IP addresses: text, order, prefixes, kinds. */
#include "addr.h"

#include "unit.h"

static void test_mac_parse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ":",
        "5",
        "52:54:00:12:04",
        "52:54:00:12:04:",
        "52:54:00:12:04:1",
        "52:54:00:12:04:111",
        "52:54:00:12:04:11:",
        "52:54:00:12:04:1g",
        " 52:54:00:12:04:11",
        "52:54:00:12:04:11 ",
        "52.54.00.12.04.11",
        "525400120411",
        "0x:54:00:12:04:11",
        "+2:54:00:12:04:11",
        "52::54:00:12:04:11",
    };
    struct mac_addr address = {{1, 2, 3, 4, 5, 6}}, before = address;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(mac_parse(bad[i], &address));
        assert_memory_equal(&address, &before, sizeof before);
    }
    assert_mac(mac("52:54:00:12:04:11"), "52:54:00:12:04:11");
    assert_mac(mac("FE-ff-0A-b0-00-1C"), "fe:ff:0a:b0:00:1c");
}

static void test_mac_kinds(void **state)
{
    (void)state;
    assert_true(mac_equal(mac("ff:ff:ff:ff:ff:ff"), MAC_BROADCAST));
    assert_false(mac_equal(mac("ff:ff:ff:ff:ff:fe"), MAC_BROADCAST));
    assert_true(mac_is_multicast(MAC_BROADCAST));
    assert_true(mac_is_multicast(mac("01:00:5e:00:00:01")));
    assert_false(mac_is_multicast(mac("52:54:00:12:04:11")));
    assert_true(mac_is_virtual_router(mac("00:00:5e:00:01:07")));
    assert_true(mac_is_virtual_router(mac("00:00:5e:00:02:07")));
    assert_false(mac_is_virtual_router(mac("00:00:5e:00:53:07"))); /* of RFC 7042, for texts */
    assert_true(mac_is_zero(mac("00:00:00:00:00:00")));
    assert_false(mac_is_zero(mac("00:00:00:00:00:01")));
}

static void test_ip_parse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ".",
        "10.9.0",
        "10.9.0.256",
        "10.9.0.2 ",
        " 10.9.0.2",
        "10.9.0.2/24",
        "0x0a.9.0.2",
        "10.9.0.2.1",
        "tap0",
        ":",
        ":::",
        "fe80::1%tap0",
        "2001:db8::1::2",
        "2001:db8:1:2:3:4:5:6:7",
        "12345::",
        "2001:db8::/32",
    };
    struct ip_addr address = {0}, before = address;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(ip_parse(bad[i], &address));
        assert_memory_equal(&address, &before, sizeof before);
    }
    assert_int_equal(ip("10.9.0.2").family, IP_V4);
    assert_ip(ip("255.255.255.255"), "255.255.255.255");
    assert_int_equal(ip("::").family, IP_V6);
    assert_ip(ip("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
    assert_ip(ip("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    assert_ip((struct ip_addr){0}, "none");
}

static void test_ip_values(void **state)
{
    (void)state;
    static const uint8_t bytes[16] = {10, 9, 0, 2, 99};

    assert_ip(ip_v4(0x0a090002), "10.9.0.2");
    assert_int_equal(ip_v4_value(ip("10.9.0.2")), 0x0a090002);
    assert_true(ip_equal(ip_from_bytes(IP_V4, bytes), ip("10.9.0.2"))); /* the bytes behind it do not count */
    assert_false(ip_equal(ip("0.0.0.0"), ip("::")));
    assert_true(ip_equal((struct ip_addr){0}, (struct ip_addr){0}));
    assert_int_equal(ip_size(IP_V4), 4);
    assert_int_equal(ip_size(IP_V6), 16);
    assert_string_equal(ip_family_name(IP_V4), "ipv4");
    assert_string_equal(ip_family_name(IP_V6), "ipv6");
    assert_string_equal(ip_family_name(IP_NONE), "none");
}

typedef bool predicate(struct ip_addr);

static void test_ip_kinds(void **state)
{
    (void)state;
    static const struct {
        predicate *is;
        const char *yes[6], *no[6];
    } rows[] = {
        {ip_is_unspecified, {"0.0.0.0", "::"}, {"0.0.0.1", "::1", "128.0.0.0"}},
        {ip_is_multicast,
         {"224.0.0.0", "239.255.255.255", "ff00::", "ff02::1"},
         {"223.255.255.255", "240.0.0.0", "fe80::1", "e000::"}},
        {ip_is_loopback,
         {"127.0.0.1", "127.255.255.255", "::1"},
         {"126.0.0.1", "128.0.0.0", "::", "::2", "7f00::"}},
        {ip_is_link_local,
         {"169.254.0.0", "169.254.255.255", "fe80::", "febf:ffff::"},
         {"169.253.0.0", "169.255.0.0", "fec0::", "fe7f::"}},
        {ip_stays_on_link,
         {"224.0.0.1", "224.0.0.251", "255.255.255.255", "ff02::1", "ff02::1:ff00:2"},
         {"224.0.1.1", "239.255.255.250", "10.9.0.255", "10.9.0.2", "fe80::1", "ff05::2"}},
        {ip_is_limited_broadcast, {"255.255.255.255"}, {"255.255.255.254", "10.9.0.255", "ff:ff:ff:ff::"}},
        {ip_is_documentation,
         {"192.0.2.1", "198.51.100.255", "203.0.113.0", "2001:db8::1", "3fff:fff::", "3fff::1"},
         {"192.0.3.0", "198.51.101.0", "203.0.112.1", "2001:db9::", "3fff:1000::", "10.9.0.2"}},
    };

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        for (size_t i = 0; i < 6; i++) {
            if (rows[r].yes[i] && !rows[r].is(ip(rows[r].yes[i])))
                fail_msg("row %zu: %s is one", r, rows[r].yes[i]);
            if (rows[r].no[i] && rows[r].is(ip(rows[r].no[i])))
                fail_msg("row %zu: %s is none", r, rows[r].no[i]);
        }
    assert_true(ip_is_unspecified((struct ip_addr){0}));
    assert_false(ip_is_loopback((struct ip_addr){0}));
}

static void test_prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *address, *prefix;
        unsigned length;
        bool in;
    } rows[] = {
        {"10.9.0.2", "10.9.0.1", 24, true},
        {"10.9.1.2", "10.9.0.1", 24, false},
        {"10.9.1.2", "10.9.0.1", 23, true},
        {"10.9.2.2", "10.9.0.1", 23, false},
        {"10.9.0.2", "10.9.0.1", 32, false},
        {"10.9.0.1", "10.9.0.1", 32, true},
        {"10.9.0.1", "10.9.0.1", 33, false},
        {"1.2.3.4", "200.0.0.0", 0, true},
        {"1.2.3.4", "::", 0, false},
        {"128.0.0.0", "0.0.0.0", 1, false},
        {"2001:db8::1", "2001:db8::2", 127, false},
        {"2001:db8::3", "2001:db8::2", 127, true},
        {"2001:db8::2", "2001:db8::2", 128, true},
        {"2001:db8::2", "2001:db8::2", 129, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (ip_in_prefix(ip(rows[i].address), ip(rows[i].prefix), rows[i].length) != rows[i].in)
            fail_msg("%s in %s/%u", rows[i].address, rows[i].prefix, rows[i].length);
    assert_false(ip_in_prefix((struct ip_addr){0}, (struct ip_addr){0}, 0));
}

static void test_derived(void **state)
{
    (void)state;
    assert_ip(ip_solicited_node(ip("2001:db8::12:3456:789a")), "ff02::1:ff56:789a");
    assert_mac(mac_of_multicast(ip("ff02::1:ff56:789a")), "33:33:ff:56:78:9a");
    assert_mac(mac_of_multicast(ip("ff02::1")), "33:33:00:00:00:01");
    /* RFC 4291 appendix A inverts the universal/local bit. */
    assert_ip(ip_link_local_of(mac("52:54:00:12:04:11")), "fe80::5054:ff:fe12:411");
    assert_ip(ip_link_local_of(mac("00:11:22:33:44:55")), "fe80::211:22ff:fe33:4455");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mac_parse), cmocka_unit_test(test_mac_kinds), cmocka_unit_test(test_ip_parse),
        cmocka_unit_test(test_ip_values), cmocka_unit_test(test_ip_kinds),  cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_derived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

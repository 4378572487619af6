/* What clients of DHCP ask for and are answered, as somebody recorded it. */
#include "dhcp_frames.h"
#include "recorded_ping.h"

#define LINK_LOCAL "fe80::5054:ff:fe12:411"
#define ROUTER_6   "fe80::1"

static void ask(uint64_t after_us, enum dhcp_type type)
{
    add(after_us, dhcp_frame((struct dhcp_text){.type = type, .broadcast = true}));
}

/* Who does not know what it is told by broadcasts. */
static void ask_quietly(uint64_t after_us, enum dhcp_type type)
{
    add(after_us, dhcp_frame((struct dhcp_text){.type = type}));
}

static void answer(enum dhcp_type type)
{
    add(ROUND_TRIP, dhcp_frame((struct dhcp_text){.type = type, .your_address = GUEST_4, .server = HOST_4}));
}

static void announce(const char *address)
{
    add(SECOND, arp(GUEST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, address, address, 0));
}

static void speak_ipv6(const char *as)
{
    add(SECOND, neighbour(GUEST_MAC, HOST_MAC, false, as, ROUTER_6, ROUTER_6, 0));
}

static void silence(uint64_t during_us)
{
    add(during_us, arp(OTHER_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, "10.9.0.77", "10.9.0.77", 0));
}

static void ask_in_vain(void)
{
    ask(SECOND, DHCP_DISCOVER);
    ask(3 * SECOND, DHCP_DISCOVER);
    silence(4 * SECOND);
}

static void get_lease(void)
{
    ask(SECOND, DHCP_DISCOVER);
    answer(DHCP_OFFER);
    ask(ROUND_TRIP, DHCP_REQUEST);
    answer(DHCP_ACK);
}

/* ---- faults ---- */

static void test_no_offer(void **state)
{
    struct verdict verdict;

    (void)state;
    ask_in_vain();
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "dhcp-no-offer");
    assert_true(list_has(&verdict.findings[0].evidence, "2 DHCPDISCOVERs of " GUEST_MAC));
    assert_int_equal(verdict.status, STATUS_FAULT);
    verdict_free(&verdict);
}

/* It had a lease, and asks for another one. */
static void test_lease_is_over(void **state)
{
    (void)state;
    get_lease();
    ask_in_vain();
    assert_diagnosis(&file, "dhcp-no-offer");
}

static void test_named(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        add(SECOND, who_has(GUEST_4));
    ask_quietly(SECOND, DHCP_DISCOVER);
    add(4 * SECOND, who_has(GUEST_4));
    assert_diagnosis_of(&file, GUEST_4, "dhcp-no-offer");
}

static void test_refused(void **state)
{
    (void)state;
    ask(SECOND, DHCP_REQUEST);
    answer(DHCP_NAK);
    silence(SECOND);
    assert_diagnosis(&file, "dhcp-refused");
    begin(NULL);
    ask(SECOND, DHCP_DISCOVER);
    answer(DHCP_OFFER);
    ask(3 * SECOND, DHCP_DISCOVER);
    answer(DHCP_OFFER);
    silence(SECOND);
    assert_diagnosis(&file, "dhcp-refused");
}

/* What it gave itself when nobody answered proves that nobody did, wherever that was recorded. */
static void test_self_given(void **state)
{
    (void)state;
    ask_quietly(SECOND, DHCP_DISCOVER);
    announce("169.254.7.8");
    silence(10 * SECOND);
    assert_diagnosis(&file, "no-address");
    begin(NULL);
    announce("169.254.7.8"); /* and asks once more */
    ask_quietly(SECOND, DHCP_DISCOVER);
    silence(10 * SECOND);
    assert_diagnosis(&file, "");
}

/* ---- no faults ---- */

static void test_lease(void **state)
{
    (void)state;
    get_lease();
    silence(10 * SECOND);
    assert_diagnosis(&file, "");
}

/* An answer may be under way. */
static void test_cut_off(void **state)
{
    (void)state;
    ask(SECOND, DHCP_DISCOVER);
    silence(3 * SECOND);
    assert_diagnosis(&file, "");
}

static void test_other_addresses(void **state)
{
    (void)state;
    announce(GUEST_4);
    ask_in_vain();
    assert_diagnosis(&file, "");
    begin(NULL);
    speak_ipv6("fd00:9::2");
    ask_in_vain();
    assert_diagnosis(&file, "");
}

/* Others have IPv6 there; this one may. */
static void test_ipv6_around(void **state)
{
    struct check_options ipv4_only = READ_DEFAULTS;
    struct verdict verdict;

    (void)state;
    add(SECOND, neighbour(OTHER_MAC, HOST_MAC, false, "fd00:9::3", ROUTER_6, ROUTER_6, 0));
    ask_in_vain();
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_int_equal(verdict.status, STATUS_UNKNOWN);
    assert_true(list_has(&verdict.unknown, "which is there to be had"));
    verdict_free(&verdict);
    ipv4_only.ipv6 = false;
    diagnose_with(&file, &ipv4_only, NULL, &verdict);
    assert_findings(&verdict, "dhcp-no-offer");
    verdict_free(&verdict);
}

/* On a switched network the offer goes where the client is. What it says to one other shows that one sees
 * that. */
static void test_broadcasts_only(void **state)
{
    struct verdict verdict;

    (void)state;
    ask_quietly(SECOND, DHCP_DISCOVER);
    silence(4 * SECOND);
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_int_equal(verdict.status, STATUS_UNKNOWN);
    assert_true(list_has(&verdict.notes, "only broadcasts were recorded"));
    verdict_free(&verdict);
    speak_ipv6(LINK_LOCAL);
    assert_diagnosis(&file, "dhcp-no-offer");
}

/* The capture sees each frame twice, and on two interfaces. */
static void test_copies(void **state)
{
    struct dhcp_text discover = {.type = DHCP_DISCOVER},
                     offer = {.type = DHCP_OFFER, .your_address = GUEST_4, .server = HOST_4};

    (void)state;
    add(SECOND, dhcp_frame(discover));
    add(ROUND_TRIP, dhcp_frame(offer));
    add(ROUND_TRIP, dhcp_frame(discover));
    add(ROUND_TRIP, dhcp_frame(offer));
    speak_ipv6(LINK_LOCAL);
    assert_diagnosis(&file, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_offer, begin),    cmocka_unit_test_setup(test_lease_is_over, begin),
        cmocka_unit_test_setup(test_named, begin),       cmocka_unit_test_setup(test_refused, begin),
        cmocka_unit_test_setup(test_self_given, begin),  cmocka_unit_test_setup(test_lease, begin),
        cmocka_unit_test_setup(test_cut_off, begin),     cmocka_unit_test_setup(test_other_addresses, begin),
        cmocka_unit_test_setup(test_ipv6_around, begin), cmocka_unit_test_setup(test_broadcasts_only, begin),
        cmocka_unit_test_setup(test_copies, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

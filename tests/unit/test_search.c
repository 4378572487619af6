/* Which addresses does the guest have? Every means by itself, and guests that do not make it easy. */
#include "probe.h"

#include "fake_session.h"

static void start_from_nothing(struct world *w, void (*kind)(struct world *))
{
    kind(w);
    w->guest.address_count = 0;
}

static const struct search_observation *search_of(const struct world *w, enum search_means means)
{
    for (size_t i = 0; i < w->seen.count; i++)
        if (w->seen.items[i].kind == OBSERVED_SEARCH && w->seen.items[i].search.means == means)
            return &w->seen.items[i].search;
    return NULL;
}

/* ---- one means each ---- */

static void is_heard(struct world *w)
{
    add_guest_address(w, "10.77.0.5");
    guest_announces(w, 40 * MS, "10.77.0.5");
}

static void is_neighbour(struct world *w)
{
    add_guest_address(w, "10.77.0.5");
    w->neighbours[w->facts.neighbour_count++] =
        (struct neighbour_facts){.ifindex = TAP_INDEX, .address = ip("10.77.0.5"), .mac = w->guest.mac};
}

static void is_neighbour_on_the_bridge(struct world *w)
{
    is_neighbour(w);
    w->neighbours[0].ifindex = BRIDGE_INDEX;
    w->fdb[w->facts.fdb_count++] = (struct fdb_facts){.port = TAP_INDEX, .mac = w->guest.mac};
    /* another machine's, on another port: not to be asked for */
    w->neighbours[w->facts.neighbour_count++] = (struct neighbour_facts){
        .ifindex = BRIDGE_INDEX, .address = ip("10.77.0.6"), .mac = mac("52:54:00:00:00:06")};
    w->fdb[w->facts.fdb_count++] = (struct fdb_facts){.port = UPLINK_INDEX, .mac = mac("52:54:00:00:00:06")};
}

static void has_link_local_of_mac(struct world *w)
{
    add_guest_address(w, GUEST_LL);
    w->guest.no_all_nodes = true;
    w->target.has_mac = true;
    w->target.mac = w->guest.mac;
}

static void has_link_local_in_fdb(struct world *w)
{
    add_guest_address(w, GUEST_LL);
    w->guest.no_all_nodes = true;
    w->fdb[w->facts.fdb_count++] = (struct fdb_facts){.port = TAP_INDEX, .mac = w->guest.mac};
}

static void has_link_local_of_nothing(struct world *w)
{
    add_guest_address(w, "fe80::1234");
    w->guest.is_frugal = true;
}

static void has_another_in_the_prefix(struct world *w)
{
    add_guest_address(w, "fd00:9::1234:5678");
    w->guest.is_frugal = true;
}

static void is_in_the_subnet(struct world *w)
{
    add_guest_address(w, "10.9.0.201");
}

static const struct means_case {
    const char *name;
    void (*world)(struct world *world);
    void (*change)(struct world *world);
    const char *address;
    enum address_origin origin;
} MEANS[] = {
    {"heard", world_bare, is_heard, "10.77.0.5", ORIGIN_HEARD},
    {"the host's neighbour table", world_bare, is_neighbour, "10.77.0.5", ORIGIN_NEIGHBOUR},
    {"of the bridge", world_bare_bridge, is_neighbour_on_the_bridge, "10.77.0.5", ORIGIN_NEIGHBOUR},
    {"link-local of the expected MAC", world_bare, has_link_local_of_mac, GUEST_LL, ORIGIN_LINK_LOCAL},
    {"link-local of a learned MAC", world_bare_bridge, has_link_local_in_fdb, GUEST_LL, ORIGIN_LINK_LOCAL},
    {"all-nodes", world_bare, has_link_local_of_nothing, "fe80::1234", ORIGIN_ALL_NODES},
    {"all-nodes of a prefix", world_tap, has_another_in_the_prefix, "fd00:9::1234:5678", ORIGIN_ALL_NODES},
    {"all-nodes of the bridge's", world_bridge, has_another_in_the_prefix, "fd00:9::1234:5678",
     ORIGIN_ALL_NODES},
    {"sweep of the tap's subnet", world_tap, is_in_the_subnet, "10.9.0.201", ORIGIN_SWEEP},
    {"sweep of the bridge's subnet", world_bridge, is_in_the_subnet, "10.9.0.201", ORIGIN_SWEEP},
};

static void test_means(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof MEANS / sizeof MEANS[0]; i++) {
        const struct means_case *row = &MEANS[i];
        struct world w;
        start_from_nothing(&w, row->world);
        row->change(&w);
        world_run(&w);
        if (w.target.address_count != 1 || !is_checked_address(&w, row->address, row->origin) ||
            report_verdict_status(&w.verdict) != EXIT_HEALTHY || w.ended_us > 650 * MS)
            fail_msg("%s: %zu addresses, exit %d \"%s\" after %.3f s", row->name, w.target.address_count,
                     report_verdict_status(&w.verdict), findings_text(&w.verdict), (double)w.ended_us / 1e6);
        world_end(&w);
    }
}

/* Only what the user wants: -4 asks for no IPv6 address and the other way round. */
static void test_families(void **state)
{
    (void)state;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        struct world w;
        world_tap(&w);
        w.options.ipv4 = !v6;
        w.options.ipv6 = v6;
        guest_announces(&w, 5 * MS, GUEST_4);
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_int_equal(w.target.address_count, v6 ? 2 : 1);
        for (size_t i = 0; i < w.target.address_count; i++)
            assert_int_equal(w.target.addresses[i].address.family, v6 ? IP_V6 : IP_V4);
        for (size_t i = 0; i < w.sent_count; i++)
            assert_int_equal(w.sent[i].frame.kind == FRAME_ARP || w.sent[i].frame.ip.source.family == IP_V4,
                             !v6);
        world_end(&w);
    }
}

/* Nobody: no error, no fault, never "healthy"; and in time. */
static void test_nobody(void **state)
{
    static void (*const worlds[])(struct world *) = {world_bare, world_tap, world_bridge, world_bare_bridge};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct world w;
        worlds[i](&w);
        w.guest.deaf = true;
        world_run(&w);
        assert_outcome(&w, EXIT_UNKNOWN, "");
        assert_true(w.ended_us < 1500 * MS);
        assert_int_equal(w.target.address_count, 0);
        world_end(&w);
    }
}

/* ---- the sweep ---- */

/* Every host address once a round, but none of ours, and neither end of the subnet. */
static void test_swept_addresses(void **state)
{
    static const struct {
        unsigned length, hosts; /* without our own */
        bool swept, too_large;  /* a /24 of it */
    } subnets[] = {{24, 253, true, false}, {22, 1021, true, false}, {30, 1, true, false},
                   {31, 1, true, false},   {32, 0, false, false},   {21, 254, true, true},
                   {0, 255, true, true}};
    (void)state;
    for (size_t i = 0; i < sizeof subnets / sizeof subnets[0]; i++) {
        struct world w;
        world_bare(&w);
        w.guest.deaf = true;
        add_own(&w, TAP_INDEX, HOST_4, subnets[i].length);
        world_run(&w);
        assert_int_equal(count_sent(&w, FRAME_ARP), 2 * subnets[i].hosts);
        const struct search_observation *sweep = search_of(&w, SEARCH_SWEEP);
        assert_int_equal(sweep != NULL, subnets[i].swept);
        assert_int_equal(sweep != NULL && sweep->too_large, subnets[i].too_large);
        for (size_t j = 0; j < w.sent_count; j++)
            if (w.sent[j].frame.kind == FRAME_ARP)
                assert_false(ip_equal(w.sent[j].frame.arp.target, ip(HOST_4)));
        world_end(&w);
    }
}

/* Of each subnet it is said how many of its own addresses were asked. */
static void test_two_subnets(void **state)
{
    struct world w;
    unsigned asked[2] = {0};
    size_t count = 0;
    (void)state;

    world_bare(&w);
    w.guest.deaf = true;
    add_own(&w, TAP_INDEX, HOST_4, 24);
    add_own(&w, TAP_INDEX, "10.8.0.1", 30);
    world_run(&w);
    for (size_t i = 0; i < w.seen.count; i++)
        if (w.seen.items[i].kind == OBSERVED_SEARCH && w.seen.items[i].search.means == SEARCH_SWEEP &&
            count < 2)
            asked[count++] = w.seen.items[i].search.asked;
    assert_int_equal(asked[0], 2 * 253);
    assert_int_equal(asked[1], 2 * 1);
    world_end(&w);
}

/* A tap's queue holds 1000 frames: not more than a burst at once. */
static void test_sweep_is_paced(void **state)
{
    struct world w;
    (void)state;
    world_bare(&w);
    w.guest.deaf = true;
    add_own(&w, TAP_INDEX, "10.9.0.1", 22);
    world_run(&w);
    for (size_t i = 200; i < w.sent_count; i++)
        assert_true(w.sent[i].time_us - w.sent[i - 200].time_us >= MS);
    world_end(&w);
}

/* A guest that answers for everybody tells nothing about itself, also when its answers are spread over Linux'
 * proxy_delay of 0.8 s. */
static void test_proxy(void **state)
{
    static const uint64_t delays_us[] = {0, 5 * MS, 800 * MS};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        world_tap(&w);
        w.guest.proxies = true;
        w.guest.proxy_delay_us = delays_us[i];
        world_run(&w);
        assert_true(w.target.address_count <= 3 + 8);
        assert_true(search_of(&w, SEARCH_SWEEP)->answers_all);
        assert_true(is_checked_address(&w, GUEST_LL, ORIGIN_LINK_LOCAL) ||
                    is_checked_address(&w, GUEST_LL, ORIGIN_ALL_NODES));
        for (size_t j = 0; delays_us[i] == 0 && j < w.target.address_count; j++)
            assert_int_equal(w.target.addresses[j].address.family, IP_V6);
        world_end(&w);
    }
}

/* ---- a given address that is silent ---- */

static void test_given_address_is_another(void **state)
{
    struct world w;
    (void)state;
    world_tap(&w);
    give(&w, "10.9.0.9");
    world_run(&w);
    assert_outcome(&w, EXIT_L3, "address-not-assigned");
    assert_int_equal(w.target.address_count, 1); /* what was found is evidence, not to be checked */
    assert_true(observation_exists(&w.seen, OBSERVED_CLAIM, ip(GUEST_4), &w.guest.mac));
    assert_true(check_named(&w, "icmp", "10.9.0.9")->sent >= 3); /* straight to its MAC */
    world_end(&w);
}

/* Whatever the moment at which the guest is heard as another address: it is asked for that, too. */
static void test_heard_at_any_time(void **state)
{
    (void)state;
    for (unsigned deaf = 0; deaf < 2; deaf++)
        for (uint64_t heard_us = 50 * MS; heard_us < 3200 * MS; heard_us += 150 * MS) {
            struct world w;
            start_from_nothing(&w, world_tap);
            add_guest_address(&w, "10.77.0.5");
            w.guest.deaf = deaf;
            w.options.ipv6 = false;
            give(&w, GUEST_4);
            guest_announces(&w, heard_us, "10.77.0.5");
            world_run(&w);
            bool in_time = heard_us < w.ended_us - SECOND;
            bool right =
                strcmp(findings_text(&w.verdict), deaf ? "arp-no-reply" : "address-not-assigned") == 0;
            if ((in_time && !right) || w.ended_us > 5 * SECOND)
                fail_msg("%s, heard after %.3f s: \"%s\" after %.3f s", deaf ? "deaf" : "not deaf",
                         (double)heard_us / 1e6, findings_text(&w.verdict), (double)w.ended_us / 1e6);
            world_end(&w);
        }
}

/* A slow guest answers what the search asked for when its probes are under way: no copies. */
static void test_slow_answers_are_no_copies(void **state)
{
    static void (*const worlds[])(struct world *) = {world_tap, world_bare};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (uint64_t delay_us = 0; delay_us < 900 * MS; delay_us += 30 * MS) {
            struct world w;
            worlds[i](&w);
            w.guest.no_echo = true;
            w.guest.delay_us = delay_us;
            w.target.has_mac = true;
            w.target.mac = w.guest.mac;
            world_run(&w);
            if (strstr(findings_text(&w.verdict), "dup-") != NULL)
                fail_msg("world %zu, delay %.3f s: %s", i, (double)delay_us / 1e6, findings_text(&w.verdict));
            world_end(&w);
        }
}

/* ---- guests that mean no good ---- */

/* What no host can have as its address is not believed. */
static void test_impossible_addresses(void **state)
{
    static const char *const addresses[] = {"224.0.0.5", "255.255.255.255", "127.0.0.1", "0.0.0.0"};
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct world w;
        start_from_nothing(&w, world_tap);
        add_guest_address(&w, GUEST_4);
        guest_announces(&w, 1 * MS, addresses[i]);
        struct writer reply = arp_frame(ARP_REPLY, mac(TAP_MAC), w.guest.mac, VID_NONE, ip(addresses[i]),
                                        mac(TAP_MAC), ip("0.0.0.0"));
        comes_in(&w, WORLD_START_US + 2 * MS, &reply);
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_int_equal(w.target.address_count, 1);
        world_end(&w);
    }
}

static unsigned names; /* that the guest has used so far */

static struct ip_addr next_name(enum ip_family family)
{
    struct ip_addr name = ip_v4(0x0a4d0000 + ++names);
    if (family == IP_V4)
        return name;
    struct ip_addr address = ip("fe80::77:0:0");
    memcpy(address.bytes + 12, name.bytes, 4);
    return address;
}

static const struct frame *last_solicitation(const struct world *w)
{
    for (size_t i = w->sent_count; i > 0; i--)
        if (w->sent[i - 1].frame.kind == FRAME_NEIGHBOUR_SOLICITATION)
            return &w->sent[i - 1].frame;
    return NULL;
}

/* Under a new name each time: announced, answered as if we had asked, advertised. */
static void speaks_again(struct world *w, const struct event *event)
{
    const struct frame *asked = last_solicitation(w);
    unsigned way = (unsigned)event->frame.length;
    struct ip_addr nobody = {.family = IP_V4};
    struct writer frame;

    if (way == 0)
        frame = arp_frame(ARP_REQUEST, MAC_BROADCAST, w->guest.mac, VID_NONE, next_name(IP_V4), mac(TAP_MAC),
                          ip("10.77.255.254"));
    else if (way == 1 || asked == NULL)
        frame = arp_frame(ARP_REPLY, mac(TAP_MAC), w->guest.mac, VID_NONE, next_name(IP_V4), mac(TAP_MAC),
                          nobody);
    else
        frame = advertisement_frame(mac(TAP_MAC), w->guest.mac, VID_NONE, ip(GUEST_LL), asked->ip.source,
                                    next_name(IP_V6), way == 2);
    comes_in(w, w->now_us, &frame);
    if (w->now_us < WORLD_START_US + 60 * SECOND)
        world_at(w, w->now_us + 40 * MS, speaks_again)->frame.length = way;
}

/* It cannot make the check go on for ever. */
static void test_guest_that_always_has_a_new_address(void **state)
{
    (void)state;
    for (unsigned given = 0; given < 2; given++)
        for (unsigned way = 0; way < 4; way++) {
            struct world w;
            start_from_nothing(&w, world_tap);
            if (given)
                give(&w, GUEST_4);
            names = 0;
            world_at(&w, WORLD_START_US + MS, speaks_again)->frame.length = way;
            world_run(&w);
            assert_true(w.target.address_count <= TARGET_ADDRESSES_MAX);
            assert_int_not_equal(report_verdict_status(&w.verdict), EXIT_HEALTHY);
            if (w.ended_us > 20 * SECOND)
                fail_msg("given %u, way %u: it took %.3f s", given, way, (double)w.ended_us / 1e6);
            world_end(&w);
        }
}

/* More addresses than are checked: the first ones are, and the rest does no harm. */
static void test_guest_with_many_addresses(void **state)
{
    struct world w;
    (void)state;
    start_from_nothing(&w, world_bare);
    for (unsigned i = 0; i < GUEST_ADDRESSES_MAX; i++) {
        char text[IP_TEXT_SIZE];
        snprintf(text, sizeof text, "fe80::%x", i + 1);
        add_guest_address(&w, text);
        struct writer frame = advertisement_frame(mac("33:33:00:00:00:01"), w.guest.mac, VID_NONE, ip(text),
                                                  ip("ff02::1"), ip(text), false);
        comes_in(&w, WORLD_START_US + MS, &frame);
    }
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_int_equal(w.target.address_count, TARGET_ADDRESSES_MAX);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_means),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_swept_addresses),
        cmocka_unit_test(test_two_subnets),
        cmocka_unit_test(test_sweep_is_paced),
        cmocka_unit_test(test_proxy),
        cmocka_unit_test(test_given_address_is_another),
        cmocka_unit_test(test_heard_at_any_time),
        cmocka_unit_test(test_slow_answers_are_no_copies),
        cmocka_unit_test(test_impossible_addresses),
        cmocka_unit_test(test_guest_that_always_has_a_new_address),
        cmocka_unit_test(test_guest_with_many_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

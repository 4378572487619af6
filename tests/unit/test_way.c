/* The host's own ways to an address: from which source it sends. */
#include "way.h"

#include "frames.h"

enum { LINK = 4, OTHER_LINK = 5 };

/* A kernel with one route, and another one for who sends from `ruled`. */
struct kernel {
    struct route_facts route, of_ruled;
    struct ip_addr ruled;
    bool no_source_rules; /* and it is known that there are none */
    unsigned asked;
};

static int answer(void *context, struct ip_addr destination, struct ip_addr source, int ifindex,
                  struct route_facts *ret)
{
    struct kernel *kernel = context;

    (void)destination;
    (void)ifindex;
    kernel->asked++;
    *ret = source.family != IP_NONE && ip_equal(source, kernel->ruled) ? kernel->of_ruled : kernel->route;
    return 0;
}

static struct route_facts way_of(struct kernel *kernel, struct address_facts *own, size_t count,
                                 const char *address)
{
    struct link_facts link = {.ifindex = LINK, .name = "tap0", .kind = LINK_TAP};
    struct host_facts facts = {.links = &link,
                               .link_count = 1,
                               .addresses = own,
                               .address_count = count,
                               .no_source_rules_v4 = kernel->no_source_rules,
                               .no_source_rules_v6 = kernel->no_source_rules};
    struct check_means means = {.context = kernel, .route = answer};
    struct target target = {.link = &link, .path = {.hops = {&link}, .count = 1}};
    struct session_setup setup = {.means = &means, .facts = &facts, .target = &target};

    return way_out(&setup, ip(address));
}

/* Told is what the kernel would choose anyway; all else is left to it. */
static void test_only_source(void **state)
{
    static const struct {
        const char *address, *own[3];
        int on[3];
        bool tentative, deprecated; /* the first of them */
        const char *source;
    } rows[] = {
        {"fd00:9::2", {"fd00:9::1"}, {LINK}, false, false, "fd00:9::1"},
        {"fd00:9::2", {"fd00:9::1", "fe80::1"}, {LINK, LINK}, false, false, "fd00:9::1"},
        {"fd00:9::2", {"fd00:9::1", "10.9.0.1"}, {LINK, LINK}, false, false, "fd00:9::1"},
        {"fd00:9::2", {"fd00:9::1", "fd00:8::1"}, {LINK, OTHER_LINK}, false, false, "fd00:9::1"},
        {"fd00:9::2", {"fd00:9::1", "fd00:9::3"}, {LINK, LINK}, false, false, NULL},
        {"fd00:9::2", {"fd00:9::1", "fd00:9::3"}, {LINK, LINK}, true, false, "fd00:9::3"},
        {"fd00:9::2", {"fd00:9::1", "fd00:9::3"}, {LINK, LINK}, false, true, "fd00:9::3"},
        {"fd00:9::2", {"fd00:9::1"}, {LINK}, false, true, NULL},
        {"fd00:9::2", {"fd00:9::1"}, {OTHER_LINK}, false, false, NULL},
        {"fe80::2", {"fd00:9::1"}, {LINK}, false, false, NULL},
        {"10.9.0.2", {"10.9.0.1"}, {LINK}, false, false, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kernel kernel = {.route = {.kind = ROUTE_ON_LINK, .ifindex = LINK}};
        struct address_facts own[3] = {{0}};
        size_t count = 0;
        for (; count < 3 && rows[i].own[count] != NULL; count++)
            own[count] = (struct address_facts){
                .ifindex = rows[i].on[count], .address = ip(rows[i].own[count]), .prefix_length = 64};
        own[0].tentative = rows[i].tentative;
        own[0].deprecated = rows[i].deprecated;
        struct route_facts way = way_of(&kernel, own, count, rows[i].address);
        assert_int_equal(way.source.family != IP_NONE, rows[i].source != NULL);
        if (rows[i].source != NULL)
            assert_true(ip_equal(way.source, ip(rows[i].source)));
        assert_int_equal(way.needs_source.family, IP_NONE);
    }
}

/* A rule on sources would lead elsewhere whoever says that it sends from there: the kernel does not, for it
 * chooses the source last. */
static void test_rule_on_sources(void **state)
{
    struct address_facts own = {.ifindex = LINK, .address = ip("fd00:9::1"), .prefix_length = 64};
    struct kernel kernel = {.route = {.kind = ROUTE_ON_LINK, .ifindex = LINK},
                            .of_ruled = {.kind = ROUTE_GATEWAY, .ifindex = LINK, .gateway = ip("fd00:9::9")},
                            .ruled = ip("fd00:9::1")};
    (void)state;
    struct route_facts way = way_of(&kernel, &own, 1, "fd00:9::2");
    assert_int_equal(way.kind, ROUTE_ON_LINK);
    assert_int_equal(way.source.family, IP_NONE);
}

/* The kernel is asked again only where there may be one. */
static void test_no_rule_on_sources(void **state)
{
    struct address_facts own = {.ifindex = LINK, .address = ip("fd00:9::1"), .prefix_length = 64};
    (void)state;
    for (int known = 0; known <= 1; known++) {
        struct kernel kernel = {.route = {.kind = ROUTE_ON_LINK, .ifindex = LINK}, .no_source_rules = known};
        assert_true(ip_equal(way_of(&kernel, &own, 1, "fd00:9::2").source, ip("fd00:9::1")));
        assert_int_equal(kernel.asked, known ? 1 : 2);
    }
}

/* What a route's own hint (ip route … src) says, stands. */
static void test_hint_of_route(void **state)
{
    struct address_facts own = {.ifindex = LINK, .address = ip("fd00:9::1"), .prefix_length = 64};
    struct kernel kernel = {.route = {.kind = ROUTE_ON_LINK, .ifindex = LINK, .source = ip("fd00:7::1")}};
    (void)state;
    assert_true(ip_equal(way_of(&kernel, &own, 1, "fd00:9::2").source, ip("fd00:7::1")));
    assert_int_equal(kernel.asked, 2); /* and where what it answers goes */
}

/* What the host says first would come there, what it answers does not; an error is not a rule. */
static void test_rule_on_answers(void **state)
{
    static const struct {
        const char *own, *address;
        enum route_kind kind;
        int ifindex;
        bool no_rules, elsewhere;
    } rows[] = {
        {"10.9.0.1", "10.9.0.2", ROUTE_ON_LINK, OTHER_LINK, false, true},
        {"10.9.0.1", "10.9.0.2", ROUTE_GATEWAY, OTHER_LINK, false, true},
        {"10.9.0.1", "10.9.0.2", ROUTE_REJECTED, 0, false, true},
        {"fd00:9::1", "fd00:9::2", ROUTE_ON_LINK, OTHER_LINK, false, true},
        {"10.9.0.1", "10.9.0.2", ROUTE_ON_LINK, LINK, false, false},
        {"10.9.0.1", "10.9.0.2", ROUTE_GATEWAY, LINK, false, false},
        {"10.9.0.1", "10.9.0.2", ROUTE_UNKNOWN, 0, false, false},
        {"10.9.0.1", "10.9.0.2", ROUTE_ON_LINK, OTHER_LINK, true, false}, /* it would be no rule's doing */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address_facts own = {.ifindex = LINK, .address = ip(rows[i].own), .prefix_length = 24};
        struct kernel kernel = {.route = {.kind = ROUTE_ON_LINK, .ifindex = LINK},
                                .of_ruled = {.kind = rows[i].kind, .ifindex = rows[i].ifindex},
                                .ruled = ip(rows[i].own),
                                .no_source_rules = rows[i].no_rules};
        if (own.address.family == IP_V4) /* the kernel says it of IPv4 */
            kernel.route.source = own.address;
        struct route_facts way = way_of(&kernel, &own, 1, rows[i].address);
        assert_int_equal(way.kind, rows[i].elsewhere ? rows[i].kind : ROUTE_ON_LINK);
        assert_int_equal(way.needs_source.family, rows[i].elsewhere ? own.address.family : IP_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_source),     cmocka_unit_test(test_no_rule_on_sources),
        cmocka_unit_test(test_rule_on_sources), cmocka_unit_test(test_hint_of_route),
        cmocka_unit_test(test_rule_on_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

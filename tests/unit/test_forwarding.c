/* Whether a ruleset drops what a bridge forwards: libnftables' JSON, and what is no such thing. */
#include "forwarding.h"

#include "unit.h"

#define CHAIN(family, policy)                                                                                \
    "{\"chain\": {\"family\": \"" family                                                                     \
    "\", \"table\": \"filter\", \"name\": \"FORWARD\", \"type\": \"filter\", "                               \
    "\"hook\": \"forward\", \"prio\": 0, \"policy\": \"" policy "\"}}"
#define RULE_OF(chain, statements)                                                                           \
    ", {\"rule\": {\"family\": \"ip\", \"table\": \"filter\", \"handle\": 7, \"chain\": \"" chain            \
    "\", \"expr\": [" statements "]}}"
#define RULE(statements)       RULE_OF("FORWARD", statements)
#define MATCH(left, op, right) "{\"match\": {\"op\": \"" op "\", \"left\": " left ", \"right\": " right "}}, "
#define META(key)              "{\"meta\": {\"key\": \"" key "\"}}"
#define STATE                  "{\"ct\": {\"key\": \"state\"}}"
#define ACCEPT                 "{\"accept\": null}"

static bool is_dropped(const char *items, enum ip_family family)
{
    char *ruleset = NULL, *chain = NULL;

    assert_true(asprintf(&ruleset, "{\"nftables\": [{\"metainfo\": {}}, %s]}", items) > 0);
    bool dropped = forwarding_is_dropped(ruleset, "", "br0", family, &chain);
    assert_int_equal(dropped, chain != NULL);
    free(chain);
    free(ruleset);
    return dropped;
}

static void test_policies(void **state)
{
    char *chain = NULL;
    (void)state;
    assert_true(is_dropped(CHAIN("ip", "drop"), IP_V4));
    assert_false(is_dropped(CHAIN("ip", "drop"), IP_V6));
    assert_true(is_dropped(CHAIN("ip6", "drop"), IP_V6));
    assert_true(is_dropped(CHAIN("inet", "drop"), IP_V4));
    assert_true(is_dropped(CHAIN("inet", "drop"), IP_V6));
    assert_false(is_dropped(CHAIN("ip", "accept"), IP_V4));
    assert_false(is_dropped(CHAIN("bridge", "drop"), IP_V4));
    assert_true(
        is_dropped(CHAIN("ip", "accept") ", " CHAIN("inet", "drop"), IP_V4)); /* whatever the other says */
    assert_true(forwarding_is_dropped("{\"nftables\": [" CHAIN("ip", "drop") "]}", "", "br0", IP_V4, &chain));
    assert_string_equal(chain, "ip filter FORWARD");
    free(chain);
}

static void test_rules(void **state)
{
    static const struct {
        const char *rules;
        bool is_dropped;
    } rows[] = {
        {RULE(ACCEPT), false},
        {RULE("{\"counter\": {\"packets\": 1, \"bytes\": 2}}, {\"drop\": null}"), true},
        {RULE(MATCH(META("iifname"), "==", "\"docker0\"") ACCEPT), true},
        {RULE(MATCH(META("oifname"), "==", "\"docker0\"") ACCEPT), true},
        {RULE(MATCH(META("iifname"), "==", "\"br0\"") ACCEPT), false},
        {RULE(MATCH(META("iifname"), "==", "\"br*\"") ACCEPT), false},
        {RULE(MATCH(META("iifname"), "==", "\"virbr*\"") ACCEPT), true},
        {RULE(MATCH(META("iifname"), "!=", "\"br0\"") ACCEPT), true},
        {RULE(MATCH(META("iifname"), "!=", "\"eth0\"") ACCEPT), false},
        {RULE(MATCH(META("iifname"), "!=", "{\"set\": [\"br0\", \"br1\"]}") ACCEPT),
         false}, /* not looked into */
        {RULE(MATCH(META("iifname"), "==", "{\"set\": [\"eth0\", \"br0\"]}") ACCEPT), false},
        {RULE(MATCH(META("iifname"), "==", "{\"set\": [\"eth0\", \"eth1\"]}") ACCEPT), true},
        {RULE(MATCH(META("iifname"), "==", "\"@lan\"") ACCEPT), false},
        {RULE(MATCH(META("iifname"), "!=", "\"@lan\"") ACCEPT), false},
        {RULE(MATCH(META("iifname"), "<", "\"br0\"") ACCEPT), false},
        {RULE(MATCH(META("mark"), "==", "7") ACCEPT), false},
        {RULE(MATCH(STATE, "in", "[\"established\", \"related\"]") ACCEPT), true},
        {RULE(MATCH(STATE, "in", "\"established\"") ACCEPT), true},
        {RULE(MATCH(STATE, "in", "[\"established\", \"new\"]") ACCEPT), false},
        {RULE(MATCH(STATE, "!=", "\"invalid\"") ACCEPT), false},
        {RULE("{\"xt\": {\"type\": \"match\", \"name\": \"physdev\"}}, " ACCEPT), false},
        {RULE("{\"xt\": {\"type\": \"match\", \"name\": \"physdev\"}}, {\"drop\": null}"), true},
        {RULE("{\"xt\": {\"type\": \"target\", \"name\": \"LOG\"}}"), true},
        {RULE("{\"xt\": {\"type\": \"target\", \"name\": \"REJECT\"}}"), true},
        {RULE("{\"xt\": {\"type\": \"target\", \"name\": \"NFQUEUE\"}}"), false},
        {RULE("{\"xt\": {\"name\": \"LOG\"}}"), false},
        {RULE("{\"xt\": null}"), false}, /* libnftables before 1.0.5 says no more */
        {RULE("{\"vmap\": {\"key\": {}, \"data\": {}}}"), false},
        {RULE("{\"queue\": {\"num\": 0}}"), false},
        {RULE("{\"jump\": {\"target\": \"USER\"}}"), true},
        {RULE("{\"jump\": {\"target\": \"USER\"}}") RULE_OF("USER", "{\"return\": null}"), true},
        {RULE("{\"jump\": {\"target\": \"USER\"}}") RULE_OF("USER", ACCEPT), false},
        {RULE("{\"goto\": {\"target\": \"USER\"}}") RULE_OF("USER", ACCEPT), false},
        {RULE(MATCH(META("iifname"), "==", "\"eth0\"") "{\"jump\": {\"target\": \"USER\"}}")
             RULE_OF("USER", ACCEPT),
         true},
        {RULE_OF("USER", ACCEPT), true}, /* nobody goes there */
        {RULE("{\"jump\": {\"target\": \"USER\"}}") RULE_OF("USER", "{\"jump\": {\"target\": \"USER\"}}"),
         false},
    };
    char *items = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(asprintf(&items, "%s%s", CHAIN("ip", "drop"), rows[i].rules) > 0);
        if (is_dropped(items, IP_V4) != rows[i].is_dropped)
            fail_msg("%s", rows[i].rules);
        free(items);
    }
}

/* What iptables-nft made of "-m conntrack --ctstate": the state is in the text alone. */
static void test_text(void **state)
{
    static const char ruleset[] = "{\"nftables\": [" CHAIN("ip", "drop")
        RULE("{\"xt\": {\"type\": \"match\", \"name\": \"conntrack\"}}, " ACCEPT) "]}";
    static const struct {
        const char *table, *rule, *handle;
        bool is_dropped;
    } rows[] = {
        {"ip filter", "ct state related,established counter accept", "7", true},
        {"ip filter", "iifname \"eth0\" ct state established accept", "7", true},
        {"ip filter", "ct state related,new accept", "7", false},
        {"ip filter", "ct state established,untracked accept", "7", false},
        {"ip filter", "ct state relatedness accept", "7", false},
        {"ip filter", "ct state != established accept", "7", false},
        {"ip filter", "xt match \"conntrack\" accept", "7", false}, /* nft without libxtables */
        {"ip filter", "xt match \"x\" accept comment \"ct state established \"", "7", false},
        {"ip filter", "ct state established accept", "77", false},
        {"ip filter", "ct state established accept\n\t}\n}\ntable ip nat {\n\tchain x {", "7", false},
        {"ip6 filter", "ct state established accept", "7", false},
    };
    (void)state;
    assert_true(forwarding_needs_text(ruleset));
    assert_false(forwarding_needs_text("{\"nftables\": [" CHAIN("ip", "drop") "]}"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = NULL, *chain = NULL;
        assert_true(asprintf(&text, "table %s {\n\tchain FORWARD { # handle 1\n\t\t%s # handle %s\n\t}\n}\n",
                             rows[i].table, rows[i].rule, rows[i].handle) > 0);
        if (forwarding_is_dropped(ruleset, text, "br0", IP_V4, &chain) != rows[i].is_dropped)
            fail_msg("%s", text);
        free(chain);
        free(text);
    }
}

static void test_nonsense(void **state)
{
    static const char *const texts[] = {
        "", "x", "[]", "{}", "{\"nftables\": 1}", "{\"nftables\": [1, {\"chain\": 2}, {\"rule\": []}]}"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *chain = NULL;
        assert_false(forwarding_is_dropped(texts[i], texts[i], "br0", IP_V4, &chain));
        assert_null(chain);
    }
    assert_true(is_dropped(CHAIN("ip", "drop") ", {\"rule\": 1}", IP_V4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

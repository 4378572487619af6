/* What nftables is told so that it traces our echo, and what is made of its trace. */
#include "rule_trace.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct trace_question question_for(const char *address)
{
    struct trace_question question = {.rules = true, .interface_count = 2, .interfaces = {"br0", "vnet0"}};

    memcpy(&question.nonce, "\x01\x23\x45\x67\x89\xab\xcd\xef", sizeof question.nonce);
    assert_true(ip_parse(address, &question.address));
    return question;
}

static void expect_line(const char *script, const char *line)
{
    size_t length = strlen(line);

    for (const char *at = script; (at = strstr(at, line)) != NULL; at++)
        if ((at == script || at[-1] == '\n') && (at[length] == '\n' || at[length] == '\0'))
            return;
    fail_msg("no line \"%s\" in:\n%s", line, script);
}

static void expect_no(const char *script, const char *words)
{
    if (strstr(script, words) != NULL)
        fail_msg("\"%s\" is in:\n%s", words, script);
}

static void test_inet(void **state)
{
    struct trace_question question = question_for("10.9.0.2");
    char *script = rule_trace_script("inet", "t", &question);

    (void)state;
    expect_line(script, "add table inet t { flags owner; }");
    expect_line(script, "add rule inet t request meta nftrace set 1");
    expect_line(script, "add chain inet t in { type filter hook prerouting priority -2000000000; }");
    expect_line(script, "add rule inet t out ip daddr 10.9.0.2 icmp type echo-request @th,128,64 "
                        "0x0123456789abcdef jump request");
    expect_line(script, "add rule inet t in ip saddr 10.9.0.2 icmp type echo-reply @th,128,64 "
                        "0x0123456789abcdef jump reply");
    expect_no(script, "arp");
    free(script);
}

/* The question that the echo depends on is marked, too: where the host itself asks. */
static void test_questions(void **state)
{
    struct trace_question ipv4 = question_for("10.9.0.2"), ipv6 = question_for("2001:db8::2");
    char *arp = rule_trace_script("arp", "t", &ipv4), *bridge = rule_trace_script("bridge", "t", &ipv4);
    char *nd = rule_trace_script("bridge", "t", &ipv6);

    (void)state;
    expect_line(arp, "add rule arp t out arp operation request arp daddr ip 10.9.0.2 jump request");
    expect_line(arp, "add rule arp t in arp operation reply arp saddr ip 10.9.0.2 jump reply");
    expect_no(arp, "icmp");
    expect_line(bridge, "add rule bridge t out arp operation request arp daddr ip 10.9.0.2 jump request");
    expect_no(bridge, "bridge t in arp operation request");
    expect_line(nd, "add rule bridge t out icmpv6 type nd-neighbor-solicit @th,64,128 "
                    "0x20010db8000000000000000000000002 jump request");
    expect_no(nd, "arp ");
    assert_null(rule_trace_script("arp", "t", &ipv6));
    free(arp);
    free(bridge);
    free(nd);
}

/* Interfaces may have any name. */
static void test_devices(void **state)
{
    struct trace_question question = question_for("10.9.0.2");

    (void)state;
    strcpy(question.interfaces[0], "a\" ; flush"); /* no shell, but a command all the same */
    char *script = rule_trace_script("netdev", "t", &question);
    expect_line(script,
                "add chain netdev t in1 { type filter hook ingress device \"vnet0\" priority -2000000000; }");
    expect_line(script,
                "add chain netdev t out1 { type filter hook egress device \"vnet0\" priority -2000000000; }");
    expect_no(script, "flush");
    free(script);
}

static void test_list(void **state)
{
    static const char list[] = "table inet f {\n"
                               "\tchain i { # handle 1\n"
                               "\t\ttype filter hook input priority filter; policy accept;\n"
                               "\t\tip saddr 10.9.0.3 drop # handle 71\n"
                               "\t\ticmp type echo-request drop comment \"no # handle 7\" # handle 7\n"
                               "\t}\n"
                               "}\n";
    struct kernel_rule rule = {.family = "ip", .table = "filter", .chain = "DOCKER-ISOLATION-STAGE-1"};
    static const struct {
        uint64_t handle;
        const char *text;
    } rows[] = {{7, "icmp type echo-request drop comment \"no # handle 7\""}, {71, "ip saddr 10.9.0.3 drop"}};
    size_t length;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = rule_trace_find(list, rows[i].handle, &length);
        assert_non_null(text);
        assert_int_equal(length, strlen(rows[i].text));
        assert_memory_equal(text, rows[i].text, length);
    }
    assert_null(rule_trace_find(list, 1, &length)); /* that is the chain */
    assert_null(rule_trace_find(list, 2, &length));
    char *command = rule_trace_list_command(&rule);
    assert_string_equal(command, "list chain ip filter DOCKER-ISOLATION-STAGE-1");
    free(command);
    strcpy(rule.chain, "i; flush ruleset");
    assert_null(rule_trace_list_command(&rule));
    strcpy(rule.chain, "");
    assert_null(rule_trace_list_command(&rule));
}

static const uint8_t ECHO[20] = {0x45, [12] = 10, 9, 0, 1, 10, 9, 0, 2};
static const uint8_t REPLY[20] = {0x45, [12] = 10, 9, 0, 2, 10, 9, 0, 1};
static const uint8_t ARP_QUESTION[28] = {0, 1, 8, 0, 6, 4, 0, 1, [14] = 10, 9, 0, 1, [24] = 10, 9, 0, 2};

static void test_direction(void **state)
{
    struct trace_question question = question_for("10.9.0.2");
    struct trace_step step = {0};

    (void)state;
    assert_true(rule_trace_direction(&question, ECHO, sizeof ECHO, NULL, 0, &step));
    assert_true(step.is_echo && !step.was_reply);
    assert_true(rule_trace_direction(&question, REPLY, sizeof REPLY, NULL, 0, &step));
    assert_true(step.is_echo && step.was_reply);
    assert_true(rule_trace_direction(&question, ARP_QUESTION, sizeof ARP_QUESTION, NULL, 0, &step));
    assert_false(step.is_echo || step.was_reply);
    for (size_t cut = 0; cut < 16; cut++)
        assert_false(rule_trace_direction(&question, ECHO, cut, NULL, 0, &step));
    question = question_for("2001:db8::2");
    assert_false(rule_trace_direction(&question, ECHO, sizeof ECHO, NULL, 0, &step));
    static const uint8_t ipv6[40] = {0x60, [8] = 0xfe, 0x80}, advertisement[8] = {136},
                         solicitation[8] = {135};
    assert_true(
        rule_trace_direction(&question, ipv6, sizeof ipv6, advertisement, sizeof advertisement, &step));
    assert_true(step.was_reply && !step.is_echo);
    assert_true(rule_trace_direction(&question, ipv6, sizeof ipv6, solicitation, sizeof solicitation, &step));
    assert_false(step.was_reply || step.is_echo);
}

static struct trace_step shown(uint32_t packet, bool is_echo, int in)
{
    return (struct trace_step){
        .packet = packet, .has_direction = true, .was_reply = true, .is_echo = is_echo, .in = in};
}

static struct trace_step dropped(uint32_t packet, uint64_t handle)
{
    return (struct trace_step){.packet = packet, .is_drop = true, .rule = {.handle = handle}};
}

static void note_all(struct trace_log *log, const struct trace_step *steps, size_t count)
{
    *log = (struct trace_log){.interfaces = {2, 3}, .interface_count = 2};
    for (size_t i = 0; i < count; i++)
        rule_trace_note(log, &steps[i]);
}

static void test_log(void **state)
{
    struct trace_log log;

    (void)state;
    note_all(&log, (struct trace_step[]){shown(1, true, 2), dropped(1, 7), dropped(1, 8)}, 3);
    assert_true(log.has_drop && log.drop.handle == 7 && log.drop.was_reply);
    note_all(&log, (struct trace_step[]){shown(1, true, 9), dropped(1, 7)}, 2); /* a copy at another port */
    assert_false(log.has_drop);
    note_all(&log, (struct trace_step[]){shown(1, true, 2), dropped(2, 7)}, 2); /* somebody else's */
    assert_false(log.has_drop);
    note_all(&log, (struct trace_step[]){shown(1, false, 2), dropped(1, 7), shown(2, true, 2), dropped(2, 8)},
             4);
    assert_true(log.has_drop && log.drop.handle == 8);
    note_all(&log, (struct trace_step[]){shown(2, true, 2), dropped(2, 8), shown(1, false, 2), dropped(1, 7)},
             4);
    assert_true(log.drop.handle == 8);
}

/* A storm of others' traces neither overflows it nor hides the drop of what was shown last. */
static void test_many(void **state)
{
    struct trace_log log = {0};

    (void)state;
    for (uint32_t packet = 1; packet <= 1000; packet++) {
        struct trace_step step = shown(packet, true, 0);
        rule_trace_note(&log, &step);
    }
    struct trace_step step = dropped(1000, 7);
    rule_trace_note(&log, &step);
    assert_true(log.has_drop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inet), cmocka_unit_test(test_questions), cmocka_unit_test(test_devices),
        cmocka_unit_test(test_list), cmocka_unit_test(test_direction), cmocka_unit_test(test_log),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

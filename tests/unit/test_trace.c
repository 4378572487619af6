/* The kernel's own word on a lost ping: when it is asked, what of it is evidence, and that no verdict hangs
 * on it. */
#include "trace.h"

#include "fake_session.h"

enum { BRIDGE = VANTAGE_BIT(AT_BRIDGE), TAP = VANTAGE_BIT(AT_TAP), HOST = VANTAGE_BIT(AT_HOST) };

/* The reply is lost between bridge and stack. */
static void reply_is_lost(struct world *w)
{
    world_bridge(w);
    give(w, GUEST_4);
    w->stack = (struct fake_stack){.is_there = true, .requests = BRIDGE | TAP, .replies = TAP | BRIDGE};
    w->trace.is_there = true;
}

static bool has_evidence(const struct world *w, const char *words)
{
    const struct finding *finding = &w->verdict.findings[0];

    for (size_t i = 0; w->verdict.finding_count > 0 && i < finding->evidence.count; i++)
        if (strstr(finding->evidence.items[i], words) != NULL)
            return true;
    return false;
}

static void assert_same_verdict(struct world *w)
{
    world_run(w);
    assert_outcome(w, 4, "host-filter");
}

static struct kernel_drop dropped(bool was_reply, int ifindex, const char *reason)
{
    struct kernel_drop drop = {.was_reply = was_reply, .ifindex = ifindex, .place = "nft_do_chain"};

    strncpy(drop.reason, reason, sizeof drop.reason - 1);
    return drop;
}

static void test_healthy(void **state)
{
    struct world w;
    (void)state;
    reply_is_lost(&w);
    w.stack.replies |= HOST;
    w.options.deep = true;
    world_run(&w);
    assert_outcome(&w, 0, "");
    assert_int_equal(w.trace.watches, 0);
    world_end(&w);
}

static void test_drops(void **state)
{
    struct world w;
    (void)state;
    reply_is_lost(&w);
    w.trace.ends.drop_count = 4;
    w.trace.ends.drops[0] = dropped(true, BRIDGE_INDEX, "NETFILTER_DROP");
    w.trace.ends.drops[1] = dropped(false, BRIDGE_INDEX, "OF_THE_REQUEST");
    w.trace.ends.drops[2] = dropped(true, 77, "ELSEWHERE");
    w.trace.ends.drops[3] = dropped(true, 0, "AT_A_SOCKET");
    assert_same_verdict(&w);
    assert_true(has_evidence(&w, "the kernel dropped the reply: NETFILTER_DROP in nft_do_chain"));
    assert_true(has_evidence(&w, "--find-rule"));
    assert_false(has_evidence(&w, "OF_THE_REQUEST") || has_evidence(&w, "ELSEWHERE") ||
                 has_evidence(&w, "AT_A_SOCKET") || has_evidence(&w, "inferred"));
    assert_int_equal(w.trace.asks, 1);
    assert_true(w.trace.question.drops && !w.trace.question.rules);
    assert_int_equal(w.trace.question.interface_count, 2);
    assert_string_equal(w.trace.question.interfaces[0], "tap0");
    world_end(&w);
}

static void test_rule(void **state)
{
    struct world w;
    (void)state;
    reply_is_lost(&w);
    w.options.find_rule = true;
    w.trace.ends.has_rule = true;
    w.trace.ends.rule = (struct kernel_rule){
        .handle = 7, .family = "inet", .table = "f", .chain = "i\n", .text = "icmp type echo-reply drop"};
    assert_same_verdict(&w);
    assert_true(w.trace.question.rules);
    assert_true(has_evidence(&w, "it is dropped by inet f i\\x0a handle 7: icmp type echo-reply drop"));
    assert_null(strstr(w.verdict.findings[0].fix, "delete")); /* nobody pastes such a name into a shell */
    world_end(&w);
    reply_is_lost(&w);
    w.options.find_rule = true;
    w.trace.ends.has_rule = true;
    w.trace.ends.rule = (struct kernel_rule){.handle = 7, .family = "inet", .table = "f", .chain = "i"};
    assert_same_verdict(&w);
    assert_true(has_evidence(&w, "it is dropped by inet f i handle 7"));
    assert_string_equal(w.verdict.findings[0].fix, "nft delete rule inet f i handle 7");
    world_end(&w);
    reply_is_lost(&w);
    w.options.find_rule = true;
    w.trace.ends.has_rule = true;
    w.trace.ends.rule =
        (struct kernel_rule){.is_policy = true, .family = "ip", .table = "filter", .chain = "INPUT"};
    assert_same_verdict(&w);
    assert_true(has_evidence(&w, "it is dropped by the policy of ip filter INPUT"));
    assert_string_equal(w.verdict.findings[0].fix, "nft 'chain ip filter INPUT { policy accept; }'");
    world_end(&w);
    reply_is_lost(&w);
    w.options.find_rule = true;
    w.trace.ends.has_legacy = true;
    assert_same_verdict(&w);
    assert_true(has_evidence(&w, "no rule of nftables dropped it; those of iptables-legacy"));
    world_end(&w);
}

/* Nobody who may ask, nobody who answers, and the turn of others: the same verdict, with less evidence. */
static void test_nobody_tells(void **state)
{
    struct world w;
    (void)state;
    reply_is_lost(&w);
    w.trace.is_there = false;
    assert_same_verdict(&w);
    assert_true(has_evidence(&w, "was not asked: that takes CAP_BPF and CAP_PERFMON"));
    assert_true(has_evidence(&w, "inferred"));
    world_end(&w);
    reply_is_lost(&w);
    w.trace.is_dumb = true;
    assert_same_verdict(&w);
    assert_true(has_evidence(&w, "was not asked: "));
    world_end(&w);
    reply_is_lost(&w);
    w.trace.begins.no_drops = EPERM;
    assert_same_verdict(&w);
    assert_true(has_evidence(&w, "was not asked: that takes CAP_BPF and CAP_PERFMON"));
    assert_int_equal(w.trace.asks, 1); /* it ends what it began */
    world_end(&w);
    reply_is_lost(&w);
    w.trace.busy = 20;
    assert_same_verdict(&w);
    assert_int_equal(w.trace.watches, 1);
    world_end(&w);
    reply_is_lost(&w);
    w.trace.busy = 1000000;
    assert_same_verdict(&w);
    assert_int_equal(w.trace.watches, 0);
    world_end(&w);
}

static void test_answered_meanwhile(void **state)
{
    struct world w;
    (void)state;
    reply_is_lost(&w);
    w.trace.lets_through = true;
    w.trace.ends.drop_count = 1;
    w.trace.ends.drops[0] = dropped(true, BRIDGE_INDEX, "NETFILTER_DROP");
    assert_same_verdict(&w);
    assert_true(has_evidence(&w, "the next request was answered"));
    assert_false(has_evidence(&w, "NETFILTER_DROP"));
    world_end(&w);
}

/* Who ends the check while the kernel watches ends that, too. */
static void test_interrupted(void **state)
{
    struct world w;
    (void)state;
    reply_is_lost(&w);
    world_start(&w);
    while (w.trace.watches == 0)
        assert_true(world_step(&w));
    check_interrupt(w.check, w.now_us);
    while (world_step(&w))
        ;
    assert_int_equal(w.trace.asks, 1);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_nobody_tells),
        cmocka_unit_test(test_answered_meanwhile),
        cmocka_unit_test(test_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

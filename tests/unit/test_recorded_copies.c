/* Copies in a recording: which of them a fault made, and which the recording itself. */
#include "recorded_ping.h"

static void test_duplicates(void **state)
{
    struct verdict verdict;

    (void)state;
    resolve();
    ping(5, 2, 0);
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "dup-reply-copied");
    assert_check(&verdict, "icmp", GUEST_4, 5, 5, 5);
    verdict_free(&verdict);
    begin(NULL);
    resolve();
    ping(5, 2, 1);
    assert_diagnosis(&file, "dup-request-copied");
    begin(NULL);
    resolve();
    ping(5, 2, 20000);
    assert_diagnosis(&file, "dup-two-guests");
}

static void test_late_copy(void **state)
{
    (void)state;
    resolve();
    for (unsigned sequence = 1; sequence <= 4; sequence++) {
        add(SECOND, request(sequence));
        add(ROUND_TRIP, reply(sequence, sequence + 500));
        add(60000, reply(sequence, sequence + 500));
    }
    assert_diagnosis(&file, "dup-reply-copied");
}

static void test_forwarded(void **state)
{
    struct packet_spec routed = REPLY;

    (void)state;
    resolve();
    for (unsigned sequence = 1; sequence <= 3; sequence++) {
        routed.from_mac = ROUTER;
        routed.ip_id = 700 + sequence;
        routed.ttl = 63;
        add(SECOND, request(sequence));
        add(ROUND_TRIP, reply(sequence, routed.ip_id));
        add(ROUND_TRIP, echo(routed, true, sequence));
    }
    assert_diagnosis(&file, "dup-forwarded");
}

/* A router's only interface records each packet twice, once for each hop. */
static void test_hop_by_hop(void **state)
{
    struct packet_spec out = REQUEST, back = REPLY;
    struct verdict verdict;

    (void)state;
    out.from_mac = ROUTER;
    out.ttl = 63;
    back.from_mac = ROUTER;
    back.ttl = 63;
    for (unsigned sequence = 1; sequence <= 4; sequence++) {
        struct packet_spec to_router = REQUEST, from_guest = REPLY;
        to_router.to_mac = ROUTER;
        from_guest.to_mac = ROUTER;
        to_router.ip_id = out.ip_id = sequence;
        from_guest.ip_id = back.ip_id = 50 + sequence;
        add(SECOND, echo(to_router, false, sequence));
        add(10, echo(out, false, sequence));
        add(ROUND_TRIP, echo(from_guest, true, sequence));
        add(10, echo(back, true, sequence));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_check(&verdict, "icmp", GUEST_4, 8, 8, 0);
    verdict_free(&verdict);
}

/* A mirror port, a bridge and its port: everything is there twice, and nothing is wrong. */
static void test_recorded_twice(void **state)
{
    struct verdict verdict;

    (void)state;
    resolve();
    for (unsigned sequence = 1; sequence <= 4; sequence++) {
        add(SECOND, request(sequence));
        add(3, request(sequence));
        add(ROUND_TRIP, reply(sequence, 50 + sequence));
        add(3, reply(sequence, 50 + sequence));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_check(&verdict, "icmp", GUEST_4, 4, 4, 0);
    assert_true(list_has(&verdict.notes, "4 questions and their answers were recorded equally often"));
    verdict_free(&verdict);
}

static void test_reflection_and_loop(void **state)
{
    (void)state;
    resolve();
    for (unsigned sequence = 1; sequence <= 3; sequence++) {
        add(SECOND, request(sequence));
        add(50, request(sequence));
        for (unsigned i = 0; i < 4; i++)
            add(ROUND_TRIP, reply(sequence, 50 + 2 * sequence + i / 2));
    }
    assert_diagnosis(&file, "frame-reflection");
    begin(NULL);
    resolve();
    for (unsigned sequence = 1; sequence <= 3; sequence++) {
        add(SECOND, request(sequence));
        for (unsigned i = 0; i < 20; i++) {
            add(50, request(sequence));
            add(50, reply(sequence, 50 + 40 * sequence + i));
        }
    }
    assert_diagnosis(&file, "l2-loop");
}

/* What one program sends again, or two programs send alike, is no copy. */
static void test_not_copies(void **state)
{
    struct packet_spec again = REQUEST;
    struct verdict verdict;

    (void)state;
    resolve();
    for (unsigned i = 1; i <= 4; i++) { /* the same number and payload each time, as some programs do */
        again.ip_id = i;
        add(i % 2 ? 70 * SECOND : SECOND / 10, echo(again, false, 7));
        add(ROUND_TRIP, reply(7, 100 + i));
    }
    diagnose_with(&file, &READ_DEFAULTS, NULL, &verdict);
    assert_findings(&verdict, "");
    assert_check(&verdict, "icmp", GUEST_4, 4, 4, 0);
    verdict_free(&verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_duplicates, begin),
        cmocka_unit_test_setup(test_late_copy, begin),
        cmocka_unit_test_setup(test_forwarded, begin),
        cmocka_unit_test_setup(test_hop_by_hop, begin),
        cmocka_unit_test_setup(test_recorded_twice, begin),
        cmocka_unit_test_setup(test_reflection_and_loop, begin),
        cmocka_unit_test_setup(test_not_copies, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

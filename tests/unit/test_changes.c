/* What is told of a target whose reports come one after the other: each change once, no other. */
#include "changes.h"
#include "report_maker.h"

enum { SECOND_US = 1000000, STEPS = 200, TOLD_MAX = 64 };

/* Who is told; the strings of what is told live in the reports. */
struct told {
    enum change_kind kind;
    enum finding_id id;
    struct ip_addr address;
    uint64_t lasted_us;
    long before;
};

static struct scene {
    struct standing standing;
    struct told told[TOLD_MAX];
    size_t count;
    uint64_t now_us;
} scene;

static void tell(void *context, const struct change *change)
{
    struct scene *of = context;

    assert_true(of->count < TOLD_MAX);
    assert_non_null(change->target);
    of->told[of->count++] = (struct told){
        .kind = change->kind,
        .id = change->finding != NULL ? change->finding->id : FINDING_COUNT,
        .address = change->finding != NULL ? change->finding->address : (struct ip_addr){0},
        .lasted_us = change->lasted_us,
        .before = change->before->pid,
    };
}

static struct target_report report_of(const char *interface)
{
    return (struct target_report){.interface = text_format("%s", interface)};
}

static void find(struct target_report *report, enum finding_id id, const char *address)
{
    struct verdict *verdict = &report->verdict;

    verdict->findings =
        memory_resize(verdict->findings, verdict->finding_count + 1, sizeof *verdict->findings);
    verdict->findings[verdict->finding_count++] =
        (struct finding){.id = id, .address = ip(address), .summary = text_format("it is so")};
    verdict_conclude(verdict);
}

/* A second later. */
static void take(struct target_report report, bool looked)
{
    scene.count = 0;
    scene.now_us += SECOND_US;
    changes_take(&scene.standing, &report, looked, scene.now_us, tell, &scene);
}

static int set_up(void **state)
{
    (void)state;
    scene = (struct scene){.now_us = SECOND_US};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    changes_forget(&scene.standing);
    return 0;
}

static void assert_told(size_t place, enum change_kind kind, enum finding_id id, uint64_t lasted_us)
{
    assert_true(place < scene.count);
    assert_string_equal(change_name(scene.told[place].kind), change_name(kind));
    assert_int_equal(scene.told[place].id, id);
    assert_int_equal(scene.told[place].lasted_us, lasted_us);
}

/* How it is at first is no change. */
static void test_first_report(void **state)
{
    struct target_report report = report_of("tap0");

    (void)state;
    find(&report, FINDING_TAP_DOWN, "");
    take(report, true);
    assert_int_equal(scene.count, 0);
    assert_true(scene.standing.known);
}

static void test_begins_and_ends(void **state)
{
    (void)state;
    take(report_of("tap0"), true);
    for (int i = 0; i < 3; i++) {
        struct target_report report = report_of("tap0");
        find(&report, FINDING_ICMP_NO_REPLY, "10.9.0.2");
        take(report, true);
        assert_int_equal(scene.count, i == 0);
    }
    take(report_of("tap0"), true);
    assert_int_equal(scene.count, 1);
    assert_told(0, CHANGE_ENDED, FINDING_ICMP_NO_REPLY, 3 * SECOND_US);
}

/* The same finding on another address is another one. */
static void test_addresses_apart(void **state)
{
    struct target_report one = report_of("tap0"), other = report_of("tap0");

    (void)state;
    find(&one, FINDING_ICMP_NO_REPLY, "10.9.0.2");
    find(&other, FINDING_ICMP_NO_REPLY, "10.9.0.3");
    take(one, true);
    take(other, true);
    assert_int_equal(scene.count, 2);
    assert_told(0, CHANGE_BEGAN, FINDING_ICMP_NO_REPLY, 0);
    assert_told(1, CHANGE_ENDED, FINDING_ICMP_NO_REPLY, SECOND_US);
}

static struct target_report untold(void)
{
    struct target_report report = report_of("tap0");

    text_list_addf(&report.verdict.unknown, "frames were lost");
    verdict_conclude(&report.verdict);
    return report;
}

/* Who could not tell has seen no end; but the host's own facts are known. */
static void test_untold(void **state)
{
    struct target_report fault = report_of("tap0"), again = report_of("tap0");

    (void)state;
    find(&fault, FINDING_ICMP_NO_REPLY, "10.9.0.2");
    find(&fault, FINDING_TAP_DOWN, "");
    take(fault, true);
    take(untold(), true);
    assert_int_equal(scene.count, 2);
    assert_told(0, CHANGE_ENDED, FINDING_TAP_DOWN, SECOND_US);
    assert_told(1, CHANGE_UNKNOWN, FINDING_COUNT, 0);
    take(untold(), true);
    assert_int_equal(scene.count, 0);
    find(&again, FINDING_ICMP_NO_REPLY, "10.9.0.2");
    take(again, true);
    assert_int_equal(scene.count, 1);
    assert_told(0, CHANGE_KNOWN, FINDING_COUNT, 2 * SECOND_US);
    take(report_of("tap0"), true);
    assert_int_equal(scene.count, 1);
    assert_told(0, CHANGE_ENDED, FINDING_ICMP_NO_REPLY, 4 * SECOND_US);
}

static void test_ignored(void **state)
{
    struct target_report report = report_of("tap0");

    (void)state;
    take(report_of("tap0"), true);
    find(&report, FINDING_ICMP_NO_REPLY, "10.9.0.2");
    report.verdict.findings[0].ignored = true;
    take(report, true);
    take(report_of("tap0"), true);
    assert_int_equal(scene.count, 0);
}

/* What a more specific finding explains has not ended; it does with that one. */
static void test_explained(void **state)
{
    struct target_report generic = report_of("tap0"), specific = report_of("tap0");

    (void)state;
    take(report_of("tap0"), true);
    find(&generic, FINDING_ICMP_NO_REPLY, "10.9.0.2");
    take(generic, true);
    find(&specific, FINDING_VM_NOT_READING, "");
    take(specific, true);
    assert_int_equal(scene.count, 1);
    assert_told(0, CHANGE_BEGAN, FINDING_VM_NOT_READING, 0);
    take(report_of("tap0"), true);
    assert_int_equal(scene.count, 2);
    assert_told(0, CHANGE_ENDED, FINDING_VM_NOT_READING, SECOND_US);
    assert_told(1, CHANGE_ENDED, FINDING_ICMP_NO_REPLY, 2 * SECOND_US);
}

static struct target_report held_by(long pid)
{
    struct target_report report = report_of("tap0");

    report.has_vm = pid != 0;
    report.vm = (struct vm_result){.pid = pid};
    return report;
}

/* That nobody could be seen does not mean that nobody is there. */
static void test_holders(void **state)
{
    (void)state;
    take(held_by(4711), true);
    take(held_by(0), false);
    assert_int_equal(scene.count, 0);
    take(held_by(4711), true);
    assert_int_equal(scene.count, 0);
    take(held_by(4712), true);
    assert_int_equal(scene.count, 1);
    assert_told(0, CHANGE_VM, FINDING_COUNT, 0);
    assert_int_equal(scene.told[0].before, 4711);
    take(held_by(0), true);
    assert_int_equal(scene.count, 1);
    assert_int_equal(scene.told[0].before, 4712);
}

/* Any of a few findings begins or ends with each step: that is told, and nothing else. */
static void test_many_steps(void **state)
{
    static const enum finding_id ids[] = {FINDING_ICMP_NO_REPLY, FINDING_FORWARDING_OFF,
                                          FINDING_DHCP_TWO_SERVERS, FINDING_DOCUMENTATION_ADDRESS};
    static const char *const addresses[] = {"10.9.0.2", "10.9.0.3", "fd00:9::2"};
    enum { KINDS = sizeof ids / sizeof ids[0], PLACES = sizeof addresses / sizeof addresses[0] };
    uint64_t since_us[KINDS * PLACES] = {0};
    unsigned chance = 1;

    (void)state;
    take(report_of("tap0"), true);
    for (int step = 0; step < STEPS; step++) {
        struct target_report report = report_of("tap0");
        chance = chance * 1103515245 + 12345;
        size_t turned = chance / 65536 % (KINDS * PLACES);
        uint64_t then_us = since_us[turned];
        since_us[turned] = then_us != 0 ? 0 : scene.now_us + SECOND_US;
        for (size_t i = 0; i < KINDS * PLACES; i++)
            if (since_us[i] != 0)
                find(&report, ids[i / PLACES], addresses[i % PLACES]);
        take(report, true);
        assert_int_equal(scene.count, 1);
        assert_told(0, then_us != 0 ? CHANGE_ENDED : CHANGE_BEGAN, ids[turned / PLACES],
                    then_us != 0 ? scene.now_us - then_us : 0);
        assert_true(ip_equal(scene.told[0].address, ip(addresses[turned % PLACES])));
    }
}

/* ---- in words ---- */

/* Behind the time. The caller frees it. */
static char *said(const struct change *change)
{
    static const struct report_style style;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    format_named("text")->change(out, change, &style);
    fclose(out);
    memmove(text, text + sizeof "00:00:00", size - sizeof "00:00:00" + 1);
    return text;
}

static void assert_said(const struct change *change, const char *wanted)
{
    char *text = said(change);

    assert_string_equal(text, wanted);
    free(text);
}

static void test_words(void **state)
{
    struct target_report healthy = report_of("tap0"), faulty = held_by(4711), lost = untold();
    const struct vm_result nobody = {0};

    (void)state;
    find(&faulty, FINDING_ICMP_NO_REPLY, "10.9.0.2");
    const struct finding *finding = faulty.verdict.findings;
    assert_said(&(struct change){CHANGE_STATE, .target = &healthy}, "tap0: healthy\n");
    assert_said(&(struct change){CHANGE_STATE, .target = &faulty, .lasted_us = 2 * SECOND_US},
                "tap0: FAULT in layer 3: icmp-no-reply 10.9.0.2 (for 2.00 s)\n");
    assert_said(&(struct change){CHANGE_CAME, .target = &healthy}, "tap0: came: healthy\n");
    assert_said(&(struct change){CHANGE_WENT, .target = &healthy}, "tap0: went\n");
    assert_said(&(struct change){CHANGE_BEGAN, .target = &faulty, .finding = finding},
                "tap0: icmp-no-reply 10.9.0.2 began: it is so\n");
    assert_said(
        &(struct change){CHANGE_ENDED, .target = &healthy, .finding = finding, .lasted_us = SECOND_US},
        "tap0: icmp-no-reply 10.9.0.2 ended after 1.00 s\n");
    assert_said(&(struct change){CHANGE_UNKNOWN, .target = &lost},
                "tap0: not all can be told: COULD NOT TELL: frames were lost\n");
    assert_said(&(struct change){CHANGE_KNOWN, .target = &healthy, .lasted_us = SECOND_US},
                "tap0: all can be told again after 1.00 s: healthy\n");
    assert_said(&(struct change){CHANGE_VM, .target = &faulty, .before = &nobody},
                "tap0: behind it is ? (process 4711), before it was nobody\n");
    report_target_free(&healthy);
    report_target_free(&faulty);
    report_target_free(&lost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_report, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_begins_and_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_addresses_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_untold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_explained, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_holders, set_up, tear_down),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_many_steps, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

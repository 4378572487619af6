/* The rules of the host's layer, and of what its own ping judges. */
#include "verdict.h"

#include "cases_host.h"
#include "cases_path.h"
#include "cases_reply.h"

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof HOST_CASES / sizeof HOST_CASES[0]; i++)
        run_case(&HOST_CASES[i]);
    for (size_t i = 0; i < sizeof PATH_CASES / sizeof PATH_CASES[0]; i++)
        run_case(&PATH_CASES[i]);
    for (size_t i = 0; i < sizeof REPLY_CASES / sizeof REPLY_CASES[0]; i++)
        run_case(&REPLY_CASES[i]);
}

/* The list of what exists is for the reader: taps, and if there are none, what could be meant. */
static void test_names_of_what_exists(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    s.target.link = NULL;
    scene_judge(&s);
    assert_string_equal(finding_in(&s, FINDING_NO_SUCH_TAP)->evidence.items[1], "there are: tap0");
    verdict_free(&s.verdict);
    s.links[0].kind = LINK_VETH;
    scene_judge(&s);
    assert_string_equal(finding_in(&s, FINDING_NO_SUCH_TAP)->evidence.items[1], "there are: tap0");
    verdict_free(&s.verdict);
    s.facts.link_count = 0;
    scene_judge(&s);
    assert_string_equal(finding_in(&s, FINDING_NO_SUCH_TAP)->evidence.items[1], "there are: none");
    scene_end(&s);
}

/* What makes probing pointless ends the check before anything is sent; nothing else does. */
static void test_what_ends_early(void **state)
{
    static void (*const pointless[])(struct scene *) = {no_tap, tun, down, no_carrier};
    static void (*const worth_asking[])(struct scene *) = {any_tap, veth, veth_without_carrier, two_holders,
                                                           put_on_bridge};
    struct scene s;
    (void)state;
    for (size_t i = 0; i < 9; i++) {
        scene_start(&s);
        (i < 4 ? pointless[i] : worth_asking[i - 4])(&s);
        struct verdict_input input = {&s.facts, &s.target, &s.options, NULL, scope_of_check(&s.target)};
        assert_int_equal(verdict_ends_early(&input), i < 4);
        verdict_evaluate(&input, &s.verdict);
        if (i < 4) {
            assert_int_equal(s.verdict.status, STATUS_FAULT);
            assert_int_equal(s.verdict.layer, LAYER_HOST);
            assert_int_equal(s.verdict.check_count, 0);
        }
        scene_end(&s);
    }
}

/* The column of the table says which findings do. */
static void test_course_of_the_check(void **state)
{
    struct scene s;
    (void)state;
    for (size_t i = 0; i < sizeof HOST_CASES / sizeof HOST_CASES[0]; i++) {
        scene_start(&s);
        HOST_CASES[i].shows(&s);
        struct verdict_input input = {&s.facts, &s.target, &s.options, NULL, scope_of_check(&s.target)};
        bool ends = FINDINGS[HOST_CASES[i].id].course == ENDS_CHECK;
        if (!s.lint && verdict_ends_early(&input) != ends)
            fail_msg("%s %s the check", FINDINGS[HOST_CASES[i].id].name, ends ? "does not end" : "ends");
        scene_end(&s);
    }
}

/* Its guest hears nothing that is sent there, so nothing is; who answers on the LAN is somebody else. */
static void test_macvtap_cannot_be_told(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    s.links[0].kind = LINK_MACVTAP;
    struct verdict_input input = {&s.facts, &s.target, &s.options, NULL, scope_of_check(&s.target)};
    assert_true(verdict_ends_early(&input));
    is_deaf_about(&s, SCENE_4);
    see_claim(&s, SCENE_4, OTHER_MAC);
    scene_judge(&s);
    assert_int_equal(report_verdict_status(&s.verdict), EXIT_UNKNOWN);
    assert_string_equal(findings_text(&s.verdict), "");
    assert_int_equal(s.verdict.unknown.count, 1);
    scene_end(&s);
}

static void test_loopback_is_not_meant(void **state)
{
    struct scene s;
    (void)state;
    scene_start(&s);
    s.links[0].kind = LINK_OTHER;
    s.links[0].loopback = true;
    scene_judge(&s);
    assert_string_equal(findings_text(&s.verdict), "not-ethernet");
    scene_end(&s);
}

/* What lets a VM go on where that does no harm, with its name where a shell takes that as it stands. */
static void test_how_a_vm_goes_on(void **state)
{
    static const struct {
        const char *status, *name, *fix; /* fix: how it ends */
    } cases[] = {
        {"paused", "web1", ": virsh resume web1; or, at the monitor of QEMU: cont"},
        {"prelaunch", "$(reboot)", ", unless it was stopped for a reason: at the monitor of QEMU: cont"},
        {"suspended", "web1", ": virsh dompmwakeup web1; or, at the monitor of QEMU: system_wakeup"},
        {"io-error", "web1", ", then: virsh resume web1; or, at the monitor of QEMU: cont"},
        {"guest-panicked", "web1", ": virsh reset web1; or, at the monitor of QEMU: system_reset"},
        {"inmigrate", "web1", "look whether it still runs there"},
        {"postmigrate", "web1", "check it there"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene s;
        scene_start(&s);
        paused(&s);
        s.qmp.status = (char *)(uintptr_t)cases[i].status;
        char *script = text_format("qemu-system-x86_64 -name '%s' -netdev tap,id=n,ifname=tap0,script=no,"
                                   "downscript=no -device virtio-net-pci,netdev=n,mac=%s\n",
                                   cases[i].name, SCENE_MAC);
        know_vm(&s, script);
        free(script);
        scene_judge(&s);
        const char *fix = finding_in(&s, FINDING_VM_NOT_READING)->fix;
        assert_true(strlen(fix) > strlen(cases[i].fix));
        assert_string_equal(fix + strlen(fix) - strlen(cases[i].fix), cases[i].fix);
        scene_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_names_of_what_exists),
        cmocka_unit_test(test_what_ends_early),
        cmocka_unit_test(test_course_of_the_check),
        cmocka_unit_test(test_macvtap_cannot_be_told),
        cmocka_unit_test(test_loopback_is_not_meant),
        cmocka_unit_test(test_how_a_vm_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

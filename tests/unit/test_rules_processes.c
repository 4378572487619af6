/* The rules about the start-up of VMs: processes that run, without a tap that is looked at. */
#include "report.h"

#include <errno.h>

#include "unit.h"
#include "lint_case.h"
#include "qemu_on_host.h"

static const struct lint_case process_cases[] = {
    {"qemu -nic tap,ifname=tap0,script=no,mac=52:54:00:00:00:01", "0", {0}},
    {"qemu -nic tap,ifname=tap7,script=no,mac=52:54:00:00:00:01",
     "4 no-such-tap",
     {"the host has no interface \"tap7\"", "  -nic tap,ifname=tap7,script=no", "  there are: tap0\n"}},
    {"qemu -nic tap,ifname=tap%d,script=no", "0", {0}},
    {"qemu -nic user,ifname=tap7", "0", {0}},
    {"qemu -nic tap,ifname=tap0,script=no,mac=" TAP_MAC,
     "3 host-mac",
     {TAP_MAC " is the MAC address of the network card and of the host's tap0"}},
    {"qemu -nic tap,ifname=tap0,script=no,mac=fe:00:00:00:00:01", "3 host-mac", {"of the host's br0"}},
    {"qemu -nic tap,ifname=tap0,script=no,mac=52:54:00:00:00:01 -nic user,mac=" TAP_MAC, "0", {0}},
};

static void test_processes(void **state)
{
    (void)state;
    set_macs();
    for (size_t i = 0; i < sizeof process_cases / sizeof process_cases[0]; i++) {
        struct vm_list list = {0};
        char *summary, *words;
        add_process(&list, 4711, process_cases[i].text);
        lint(&list, &host, &summary, &words);
        assert_string_equal(summary, process_cases[i].expected);
        for (size_t j = 0; j < 4; j++)
            assert_words(words, process_cases[i].said[j]);
        free(summary);
        free(words);
        vm_list_free(&list);
    }
}

/* A script that is not there, of a file and of a process; written, and QEMU's own. */
static void test_missing_scripts(void **state)
{
    static const struct {
        pid_t pid;
        const char *line, *expected, *said;
    } cases[] = {
        {0, "qemu -nic tap,ifname=tap0,script=/no/up", "1 script-unusable",
         "if the VM is to run on this machine"},
        {4711, "qemu -nic tap,ifname=tap0,script=/no/up", "4 script-unusable", "!on this machine"},
        {0, "qemu -nic tap,ifname=tap0", "1 script-unusable",
         "no script= is written, so QEMU runs /etc/qemu-ifup"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vm_list list = {0};
        struct target target = {0};
        struct verdict verdict;
        struct script_facts script = {.error = ENOENT};
        add_process(&list, cases[i].pid, cases[i].line);
        struct vm_index *index = vm_index_of(&list, list.count);
        target_vm_set(&target.vm, list.items[0], index);
        const struct vm_backend *backend = &list.items[0]->backends[0];
        script.path = vm_script(backend, false);
        script.source = &backend->source;
        script.implied = backend->script == NULL;
        target.vm.scripts = &script;
        target.vm.script_count = 1;
        verdict_evaluate(&(struct verdict_input){.target = &target,
                                                 .options = &(struct check_options){0},
                                                 .scope = SCOPE_START_UP},
                         &verdict);
        char *summary = summary_of(&verdict, text_format("%s", "")),
             *words = words_of(&verdict, text_format("%s\n", verdict.findings[0].fix));
        assert_string_equal(summary, cases[i].expected);
        assert_words(words, cases[i].said);
        free(summary);
        free(words);
        verdict_free(&verdict);
        target.vm.scripts = NULL;
        target_vm_clear(&target.vm);
        vm_index_free(index);
        vm_list_free(&list);
    }
}

static void test_two_processes(void **state)
{
    struct vm_list list = {0};
    char *summary, *words;
    (void)state;
    add_process(&list, 4711, "qemu -name web1 -nic tap,ifname=tap0,script=no");
    add_process(&list, 4712, "qemu -name web2 -nic tap,ifname=tap1,script=no");
    lint(&list, NULL, &summary, &words);
    assert_string_equal(summary, "3 duplicate-mac; 3 duplicate-mac");
    assert_non_null(strstr(words, "  web1 (process 4711): -nic tap,ifname=tap0,script=no: 52:54:00:12:34:56, "
                                  "QEMU's default, since no mac= is written\n"));
    assert_non_null(strstr(words, "  web2 (process 4712): "));
    free(summary);
    free(words);
    vm_list_free(&list);
}

/* The tap is in another network namespace now, but the process has it. */
static void test_tap_elsewhere(void **state)
{
    struct vm_list list = {0};
    char *summary, *words;
    (void)state;
    add_process(&list, 4711, "qemu -nic tap,ifname=tap7,script=no");
    list.items[0]->backends[0].held = true;
    lint(&list, &host, &summary, &words);
    assert_string_equal(summary, "0");
    free(summary);
    free(words);
    vm_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes),
        cmocka_unit_test(test_missing_scripts),
        cmocka_unit_test(test_two_processes),
        cmocka_unit_test(test_tap_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

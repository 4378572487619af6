/* The rules about the VM behind one tap: its start-up, who holds the tap, and what QEMU says itself. */
#include "qmp.h"
#include "report.h"
#include "vm_index.h"

#include "unit.h"
#include "lint_case.h"
#include "qemu_on_host.h"

struct scene {
    struct vm_list list;
    struct vm_index *index;
    struct target target;
    struct qmp_facts qmp;
    struct observations seen;
    struct observation claim;
    struct check_options options;
    struct verdict verdict;
};

/* The first process holds tap0, by its first backend. */
static void scene_start(struct scene *scene, const char *line)
{
    set_macs();
    *scene = (struct scene){.options = {.ipv4 = true, .ipv6 = true}};
    add_process(&scene->list, 4711, line);
    scene->index = vm_index_of(&scene->list, scene->list.count);
    target_vm_set(&scene->target.vm, scene->list.items[0], scene->index);
    scene->target.name = text_format("tap0");
    scene->target.link = &links[0];
    scene->target.vm.looked = true;
    scene->target.vm.holder_count = 1;
    scene->target.vm.holders[0] = (struct tap_holder){.pid = 4711, .name = "web1"};
    scene->target.vm.backend = &scene->list.items[0]->backends[0];
}

/* Somebody answers on the tap. */
static void scene_answered(struct scene *scene)
{
    scene->claim = (struct observation){
        .kind = OBSERVED_CLAIM, .address = ip("10.9.0.2"), .mac = mac("52:54:00:12:34:56")};
    scene->seen = (struct observations){.items = &scene->claim, .count = 1};
}

static void scene_asks(struct scene *scene, bool running, const char *status, const char *network)
{
    scene->qmp = (struct qmp_facts){.running = running, .status = text_format("%s", status)};
    qmp_read_info_network(network, &scene->qmp);
    scene->target.vm.qmp_asked = true;
    scene->target.vm.qmp_path = "/run/x.qmp";
    scene->target.vm.qmp = &scene->qmp;
}

static void scene_judge(struct scene *scene, const char *expected)
{
    struct verdict_input input = {&host, &scene->target, &scene->options, &scene->seen,
                                  scope_of_check(&scene->target)};
    char *summary;

    verdict_evaluate(&input, &scene->verdict);
    summary = summary_of(&scene->verdict, text_format("%s", ""));
    assert_string_equal(summary, expected);
    free(summary);
}

static char *scene_end(struct scene *scene)
{
    char *words = words_of(&scene->verdict, text_format("%s", ""));

    verdict_free(&scene->verdict);
    qmp_facts_free(&scene->qmp);
    target_vm_clear(&scene->target.vm);
    vm_index_free(scene->index);
    free(scene->target.name);
    vm_list_free(&scene->list);
    return words;
}

#define MISMATCH "qemu -net tap,vlan=4,ifname=tap0,script=no -net nic,vlan=1,macaddr=52:54:00:12:34:57"

static void test_behind_a_tap(void **state)
{
    struct scene scene;
    (void)state;
    scene_start(&scene, MISMATCH);
    scene_judge(&scene, "3 vlan-mismatch");
    char *words = scene_end(&scene);
    assert_words(words, "!unknown: no address of the guest was found"); /* no wonder */
    free(words);

    /* whoever answers is connected, or speaks by itself */
    static const enum observation_kind kinds[] = {OBSERVED_CLAIM, OBSERVED_HEARD, OBSERVED_QUESTION};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        scene_start(&scene, MISMATCH);
        scene_answered(&scene);
        scene.claim.kind = kinds[i];
        scene_judge(&scene, "5"); /* only that no address was asked for */
        free(scene_end(&scene));
    }

    /* the fault is at another tap of the VM */
    scene_start(&scene, "qemu -nic tap,ifname=tap0,script=no -netdev tap,id=b,ifname=tap1,script=no "
                        "-device e1000 -nic tap,ifname=tap2,mac=01:00:00:00:00:01");
    scene_judge(&scene, "5");
    free(scene_end(&scene));

    /* a tap that was plugged later: nothing of the start-up is about it */
    scene_start(&scene, MISMATCH);
    scene.target.vm.backend = NULL;
    scene_judge(&scene, "5");
    free(scene_end(&scene));
}

static void test_holders(void **state)
{
    struct scene scene;
    char *words;
    (void)state;
    scene_start(&scene, "qemu -nic tap,ifname=tap0,script=no");
    scene.target.vm.holder_count = scene.target.vm.proven_count = 2;
    scene.target.vm.holders[1] = (struct tap_holder){.pid = 4712, .name = "web2"};
    scene_judge(&scene, "4 tap-shared");
    words = scene_end(&scene);
    assert_words(words, "2 processes hold the tap tap0");
    assert_words(words, "process 4711 (web1) has it open");
    assert_words(words, "process 4712 (web2) has it open");
    free(words);

    /* a tap of that name, but perhaps not this one */
    scene_start(&scene, "qemu -nic tap,ifname=tap0,script=no");
    scene.target.vm.holder_count = 2;
    scene.target.vm.proven_count = 1;
    scene_judge(&scene, "5");
    words = scene_end(&scene);
    assert_words(words, "note: 2 processes hold a tap called tap0");
    free(words);

    /* more than are kept */
    scene_start(&scene, "qemu -nic tap,ifname=tap0,script=no");
    scene.target.vm.holder_count = scene.target.vm.proven_count = 100;
    scene_judge(&scene, "4 tap-shared");
    words = scene_end(&scene);
    assert_words(words, "100 processes hold");
    free(words);

    /* nobody that may be looked at */
    scene_start(&scene, "qemu -nic tap,ifname=tap0,script=no");
    scene.target.vm.holder_count = 0;
    scene.target.vm.unreadable = 123;
    scene_judge(&scene, "5");
    words = scene_end(&scene);
    assert_words(words, "note: a process holds tap0, but none that may be looked at here does");
    assert_words(words, "were not compared with others): 123");
    free(words);
}

static const char connected[] = "hub 4\n \\ p1: tap0: index=0,type=tap,ifname=tap0\n"
                                " \\ p2: e1000.0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:57\n";
static const char apart[] = "hub 1\n \\ p2: e1000.0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:57\n"
                            "hub 4\n \\ p1: tap0: index=0,type=tap,ifname=tap0,script=no\n";
static const char paired[] = "e1000.0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:57\n"
                             " \\ __org.qemu.nic0: index=0,type=tap,ifname=tap0\n";
static const char alone[] = "__org.qemu.nic0: index=0,type=tap,ifname=tap0,script=no\n";
static const char longer[] = "n7: index=0,type=tap,ifname=tap01\n";

static void test_qemu_says(void **state)
{
    static const struct {
        const char *line, *network, *expected, *said;
        bool running;
        const char *status;
    } cases[] = {
        {MISMATCH, apart, "3 vlan-mismatch", "QEMU says (info network): hub 4: tap0: index=0", true,
         "running"},
        {MISMATCH, connected, "5", "!hub", true, "running"}, /* plugged together since */
        {"qemu -nic tap,ifname=tap0,script=no", paired, "5", "!QEMU says", true, "running"},
        {"qemu -nic tap,ifname=tap0,script=no", alone, "3 nic-unconnected",
         "QEMU says (info network): __org.qemu.nic0: index=0,type=tap,ifname=tap0", true, "running"},
        {"qemu -nic tap,ifname=tap0,script=no", apart, "3 vlan-mismatch",
         "e1000.0 is on QEMU hub 1, but tap0 on", true, "running"},
        {"qemu -nic tap,ifname=tap0,script=no", longer, "5", "!QEMU says", true, "running"},
        {"qemu -nic tap,ifname=tap0,script=no", paired, "4 vm-not-reading",
         "the VM is not running: QEMU says \"paused\"", false, "paused"},
        {"qemu -nic tap,ifname=tap0,script=no", paired, "4 vm-not-reading", "\"suspended\"", false,
         "suspended"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        scene_start(&scene, cases[i].line);
        scene_asks(&scene, cases[i].running, cases[i].status, cases[i].network);
        scene_judge(&scene, cases[i].expected);
        char *words = scene_end(&scene);
        assert_words(words, cases[i].said);
        free(words);
    }
}

static void test_qemu_is_silent(void **state)
{
    struct scene scene;
    (void)state;
    scene_start(&scene, "qemu -nic tap,ifname=tap0,script=no");
    scene.target.vm.qmp_asked = true;
    scene.target.vm.qmp_path = "/run/x.qmp";
    scene.target.vm.qmp_result_text = qmp_result_text(QMP_BUSY);
    scene_judge(&scene, "5");
    char *words = scene_end(&scene);
    assert_words(words, "note: QEMU did not say how it is (QMP, /run/x.qmp): busy: it has another client");
    free(words);
}

/* What explains silence hides it. */
static void test_hiding(void **state)
{
    static const enum finding_id specific[] = {FINDING_VLAN_MISMATCH, FINDING_NIC_UNCONNECTED,
                                               FINDING_LINK_OFF, FINDING_VM_NOT_READING};
    (void)state;
    for (size_t i = 0; i < sizeof specific / sizeof specific[0]; i++) {
        assert_true(finding_hides(&FINDINGS[specific[i]], FINDING_ARP_NO_REPLY));
        assert_true(finding_hides(&FINDINGS[specific[i]], FINDING_NDP_NO_REPLY));
    }
    assert_true(finding_hides(&FINDINGS[FINDING_VLAN_MISMATCH], FINDING_NIC_UNCONNECTED));
    assert_true(finding_hides(&FINDINGS[FINDING_TAP_NAME_TOO_LONG], FINDING_NO_SUCH_TAP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behind_a_tap), cmocka_unit_test(test_holders),
        cmocka_unit_test(test_qemu_says),    cmocka_unit_test(test_qemu_is_silent),
        cmocka_unit_test(test_hiding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

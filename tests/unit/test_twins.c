/* Two network cards with one MAC address: a fault where their frames meet, at most worth a note where they do
 * not. */
#include "verdict.h"

#include "script.h"

#include "unit.h"

#include "lint_case.h"

enum { BR0 = 10, BR1, FWBR, VETH_IN, VETH_OUT, OVS };

/* tap0 and tap1 are ports of br0, tap2 of br1, tap3 and tap4 of none; tap5 is one of fwbr0, which a pair of
 * veths joins with br0; tap6 and tap7 are in Open vSwitch. */
static struct link_facts links[] = {
    {.ifindex = 1, .name = "tap0", .kind = LINK_TAP, .master = BR0},
    {.ifindex = 2, .name = "tap1", .kind = LINK_TAP, .master = BR0},
    {.ifindex = 3, .name = "tap2", .kind = LINK_TAP, .master = BR1},
    {.ifindex = 4, .name = "tap3", .kind = LINK_TAP},
    {.ifindex = 5, .name = "tap4", .kind = LINK_TAP},
    {.ifindex = 6, .name = "tap5", .kind = LINK_TAP, .master = FWBR},
    {.ifindex = 7, .name = "tap6", .kind = LINK_TAP, .master = OVS},
    {.ifindex = 8, .name = "tap7", .kind = LINK_TAP, .master = OVS},
    {.ifindex = 9, .name = "mv0", .kind = LINK_MACVTAP},
    {.ifindex = BR0, .name = "br0", .kind = LINK_BRIDGE},
    {.ifindex = BR1, .name = "br1", .kind = LINK_BRIDGE},
    {.ifindex = FWBR, .name = "fwbr0", .kind = LINK_BRIDGE},
    {.ifindex = VETH_IN, .name = "fwln0", .kind = LINK_VETH, .master = FWBR, .peer = VETH_OUT},
    {.ifindex = VETH_OUT, .name = "fwpr0", .kind = LINK_VETH, .master = BR0, .peer = VETH_IN},
    {.ifindex = OVS, .name = "ovs-system", .kind = LINK_OTHER},
};
static const struct host_facts host = {.links = links, .link_count = sizeof links / sizeof links[0]};

/* A process that holds its taps here. */
static struct vm *add_process(struct vm_list *list, const char *text)
{
    script_parse(text, strlen(text), list);
    struct vm *vm = list->items[list->count - 1];
    vm->pid = (pid_t)list->count;
    for (size_t i = 0; i < vm->backend_count; i++)
        vm->backends[i].held = vm->backends[i].here = true;
    return vm;
}

static void assert_twins(struct vm_list *list, const struct host_facts *facts, bool meet, const char *note)
{
    char *summary, *words;

    lint(list, facts, &summary, &words);
    assert_string_equal(summary, meet ? "3 duplicate-mac; 3 duplicate-mac" : "0; 0");
    assert_words(words, note);
    free(summary);
    free(words);
    vm_list_free(list);
}

#define MAC       ",script=no,mac=52:54:00:00:00:01"
#define TAP(name) "qemu -nic tap,ifname=" name MAC
#define APART     "no fault as long as their networks do not meet"
#define ONE       "no fault as long as they do not run at the same time"

static void test_where_they_meet(void **state)
{
    static const struct {
        const char *one, *other;
        bool meet;
    } rows[] = {
        {TAP("tap0"), TAP("tap1"), true},
        {TAP("tap0"), TAP("tap2"), false},
        {TAP("tap0"), TAP("tap3"), false},
        {TAP("tap3"), TAP("tap4"), false},
        {TAP("tap0"), TAP("tap5"), true}, /* by the veths */
        {TAP("tap2"), TAP("tap5"), false},
        {TAP("tap6"), TAP("tap7"), true}, /* who knows */
        {TAP("tap0"), TAP("mv0"), true},  /* it may be on the bridge's uplink */
        {TAP("tap0"),
         "qemu -netdev socket,id=n,mcast=230.0.0.1:1234 -device e1000,netdev=n,mac=52:54:00:00:00:01", true},
        {TAP("tap2") " -nic tap,ifname=tap1,script=no,mac=52:54:00:00:00:02", TAP("tap0"), false},
        {"qemu -net nic,macaddr=52:54:00:00:00:01 -net tap,ifname=tap2,script=no -net "
         "tap,ifname=tap0,script=no",
         TAP("tap1"), true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vm_list list = {0};
        add_process(&list, rows[i].one);
        add_process(&list, rows[i].other);
        assert_twins(&list, &host, rows[i].meet, rows[i].meet ? "!" APART : APART);
    }
}

/* Of the host nothing is known: they may meet. */
static void test_unknown_host(void **state)
{
    struct vm_list list = {0};
    (void)state;
    add_process(&list, TAP("tap0"));
    add_process(&list, TAP("tap2"));
    assert_twins(&list, NULL, true, NULL);
}

/* The tap of the same name in another network namespace is another one. */
static void test_other_namespace(void **state)
{
    struct vm_list list = {0};
    (void)state;
    add_process(&list, TAP("tap0"));
    add_process(&list, TAP("tap1"))->backends[0].here = false;
    assert_twins(&list, &host, false, APART);
}

/* The VM that waits for its state to come is the one that sends it. */
static void test_migration(void **state)
{
    struct vm_list list = {0};
    (void)state;
    add_process(&list, TAP("tap0"));
    add_process(&list, TAP("tap1") " -incoming tcp:0:4444");
    assert_twins(&list, &host, false, ONE);
}

/* After it, the process that has sent its state away is left. */
static void test_left_behind(void **state)
{
    static const struct check_options options;
    struct vm_list list = {0};
    struct target target = {0};
    struct qmp_facts qmp = {.status = (char *)(uintptr_t) "postmigrate"};
    struct verdict verdict;
    (void)state;
    add_process(&list, TAP("tap0"));
    add_process(&list, TAP("tap1"));
    struct vm_index *index = vm_index_of(&list, list.count);
    target_vm_set(&target.vm, list.items[0], index);
    target.vm.qmp = &qmp;
    verdict_evaluate(
        &(struct verdict_input){
            .facts = &host, .target = &target, .options = &options, .scope = SCOPE_START_UP},
        &verdict);
    assert_int_equal(verdict.finding_count, 0);
    verdict_free(&verdict);
    target_vm_clear(&target.vm);
    vm_index_free(index);
    vm_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_they_meet), cmocka_unit_test(test_unknown_host),
        cmocka_unit_test(test_other_namespace), cmocka_unit_test(test_migration),
        cmocka_unit_test(test_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

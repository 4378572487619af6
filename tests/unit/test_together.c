/* What several targets show together: one MAC, or one address, on two ports of one bridge. */
#include "cases_l2.h"

enum { TWO = 2 };

struct pair {
    struct scene scenes[TWO];
    struct judged judged[TWO];
    struct vm vms[TWO];
};

static void pair_start(struct pair *pair)
{
    for (size_t i = 0; i < TWO; i++) {
        struct scene *scene = &pair->scenes[i];
        scene_start(scene);
        put_on_bridge(scene);
        scene->links[0].ifindex = SCENE_TAP + 10 * (int)i;
        scene->target.name = (char *)(uintptr_t)(i == 0 ? "tap0" : "tap1");
        scene->target.vm.holder_count = 1;
        scene->target.vm.holders[0].pid = 4711 + (pid_t)i;
        pair->vms[i] = (struct vm){.pid = 4711 + (pid_t)i};
        scene->target.vm.vm = &pair->vms[i];
    }
}

/* The other guest answers for this address from this MAC. */
static void other_is(struct pair *pair, const char *address, const char *owner)
{
    struct scene *scene = &pair->scenes[1];

    scene->seen.count = scene->target.address_count = scene->target.given_count = 0;
    add_checked(scene, address);
    for (size_t i = 0; i < scene->seen.count; i++)
        scene->seen.items[i].mac = mac(owner);
}

static void compare(struct pair *pair, const char *expected)
{
    for (size_t i = 0; i < TWO; i++) {
        struct scene *scene = &pair->scenes[i];
        scene_judge(scene);
        pair->judged[i] = (struct judged){&scene->target, &scene->facts, &scene->options, &scene->verdict};
    }
    verdict_compare(pair->judged, TWO);
    for (size_t i = 0; i < TWO; i++) {
        assert_string_equal(findings_text(&pair->scenes[i].verdict), expected);
        assert_int_equal(pair->scenes[i].verdict.status, *expected ? STATUS_FAULT : STATUS_HEALTHY);
        for (size_t j = 0; j < pair->scenes[i].verdict.finding_count; j++)
            assert_complete(&pair->scenes[i].verdict.findings[j]);
        scene_end(&pair->scenes[i]);
    }
}

static void test_one_mac(void **state)
{
    struct pair pair;
    (void)state;

    pair_start(&pair);
    other_is(&pair, "10.9.0.3", SCENE_MAC);
    compare(&pair, "duplicate-mac");
}

static void test_one_address(void **state)
{
    struct pair pair;
    (void)state;

    pair_start(&pair);
    other_is(&pair, SCENE_4, OTHER_MAC);
    compare(&pair, "address-conflict");
}

static void test_nothing_in_common(void **state)
{
    struct pair pair;
    (void)state;

    pair_start(&pair);
    other_is(&pair, "10.9.0.3", OTHER_MAC);
    compare(&pair, "");
}

/* On two bridges, in two VLANs of one, two cards of one VM, or in two network namespaces. */
static void test_what_does_not_meet(void **state)
{
    struct pair pair;
    struct fdb_facts learned[TWO] = {{.port = SCENE_TAP, .mac = mac(SCENE_MAC), .vid = 5},
                                     {.port = SCENE_TAP + 10, .mac = mac(SCENE_MAC), .vid = 6}};
    (void)state;

    for (unsigned how = 0; how < 4; how++) {
        pair_start(&pair);
        other_is(&pair, SCENE_4, how == 2 ? OTHER_MAC : SCENE_MAC);
        if (how == 0)
            pair.scenes[1].links[1].ifindex = pair.scenes[1].links[0].master = SCENE_BRIDGE + 10;
        for (size_t i = 0; i < TWO && how == 1; i++) {
            pair.scenes[i].facts.fdb = learned;
            pair.scenes[i].facts.fdb_count = TWO;
        }
        for (size_t i = 0; i < TWO && how == 2; i++)
            pair.scenes[i].target.vm.holders[0].pid = 4711;
        pair.scenes[1].target.netns = how == 3;
        compare(&pair, "");
    }
}

/* Who may not see whose the taps are cannot tell two cards of one machine from two machines. */
static void test_holders_unknown(void **state)
{
    static const char *const owners[] = {SCENE_MAC, OTHER_MAC};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct pair pair;
        pair_start(&pair);
        other_is(&pair, SCENE_4, owners[i]);
        pair.scenes[0].target.vm.holder_count = 0;
        compare(&pair, "");
    }
}

/* Two processes that are no VMs may be for two cards of one machine. */
static void test_holders_are_no_vms(void **state)
{
    struct pair pair;
    (void)state;

    pair_start(&pair);
    other_is(&pair, SCENE_4, OTHER_MAC);
    pair.scenes[1].target.vm.vm = NULL;
    compare(&pair, "");
}

/* In a loop a guest is heard on the other's port, too. */
static void test_in_a_loop(void **state)
{
    struct pair pair;
    (void)state;

    pair_start(&pair);
    other_is(&pair, SCENE_4, SCENE_MAC);
    for (size_t i = 0; i < TWO; i++)
        frames_go_round(&pair.scenes[i]);
    compare(&pair, "l2-loop");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_mac),           cmocka_unit_test(test_one_address),
        cmocka_unit_test(test_nothing_in_common), cmocka_unit_test(test_what_does_not_meet),
        cmocka_unit_test(test_holders_unknown),   cmocka_unit_test(test_holders_are_no_vms),
        cmocka_unit_test(test_in_a_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

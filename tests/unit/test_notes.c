/* What is worth knowing besides findings. */
#include "unit.h"

#include "scene.h"

static void assert_note(struct scene *scene, const char *words, bool expected)
{
    bool found = false;

    verdict_free(&scene->verdict);
    scene_judge(scene);
    for (size_t i = 0; i < scene->verdict.notes.count; i++)
        found |= strstr(scene->verdict.notes.items[i], words) != NULL;
    if (found != expected)
        fail_msg("%s note says \"%s\"", found ? "a" : "no", words);
}

static void test_routers(void **state)
{
    struct scene scene;

    (void)state;
    scene_start(&scene);
    assert_note(&scene, "router", false);
    see(&scene, (struct observation){.kind = OBSERVED_ROUTER, .mac = mac(SCENE_MAC)});
    assert_note(&scene, "the guest asked for IPv6 routers, and none was heard to answer", true);
    see(&scene,
        (struct observation){.kind = OBSERVED_ROUTER, .mac = mac(OTHER_MAC), .router = {.advertised = true}});
    assert_note(&scene, "a router at " OTHER_MAC " advertises itself to the guest", true);
    assert_note(&scene, "none was heard", false);
    scene_end(&scene);
}

static void test_left_out(void **state)
{
    struct scene scene;

    (void)state;
    scene_start(&scene);
    assert_note(&scene, "left out", false);
    scene.seen.left_out = 7;
    assert_note(&scene, "more was seen than is kept of one target: 7 observations are left out", true);
    scene_end(&scene);
}

/* The first reply to the probes of an address. */
static void see_echo_reply(struct scene *scene, const char *address, const char *from, const char *to)
{
    see(scene, (struct observation){.kind = OBSERVED_REPLY,
                                    .address = ip(address),
                                    .mac = mac(from),
                                    .reply = {.probe = PROBE_ICMP, .sequence = 1, .destination = mac(to)}});
}

/* A router or a second card may be the reason: it is no finding. */
static void test_crooked_replies(void **state)
{
    static const char asker[] = "00:00:00:00:00:00"; /* of the scene's source */
    static const struct {
        const char *from, *to;
        bool is_from_another, is_for_another;
    } rows[] = {
        {SCENE_MAC, asker, false, false},
        {SCENE_MAC, OTHER_MAC, false, true},
        {OTHER_MAC, asker, true, false},
        {OTHER_MAC, OTHER_MAC, true, true},
    };
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scene_start(&scene);
        see_echo_reply(&scene, SCENE_4, rows[i].from, rows[i].to);
        assert_note(&scene, SCENE_4 " answers echo requests of 00:00:00:00:00:00 to " OTHER_MAC,
                    rows[i].is_for_another);
        assert_note(&scene, SCENE_4 " answers ARP from " SCENE_MAC ", and echo requests from " OTHER_MAC,
                    rows[i].is_from_another);
        assert_int_equal(scene.verdict.finding_count, 0);
        scene_end(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_routers), cmocka_unit_test(test_left_out),
                                       cmocka_unit_test(test_crooked_replies)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

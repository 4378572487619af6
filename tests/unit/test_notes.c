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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_routers), cmocka_unit_test(test_left_out)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

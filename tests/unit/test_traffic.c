/* Which frames that come in are those that the host sent. */
#include "traffic.h"

#include "unit.h"

static const struct mac_addr HOST = {{0xfe, 0x54, 0, 0x12, 4, 0x11}},
                             GUEST = {{0x52, 0x54, 0, 0x12, 4, 0x11}};

/* Whether one frame that comes in 20 times goes round. */
static bool loops(struct mac_addr source, struct mac_addr destination)
{
    struct link_facts tap = {.mac = HOST};
    struct target target = {.path = {.hops = {&tap}, .count = 1}};
    const struct check_options options = {.vlan = VLAN_AUTOMATIC};
    struct observations seen = {0};
    struct probe_env env = {.target = &target, .options = &options, .observations = &seen};
    struct traffic traffic = {0};
    const struct frame frame = {
        .kind = FRAME_ARP, .source = source, .destination = destination, .digest = 0x12345678};

    for (unsigned i = 0; i < 20; i++)
        traffic_frame(&traffic, &env, &frame);
    bool result = traffic_loops(&traffic);
    traffic_free(&traffic);
    observations_free(&seen);
    return result;
}

/* A guest with the host's MAC answers from it, but to it as well. */
static void test_frames_of_the_kernel(void **state)
{
    static const struct mac_addr all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    (void)state;
    assert_true(loops(HOST, all));
    assert_true(loops(HOST, GUEST));
    assert_false(loops(HOST, HOST));
    assert_false(loops(GUEST, all));
    assert_false(loops(GUEST, HOST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_of_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

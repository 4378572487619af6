/* What the bridge has learned, before the guest answers and afterwards. */
#include "fake_session.h"

/* The bridge's other port, on which it has the guest's MAC, as a guest that was moved leaves it behind. */
static void learn_elsewhere(struct world *w)
{
    w->links[2] = (struct link_facts){.ifindex = UPLINK_INDEX,
                                      .name = "eth0",
                                      .ethernet = true,
                                      .up = true,
                                      .carrier = true,
                                      .master = BRIDGE_INDEX,
                                      .port = PORT_FORWARDING};
    w->facts.link_count = 3;
    w->fdb[0] = (struct fdb_facts){.port = UPLINK_INDEX, .mac = mac(GUEST_MAC)};
    w->facts.fdb_count = 1;
}

/* On which port it was seen afterwards; 0: on none. */
static void assert_learned(const struct world *w, int port)
{
    const struct observation *learned = NULL;

    for (size_t i = 0; i < w->seen.count && learned == NULL; i++)
        if (w->seen.items[i].kind == OBSERVED_LEARNED)
            learned = &w->seen.items[i];
    assert_int_equal(learned != NULL ? learned->port : 0, port);
}

/* An old entry is no fault, whatever becomes of it: it stays, the tap has it now, it is forgotten. */
static void test_old_entry(void **state)
{
    const struct fdb_facts entries[] = {{.port = UPLINK_INDEX, .mac = mac(GUEST_MAC)},
                                        {.port = TAP_INDEX, .mac = mac(GUEST_MAC)}};
    (void)state;

    for (int now = 0; now <= 2; now++) {
        struct world w;
        world_bridge(&w);
        learn_elsewhere(&w);
        give(&w, GUEST_4);
        struct host_facts later = w.facts;
        later.fdb = now < 2 ? (struct fdb_facts *)(uintptr_t)&entries[now] : NULL;
        later.fdb_count = now < 2;
        w.later = &later;
        world_run(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_learned(&w, now < 2 ? entries[now].port : 0);
        world_end(&w);
    }
}

/* Nothing speaks against an answer: nothing is looked at. */
static void test_no_doubt(void **state)
{
    struct world w;
    (void)state;

    world_bridge(&w);
    learn_elsewhere(&w);
    w.fdb[0].port = TAP_INDEX;
    give(&w, GUEST_4);
    world_run(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    assert_learned(&w, 0);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_old_entry), cmocka_unit_test(test_no_doubt)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Which targets of a run are told what is dropped between them. */
#include "between.h"

#include "rights.h"

#include "unit.h"

#include <errno.h>

static struct target targets[5];
static struct target *all[] = {&targets[0], &targets[1], &targets[2], &targets[3], &targets[4]};
static unsigned questions;

/* Of brA IPv4 is dropped; of brB nothing is known. */
static int look(void *context, int netns, const char *bridge, enum ip_family family, bool is_handed,
                char **ret_chain)
{
    (void)context;
    (void)is_handed;
    assert_int_equal(netns, 7);
    questions++;
    if (strcmp(bridge, "brB") == 0)
        return family == IP_V4 ? -EPERM : -EOPNOTSUPP;
    if (strcmp(bridge, "brA") != 0 || family != IP_V4)
        return 0;
    *ret_chain = strdup("ip filter FORWARD");
    return 1;
}

/* tap0 and tap3 are ports of brA, tap1 and tap4 of the other bridge; tap2 is none's. */
static void find(const char *other)
{
    static const int masters[] = {10, 11, 0, 10, 11};
    static const char *const names[] = {"tap0", "tap1", "tap2", "tap3", "tap4"};
    struct link_facts links[7] = {{.ifindex = 10, .name = "brA", .kind = LINK_BRIDGE},
                                  {.ifindex = 11, .kind = LINK_BRIDGE}};
    const struct rights rights = {.look_at_forwarding = look};
    const struct space space = {.netns = 7, .rights = &rights};
    struct text_list chains = {0};

    strncpy(links[1].name, other, sizeof links[1].name - 1);
    for (size_t i = 0; i < 5; i++) {
        links[2 + i] = (struct link_facts){.ifindex = 1 + (int)i, .master = masters[i]};
        strncpy(links[2 + i].name, names[i], sizeof links[2 + i].name - 1);
        targets[i] = (struct target){.name = (char *)(uintptr_t)names[i]};
    }
    questions = 0;
    between_find(all, 5, &(struct host_facts){.links = links, .link_count = 7}, &space, &chains);
    assert_int_equal(chains.count, 1);
    assert_ptr_equal(targets[0].between.chain_v4, chains.items[0]);
    targets[0].between.chain_v4 = targets[3].between.chain_v4 = NULL;
    text_list_free(&chains);
}

static void test_two_of_one_bridge(void **state)
{
    (void)state;
    find("brC");
    assert_int_equal(questions, 4);
    assert_ptr_equal(targets[0].between.other, &targets[3]);
    assert_ptr_equal(targets[3].between.other, &targets[0]);
    assert_null(targets[0].between.chain_v6);
    assert_null(targets[1].between.other);
    assert_null(targets[2].between.other);
    assert_null(targets[4].between.other);
}

static void test_not_known(void **state)
{
    (void)state;
    find("brB");
    assert_int_equal(targets[1].between.error, EPERM);
    assert_null(targets[1].between.chain_v4);
    assert_int_equal(targets[0].between.error, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_of_one_bridge),
        cmocka_unit_test(test_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

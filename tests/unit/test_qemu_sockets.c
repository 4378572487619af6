/* Which QEMUs a socket joins with the target's segment, as evidence of a loop, and in which order they
 * start. */
#include "unit.h"

#include "scene.h"

struct row {
    const char *script;   /* the target's VM first, whose tap is tap0 */
    const char *evidence; /* a line for each socket, behind the others; NULL: no socket is named */
    const char *order;    /* at the end of the fix */
};

#define ONE "qemu -name one -net nic,vlan=1 -net tap,vlan=1,ifname=tap0,script=no "
#define TWO "\nqemu -name two -net nic "

static const struct row rows[] = {
    {ONE "-net socket,vlan=1,listen=:4444" TWO "-net socket,connect=127.0.0.1:4444",
     "one (line 1) listens: -net socket,vlan=1,listen=:4444\n"
     "two (line 2) connects: -net socket,connect=127.0.0.1:4444\n",
     "one (line 1), then two (line 2)"},
    {ONE "-net socket,vlan=1,connect=localhost:4444" TWO "-net socket,listen=127.0.0.1:4444",
     "one (line 1) connects: -net socket,vlan=1,connect=localhost:4444\n"
     "two (line 2) listens: -net socket,listen=127.0.0.1:4444\n",
     "two (line 2), then one (line 1)"},
    {ONE "-net socket,vlan=1,mcast=230.0.0.1:1234" TWO "-net socket,mcast=230.0.0.1:1234",
     "one (line 1) is in the multicast group, which hears its own frames: "
     "-net socket,vlan=1,mcast=230.0.0.1:1234\n"
     "two (line 2) is in the multicast group, which hears its own frames: "
     "-net socket,mcast=230.0.0.1:1234\n",
     "one (line 1), then two (line 2)"},
    {ONE "-net socket,vlan=1,udp=127.0.0.1:1,localaddr=127.0.0.1:2" TWO
         "-net socket,udp=127.0.0.1:2,localaddr=127.0.0.1:1",
     "one (line 1) sends and hears: -net socket,vlan=1,udp=127.0.0.1:1,localaddr=127.0.0.1:2\n"
     "two (line 2) sends and hears: -net socket,udp=127.0.0.1:2,localaddr=127.0.0.1:1\n",
     "one (line 1), then two (line 2)"},
    /* another port, another host, two that listen; a socket in another hub, or none */
    {ONE "-net socket,vlan=1,listen=:4444" TWO "-net socket,connect=127.0.0.1:4445",
     "one (line 1) listens: -net socket,vlan=1,listen=:4444\n", "one (line 1)"},
    {ONE "-net socket,vlan=1,listen=127.0.0.1:4444" TWO "-net socket,connect=10.0.0.1:4444",
     "one (line 1) listens: -net socket,vlan=1,listen=127.0.0.1:4444\n", "one (line 1)"},
    {ONE "-net socket,vlan=1,listen=:4444" TWO "-net socket,listen=:4444",
     "one (line 1) listens: -net socket,vlan=1,listen=:4444\n", "one (line 1)"},
    {ONE "-net socket,vlan=2,listen=:4444" TWO "-net socket,connect=:4444", NULL, NULL},
    {ONE, NULL, NULL},
};

static void see_loop(struct scene *scene)
{
    scene->target.vm.backend = &scene->target.vm.vm->backends[0];
    see(scene, (struct observation){.kind = OBSERVED_RETURN,
                                    .mac = mac(TAP_MAC),
                                    .returned = {.frames = 5, .returns = 25, .most = 5}});
}

/* The evidence that quotes a socket. */
static char *socket_lines(const struct finding *finding)
{
    char *lines = text_format("%s", "");

    for (size_t i = 0; i < finding->evidence.count; i++)
        if (strstr(finding->evidence.items[i], "-net socket") != NULL) {
            char *longer = text_format("%s%s\n", lines, finding->evidence.items[i]);
            free(lines);
            lines = longer;
        }
    return lines;
}

static void test_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene scene;
        scene_start(&scene);
        know_vm(&scene, rows[i].script);
        see_loop(&scene);
        scene_judge(&scene);
        const struct finding *finding = finding_in(&scene, FINDING_L2_LOOP);
        assert_non_null(finding);
        char *lines = socket_lines(finding);
        assert_string_equal(lines, rows[i].evidence != NULL ? rows[i].evidence : "");
        const char *order = strstr(finding->fix, "in this order: ");
        assert_true((order != NULL) == (rows[i].order != NULL));
        if (order != NULL)
            assert_string_equal(order + strlen("in this order: "), rows[i].order);
        free(lines);
        scene_end(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_members)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

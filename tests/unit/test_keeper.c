/* What a keeper lets a worker have: the interfaces of a run, and a few questions to QEMU. */
#include "interfaces.h"
#include "qmp.h"
#include "unit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- interfaces ---- */

enum { LO = 1, ETH0, TAP0, BR0, TAP1, MACVTAP0, FWPR, FWBR, TAP2, LINKS };

/* tap0 and eth0 are ports of br0, where the host has an address; tap2 gets there by a bridge of its own. */
static struct host_facts a_host(void)
{
    static struct link_facts links[] = {
        {.ifindex = LO, .name = "lo"},
        {.ifindex = ETH0, .name = "eth0", .master = BR0},
        {.ifindex = TAP0, .name = "tap0", .kind = LINK_TAP, .master = BR0},
        {.ifindex = BR0, .name = "br0", .kind = LINK_BRIDGE},
        {.ifindex = TAP1, .name = "tap1", .kind = LINK_TAP},
        {.ifindex = MACVTAP0, .name = "macvtap0", .kind = LINK_MACVTAP},
        {.ifindex = FWPR, .name = "fwpr", .kind = LINK_VETH, .master = BR0},
        {.ifindex = FWBR, .name = "fwbr", .kind = LINK_BRIDGE},
        {.ifindex = TAP2, .name = "tap2", .kind = LINK_TAP, .master = FWBR},
    };
    static struct address_facts addresses[] = {{.ifindex = BR0, .prefix_length = 24}};
    struct host_facts facts = {.links = links,
                               .link_count = sizeof links / sizeof links[0],
                               .addresses = addresses,
                               .address_count = 1};

    assert_true(ip_parse("10.9.0.1", &addresses[0].address));
    return facts;
}

static void add(void *context, int ifindex)
{
    bool *granted = context;
    granted[ifindex] = true;
}

static void assert_granted(const struct grants *grants, const char *expected)
{
    bool granted[LINKS] = {false};
    struct host_facts facts = a_host();
    char seen[LINKS + 1] = "";

    interfaces_granted(grants, &facts, add, granted);
    for (int i = 0; i < LINKS; i++)
        seen[i] = granted[i] ? '1' : '0';
    assert_string_equal(seen, expected);
}

static void test_named(void **state)
{
    char *const names[] = {(char[]){"tap0"}, (char[]){"10.9.0.2"}, (char[]){"gone"}};

    (void)state;
    assert_granted(&(struct grants){.interfaces = names, .interface_count = 3}, "0001100000");
    assert_granted(&(struct grants){.interface_count = 0}, "0000000000");
}

static void test_all(void **state)
{
    (void)state;
    assert_granted(&(struct grants){.all_taps = true}, "0001111011");
}

/* ---- QEMU ---- */

static int relayed[2]; /* QEMU's end, the asking one's */

static void *relay(void *unused)
{
    (void)unused;
    qmp_relay(relayed[0], relayed[1]);
    close(relayed[0]);
    close(relayed[1]);
    return NULL;
}

static void assert_heard(int end, const char *expected)
{
    char heard[4096] = "";

    assert_int_equal(recv(end, heard, strlen(expected), MSG_WAITALL), strlen(expected));
    assert_string_equal(heard, expected);
}

static void test_relay(void **state)
{
    int qemu[2], asking[2];
    pthread_t thread;
    char byte;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, qemu), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, asking), 0);
    relayed[0] = qemu[1];
    relayed[1] = asking[1];
    assert_int_equal(pthread_create(&thread, NULL, relay, NULL), 0);
    assert_int_equal(send(qemu[0], "{\"QMP\"", 6, 0), 6);
    assert_heard(asking[0], "{\"QMP\"");
    for (size_t i = 0; QMP_QUESTIONS[i] != NULL; i++) {
        size_t size = strlen(QMP_QUESTIONS[i]);
        assert_int_equal(send(asking[0], QMP_QUESTIONS[i], size, 0), size);
        assert_heard(qemu[0], QMP_QUESTIONS[i]);
    }
    /* Anything else ends it, and nothing of it arrives. */
    assert_int_equal(send(asking[0], "{\"execute\":\"quit\"}\n", 19, 0), 19);
    assert_int_equal(recv(qemu[0], &byte, 1, 0), 0);
    pthread_join(thread, NULL);
    close(qemu[0]);
    close(asking[0]);
}

/* QEMU reads nothing, and whoever asked goes away. */
static void test_relay_of_nobody(void **state)
{
    int qemu[2], asking[2];
    pthread_t thread;
    const char *question = QMP_QUESTIONS[0];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, qemu), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, asking), 0);
    relayed[0] = qemu[1];
    relayed[1] = asking[1];
    assert_int_equal(pthread_create(&thread, NULL, relay, NULL), 0);
    const struct timeval long_enough = {.tv_usec = 100000};
    assert_int_equal(setsockopt(asking[0], SOL_SOCKET, SO_SNDTIMEO, &long_enough, sizeof long_enough), 0);
    while (send(asking[0], question, strlen(question), 0) == (ssize_t)strlen(question))
        continue;
    close(asking[0]);
    pthread_join(thread, NULL);
    close(qemu[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_relay),
        cmocka_unit_test(test_relay_of_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

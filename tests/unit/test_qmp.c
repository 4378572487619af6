/* Talk with a QEMU, whole, broken off and hostile. */
#include "qmp.h"

#include "unit.h"
#include "text.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
#define DONE     "{\"return\": {}}\r\n"
#define EVENT    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}\r\n"
#define PAUSED   "{\"return\": {\"status\": \"paused\", \"singlestep\": false, \"running\": false}}\r\n"
#define FILTERS                                                                                              \
    "{\"return\": [{\"name\": \"v0\", \"main-mac\": \"52:54:00:aa:bb:cc\", \"promiscuous\": true, "          \
    "\"unicast-table\": [\"52:54:00:aa:bb:cd\", 7, \"x\"]}, {\"name\": \"x\"}]}\r\n"
#define REFUSED "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\r\n"
#define NETWORK                                                                                              \
    "{\"return\": \"hub 1\\r\\n \\\\ p2: v0: "                                                               \
    "index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:aa:bb:cc\\r\\n\"}\r\n"
#define NETWORK_TEXT                                                                                         \
    "hub 1\r\n \\ p2: v0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:aa:bb:cc\r\n \\ p3\r\n"     \
    "hub 4\r\n \\ p1: t: index=0,type=tap,ifname=tap0,script=no\r\n"                                         \
    "e1000.0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56\r\n"                                    \
    " \\ u2: index=0,type=user,net=10.0.2.0,restrict=off\r\n"                                                \
    "filters:\r\n  - f0: type=filter-dump\r\n"                                                               \
    "left: index=3,type=socket,\r\n"

/* A server that says all of this and, if it hangs up, then ends. */
static enum qmp_result converse(const char *says, bool hangs_up, int timeout_ms, struct qmp_facts *ret)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(send(fds[0], says, strlen(says), 0), strlen(says));
    if (hangs_up)
        assert_int_equal(shutdown(fds[0], SHUT_WR), 0);
    enum qmp_result result = qmp_converse(fds[1], timeout_ms, ret);
    close(fds[0]);
    close(fds[1]);
    return result;
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void test_session(void **state)
{
    (void)state;
    struct qmp_facts facts;

    assert_int_equal(
        converse(GREETING DONE EVENT PAUSED FILTERS EVENT NETWORK, false, QMP_TIMEOUT_MS, &facts), QMP_OK);
    assert_false(facts.running);
    assert_string_equal(facts.status, "paused");
    assert_int_equal(facts.filter_count, 1);
    assert_string_equal(facts.filters[0].name, "v0");
    assert_mac(facts.filters[0].mac, "52:54:00:aa:bb:cc");
    assert_true(facts.filters[0].promiscuous);
    assert_int_equal(facts.filters[0].other_count, 1);
    assert_mac(facts.filters[0].others[0], "52:54:00:aa:bb:cd");
    assert_int_equal(facts.client_count, 1);
    assert_true(facts.clients[0].on_hub);
    qmp_facts_free(&facts);
}

/* What the VM refuses to tell stays empty. */
static void test_refusals(void **state)
{
    (void)state;
    struct qmp_facts facts;

    assert_int_equal(converse(GREETING DONE PAUSED REFUSED REFUSED, true, QMP_TIMEOUT_MS, &facts), QMP_OK);
    assert_int_equal(facts.filter_count + facts.client_count, 0);
    qmp_facts_free(&facts);
    assert_int_equal(converse(GREETING DONE REFUSED REFUSED REFUSED, true, QMP_TIMEOUT_MS, &facts), QMP_OK);
    assert_string_equal(facts.status, "unknown");
    qmp_facts_free(&facts);
}

static void test_broken(void **state)
{
    (void)state;
    static const char *const all[] = {
        "",
        "hello\n",
        "{}",
        "[]",
        "{\"QMP\": ",
        GREETING,
        GREETING REFUSED,
        GREETING DONE,
        GREETING DONE PAUSED "null",
        GREETING DONE PAUSED FILTERS EVENT,
        GREETING DONE PAUSED FILTERS "{\"return\": \"\\ud800\"}",
    };
    struct qmp_facts facts = {0};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_int_equal(converse(all[i], true, QMP_TIMEOUT_MS, &facts), QMP_BROKEN);
    assert_null(facts.status); /* untouched */
}

static void test_endless(void **state)
{
    (void)state;
    struct qmp_facts facts = {0};
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    pid_t child = fork();
    if (child == 0) {
        static char nonsense[65536];
        memset(nonsense, ' ', sizeof nonsense);
        close(fds[1]);
        while (send(fds[0], nonsense, sizeof nonsense, MSG_NOSIGNAL) > 0)
            continue;
        _exit(0);
    }
    close(fds[0]);
    long long start = now_ms();
    assert_int_equal(qmp_converse(fds[1], QMP_TIMEOUT_MS, &facts), QMP_BROKEN);
    assert_true(now_ms() - start < QMP_TIMEOUT_MS);
    close(fds[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_silent(void **state)
{
    (void)state;
    struct qmp_facts facts = {0};
    long long start = now_ms();

    assert_int_equal(converse("", false, 100, &facts), QMP_BUSY);
    assert_true(now_ms() - start >= 100 && now_ms() - start < 400);
    start = now_ms();
    assert_int_equal(converse(GREETING DONE EVENT, false, 200, &facts), QMP_BROKEN);
    assert_true(now_ms() - start >= 200 && now_ms() - start < 600);
}

static void test_network(void **state)
{
    (void)state;
    struct qmp_facts facts = {0};

    qmp_read_info_network(NETWORK_TEXT, &facts);
    const struct qmp_client *client = facts.clients;
    assert_int_equal(facts.client_count, 5);
    assert_int_equal(facts.empty_ports, 1);
    assert_string_equal(client[0].name, "v0");
    assert_string_equal(client[0].type, "nic");
    assert_string_equal(client[0].hub_port, "p2");
    assert_int_equal(client[0].hub, 1);
    assert_true(client[0].has_mac);
    assert_string_equal(client[1].name, "t");
    assert_int_equal(client[1].hub, 4);
    assert_string_equal(client[1].info, "index=0,type=tap,ifname=tap0,script=no");
    assert_false(client[2].on_hub);
    assert_string_equal(client[2].peer, "u2");
    assert_string_equal(client[3].peer, "e1000.0");
    assert_null(client[4].peer);
    assert_int_equal(client[4].queue, 3);
    qmp_facts_free(&facts);
}

/* Who connected, and is not served. */
static int count_clients(int fd)
{
    int count = 0, client;

    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    while ((client = accept(fd, NULL, NULL)) >= 0) {
        close(client);
        count++;
    }
    return count;
}

static enum qmp_result query(const char *path, pid_t pid, uid_t uid)
{
    struct qmp_facts facts;
    int fd;
    enum qmp_result result = qmp_connect(path, pid, uid, &fd);

    if (result != QMP_OK)
        return result;
    result = qmp_converse(fd, 100, &facts);
    close(fd);
    return result;
}

static void test_sockets(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char folder[] = "/tmp/vmnetcheck-qmp-XXXXXX";

    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/q", folder);
    assert_int_equal(query(address.sun_path, getpid(), getuid()), QMP_ABSENT);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    /* nobody listens */
    assert_int_equal(query(address.sun_path, getpid(), getuid()), QMP_ABSENT);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(query(address.sun_path, 1, getuid()), QMP_STRANGER);
    assert_int_equal(count_clients(fd), 1);
    /* another user's socket is not even connected to */
    assert_int_equal(query(address.sun_path, getpid(), getuid() + 1), QMP_STRANGER);
    assert_int_equal(count_clients(fd), 0);
    assert_int_equal(query(folder, getpid(), getuid()), QMP_ABSENT);
    assert_int_equal(query(address.sun_path, getpid(), getuid()), QMP_BUSY);
    close(fd);
    unlink(address.sun_path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session), cmocka_unit_test(test_refusals), cmocka_unit_test(test_broken),
        cmocka_unit_test(test_endless), cmocka_unit_test(test_silent),   cmocka_unit_test(test_network),
        cmocka_unit_test(test_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

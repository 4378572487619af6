/* Who holds which tap, read from a /proc that the test makes. */
#include "holders.h"

#include <errno.h>
#include <sys/wait.h>

#include "fake_proc.h"

static int make_all(void **state)
{
    (void)state;
    if (make_root() < 0)
        return -1;
    make_process(1, "/sbin/init", "here");
    make_process(2, "", "here"); /* a kernel thread */
    make_process(100, "/usr/bin/qemu-system-x86_64 -name web1 -nic tap,ifname=tap0 -qmp unix:web1.qmp,server",
                 "here");
    hold(100, 9, "/dev/net/tun", "tap0");
    hold(100, 10, "/dev/net/tun", "tap0"); /* queues */
    hold(100, 11, "/dev/net/tun", NULL);
    hold(100, 12, "/dev/null", NULL);
    make_process(200, "/usr/bin/qemu-system-x86_64 -netdev tap,id=a,fd=30 -device e1000,netdev=a", "here");
    hold(200, 30, "/dev/net/tun", "vnet7");
    make_process(201, "/usr/sbin/libvirtd", "here");
    hold(201, 22, "/dev/net/tun", "vnet7");
    make_process(300, "/usr/bin/qemu-system-x86_64 -nic tap,ifname=tap0", "elsewhere");
    hold(300, 9, "/dev/net/tun", "tap0");
    make_process(400, "/usr/bin/qemu-system-x86_64 -nic tap,ifname=tap4", "here"); /* it was renamed */
    hold(400, 9, "/dev/net/tun", "uplink");
    make_process(500, "/usr/sbin/openvpn", "here");
    hold(500, 9, "/dev/net/tun", "tap5");
    make_process(600, "/usr/bin/qemu-system-x86_64 -nic tap,ifname=tap5", "here");
    hold(600, 9, "/dev/net/tun", "tap6"); /* two taps held, one named: no telling which */
    hold(600, 10, "/dev/net/tun", "tap8");
    make_process(700, "/usr/bin/qemu-system-x86_64 -nic tap,ifname=tap6", "here");
    hold(700, 9, "/dev/net/tun", "tap6");
    return 0;
}

static void end(struct holders_pass *pass, struct holders *holders)
{
    struct holders_found found;

    holders_pass_end(pass, &found);
    holders_look_from(&found, (struct netns_id){0}, holders);
    holders_found_free(&found);
}

static void look(struct holders *holders)
{
    struct holders_pass *pass;

    assert_int_equal(holders_pass_start(root, 0, &pass), 0);
    end(pass, holders);
    assert_int_equal(holders->late, 0);
    assert_int_equal(holders->error, 0);
}

/* The processes that hold a tap: "100 200". */
static void assert_holders(const struct holders *holders, const char *tap, const char *expected)
{
    const struct held *held = NULL;
    char text[64] = "";
    size_t used = 0;

    while ((held = holders_next(holders, tap, held)) != NULL)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%d", used ? " " : "", held->holder->pid);
    assert_string_equal(text, expected);
}

static const struct vm *vm_at(const struct holders *holders, pid_t pid)
{
    const struct holder *holder = holders_find(holders, pid);

    assert_non_null(holder);
    assert_non_null(holder->vm);
    assert_int_equal(holder->vm->pid, pid);
    return holder->vm;
}

static const char *ifname_of(const struct holders *holders, pid_t pid)
{
    return vm_at(holders, pid)->backends[0].ifname;
}

static void test_holders(void **state)
{
    struct holders holders;

    (void)state;
    look(&holders);
    assert_int_equal(holders.unreadable, 0);
    assert_holders(&holders, "tap0", "100");  /* the other one lives in another network */
    assert_holders(&holders, "vnet7", "200"); /* who opened it for QEMU is not counted */
    assert_holders(&holders, "tap5", "500");
    assert_holders(&holders, "tap6", "600 700"); /* two VMs */
    assert_holders(&holders, "tap4", "");
    assert_null(holders_find(&holders, 1));
    assert_null(holders_find(&holders, 99));
    assert_int_equal(holders_find(&holders, 100)->tap_count, 2);
    assert_int_equal(holders_find(&holders, 100)->state, 'S');
    assert_false(holder_is_here(holders_find(&holders, 300)));
    assert_string_equal(holders_find(&holders, 500)->command, "openvpn");
    holders_free(&holders);
}

static void test_names(void **state)
{
    struct holders holders;

    (void)state;
    look(&holders);
    assert_string_equal(ifname_of(&holders, 100), "tap0");
    assert_string_equal(ifname_of(&holders, 200), "vnet7");
    assert_string_equal(ifname_of(&holders, 400), "uplink");
    assert_string_equal(ifname_of(&holders, 600), "tap5");
    assert_true(vm_at(&holders, 100)->backends[0].held);
    assert_true(vm_at(&holders, 100)->backends[0].here);
    assert_true(vm_at(&holders, 300)->backends[0].held);
    assert_false(vm_at(&holders, 300)->backends[0].here);
    assert_true(vm_at(&holders, 400)->backends[0].held);
    assert_false(vm_at(&holders, 600)->backends[0].held);
    assert_string_equal(vm_at(&holders, 100)->qmp_sockets.items[0], "/srv/vms/web1.qmp");
    assert_null(holders_find(&holders, 500)->vm);
    holders_free(&holders);
}

/* What a process is called is what the kernel says, not what it calls itself; and a user's word counts when
 * he holds a tap. */
static void test_belief(void **state)
{
    struct holders holders;

    (void)state;
    make_process(800, "/usr/bin/qemu-system-x86_64 -name web1 -nic tap,ifname=tap0", "here");
    runs(800, "/bin/bash");
    make_process(801, "/usr/bin/qemu-system-x86_64 -name web2 -nic tap,ifname=tap9", "here");
    belongs_to(801, 4000001);
    make_process(802, "/usr/bin/qemu-system-x86_64 -name web3 -nic tap,ifname=tap9", "here");
    belongs_to(802, 4000001);
    make_process(803, "x -name web4 -nic tap,ifname=tap10", "here");
    runs(803, "/opt/qemu/bin/.qemu-system-x86_64-wrapped (deleted)");
    belongs_to(803, 4000002);
    hold(803, 9, "/dev/net/tun", "tap10");
    make_process(804, "/usr/bin/qemu-system-x86_64 -name web5 -nic tap,ifname=tap11", "here");
    belongs_to(804, 4000002);
    make_process(805, "/usr/bin/qemu-system-x86_64 -name web6 -nic tap,ifname=tap0", "elsewhere");
    hold(805, 9, "/dev/net/tun", "tap0");
    belongs_to(805, 4000003);

    look(&holders);
    assert_null(holders_find(&holders, 800));
    assert_null(holders_find(&holders, 801));
    assert_null(holders_find(&holders, 802));
    assert_string_equal(vm_at(&holders, 803)->name, "web4");
    assert_string_equal(vm_at(&holders, 804)->name, "web5");
    assert_int_equal(vm_at(&holders, 804)->uid, 4000002);
    assert_null(holders_find(&holders, 805));
    assert_holders(&holders, "tap0", "100");
    assert_int_equal(holders.strangers_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct strangers *strangers = &holders.strangers[i];
        bool first = strangers->uid == 4000001;
        assert_int_equal(strangers->pid, first ? 801 : 805);
        assert_int_equal(strangers->count, first ? 2 : 1);
    }
    holders_free(&holders);
}

/* A process that is asked for counts. */
static void test_wanted(void **state)
{
    struct holders_pass *pass;
    struct holders holders;

    (void)state;
    assert_int_equal(holders_pass_start(root, 802, &pass), 0);
    end(pass, &holders);
    assert_string_equal(vm_at(&holders, 802)->name, "web3");
    assert_null(holders_find(&holders, 801));
    holders_free(&holders);
}

/* From another network namespace: what is there, and what is not known to be elsewhere. */
static void test_other_namespace(void **state)
{
    char *path = text_format("%s/elsewhere", root);
    struct holders_found found;
    struct holders_pass *pass;
    struct holders holders;
    struct stat status;

    (void)state;
    assert_int_equal(stat(path, &status), 0);
    free(path);
    assert_int_equal(holders_pass_start(root, 0, &pass), 0);
    holders_pass_end(pass, &found);
    holders_look_from(&found, (struct netns_id){status.st_dev, status.st_ino}, &holders);
    assert_holders(&holders, "tap0", "300");
    assert_holders(&holders, "vnet7", "");
    assert_null(holders_find(&holders, 100));
    assert_true(holder_is_here(holders_find(&holders, 300)));
    assert_true(vm_at(&holders, 300)->backends[0].here);
    holders_free(&holders);
    holders_look_from(&found, (struct netns_id){status.st_dev, status.st_ino + 1000000}, &holders);
    assert_int_equal(holders.count, 0);
    holders_free(&holders);
    holders_look_from(&found, (struct netns_id){0}, &holders);
    assert_holders(&holders, "tap0", "100");
    holders_free(&holders);
    holders_found_free(&found);
}

static int look_as_nobody(void)
{
    struct holders_pass *pass;
    struct holders holders;

    if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
        return 1;
    if (holders_pass_start(root, 0, &pass) < 0)
        return 2;
    end(pass, &holders);
    const struct holder *holder = holders_find(&holders, 100);
    bool held = holders_next(&holders, "tap0", NULL) != NULL;
    bool fine = holder != NULL && holder->vm != NULL && !holder->readable && !held &&
                holders.unreadable == 1 && strcmp(holder->vm->backends[0].ifname, "tap0") == 0 &&
                !holder->vm->backends[0].held;
    holders_free(&holders);
    return fine ? 0 : 3;
}

/* A folder that may not be read: counted, and the command line still says what it says. */
static void test_unreadable(void **state)
{
    char *path = text_format("%s/100/fd", root);
    int status;

    (void)state;
    assert_int_equal(chmod(path, 0), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(look_as_nobody());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(path, 0755), 0);
    free(path);
    assert_int_equal(status, 0);
}

/* As proc shows it: of a process in a folder that it was given as its root, and after the node was
 * removed. */
static void test_nodes(void **state)
{
    static const char *const nodes[] = {
        "/srv/jails/customer-4711/web-frontend-1/root/dev/net/tun",
        "/dev/net/tun (deleted)",
        "/srv/jails/customer-4711/web-frontend-1/root/dev/net/tun (deleted)",
        "/dev/net/tunnel",
        "/dev/net/tun/file",
        "/home/mallory/dev/nettun",
    };
    struct holders holders;

    (void)state;
    make_process(910, "/usr/sbin/openvpn", "here");
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        char *name = text_format("node%zu", i);
        hold(910, 3 + (int)i, nodes[i], name);
        free(name);
    }
    look(&holders);
    assert_holders(&holders, "node0", "910");
    assert_holders(&holders, "node1", "910");
    assert_holders(&holders, "node2", "910");
    assert_int_equal(holders_find(&holders, 910)->tap_count, 3);
    holders_free(&holders);
}

/* More descriptors than are read in one turn. */
static void test_many_descriptors(void **state)
{
    struct holders holders;

    (void)state;
    make_process(900, "/usr/sbin/openvpn", "here");
    for (int fd = 3; fd < 1503; fd++)
        make_descriptor(900, fd, "/dev/null");
    hold(900, 2000, "/dev/net/tun", "tap12");
    look(&holders);
    assert_holders(&holders, "tap12", "900");
    assert_int_equal(holders_find(&holders, 900)->tap_count, 1);
    holders_free(&holders);
}

/* Whose command lines never end: more users than are looked at at once. Nobody else waits for them. */
static void test_stuck(void **state)
{
    enum { STUCK = 20 };
    struct holders_pass *pass;
    struct holders holders;

    (void)state;
    for (int i = 0; i < STUCK; i++) {
        char *tap = text_format("stuck%d", i), *path = text_format("%s/%d/cmdline", root, 950 + i);
        make_process(950 + i, "/usr/bin/qemu-system-x86_64", "here");
        hold(950 + i, 9, "/dev/net/tun", tap);
        belongs_to(950 + i, 5000000 + (unsigned)i);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0644), 0);
        free(path);
        free(tap);
    }
    assert_int_equal(holders_pass_start(root, 0, &pass), 0);
    end(pass, &holders);
    assert_string_equal(vm_at(&holders, 100)->name, "web1");
    assert_int_equal(holders.late, STUCK);
    assert_int_equal(holders.error, 0);
    holders_free(&holders);
}

static void test_no_proc(void **state)
{
    struct holders_pass *pass;

    (void)state;
    assert_int_equal(holders_pass_start("/no/such/place", 0, &pass), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holders),          cmocka_unit_test(test_names),
        cmocka_unit_test(test_belief),           cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_other_namespace),  cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_many_descriptors), cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_no_proc),          cmocka_unit_test(test_stuck),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}

/* Who holds which tap, read from a /proc that the test makes. */
#include "holders.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char proc[] = "/tmp/vmnetcheck-proc.XXXXXX";

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Blanks between the arguments; net: "here" or "elsewhere". */
static void make_process(int pid, const char *cmdline, const char *net)
{
    static const char *const folders[] = {"", "/fd", "/fdinfo", "/ns"};
    char *text = text_format("%s", cmdline), *path, *target;
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] == ' ')
            text[i] = '\0';
    for (size_t i = 0; i < 4; i++) {
        path = text_format("%s/%d%s", proc, pid, folders[i]);
        assert_int_equal(mkdir(path, 0755), 0);
        free(path);
    }
    path = text_format("%s/%d/cmdline", proc, pid);
    write_file(path, text, size);
    free(path);
    path = text_format("%s/%d/ns/net", proc, pid);
    target = text_format("%s/%s", proc, net);
    assert_int_equal(link(target, path), 0);
    free(target);
    free(path);
    path = text_format("%s/%d/cwd", proc, pid);
    assert_int_equal(symlink("/srv/vms", path), 0);
    free(path);
    free(text);
}

/* tap: NULL for a descriptor of /dev/net/tun that is not attached. */
static void hold(int pid, int fd, const char *node, const char *tap)
{
    char *path = text_format("%s/%d/fd/%d", proc, pid, fd);
    char *text = text_format("pos:\t0\nflags:\t0104002\nmnt_id:\t25\n%s%s%s", tap ? "iff:\t" : "",
                             tap ? tap : "", tap ? "\n" : "");

    assert_int_equal(symlink(node, path), 0);
    free(path);
    path = text_format("%s/%d/fdinfo/%d", proc, pid, fd);
    write_file(path, text, strlen(text));
    free(path);
    free(text);
}

static int remove_all(void **state)
{
    char *command = text_format("rm -rf %s", proc);
    int status = system(command);

    (void)state;
    free(command);
    return status;
}

static int make_all(void **state)
{
    char *here, *path;

    (void)state;
    if (mkdtemp(proc) == NULL || chmod(proc, 0755) < 0)
        return -1;
    here = text_format("%s/here", proc);
    write_file(here, "", 0);
    path = text_format("%s/elsewhere", proc);
    write_file(path, "", 0);
    free(path);
    path = text_format("%s/self", proc);
    assert_int_equal(mkdir(path, 0755), 0);
    free(path);
    path = text_format("%s/self/ns", proc);
    assert_int_equal(mkdir(path, 0755), 0);
    free(path);
    path = text_format("%s/self/ns/net", proc);
    assert_int_equal(link(here, path), 0);
    free(path);
    free(here);

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

/* The processes that hold a tap: "100 200". */
static void assert_holders(struct holders *holders, const char *tap, const char *expected)
{
    char text[64] = "";
    size_t used = 0;

    for (struct holder *holder = holders_next(holders, tap, NULL); holder != NULL;
         holder = holders_next(holders, tap, holder))
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%d", used ? " " : "", holder->pid);
    assert_string_equal(text, expected);
}

static const char *ifname_of(struct holders *holders, pid_t pid)
{
    struct holder *holder = holders_find(holders, pid);

    assert_non_null(holder);
    return holder_vm(proc, holder)->backends[0].ifname;
}

static void test_holders(void **state)
{
    struct holders holders;

    (void)state;
    assert_int_equal(holders_read(proc, &holders), 0);
    assert_int_equal(holders.unreadable, 0);
    assert_holders(&holders, "tap0", "100");  /* the other one lives in another network */
    assert_holders(&holders, "vnet7", "200"); /* who opened it for QEMU is not counted */
    assert_holders(&holders, "tap5", "500");
    assert_holders(&holders, "tap6", "600 700"); /* two VMs */
    assert_holders(&holders, "tap4", "");
    assert_null(holders_find(&holders, 1));
    assert_null(holders_find(&holders, 99));
    assert_int_equal(holder_queues(holders_find(&holders, 100), "tap0"), 2);
    assert_false(holders_find(&holders, 300)->same_net);
    assert_string_equal(holders_find(&holders, 500)->command, "openvpn");
    holders_free(&holders);
}

static void test_names(void **state)
{
    struct holders holders;

    (void)state;
    assert_int_equal(holders_read(proc, &holders), 0);
    assert_string_equal(ifname_of(&holders, 100), "tap0");
    assert_string_equal(ifname_of(&holders, 200), "vnet7");
    assert_string_equal(ifname_of(&holders, 400), "uplink");
    assert_string_equal(ifname_of(&holders, 600), "tap5");
    assert_true(holders_find(&holders, 100)->vm->backends[0].held);
    assert_true(holders_find(&holders, 400)->vm->backends[0].held);
    assert_false(holders_find(&holders, 600)->vm->backends[0].held);
    assert_string_equal(holders_find(&holders, 100)->vm->qmp_sockets.items[0], "/srv/vms/web1.qmp");
    assert_null(holder_vm(proc, holders_find(&holders, 500)));
    holders_free(&holders);
}

/* A folder that may not be read: counted, and the command line still says what it says. */
static void test_unreadable(void **state)
{
    char *path = text_format("%s/100/fd", proc);
    struct holders holders;
    bool root = geteuid() == 0;

    (void)state;
    assert_int_equal(chmod(path, 0), 0);
    assert_true(!root || seteuid(65534) == 0);
    assert_int_equal(holders_read(proc, &holders), 0);
    assert_true(!root || seteuid(0) == 0);
    assert_int_equal(chmod(path, 0755), 0);
    free(path);
    assert_int_equal(holders.unreadable, 1);
    assert_holders(&holders, "tap0", "");
    assert_false(holders_find(&holders, 100)->readable);
    assert_string_equal(ifname_of(&holders, 100), "tap0");
    assert_false(holders_find(&holders, 100)->vm->backends[0].held);
    holders_free(&holders);
}

static void test_no_proc(void **state)
{
    struct holders holders;

    (void)state;
    assert_int_equal(holders_read("/no/such/place", &holders), -ENOENT);
    assert_int_equal(holders.count, 0);
    holders_free(&holders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holders),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_no_proc),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}

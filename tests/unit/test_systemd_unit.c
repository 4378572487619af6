/* Units of systemd: which commands they have, and what of them is known. */
#include "unit.h"
#include "lint_case.h"

#include "systemd_unit.h"

#define QEMU    "/usr/bin/qemu-system-x86_64 "
#define NETWORK "-nic tap,ifname=tap0,script=no,mac=52:54:00:00:00:01"
#define PARTED  "-net nic,vlan=1 -net tap,vlan=4,ifname=tap0,script=no"

static const struct lint_case cases[] = {
    {"[Service]\nExecStart=" QEMU NETWORK "\n", "0", {0}},
    {"# /etc/systemd/system/a.service\n\n[Unit]\nAfter=x\n[Service]\n ExecStart = " QEMU PARTED,
     "3 vlan-mismatch",
     {"line 6: -net nic,vlan=1", "line 6: -net tap"}},
    {"[Service]\r\nExecStart=" QEMU
     "\\\r\n  -net nic,vlan=1 \\\r\n# why\r\n; and\r\n  -net tap,vlan=4,script=no\r\n",
     "3 vlan-mismatch",
     {"line 3: -net nic,vlan=1", "line 6: -net tap"}},
    /* what stands before the program */
    {"[Service]\nExecStart=-" QEMU PARTED, "3 vlan-mismatch", {0}},
    {"[Service]\nExecStart=+!!" QEMU PARTED, "3 vlan-mismatch", {0}},
    {"[Service]\nExecStart=@" QEMU "-netdev " PARTED, "3 vlan-mismatch", {"!-netdev"}},
    {"[Service]\nExecStart=/usr/bin/env A=b taskset -c 1 " QEMU PARTED, "3 vlan-mismatch", {0}},
    /* several commands */
    {"[Service]\nType=oneshot\nExecStartPre=/sbin/ip link set tap0 up ; "
     "/bin/true\nExecStart=/bin/true\nExecStart=" QEMU NETWORK " ; " QEMU "-m 64 \\; \n",
     "0; 0",
     {0}},
    {"[Service]\nExecStart=" QEMU PARTED "\nExecStart=\nExecStart=" QEMU NETWORK, "0", {0}},
    {"[Service]\nExecStartPre=/usr/bin/qemu-img create a 5G\nExecStop=" QEMU PARTED
     "\nExecStart=" QEMU NETWORK,
     "0",
     {0}},
    {"[Service]\nExecStart=" QEMU NETWORK "\nExecStart=" QEMU NETWORK,
     "0; 0",
     {"note: no fault as long as they do not run at the same time"}},
    /* quotes and escapes */
    {"[Service]\nExecStart=" QEMU "-name 'a b' -net \"nic,vlan=1\" '-net' tap,\"vlan=4\",script=no",
     "3 vlan-mismatch",
     {0}},
    {"[Service]\nExecStart=" QEMU "-net nic,vlan=\\x31 -net tap,script=no,vlan=4,ifname=tap\\060\\q",
     "3 vlan-mismatch",
     {"nic,vlan=1", "ifname=tap0\\q"}},
    /* variables: a word of its own is split, ${} is not */
    {"[Service]\nEnvironment=\"NET=-net nic,vlan=1 -net tap,vlan=4,script=no\" X=y\nExecStart=" QEMU "$NET",
     "3 vlan-mismatch",
     {0}},
    {"[Service]\nExecStart=" QEMU
     "-m 64 ${NET} -net tap,vlan=${V},script=no\nEnvironment=\"NET=-net nic\" V=4",
     "3 nic-unconnected",
     {"-net tap,vlan=4,script=no"}},
    {"[Service]\nEnvironment=V=4\nExecStart=" QEMU "-net nic,vlan=1 -net tap,vlan=$V,ifname=$$,script=no",
     "5",
     {0}},
    {"[Service]\nExecStart=" QEMU "$ARGS", "5", {"what $ARGS holds was not looked into"}},
    {"[Service]\nEnvironment=V=1\nEnvironmentFile=-/etc/default/vm\nExecStart=" QEMU
     "-net nic,vlan=1 -net tap,vlan=${V},script=no",
     "5",
     {"its hub could not be read"}},
    {"[Service]\nEnvironment=V=1\nExecStart=:" QEMU "-net nic,vlan=1 -net tap,vlan=${V},script=no", "5", {0}},
    /* an instance */
    {"[Service]\nExecStart=" QEMU "-name %i -nic tap,ifname=tap%i,script=/etc/%p-ifup,mac=52:54:00:00:00:%i",
     "0",
     {0}},
    {"[Service]\nExecStart=" QEMU "-net nic,vlan=1 -net tap,vlan=%i,script=no",
     "5",
     {"its hub could not be read"}},
    {"[Service]\nExecStart=" QEMU "-nic tap,ifname=tap%%d,script=no", "0", {0}},
    /* scripts */
    {"[Service]\nExecStart=/bin/sh -c 'cd /x; \\\n exec " QEMU PARTED "'",
     "3 vlan-mismatch",
     {"line 3: -net nic"}},
    {"[Service]\nExecStart=/bin/bash -c \"V=4; " QEMU "-net nic,vlan=1 -net tap,vlan=$$V,script=no\"",
     "3 vlan-mismatch",
     {"-net tap,vlan=4"}},
    /* what starts none */
    {"[Service]\nExecStart=/usr/local/sbin/start-vm %i\n",
     "no VM",
     {"a unit of systemd that starts no QEMU"}},
    {"[Service]\nExecStart=\n", "no VM", {0}},
    {"[Socket]\nListenStream=4444\n[Install]\nWantedBy=qemu-kvm.service\n",
     "no VM",
     {"no QEMU command line"}},
    {"[Desktop Entry]\nExec=qemu-kvm -m 5\n", "no VM", {0}},
    {"[ -x /usr/bin/kvm ] || exit\nqemu-kvm " PARTED "\nExecStart=x\n",
     "3 vlan-mismatch",
     {0}}, /* a script */
};

static void test_units(void **state)
{
    (void)state;
    assert_lints(cases, sizeof cases / sizeof cases[0]);
}

/* A short text may mean a very long one. */
static void test_expansion(void **state)
{
    enum { SIZE = 1 << 20, TIMES = 1000 };
    struct vm_list list = {0};
    char *text = memory_new(SIZE + 16 * TIMES, 1), *at = text;
    (void)state;
    at += sprintf(at, "[Service]\nEnvironment=A=");
    memset(at, 'x', SIZE / 2);
    at += SIZE / 2;
    at += sprintf(at, "\nExecStart=/usr/bin/qemu-kvm -nic user,id=");
    for (int i = 0; i < TIMES; i++)
        at += sprintf(at, "${A}");
    systemd_unit_parse(text, (size_t)(at - text), &list);
    assert_int_equal(list.count, 1);
    assert_true(list.items[0]->nics[0].source.unresolved);
    assert_true(strlen(list.items[0]->nics[0].netdev) < 16 * SIZE);
    vm_list_free(&list);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_expansion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

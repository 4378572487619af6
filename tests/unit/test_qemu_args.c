/* QEMU command lines, beginning with those of the field. */
#include "qemu_args.h"

#include "unit.h"
#include "vm_data.h"

/* A command line with spaces between its arguments. */
static struct vm *parse(const char *line)
{
    char *text = text_format("%s", line);
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] == ' ')
            text[i] = '\0';
    struct vm *vm = qemu_cmdline_parse(text, size);
    free(text);
    return vm;
}

static void assert_text(const char *text, const char *expected)
{
    if (expected == NULL)
        assert_null(text);
    else
        assert_string_equal(text, expected);
}

/* "52:54:00:12:34:56 -" for a default and an unknown one. */
static void assert_macs(const char *line, const char *expected)
{
    struct vm *vm = parse(line);
    char *macs = text_format("%s", "");

    for (size_t i = 0; i < vm->nic_count; i++) {
        static const char marks[] = {'?', '=', '+', '!', '$'};
        char buffer[MAC_TEXT_SIZE];
        bool known = vm->nics[i].mac_origin == VM_MAC_GIVEN || vm->nics[i].mac_origin == VM_MAC_DEFAULT;
        char *longer = text_format("%s%s%c%s", macs, i ? " " : "", marks[vm->nics[i].mac_origin],
                                   known ? mac_format(vm->nics[i].mac, buffer) + 9 : "");
        free(macs);
        macs = longer;
    }
    assert_string_equal(macs, expected);
    free(macs);
    vm_free(vm);
}

/* What `info network` of QEMU 7.2 shows for the same arguments (tried). */
static void test_macs(void **state)
{
    (void)state;
    assert_macs("qemu -device e1000 -nic user,model=e1000 -net nic,model=rtl8139 -net user -nic user",
                "+12:34:59 +12:34:56 +12:34:58 +12:34:57");
    assert_macs("qemu -device e1000", "+12:34:57"); /* the unwritten default NIC has :56 */
    assert_macs("qemu -nodefaults -device e1000", "+12:34:56");
    assert_macs("qemu -net none -device e1000", "+12:34:56");
    assert_macs("qemu -nic none -device e1000", "+12:34:56");
    assert_macs("qemu -nodefaults -device {\"driver\":\"e1000\"} -device e1000", "+12:34:57 +12:34:56");
    assert_macs("qemu -nodefaults -device e1000 -device e1000,mac=52:54:00:12:34:56 -device "
                "e1000,mac=52:54:00:12:34:59 "
                "-device e1000,mac=00:00:00:00:00:00 -device e1000 -device e1000",
                "+12:34:56 =12:34:56 =12:34:59 +12:34:57 +12:34:58 +12:34:5a");
    assert_macs("qemu -net nic,macaddr=0x1234 -net nic,macaddr=52-54-0-1-2-3", "=00:12:34 =01:02:03");
    assert_macs("qemu -nic tap,mac=52:54:00:AB:CD:EF", "=ab:cd:ef");
    assert_macs("qemu -nodefaults -device e1000,mac=52:54:0:1:2:3", "!");
    assert_macs("qemu -nodefaults -device e1000,mac=hello", "!");
    assert_macs("qemu -net nic,macaddr=52:54:00:12:34:5 -net nic,macaddr=1:2:3:4:5:6:7", "=12:34:05 !");
}

static void test_all_defaults_taken(void **state)
{
    (void)state;
    char *line = text_format("qemu -nodefaults");

    for (int i = 0; i < 171; i++) {
        char *longer = text_format("%s -device e1000", line);
        free(line);
        line = longer;
    }
    struct vm *vm = parse(line);
    assert_mac(vm->nics[168].mac, "52:54:00:12:34:fe");
    assert_mac(vm->nics[169].mac, "52:54:00:12:34:ff"); /* none is free: QEMU gives -1 */
    assert_mac(vm->nics[170].mac, "52:54:00:12:34:ff");
    vm_free(vm);
    free(line);
}

static void assert_hub(const struct vm_port *port, enum vm_hub_origin origin, unsigned number)
{
    assert_int_equal(port->hub.origin, origin);
    assert_int_equal(port->hub.number, number);
}

/* The guide's mistake. */
static void test_vlans_differ(void **state)
{
    (void)state;
    struct vm *vm =
        parse("qemu -net nic,vlan=1,macaddr=52:54:00:12:04:11 -net tap,vlan=4,ifname=tap0,script=no");
    struct vm_connections *connections = vm_connections(vm);

    assert_hub(&connections->nics[0], VM_HUB_GIVEN, 1);
    assert_hub(&connections->backends[0], VM_HUB_GIVEN, 4);
    assert_int_not_equal(connections->nics[0].segment, connections->backends[0].segment);
    assert_string_equal(connections->nics[0].hub_source->text, "-net nic,vlan=1,macaddr=52:54:00:12:04:11");
    assert_string_equal(connections->backends[0].hub_source->text, "-net tap,vlan=4,ifname=tap0,script=no");
    vm_connections_free(connections);
    vm_free(vm);
}

static void test_default_vlan(void **state)
{
    (void)state;
    struct vm *vm = parse("qemu -net nic -net tap,vlan=0 -net socket,listen=:4444 -net user,vlan=x");
    struct vm_connections *connections = vm_connections(vm);

    assert_hub(&connections->nics[0], VM_HUB_DEFAULT, 0);
    assert_hub(&connections->backends[0], VM_HUB_GIVEN, 0);
    assert_hub(&connections->backends[2], VM_HUB_UNKNOWN, 0);
    assert_int_equal(connections->nics[0].segment, connections->backends[0].segment);
    assert_int_equal(connections->nics[0].segment, connections->backends[1].segment);
    assert_int_not_equal(connections->nics[0].segment, connections->backends[2].segment);
    assert_int_equal(connections->segments[connections->nics[0].segment].backends, 2);
    vm_connections_free(connections);
    vm_free(vm);
}

/* The same mistake in today's form, and the right way. */
static void test_hubports(void **state)
{
    (void)state;
    struct vm *vm =
        parse("qemu -netdev tap,id=t -netdev hubport,id=p1,hubid=4,netdev=t -netdev hubport,id=p2,hubid=1 "
              "-device virtio-net-pci,netdev=p2 -netdev hubport,id=p3,hubid=4 -device e1000,netdev=p3");
    struct vm_connections *connections = vm_connections(vm);

    assert_hub(&connections->nics[0], VM_HUB_GIVEN, 1);
    assert_hub(&connections->nics[1], VM_HUB_GIVEN, 4);
    assert_hub(&connections->backends[0], VM_HUB_GIVEN, 4);
    assert_string_equal(connections->backends[0].hub_source->text, "-netdev hubport,id=p1,hubid=4,netdev=t");
    assert_int_not_equal(connections->nics[0].segment, connections->backends[0].segment);
    assert_int_equal(connections->nics[1].segment, connections->backends[0].segment);
    assert_int_equal(connections->segments[connections->nics[0].segment].backends, 0);
    assert_int_equal(connections->segments[connections->nics[1].segment].backends, 1);
    vm_connections_free(connections);
    vm_free(vm);
}

static void test_unconnected(void **state)
{
    (void)state;
    struct vm *vm = parse("qemu -netdev tap,id=a -device e1000,netdev=b -device e1000 -net nic,netdev=a");
    struct vm_connections *connections = vm_connections(vm);

    assert_true(connections->nics[0].dangling);
    assert_false(connections->nics[1].dangling);
    assert_int_equal(connections->segments[connections->nics[1].segment].backends, 0);
    assert_hub(&connections->nics[2], VM_HUB_NONE, 0);
    assert_int_equal(connections->nics[2].segment, connections->backends[0].segment);
    vm_connections_free(connections);
    vm_free(vm);
}

static void test_tap(void **state)
{
    (void)state;
    struct vm *vm =
        parse("qemu -netdev "
              "tap,ifname=a,,b,id=x,script=/s,downscript=no,br=br7,helper=/h,queues=4,vhost=on,ifname=c,,d "
              "-netdev tap,id=y,fds=3:4:5,vhost -netdev tap,id=z,novhost -nic bridge,br=br1 -netdev "
              "type=tap,id=w,script=");
    const struct vm_backend *backend = vm->backends;

    assert_int_equal(vm->backend_count, 5);
    assert_int_equal(backend[0].kind, VM_BACKEND_TAP);
    assert_string_equal(backend[0].ifname, "c,d"); /* QEMU takes the last one, and ,, is a comma */
    assert_string_equal(backend[0].script, "/s");
    assert_string_equal(backend[0].bridge, "br7");
    assert_string_equal(backend[0].helper, "/h");
    assert_int_equal(backend[0].queues, 4);
    assert_true(backend[0].vhost);
    assert_int_equal(backend[1].fds.count, 3);
    assert_string_equal(backend[1].fds.items[2], "5");
    assert_true(backend[1].vhost);
    assert_null(vm_script(&backend[1], false));
    assert_false(backend[2].vhost);
    assert_string_equal(vm_script(&backend[2], false), "/etc/qemu-ifup");
    assert_string_equal(vm_script(&backend[2], true), "/etc/qemu-ifdown");
    assert_int_equal(backend[3].kind, VM_BACKEND_BRIDGE);
    assert_string_equal(backend[3].id, vm->nics[0].netdev);
    assert_null(vm_script(&backend[4], false));
    vm_free(vm);
}

static void assert_socket(const char *netdev, enum vm_socket_kind kind, const char *address,
                          const char *local)
{
    char *line = text_format("qemu -netdev %s", netdev);
    struct vm *vm = parse(line);

    assert_int_equal(vm->backends[0].socket, kind);
    assert_text(vm->backends[0].address, address);
    assert_text(vm->backends[0].local_address, local);
    vm_free(vm);
    free(line);
}

static void test_sockets(void **state)
{
    (void)state;
    assert_socket("socket,id=a,listen=:4444", VM_SOCKET_LISTEN, ":4444", NULL);
    assert_socket("socket,id=a,connect=127.0.0.1:4444", VM_SOCKET_CONNECT, "127.0.0.1:4444", NULL);
    assert_socket("socket,id=a,mcast=230.0.0.1:1,localaddr=10.0.0.1", VM_SOCKET_MCAST, "230.0.0.1:1",
                  "10.0.0.1");
    assert_socket("socket,id=a,udp=1.2.3.4:5,localaddr=:6", VM_SOCKET_UDP, "1.2.3.4:5", ":6");
    assert_socket("stream,id=a,server=on,addr.type=unix,addr.path=/s", VM_SOCKET_LISTEN, "/s", NULL);
    assert_socket(
        "{\"type\":\"stream\",\"id\":\"a\",\"addr\":{\"type\":\"inet\",\"host\":\"::1\",\"port\":\"7\"}}",
        VM_SOCKET_CONNECT, "::1:7", NULL);
    assert_socket("dgram,id=a,remote.type=inet,remote.host=230.0.0.1,remote.port=9", VM_SOCKET_MCAST,
                  "230.0.0.1:9", NULL);
    assert_socket("dgram,id=a,remote.host=10.0.0.1,remote.port=9,local.host=10.0.0.2,local.port=8",
                  VM_SOCKET_UDP, "10.0.0.1:9", "10.0.0.2:8");
    assert_socket("vde,id=a,sock=/tmp/vde", VM_SOCKET_NONE, "/tmp/vde", NULL);
    assert_socket("l2tpv3,id=a,src=1.1.1.1,dst=2.2.2.2", VM_SOCKET_NONE, "2.2.2.2", "1.1.1.1");
    assert_socket("vhost-user,id=a,chardev=c0", VM_SOCKET_NONE, "c0", NULL);
}

static void assert_qmp(const char *line, const char *path)
{
    struct vm *vm = parse(line);

    assert_int_equal(vm->qmp_sockets.count, path != NULL);
    if (path != NULL)
        assert_string_equal(vm->qmp_sockets.items[0], path);
    vm_free(vm);
}

static void test_qmp(void **state)
{
    (void)state;
    assert_qmp("qemu -qmp unix:/run/q,server=on,wait=off", "/run/q");
    assert_qmp("qemu -qmp unix:/run/q,server,nowait", "/run/q");
    assert_qmp("qemu --qmp-pretty unix:/run/q,server", "/run/q");
    assert_qmp("qemu -qmp unix:/run/q", NULL); /* QEMU connects there */
    assert_qmp("qemu -qmp stdio", NULL);
    assert_qmp("qemu -monitor unix:/run/q,server", NULL);
    assert_qmp("qemu -mon chardev=c,mode=control -chardev socket,id=c,path=/run/q,server=on", "/run/q");
    assert_qmp("qemu -chardev socket,id=c,path=/run/q,server -qmp chardev:c", "/run/q");
    assert_qmp("qemu -mon chardev=c -chardev socket,id=c,path=/run/q,server=on", NULL);
    assert_qmp("qemu -mon c,mode=control -chardev socket,id=c,path=/run/q,reconnect=5", NULL);
}

static void test_identity(void **state)
{
    (void)state;
    struct vm *vm = parse("/usr/bin/qemu-kvm -name guest=web1,debug-threads=on -uuid 1-2 -smbios "
                          "type=1,uuid=3 -readconfig f -set a=b");

    assert_string_equal(vm->program, "/usr/bin/qemu-kvm");
    assert_string_equal(vm->name, "web1");
    assert_string_equal(vm->uuid, "1-2");
    assert_int_equal(vm->unfollowed.count, 2);
    assert_string_equal(vm->unfollowed.items[0], "-readconfig f");
    assert_false(vm_fully_known(vm));
    vm_free(vm);

    static const char arguments[] =
        "qemu\0-append\0root=/dev/vda ip=10.9.0.2::10.9.0.1:255.255.255.0::eth0:off ip=dhcp\0-name\0web1";
    vm = qemu_cmdline_parse(arguments, sizeof arguments);
    assert_int_equal(vm->address_count, 1);
    assert_ip(vm->addresses[0].address, "10.9.0.2");
    assert_int_equal(vm->addresses[0].prefix, 24);
    assert_string_equal(vm->name, "web1");
    vm_free(vm);
}

static void test_programs(void **state)
{
    (void)state;
    assert_true(qemu_is_program("qemu-system-x86_64"));
    assert_true(qemu_is_program("/usr/libexec/qemu-kvm"));
    assert_true(qemu_is_program("/usr/bin/kvm"));
    assert_true(qemu_is_program("qemu"));
    assert_false(qemu_is_program("qemu-img"));
    assert_false(qemu_is_program("/usr/lib/qemu/qemu-bridge-helper"));
    assert_false(qemu_is_program("/opt/qemu-system-x86_64/bin/run"));
    assert_false(qemu_is_program(""));
}

static void test_broken(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        " ",
        "qemu -net",
        "qemu -netdev {",
        "qemu -netdev {\"type\":[[[{}]]],\"id\":{\"a\":{\"b\":{\"c\":1}}}}",
        "qemu -netdev ,,,,, -netdev = -netdev tap,= -nic , -net ,,nic",
        "qemu -device {\"driver\":null} -device , -device =",
        "qemu -netdev hubport,id=a,hubid=99999999999999999999,netdev=a",
        "qemu -netdev hubport,id=a,hubid=-1 -netdev tap,id=b,queues=4294967296,fds=:::",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct vm *vm = parse(lines[i]);
        vm_connections_free(vm_connections(vm));
        vm_free(vm);
    }
}

/* The whole command line of a domain that libvirt started. */
static void test_libvirt(void **state)
{
    (void)state;
    size_t size;
    char *text = read_data("libvirt-9.0.cmdline", &size);
    struct vm *vm = qemu_cmdline_parse(text, size);
    struct vm_connections *connections = vm_connections(vm);

    assert_string_equal(vm->name, "web1");
    assert_string_equal(vm->uuid, "5d7a3f0e-6f0c-4c6e-9b1e-2f6f0f6c1a11");
    assert_int_equal(vm->nic_count, 4);
    assert_int_equal(vm->backend_count, 4);
    assert_true(vm_fully_known(vm));
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(vm->nics[i].mac_origin, VM_MAC_GIVEN);
        assert_int_equal(vm->nics[i].mac.bytes[5], 0x11 + i);
        assert_int_equal(connections->nics[i].segment, connections->backends[i].segment);
        assert_int_equal(connections->nics[i].hub.origin, VM_HUB_NONE);
    }
    assert_string_equal(vm->nics[0].id, "net0");
    assert_string_equal(vm->backends[0].fds.items[0], "30");
    assert_int_equal(vm->backends[1].fds.count, 2);
    assert_string_equal(vm->backends[1].fds.items[1], "33");
    assert_int_equal(vm->backends[2].socket, VM_SOCKET_LISTEN);
    assert_string_equal(vm->backends[2].address, "127.0.0.1:5558");
    assert_int_equal(vm->backends[3].kind, VM_BACKEND_USER);
    vm_connections_free(connections);
    vm_free(vm);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macs),         cmocka_unit_test(test_all_defaults_taken),
        cmocka_unit_test(test_vlans_differ), cmocka_unit_test(test_default_vlan),
        cmocka_unit_test(test_hubports),     cmocka_unit_test(test_unconnected),
        cmocka_unit_test(test_tap),          cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_qmp),          cmocka_unit_test(test_identity),
        cmocka_unit_test(test_programs),     cmocka_unit_test(test_broken),
        cmocka_unit_test(test_libvirt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

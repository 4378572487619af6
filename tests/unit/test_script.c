/* Start scripts: what is followed, and what is marked as unresolved. */
#include "script.h"

#include "unit.h"
#include "vm_data.h"

static struct vm_list parse(const char *text)
{
    struct vm_list list = {0};

    script_parse(text, strlen(text), &list);
    return list;
}

/* All the network arguments of all VMs, with their lines: "2:-net nic 3:-net tap | 5:…"; '~' marks an
 * unresolved one, {} what was not followed. */
static void assert_arguments(const char *script, const char *expected)
{
    struct vm_list list = parse(script);
    char *all = text_format("%s", "");

    for (size_t v = 0; v < list.count; v++) {
        const struct vm *vm = list.items[v];
        struct text_list words = {0};
        for (size_t i = 0; i < vm->nic_count; i++)
            text_list_addf(&words, "%u:%s%s", vm->nics[i].source.line,
                           vm->nics[i].source.unresolved ? "~" : "", vm->nics[i].source.text);
        for (size_t i = 0; i < vm->backend_count; i++)
            text_list_addf(&words, "%u:%s%s", vm->backends[i].source.line,
                           vm->backends[i].source.unresolved ? "~" : "", vm->backends[i].source.text);
        for (size_t i = 0; i < vm->unfollowed.count; i++)
            text_list_addf(&words, "{%s}", vm->unfollowed.items[i]);
        for (size_t i = 0; i < words.count; i++) {
            char *longer = text_format("%s%s%s", all, i ? " " : v ? " | " : "", words.items[i]);
            free(all);
            all = longer;
        }
        text_list_free(&words);
    }
    assert_string_equal(all, expected);
    free(all);
    vm_list_free(&list);
}

static void test_plain(void **state)
{
    (void)state;
    assert_arguments("qemu -net nic -net tap\n", "1:-net nic 1:-net tap");
    assert_arguments("qemu -net nic", "1:-net nic");
    assert_arguments("#!/bin/sh\n\nqemu \\\n -net nic \\\n -net tap # -net user\n", "4:-net nic 5:-net tap");
    assert_arguments("# qemu -net nic\n", "");
    assert_arguments("echo qemu -net nic\n", "");
    assert_arguments("apt install qemu-system-x86_64 -net nic\n", "");
    assert_arguments("sudo -E nice -n 5 /usr/bin/qemu-kvm -net nic &\n", "1:-net nic");
    assert_arguments("ip netns exec red kvm -net nic; qemu -net tap\n", "1:-net nic | 1:-net tap");
    assert_arguments("LC_ALL=C QEMU_AUDIO_DRV=none qemu -net nic\n", "1:-net nic");
    assert_arguments("qemu -net nic >/dev/null 2>&1 </dev/null -net tap\n", "1:-net nic 1:-net tap");
    assert_arguments("(cd /x && qemu -net nic) | tee log\n", "1:-net nic");
}

static void test_quotes(void **state)
{
    (void)state;
    assert_arguments("qemu -net 'nic,model=a b' -net \"tap\",ifname=\\t'a'p0\n",
                     "1:-net nic,model=a b 1:-net tap,ifname=tap0");
    assert_arguments("qemu -name '' -net nic -netdev '{\"type\":\"user\",\"id\":\"$n\"}'\n",
                     "1:-net nic 1:-netdev {\"type\":\"user\",\"id\":\"$n\"}");
    assert_arguments("qemu -name \"a\\\"b -net user\" -net \"nic,\\\nvlan=1\"\n", "1:-net nic,vlan=1");
    assert_arguments("qemu -net 'nic", "1:-net nic");
    assert_arguments("qemu -net $'nic'\n", "1:-net nic");
}

static void test_comments(void **state)
{
    (void)state;
    assert_arguments("qemu -net nic $(: the NIC (one)) \\\n -net tap `# the tap` -net user\n",
                     "1:-net nic 2:-net tap 2:-net user");
    assert_arguments("qemu $(# one (1) line) -net nic \\\n $(# several\n) -net tap\n",
                     "1:-net nic 3:-net tap");
    assert_arguments("qemu \\\n -net nic \\\n # ends here\n -net tap\n", "2:-net nic");
}

static void test_variables(void **state)
{
    (void)state;
    assert_arguments("T=tap0\nqemu -net tap,ifname=$T,script=${T}.sh\n",
                     "2:-net tap,ifname=tap0,script=tap0.sh");
    assert_arguments("A='-net nic -net tap'\nqemu $A\n", "1:-net nic 1:-net tap");
    assert_arguments("A='-net nic'\nA=\"$A -net tap\"\nqemu $A\n", "1:-net nic 2:-net tap");
    assert_arguments("A='-net nic'\nA+=' -net tap'\nqemu $A -m $M\n", "1:-net nic 2:-net tap");
    assert_arguments("A=x\nunset A\nqemu $A -net nic\n", "3:-net nic");
    assert_arguments("A=\"-net nic\n-net\ntap\"\nA+=' -net user'\nA+=' -net nic'\nqemu $A\n",
                     "1:-net nic 5:-net nic 2:-net tap 4:-net user");
    assert_arguments("export A=tap0 B=1; readonly C=2\nqemu -net tap,ifname=$A,vlan=$B$C\n",
                     "2:-net tap,ifname=tap0,vlan=12");
    assert_arguments("QEMU=qemu-system-arm\n$QEMU -net nic\n", "2:-net nic");
    assert_arguments("$QEMU -net nic -m 5\n", "1:-net nic");
    assert_arguments("$TOOL -m 5\n", "");
    assert_arguments("qemu ${N:--net nic} -net ${T-tap} ${Z:+-net user}\n", "1:-net nic 1:-net tap");
    assert_arguments(": ${T:=tap7}\nqemu -net tap,ifname=$T\n", "2:-net tap,ifname=tap7");
    assert_arguments("A=\nqemu -net tap,ifname=${A:-tap1},script=${A-x},br=${A:+y}\n",
                     "2:-net tap,ifname=tap1,script=,br=");
}

static void test_unresolved(void **state)
{
    (void)state;
    assert_arguments("qemu -net tap,ifname=$1,vlan=$V \"$@\"\n", "1:~-net tap,ifname=$1,vlan=$V {$@}");
    assert_arguments("qemu $NET -netdev $X -m $M -S $Y\n", "{$NET} {-netdev $X} {$Y}");
    assert_arguments("T=$(cat f)\nqemu -net tap,ifname=$T,br=`hostname`\n",
                     "2:~-net tap,ifname=$(cat f),br=`hostname`");
    assert_arguments("qemu -net nic,vlan=$((1 + 1)),name=${A%%b},addr=${#A}\n",
                     "1:~-net nic,vlan=$((1 + 1)),name=${A%%b},addr=${#A}");
    assert_arguments("read T\nqemu -net tap,ifname=$T\n", "2:~-net tap,ifname=$T");
    assert_arguments("T=a\n. ./conf\nqemu -net tap,ifname=$T\nT=b\nqemu -net tap,ifname=$T\n",
                     "3:~-net tap,ifname=$T | 5:-net tap,ifname=b");
    assert_arguments("for T in a b; do qemu -net tap,ifname=$T; done\n", "1:~-net tap,ifname=$T");
}

static void test_blocks(void **state)
{
    (void)state;
    /* What is set in a branch holds in it, and is not known behind it. */
    assert_arguments("if foo; then T=a; qemu -net tap,ifname=$T; else T=b; fi\nqemu -net tap,ifname=$T\n",
                     "1:-net tap,ifname=a | 2:~-net tap,ifname=$T");
    assert_arguments(
        "case $1 in\na|x) T=a\n qemu -net tap,ifname=$T;;\n(qemu) T=b;;\nesac\nqemu -net tap,ifname=$T\n",
        "3:-net tap,ifname=a | 6:~-net tap,ifname=$T");
    assert_arguments("T=a\nfoo && T=b\nqemu -net tap,ifname=$T\n", "3:~-net tap,ifname=$T");
    assert_arguments("foo &&\nT=b && qemu -net tap,ifname=$T\n", "2:-net tap,ifname=b");
    assert_arguments("N=0\nwhile foo; do qemu -net nic,vlan=$N; N=1; done\n", "2:~-net nic,vlan=$N");
    assert_arguments("N=0\nwhile foo; do qemu -net nic,vlan=$N; done\n", "2:-net nic,vlan=0");
    /* A function runs when it is called. */
    assert_arguments("f() { qemu -net tap,ifname=$T; }\nT=a\nf\n", "1:-net tap,ifname=a");
    assert_arguments("T=a\nf() { qemu -net tap,ifname=$T; }\nT=b\nf\n", "2:~-net tap,ifname=$T");
    assert_arguments("function f {\n local T=a\n qemu -net tap,ifname=$T\n}\n", "3:-net tap,ifname=a");
}

static void test_set_if_empty(void **state)
{
    (void)state;
    assert_arguments("[ \"${T}X\" = \"X\" ] && \\\n export T=tap0\nqemu -net tap,ifname=$T\n",
                     "3:-net tap,ifname=tap0");
    assert_arguments("if [ -z \"$T\" ]; then\nT=tap0\nfi\nqemu -net tap,ifname=$T\n",
                     "4:-net tap,ifname=tap0");
    assert_arguments("test -n \"$T\" || T=tap0\nqemu -net tap,ifname=$T\n", "2:-net tap,ifname=tap0");
    assert_arguments("T=tap9\n[ -z \"$T\" ] && T=tap0\nqemu -net tap,ifname=$T\n", "3:-net tap,ifname=tap9");
    assert_arguments("U=yes\nif [ $U = yes ]; then T=a; else T=b; fi\nqemu -net tap,ifname=$T\n",
                     "3:-net tap,ifname=a");
    /* Another variable than the tested one: it depends on the environment. */
    assert_arguments("[ -z \"$X\" ] && T=tap0\nqemu -net tap,ifname=$T\n", "2:~-net tap,ifname=$T");
    assert_arguments("[ -z \"$1\" ] && T=tap0\nqemu -net tap,ifname=$T\n", "2:~-net tap,ifname=$T");
}

static void test_arrays(void **state)
{
    (void)state;
    assert_arguments("args=(\n -net nic # one\n -net \"tap,ifname=a b\"\n)\nargs+=(-name x)\nqemu "
                     "\"${args[@]}\" -nic none\n",
                     "2:-net nic 3:-net tap,ifname=a b");
    assert_arguments("args=(-net nic)\nfoo && args+=(-net tap)\nqemu ${args[@]}\n", "{${args[@]}}");
}

static void test_heredocs(void **state)
{
    (void)state;
    assert_arguments("cat <<EOF >f\nqemu -net nic\nEOF\nqemu -net tap\n", "4:-net tap");
    assert_arguments("cat <<-'EOF' | foo\n\tqemu -net nic\n\tEOF\nqemu -net tap\n", "4:-net tap");
    assert_arguments("cat <<EOF\nqemu -net nic\n", "");
    assert_arguments("cat <<<EOF\nqemu -net nic\n", "2:-net nic");
}

/* A part of the guide's script: both numbers and both lines. */
static void test_guide(void **state)
{
    (void)state;
    struct vm_list list = parse("#!/bin/sh\n"
                                "[ \"${NICARGS}X\" = \"X\" ] && \\\n"
                                "    export NICARGS=\" -net nic,vlan=1,macaddr=52:54:00:12:04:11 \"\n"
                                "[ \"${TAPARGS}X\" = \"X\" ] && \\\n"
                                "    export TAPARGS=\" -net tap,vlan=4,ifname=tun0\\\n"
                                ",script=${VMDIR}/upif0\\\n"
                                ",downscript=${VMDIR}/downif0 \"\n"
                                "qemu-system-x86_64 ${NICARGS} ${TAPARGS}\n");
    assert_int_equal(list.count, 1);
    const struct vm *vm = list.items[0];
    assert_int_equal(vm->nics[0].source.line, 3);
    assert_int_equal(vm->nics[0].hub.number, 1);
    assert_int_equal(vm->backends[0].source.line, 5);
    assert_int_equal(vm->backends[0].hub.number, 4);
    assert_string_equal(vm->backends[0].ifname, "tun0");
    assert_string_equal(vm->backends[0].script, "${VMDIR}/upif0");
    assert_true(vm_text_unresolved(&vm->backends[0].source, vm->backends[0].script));
    assert_false(vm_text_unresolved(&vm->backends[0].source, vm->backends[0].ifname));
    vm_list_free(&list);
}

static struct vm_list parse_file(const char *name)
{
    struct vm_list list = {0};
    size_t size;
    char *text = read_data(name, &size);

    script_parse(text, size, &list);
    free(text);
    assert_int_equal(list.count, 1);
    return list;
}

static void test_proxmox(void **state)
{
    (void)state;
    struct vm_list list = parse_file("proxmox-8.sh");
    const struct vm *vm = list.items[0];

    assert_string_equal(vm->name, "pbs3-beelink");
    assert_string_equal(vm->uuid, "18dfa228-cb4d-4ced-af3e-cc670d8e0cdc");
    assert_int_equal(vm->nic_count, 2);
    assert_int_equal(vm->backend_count, 2);
    assert_mac(vm->nics[0].mac, "bc:24:11:0a:a6:b6");
    assert_mac(vm->nics[1].mac, "bc:24:11:ad:4f:88");
    assert_string_equal(vm->backends[1].ifname, "tap100i1");
    assert_string_equal(vm->backends[1].script, "/var/lib/qemu-server/pve-bridge");
    assert_string_equal(vm_script(&vm->backends[1], true), "/var/lib/qemu-server/pve-bridgedown");
    assert_int_equal(vm->backends[1].queues, 4);
    assert_true(vm->backends[1].vhost);
    assert_int_equal(vm->qmp_sockets.count, 1); /* QEMU connects to the other one */
    assert_string_equal(vm->qmp_sockets.items[0], "/var/run/qemu-server/100.qmp");
    vm_list_free(&list);
}

static void test_quickemu(void **state)
{
    (void)state;
    struct vm_list list = parse_file("quickemu-4.sh");
    const struct vm *vm = list.items[0];

    assert_string_equal(vm->name, "griefling-test");
    assert_int_equal(vm->line, 3);
    assert_int_equal(vm->nic_count, 1);
    assert_int_equal(vm->backend_count, 1);
    assert_string_equal(vm->nics[0].model, "virtio-net");
    assert_int_equal(vm->nics[0].mac_origin, VM_MAC_DEFAULT);
    assert_mac(vm->nics[0].mac, "52:54:00:12:34:56");
    assert_int_equal(vm->nics[0].source.line, 16);
    assert_int_equal(vm->backends[0].kind, VM_BACKEND_USER);
    assert_true(vm_fully_known(vm));
    vm_list_free(&list);
}

static void test_multipass(void **state)
{
    (void)state;
    struct vm_list list = parse_file("multipass-1.14.sh");
    const struct vm *vm = list.items[0];

    assert_int_equal(vm->nic_count, 1);
    assert_int_equal(vm->backend_count, 1);
    assert_mac(vm->nics[0].mac, "52:54:00:37:b0:08");
    assert_string_equal(vm->backends[0].ifname, "tap-f195806e18b");
    assert_null(vm_script(&vm->backends[0], false));
    assert_int_equal(vm->qmp_sockets.count, 0);
    assert_true(vm_fully_known(vm));
    vm_list_free(&list);
}

static void test_gns3(void **state)
{
    (void)state;
    struct vm_list list = parse_file("gns3-1.3.sh");
    const struct vm *vm = list.items[0];
    struct vm_connections *connections = vm_connections(vm);

    assert_int_equal(vm->nic_count, 8);
    assert_int_equal(vm->backend_count, 3);
    assert_int_equal(connections->nics[0].segment, connections->backends[0].segment);
    assert_int_equal(connections->nics[2].segment, connections->backends[1].segment);
    assert_int_equal(connections->segments[connections->nics[1].segment].backends, 0);
    assert_string_equal(vm->backends[2].local_address, "127.0.0.1:10018");
    assert_string_equal(vm_script(&vm->backends[0], false), "/etc/qemu-ifup");
    vm_connections_free(connections);
    vm_list_free(&list);
}

static void test_embox(void **state)
{
    (void)state;
    struct vm_list list = parse_file("embox-vlan.sh");
    const struct vm *vm = list.items[0];
    struct vm_connections *connections = vm_connections(vm);

    assert_int_equal(vm->nics[0].hub.origin, VM_HUB_GIVEN);
    assert_int_equal(connections->segment_count, 1);
    vm_connections_free(connections);
    vm_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_comments),     cmocka_unit_test(test_variables),
        cmocka_unit_test(test_unresolved),   cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_set_if_empty), cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_heredocs),     cmocka_unit_test(test_guide),
        cmocka_unit_test(test_proxmox),      cmocka_unit_test(test_quickemu),
        cmocka_unit_test(test_multipass),    cmocka_unit_test(test_gns3),
        cmocka_unit_test(test_embox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

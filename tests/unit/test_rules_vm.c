/* The rules about the start-up of VMs: what start scripts and command lines say. */
#include "qemu_args.h"
#include "report.h"
#include "vm_file.h"
#include "vms.h"

#include <errno.h>

#include "unit.h"
#include "lint_case.h"
#include "vm_data.h"

static const struct lint_case hub_cases[] = {
    {"qemu -net nic,vlan=1 \\\n -net tap,vlan=4,ifname=tap0,script=no,downscript=no\n",
     "3 vlan-mismatch",
     {"the network card 52:54:00:12:34:56 is on QEMU hub 1, but tap0 on hub 4\n",
      "  line 1: -net nic,vlan=1\n", "  line 2: -net tap,vlan=4,"}},
    {"qemu -net nic,vlan=4 -net tap,vlan=4,ifname=tap0,script=no,downscript=no", "0", {"!vlan"}},
    {"qemu -net nic -net tap,ifname=tap0,script=no", "0", {0}},
    {"qemu -net nic -net tap,vlan=0,ifname=tap0,script=no", "0", {0}},
    {"qemu -net nic,vlan=3 -net tap,ifname=tap0,script=no",
     "3 vlan-mismatch",
     {"on QEMU hub 3, but tap0 on hub 0", "no vlan= is written for tap0, so QEMU takes 0"}},
    {"qemu -net nic,model=e1000 -net tap,vlan=2,ifname=tap0,script=no",
     "3 vlan-mismatch",
     {"no vlan= is written for e1000 52:54:00:12:34:56, so QEMU takes 0"}},
    {"qemu -netdev tap,id=t,ifname=tap0,script=no -netdev hubport,id=p1,hubid=4,netdev=t "
     "-netdev hubport,id=p2,hubid=1 -device virtio-net-pci,id=nic0,netdev=p2",
     "3 vlan-mismatch",
     {"nic0 is on QEMU hub 1, but tap0 on hub 4", "-netdev hubport,id=p1,hubid=4,netdev=t",
      "-netdev hubport,id=p2,hubid=1"}},
    {"qemu -netdev tap,id=t,ifname=tap0,script=no -netdev hubport,id=p1,hubid=4,netdev=t "
     "-netdev hubport,id=p2,hubid=4 -device virtio-net-pci,netdev=p2",
     "0",
     {0}},
    /* a hub with everything, and one that joins two networks without the guest */
    {"qemu -net nic,vlan=1 -net tap,vlan=1,ifname=tap0,script=no -net socket,vlan=1,listen=:4444", "0", {0}},
    {"qemu -net nic,vlan=1 -net user,vlan=1 -net tap,vlan=2,ifname=tap0,script=no -net "
     "socket,vlan=2,listen=:1",
     "0",
     {0}},
    /* two of each: two findings, not four */
    {"qemu -net nic,vlan=1 -net nic,vlan=2 -net tap,vlan=4,ifname=tap0,script=no -net "
     "tap,vlan=5,ifname=tap1,script=no",
     "3 vlan-mismatch vlan-mismatch",
     {0}},
    /* two in the same hub: one */
    {"qemu -net nic,vlan=1 -net tap,vlan=4,ifname=tap0,script=no -net socket,vlan=4,listen=:4444",
     "3 vlan-mismatch",
     {0}},
    {"qemu -net nic,vlan=$N -net tap,vlan=4,ifname=tap0,script=no",
     "5",
     {"unknown: line 1: -net nic,vlan=$N: its hub could not be read"}},
    {"qemu -net nic,vlan=1 -net tap,vlan=4,ifname=tap0,script=no $MORE",
     "3 vlan-mismatch",
     {"  what $MORE holds was not looked into"}},
};

#define HUB_NICS "qemu -net nic,macaddr=52:54:00:00:00:01 -net nic,macaddr=52:54:00:00:00:02 "

/* QEMU joins whatever is on one hub. */
static const struct lint_case loop_cases[] = {
    {HUB_NICS "-net tap,ifname=tap0,script=no \\\n -net tap,ifname=tap1,script=no",
     "3 l2-loop",
     {"QEMU joins tap0 and tap1, which are on hub 0 both", "  line 1: -net tap,ifname=tap0,script=no\n",
      "  line 2: -net tap,ifname=tap1", "no vlan= is written for tap1, so QEMU takes 0"}},
    {HUB_NICS "-net tap,ifname=tap0,vlan=0,script=no -net tap,ifname=tap1,script=no",
     "3 l2-loop",
     {"that one bridge has both is inferred", "!is written for tap0"}},
    {"qemu -net nic,vlan=3 -net tap,vlan=3,ifname=a,script=no -net tap,vlan=3,ifname=b,script=no",
     "3 l2-loop",
     {"which are on hub 3 both"}},
    {HUB_NICS "-net tap,ifname=a,script=no -net tap,ifname=b,script=no -net tap,ifname=c,script=no",
     "3 l2-loop",
     {0}},
    {"qemu -netdev tap,id=a,ifname=a,script=no -netdev tap,id=b,ifname=b,script=no -netdev "
     "hubport,id=p,hubid=7,netdev=a -netdev hubport,id=q,hubid=7,netdev=b -netdev hubport,id=r,hubid=7 "
     "-device e1000,netdev=r",
     "3 l2-loop",
     {"-netdev hubport,id=p,hubid=7,netdev=a", "-netdev hubport,id=q,hubid=7,netdev=b"}},
    {HUB_NICS "-net bridge,br=br0 -net bridge,br=br0", "3 l2-loop", {"!inferred"}},
    {HUB_NICS "-net bridge,br=br0 -net bridge,br=br1", "0", {0}},
    {HUB_NICS "-net tap,ifname=tap0,script=no -net user", "0", {0}},
    {HUB_NICS "-net tap,ifname=tap0,script=no -net socket,listen=:4444", "0", {0}},
    {HUB_NICS "-net tap,ifname=tap0,script=no -net tap,ifname=tap0,script=no", "4 tap-shared", {0}},
    {"qemu -net tap,ifname=tap0,script=no -net tap,ifname=tap1,script=no", "0", {0}}, /* QEMU as a bridge */
    {"qemu -net nic,vlan=1,macaddr=52:54:00:00:00:01 -net tap,vlan=1,ifname=a,script=no "
     "-net nic,vlan=2,macaddr=52:54:00:00:00:02 -net tap,vlan=2,ifname=b,script=no",
     "0",
     {0}},
    {"qemu -nic tap,ifname=a,script=no,mac=52:54:00:00:00:01 -nic "
     "tap,ifname=b,script=no,mac=52:54:00:00:00:02",
     "0",
     {0}},
};

#define TAP_N "qemu -netdev tap,id=n,ifname=tap0,script=no "

/* A netdev has one partner. */
static const struct lint_case taken_cases[] = {
    {TAP_N "-device e1000,netdev=n,mac=52:54:00:00:00:01 \\\n -device e1000,netdev=n,mac=52:54:00:00:00:02",
     "3 nic-unconnected",
     {"the netdev \"n\" is used twice", "  line 1: -device e1000,netdev=n,mac=52:54:00:00:00:01\n",
      "  line 2: -device e1000", "QEMU connects a netdev with one network card or hub port"}},
    {TAP_N "-device '{\"driver\":\"e1000\",\"netdev\":\"n\"}' -device e1000,netdev=n,mac=52:54:00:00:00:02",
     "3 nic-unconnected",
     {0}},
    {TAP_N "-device e1000,netdev=n,mac=52:54:00:00:00:01 -device e1000,netdev=n,mac=52:54:00:00:00:02 "
           "-device e1000,netdev=n,mac=52:54:00:00:00:03",
     "3 nic-unconnected nic-unconnected",
     {0}},
    {TAP_N "-netdev hubport,id=p,hubid=0,netdev=n -device e1000,netdev=n", "3 nic-unconnected", {"hubid=0"}},
    {TAP_N
     "-netdev hubport,id=p,hubid=0,netdev=n -netdev hubport,id=q,hubid=1,netdev=n -device e1000,netdev=p",
     "3 nic-unconnected",
     {0}},
    {TAP_N "-net nic,netdev=n,macaddr=52:54:00:00:00:01 -device e1000,netdev=n,mac=52:54:00:00:00:02",
     "3 nic-unconnected",
     {0}},
    /* an id twice: the card is with the first */
    {TAP_N "-netdev user,id=n -device e1000,netdev=n",
     "3 nic-unconnected",
     {"the id \"n\" is used twice", "-netdev tap,id=n", "-netdev user,id=n", "!none of the VM's"}},
    {TAP_N "-nic user,id=n -device e1000,netdev=n,mac=52:54:00:00:00:01",
     "3 nic-unconnected nic-unconnected",
     {0}},
    {TAP_N "-device e1000,netdev=n,mac=52:54:00:00:00:01 -device e1000,netdev=n,mac=52:54:00:00:00:02 $MORE",
     "3 nic-unconnected",
     {0}},
    {TAP_N "-netdev user,id=m -device e1000,netdev=n,mac=52:54:00:00:00:01 -device e1000,netdev=m", "0", {0}},
    {"qemu -netdev tap,id=$(new),ifname=$A,script=no -device e1000,netdev=$(new) -netdev "
     "tap,id=$(new),ifname=$B,"
     "script=no -device e1000,netdev=$(new)",
     "5",
     {"!used twice"}},
};

/* What needs no partner. */
static const struct lint_case alone_cases[] = {
    {TAP_N "-device e1000,netdev=n,mac=52:54:00:00:00:01 -device e1000,mac=52:54:00:00:00:02 \\\n"
           "-device e1000,mac=52:54:00:00:00:03",
     "1 nic-unconnected",
     {"2 network cards of the VM are connected to nothing", "line 1: -device e1000,mac=52:54:00:00:00:02\n",
      "line 2: -device e1000"}},
    {"qemu -name R1 -net none -device e1000,mac=52:54:00:00:00:01 -device e1000,mac=52:54:00:00:00:02",
     "1 nic-unconnected",
     {0}},
    {"qemu -net none", "0", {0}},
    {"qemu -net nic,vlan=0,macaddr=52:54:00:00:00:01 -net tap,ifname=tap0,script=no "
     "-net nic,vlan=1,macaddr=52:54:00:00:00:02",
     "1 nic-unconnected",
     {"1 network card of the VM is connected to nothing"}},
    {TAP_N "-device e1000,netdev=n,mac=52:54:00:00:00:01 -device e1000 $MORE",
     "0",
     {"note: what $MORE holds was not looked into"}},
    {"qemu -device e1000,mac=52:54:00:00:00:01 -device e1000,mac=52:54:00:00:00:02",
     "3 nic-unconnected nic-unconnected",
     {0}},
    {TAP_N "-device e1000,netdev=n,mac=52:54:00:00:00:01 -device e1000,netdev=m,mac=52:54:00:00:00:02",
     "3 nic-unconnected",
     {"there is no backend with the id \"m\""}},
    {TAP_N "-device e1000,netdev=n -netdev user,guestfwd=tcp:10.0.2.1:4600-chardev:c0,id=channel0", "0", {0}},
    {TAP_N "-device e1000,netdev=n -netdev '{\"type\":\"user\",\"guestfwd\":[{\"str\":\"tcp:10.0.2.1:4600-"
           "chardev:c0\"}],\"id\":\"channel0\"}'",
     "0",
     {0}},
    {TAP_N "-device e1000,netdev=n -netdev user,id=u",
     "3 nic-unconnected",
     {"no network card is connected to u"}},
};

static const struct lint_case connection_cases[] = {
    {"qemu -netdev tap,id=n0,ifname=tap0,script=no -device virtio-net-pci,netdev=n0", "0", {0}},
    {"qemu -nic tap,ifname=tap0,script=no", "0", {0}},
    {"qemu -netdev tap,id=n0,ifname=tap0,script=no -device virtio-net-pci,netdev=n1",
     "3 nic-unconnected nic-unconnected",
     {"no network card is connected to tap0", "none of the VM's 1 network cards has netdev=n0",
      "there is no backend with the id \"n1\""}},
    {"qemu -netdev tap,id=n0,ifname=tap0,script=no", "3 nic-unconnected", {"the VM has no network card"}},
    {"qemu -device e1000,mac=52:54:00:01:02:03",
     "3 nic-unconnected",
     {"e1000 52:54:00:01:02:03 is connected to no backend"}},
    {"qemu -hda disk", "0", {0}},
    /* nothing is said where the partner may be written elsewhere */
    {"qemu -netdev tap,id=n0,ifname=tap0,script=no $NIC",
     "5",
     {"!no network card is connected", "ifname=tap0,script=no: nothing that is known is connected to it",
      "unknown: what $NIC holds was not looked into"}},
    {"qemu -netdev tap,id=$ID,ifname=tap0,script=no -device e1000,netdev=n1", "5", {"!no network card"}},
    {"qemu -device e1000,netdev=n0 -readconfig x.cfg",
     "5",
     {"what -readconfig x.cfg holds was not looked into"}},
    {"qemu $ARGS", "5", {"unknown: what $ARGS holds was not looked into"}},
    /* a whole network, and something else that was not looked into */
    {"qemu -readconfig /usr/share/qemu-server/pve-q35-4.0.cfg -netdev tap,id=n0,ifname=tap0,script=no "
     "-device virtio-net-pci,netdev=n0,mac=52:54:00:01:02:03",
     "0",
     {"note: what -readconfig /usr/share/qemu-server/pve-q35-4.0.cfg holds was not looked into"}},
    {"qemu -nic tap,ifname=$TAP,script=no", "0", {0}},
    {"<domain><name>web1</name><devices><interface type='bridge'><mac address='52:54:00:01:02:03'/>"
     "<link state='down'/></interface></devices></domain>",
     "3 link-off",
     {"the link of net0 is switched off", "<link state='down'>"}},
    {"<domain><name>web1</name><devices><interface type='bridge'><mac address='52:54:00:01:02:03'/>"
     "<link state='up'/></interface></devices></domain>",
     "0",
     {0}},
    {"<domain><devices><interface type='hostdev'><mac address='52:54:00:01:02:03'/></interface>"
     "<interface type='null'><mac address='52:54:00:01:02:04'/></interface></devices></domain>",
     "0",
     {0}},
};

#define TWO_MACS                                                                                             \
    "-netdev tap,id=a,ifname=tap0,script=no -device e1000,netdev=a,mac=52:54:00:00:00:01 "                   \
    "-netdev tap,id=b,ifname=tap1,script=no -device e1000,netdev=b,mac=52:54:00:00:00:0"

static const struct lint_case mac_cases[] = {
    {"qemu " TWO_MACS "2", "0", {0}},
    {"qemu " TWO_MACS "1", "3 duplicate-mac", {"2 network cards have the MAC address 52:54:00:00:00:01"}},
    {"qemu -name a -nic tap,ifname=tap0,script=no &\nqemu -name b -nic tap,ifname=tap1,script=no &",
     "3 duplicate-mac; 3 duplicate-mac",
     {"  a (line 1): line 1: -nic tap,ifname=tap0,script=no: 52:54:00:12:34:56, QEMU's default",
      "  b (line 2): line 2: -nic tap,ifname=tap1"}},
    {"qemu -daemonize -nic tap,ifname=tap0,script=no\nqemu -nic tap,ifname=tap1,script=no",
     "3 duplicate-mac; 3 duplicate-mac",
     {0}},
    {"qemu -nic tap,ifname=a,script=no & qemu -nic tap,ifname=b,script=no & qemu -nic tap,ifname=c,script=no",
     "3 duplicate-mac; 3 duplicate-mac; 3 duplicate-mac",
     {"3 network cards have"}},
    /* one after the other, or either of the two */
    {"qemu -cdrom x -nic tap,ifname=tap0,script=no\nqemu -nic tap,ifname=tap0,script=no",
     "0; 0",
     {"note: no fault as long as they do not run at the same time: lines 1 and 2 both use the tap tap0",
      "note: no fault as long as they do not run at the same time: qemu (line 1)"}},
    {"if [ -n \"$K\" ]; then\nqemu -enable-kvm -nic tap,ifname=tap0,script=no &\nelse\n"
     "qemu -nic tap,ifname=tap0,script=no &\nfi",
     "0; 0",
     {0}},
    {"case $1 in\na) qemu -nic tap,ifname=tap0,script=no & ;;\nb) qemu -nic tap,ifname=tap0,script=no & "
     ";;\nesac",
     "0; 0",
     {0}},
    {"if true; then\nqemu -nic tap,ifname=tap0,script=no &\nqemu -nic tap,ifname=tap1,script=no &\nfi",
     "3 duplicate-mac; 3 duplicate-mac",
     {0}},
    /* one card that stands in for the other */
    {"<domain><devices><interface type='bridge'><mac address='52:54:00:01:02:03'/><teaming "
     "type='persistent'/>"
     "</interface><interface type='hostdev'><mac address='52:54:00:01:02:03'/><teaming type='transient' "
     "persistent='a'/></interface></devices></domain>",
     "0",
     {0}},
    /* libvirt makes one up */
    {"<domain><devices><interface type='bridge'><mac address='00:00:00:00:00:00'/></interface>"
     "<interface type='bridge'><mac address='00:00:00:00:00:00'/></interface></devices></domain>",
     "0",
     {0}},
    /* a VM that goes over to the other one */
    {"qemu -nic tap,ifname=tap0,script=no &\nqemu -incoming tcp:0:4444 -nic tap,ifname=tap1,script=no &",
     "0; 0",
     {"note: no fault as long as they do not run at the same time"}},
    /* networks that are known to be two */
    {"qemu -nic bridge,br=br0,mac=52:54:00:00:00:01 & qemu -nic bridge,br=br1,mac=52:54:00:00:00:01 &",
     "0; 0",
     {"note: no fault as long as their networks do not meet: qemu (line 1)"}},
    {"qemu -nic bridge,br=br0,mac=52:54:00:00:00:01 & qemu -nic bridge,br=br0,mac=52:54:00:00:00:01 &",
     "3 duplicate-mac; 3 duplicate-mac",
     {0}},
    {"qemu -nic bridge,br=$A,mac=52:54:00:00:00:01 & qemu -nic bridge,br=$B,mac=52:54:00:00:00:01 &",
     "3 duplicate-mac; 3 duplicate-mac",
     {0}},
    {"qemu -nic bridge,br=br0,mac=52:54:00:00:00:01 -nic bridge,br=br1,mac=52:54:00:00:00:01 &\n"
     "qemu -nic bridge,br=br1,mac=52:54:00:00:00:01 &",
     "3 duplicate-mac; 3 duplicate-mac",
     {"2 network cards have"}},
    {"<domain><devices>"
     "<interface type='network'><source network='a'/><mac address='52:54:00:01:02:03'/></interface>"
     "<interface type='network'><source network='b'/><mac address='52:54:00:01:02:03'/></interface>"
     "<interface type='direct'><source dev='eth0'/><mac address='52:54:00:01:02:04'/></interface>"
     "<interface type='direct'><source dev='eth1'/><mac address='52:54:00:01:02:04'/></interface>"
     "<interface type='bridge'><source bridge='b'/><vlan><tag id='7'/></vlan><mac "
     "address='52:54:00:01:02:05'/></interface>"
     "<interface type='bridge'><source bridge='b'/><vlan><tag id='8'/></vlan><mac "
     "address='52:54:00:01:02:05'/></interface>"
     "</devices></domain>",
     "0",
     {0}},
    {"<domain><devices>"
     "<interface type='bridge'><source bridge='b'/><vlan><tag id='7'/></vlan><mac "
     "address='52:54:00:01:02:05'/></interface>"
     "<interface type='bridge'><source bridge='b'/><vlan><tag id='7'/><tag id='8'/></vlan><mac "
     "address='52:54:00:01:02:05'/>"
     "</interface></devices></domain>",
     "3 duplicate-mac",
     {0}},
    /* networks of their own */
    {"qemu -nic user & qemu -nic user &", "0; 0", {0}},
    {"qemu -nic user & qemu -nic tap,ifname=tap0,script=no &", "0; 0", {0}},
    {"qemu -hda a & qemu -hda b &", "0; 0", {0}},
    {"qemu -nic tap,ifname=tap0,script=no,mac=$MAC & qemu -nic tap,ifname=tap1,script=no,mac=$MAC &",
     "0; 0",
     {0}},
    {"qemu -nic tap,ifname=tap0,script=no,mac=01:00:5e:00:00:01",
     "3 invalid-mac",
     {"01:00:5e:00:00:01 is no valid address of a station: the group bit is set"}},
    {"qemu -nodefaults -netdev user,id=n -device e1000,netdev=n,mac=hello",
     "3 invalid-mac",
     {"\"hello\" is no MAC"}},
    {"qemu -netdev user,id=n -device e1000,netdev=n,mac=$MAC", "0", {0}},
    {"qemu -nic user,mac=00:00:00:00:00:00", "0", {0}}, /* QEMU takes its default */
};

static const struct lint_case tap_cases[] = {
    {"qemu -nic tap,ifname=tap0,script=no,mac=52:54:00:00:00:01 &\n"
     "qemu -nic tap,ifname=tap0,script=no,mac=52:54:00:00:00:02 &",
     "4 tap-shared; 4 tap-shared",
     {"the tap tap0 is used more than once", "  line 1: -nic tap", "  line 2: -nic tap"}},
    {"qemu -nic tap,ifname=tap0,script=no -nic tap,ifname=tap0,script=no", "4 tap-shared", {0}},
    {"qemu -nic tap,ifname=tap0,script=no,queues=4", "0", {0}},
    {"qemu -nic tap,ifname=$A,script=no & qemu -nic tap,ifname=$A,script=no,mac=52:54:00:00:00:02 &",
     "0; 0",
     {0}},
    {"qemu -nic tap,ifname=tap%d,script=no & qemu -nic tap,ifname=tap%d,script=no,mac=52:54:00:00:00:02 &",
     "0; 0",
     {0}},
    {"qemu -nic tap,ifname=abcdefghijklmno,script=no", "0", {0}},
    {"qemu -nic tap,ifname=abcdefghijklmnop,script=no",
     "4 tap-name-too-long",
     {"\"abcdefghijklmnop\" has 16 characters, 15 are allowed"}},
    {"qemu -nic tap,ifname=${A_VERY_LONG_NAME},script=no", "0", {0}},
    {"qemu -nic tap,ifname=tap0,script=/bin/true,downscript=no", "0", {0}},
    /* the file may be for another machine */
    {"qemu -nic tap,ifname=tap0,script=/no/such/script,downscript=no",
     "1 script-unusable",
     {"/no/such/script cannot be run: No such file or directory"}},
    {"qemu -nic tap,ifname=tap0,script=/etc/passwd/up,downscript=no",
     "1 script-unusable",
     {"Not a directory"}},
    {"qemu -nic tap,ifname=tap0,script=/bin/true,downscript=/no/down",
     "1 script-unusable",
     {"/no/down cannot"}},
    {"qemu -nic tap,ifname=tap0,script=/etc/passwd,downscript=/etc",
     "4 script-unusable script-unusable",
     {"/etc/passwd cannot be run: Permission denied", "/etc cannot be run: Is a directory"}},
    {"qemu -nic tap,ifname=tap0,script=/no/up -nic tap,ifname=tap1,script=/no/up", "1 script-unusable", {0}},
    {"qemu -nic tap,ifname=tap0,script=./up,downscript=$DIR/down", "0", {0}},
    {"qemu -nic tap,ifname=tap0,fd=3,script=/no/such/script", "0", {0}},
    {"qemu -nic tap,ifname=tap0,script=no -append ip=192.0.2.5::192.0.2.1:255.255.255.0",
     "1 documentation-address",
     {"192.0.2.5 is reserved for documentation"}},
    {"qemu -nic tap,ifname=tap0,script=no -append ip=10.9.0.2", "0", {0}},
};

static void test_hubs(void **state)
{
    (void)state;
    assert_lints(hub_cases, sizeof hub_cases / sizeof hub_cases[0]);
    assert_lints(loop_cases, sizeof loop_cases / sizeof loop_cases[0]);
}

static void test_connections(void **state)
{
    (void)state;
    assert_lints(connection_cases, sizeof connection_cases / sizeof connection_cases[0]);
    assert_lints(taken_cases, sizeof taken_cases / sizeof taken_cases[0]);
    assert_lints(alone_cases, sizeof alone_cases / sizeof alone_cases[0]);
}

static void test_macs(void **state)
{
    (void)state;
    assert_lints(mac_cases, sizeof mac_cases / sizeof mac_cases[0]);
}

static void test_taps(void **state)
{
    (void)state;
    assert_lints(tap_cases, sizeof tap_cases / sizeof tap_cases[0]);
}

/* Command lines of well-run VMs: nothing is wrong with them. */
static void test_real_ones(void **state)
{
    static const char *const names[] = {"embox-vlan.sh", "multipass-1.14.sh", "quickemu-4.sh",
                                        "libvirt-9.0.cmdline"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct vm_list list = {0};
        size_t size;
        char *text = read_data(names[i], &size), *summary, *words, *error;
        assert_true(vm_file_parse(text, size, &list, &error));
        lint(&list, NULL, &summary, &words);
        assert_string_equal(summary, "0");
        free(summary);
        free(words);
        free(text);
        vm_list_free(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hubs), cmocka_unit_test(test_connections), cmocka_unit_test(test_macs),
        cmocka_unit_test(test_taps), cmocka_unit_test(test_real_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

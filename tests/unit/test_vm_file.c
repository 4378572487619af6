/* Which files start VMs, in which encoding and format, and which do not. */
#include "unit.h"
#include "lint_case.h"

#define NETWORK "-nic tap,ifname=tap0,script=no,mac=52:54:00:00:00:01"

/* Names of packages and programs, and what is said of them, are no VM. */
static const struct lint_case no_vms[] = {
    {"", "no VM", {"no QEMU command line"}},
    {"echo hello\n", "no VM", {0}},
    {"sudo apt-get install -y qemu-kvm libvirt-daemon-system\nkvm-ok && echo there\nmodprobe kvm\n",
     "no VM",
     {0}},
    {"apt install qemu-kvm -y\nsudo apt install qemu-system-x86 -m 5\n", "no VM", {0}},
    {"sudo -E apt-get install qemu-kvm --no-install-recommends\n", "no VM", {0}},
    {"sudo dnf -y install \\\n qemu-kvm -q\n", "no VM", {0}},
    {"packages:\n  - qemu-kvm\n  - qemu-system-x86\n", "no VM", {0}},
    {"qemu-kvm\nkvm\nqemu-system-x86_64\n", "no VM", {0}},
    {"sudo usermod -aG kvm $USER\nsudo adduser $USER kvm\nsudo -E adduser kvm $GROUP\n", "no VM", {0}},
    {"sudo pkill qemu-system-x86_64 -9\nsudo killall -9 kvm\n", "no VM", {0}},
    {"command -v qemu-system-x86_64 || exit\nwhich qemu-kvm\n", "no VM", {0}},
    {"qemu-system-x86_64 --version\nkvm -h\nqemu-system-arm -machine help\nqemu-kvm -cpu '?'\n",
     "no VM",
     {0}},
    {"qemu-system-x86_64 -device help -m 64\nqemu-system-x86_64 -m 64 -version\n", "no VM", {0}},
    {"qemu-img create -f qcow2 a.img 5G\nqemu-nbd -c /dev/nbd0 a.img\nqemu-x86_64 -L / ls\n", "no VM", {0}},
    {"sudo chown root /usr/bin/qemu-system-x86_64 -h\nsudo setcap cap_net_raw+ep /usr/bin/kvm\n",
     "no VM",
     {0}},
    {"for q in qemu-kvm kvm; do $q --version; done\n", "no VM", {0}},
    {"# Networking\n\nqemu-system-x86_64 is the emulator. It takes -netdev and -device options; kvm is the\n"
     "kernel's part.\n\n* qemu-kvm: the name that it has there\n",
     "no VM",
     {0}},
    {"`kvm` takes the -net option, and `-device` too\n", "no VM", {0}},
    {"$TOOL -m 5\n", "no VM", {0}},
    {"echo qemu-system-x86_64 " NETWORK "\n", "no VM", {0}},
    {"ip link set dev kvm up\n", "no VM", {0}},
};

/* All the ways in which one is started. */
static const struct lint_case vms[] = {
    {"qemu-system-x86_64 " NETWORK, "0", {0}},
    {"qemu-system-x86_64 --nographic", "0", {0}},
    {"/usr/libexec/qemu-kvm -m 64", "0", {0}},
    {"sudo -E -u qemu -- qemu-system-x86_64 -m 5", "0", {0}},
    {"sudo -u daemon /usr/bin/kvm -m 5", "0", {0}},
    {"sudo LD_PRELOAD=x nice -n 5 qemu-system-x86_64 -m 5", "0", {0}},
    {"nohup env -u DISPLAY QEMU_AUDIO_DRV=none ionice -c 3 qemu-system-x86_64 -m 5 &", "0", {0}},
    {"taskset -c 0,1 qemu-kvm -m 5", "0", {0}},
    {"taskset 0x3 chrt -f 10 qemu-kvm -m 5", "0", {0}},
    {"timeout -s KILL 30 qemu-kvm -m 5", "0", {0}},
    {"ip netns exec red qemu-kvm -m 5", "0", {0}},
    {"sudo ip netns exec red sudo -u me kvm -m 5", "0", {0}},
    {"unshare -n -r qemu-kvm -m 5", "0", {0}},
    {"nsenter -t 12 -n qemu-kvm -m 5", "0", {0}},
    {"nsenter --net=/run/netns/red qemu-kvm -m 5", "0", {0}},
    {"numactl -N 0 -m 0 qemu-kvm -m 5", "0", {0}},
    {"gdb -ex run --args qemu-system-x86_64 -m 5", "0", {0}},
    {"strace -f -o log qemu-system-x86_64 -m 5", "0", {0}},
    {"screen -dmS vm1 qemu-system-x86_64 -m 5", "0", {0}},
    {"tmux new-session -d -s vm1 qemu-system-x86_64 -m 5", "0", {0}},
    {"systemd-run --unit vm1 --slice=vms qemu-system-x86_64 -m 5", "0", {0}},
    {"runuser -u me -- qemu-system-x86_64 -m 5", "0", {0}},
    {"$SUDO qemu-system-x86_64 -m 5", "0", {0}},
    {"${QEMU:-qemu-system-x86_64} -m 5", "0", {0}},
    {"$QEMU -m 5 " NETWORK, "0", {0}},
    {"sudo $QEMU -m 5 " NETWORK, "0", {0}},
    {"\t$(QEMU) -m 5 " NETWORK, "0", {0}},
    {"exec qemu-kvm \"$@\"", "5", {"what $@ holds was not looked into"}},
    /* a script in a word */
    {"sh -c 'qemu-system-x86_64 " NETWORK "'", "0", {0}},
    {"sudo bash -ec \"cd /x && exec qemu-system-x86_64 -net nic,vlan=1 \\\n -net "
     "tap,vlan=4,ifname=tap0,script=no\"",
     "3 vlan-mismatch",
     {"line 1: -net nic,vlan=1", "line 2: -net tap,vlan=4"}},
    {"su - me -c 'qemu-system-x86_64 " NETWORK "'", "0", {0}},
    {"tmux new-session -d 'qemu-system-x86_64 " NETWORK "'", "0", {0}},
    {"tmux send-keys -t vm 'qemu-system-x86_64 " NETWORK "' Enter", "0", {0}},
    {"CMD=\"qemu-system-x86_64 " NETWORK "\"\neval $CMD\n", "0", {0}},
    {"eval \"qemu-system-x86_64 -net nic,vlan=1\" '-net tap,vlan=4,ifname=t,script=no'",
     "3 vlan-mismatch",
     {0}},
    {"sh -c 'qemu-kvm -m 5 -nic tap,ifname=$TAP,script=no'", "0", {0}},
    {"sh -c \"sh -c 'sh -c qemu-kvm'\"", "no VM", {0}},
    /* both at a time: detached */
    {"screen -dm qemu-kvm " NETWORK "\nqemu-kvm " NETWORK,
     "4 tap-shared duplicate-mac; 4 tap-shared duplicate-mac",
     {0}},
};

static void test_no_vms(void **state)
{
    (void)state;
    assert_lints(no_vms, sizeof no_vms / sizeof no_vms[0]);
}

static void test_vms(void **state)
{
    (void)state;
    assert_lints(vms, sizeof vms / sizeof vms[0]);
}

static void assert_file(const char *bytes, size_t size, const char *expected)
{
    struct vm_list list = {0};
    char *summary = NULL, *words = NULL, *error = NULL;

    if (vm_file_parse(bytes, size, &list, &error))
        lint(&list, NULL, &summary, &words);
    assert_true((error != NULL) == (list.count == 0));
    assert_string_equal(summary != NULL ? summary : error, expected);
    free(summary);
    free(words);
    free(error);
    vm_list_free(&list);
}

#define BYTES(text) (text), sizeof(text) - 1

static void test_binary(void **state)
{
    static const char elf[] = "\x7f"
                              "ELF\2\1\1\0 qemu-system-x86_64 -m 5\n",
                      png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", pcap[] = "\xd4\xc3\xb2\xa1\2\0\4\0";
    static const char not_text[] = "is no text, and no command line of a QEMU";
    (void)state;
    assert_file(BYTES(elf), not_text);
    assert_file(BYTES(png), not_text);
    assert_file(BYTES(pcap), not_text);
    assert_file(BYTES("qemu-kvm " NETWORK "\n\0"), not_text);
    assert_file(BYTES("<domain><devices/></domain>\0"), not_text);
    assert_file(BYTES("\0"), not_text);
}

/* A copy of /proc/PID/cmdline. */
static void test_cmdline(void **state)
{
    (void)state;
    assert_file(BYTES("/usr/bin/qemu-system-x86_64\0-net\0nic,vlan=1\0-net\0tap,vlan=4,script=no\0"),
                "3 vlan-mismatch");
    assert_file(BYTES("qemu\0-net\0nic"), "3 nic-unconnected");
    assert_file(BYTES("qemu-kvm\0--version\0"), "is no text, and no command line of a QEMU");
    assert_file(BYTES("qemu-kvm\0"), "is no text, and no command line of a QEMU");
    assert_file(BYTES("sleep\0"
                      "5\0"),
                "is no text, and no command line of a QEMU");
}

/* UTF-16 with its mark, of both orders; the text has no NUL. */
static void assert_utf16(const char *ascii, bool big_endian, const char *expected)
{
    size_t length = strlen(ascii);
    char *bytes = memory_new(length + 1, 2);

    bytes[0] = big_endian ? '\xfe' : '\xff';
    bytes[1] = big_endian ? '\xff' : '\xfe';
    for (size_t i = 0; i < length; i++)
        bytes[2 * (i + 1) + big_endian] = ascii[i];
    assert_file(bytes, 2 * (length + 1), expected);
    free(bytes);
}

static void test_encodings(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        assert_utf16("qemu-kvm -net nic,vlan=1 -net tap,vlan=4,script=no\r\n", big_endian, "3 vlan-mismatch");
        assert_utf16("<?xml version='1.0' encoding='UTF-16'?>\n<domain><name>n</name></domain>", big_endian,
                     "0");
        assert_utf16("echo hello", big_endian, "no QEMU command line and no libvirt domain found");
    }
    assert_file(BYTES("\xef\xbb\xbfqemu-kvm -net nic,vlan=1 -net tap,vlan=4,script=no"), "3 vlan-mismatch");
    assert_file(BYTES("\xef\xbb\xbf<domain><name>n</name></domain>"), "0");
    /* without a mark, UTF-32, a pair and its halves */
    assert_file(BYTES("q\0e\0m\0u\0 \0-\0m\0 \0"
                      "5\0"),
                "is no text, and no command line of a QEMU");
    assert_file(BYTES("\xff\xfe\0\0q\0\0\0"), "is no text, and no command line of a QEMU");
    assert_file(BYTES("\xff\xfe\x3d\xd8\x00\xde\x3d\xd8\x00\xde\x00\xde\x3d\xd8"),
                "no QEMU command line and no libvirt domain found");
    assert_file(BYTES("\xff\xfe"), "no QEMU command line and no libvirt domain found");
}

/* What is decoded is what was written. */
static void test_decoding(void **state)
{
    static const char utf16[] = "\xff\xfe"
                                "k\0v\0m\0 \0-\0n\0a\0m\0e\0 \0"
                                "\xe4\0\x3d\xd8\x00\xde\x3d\xd8\xac\x20";
    struct vm_list list = {0};
    char *error;
    (void)state;
    assert_true(vm_file_parse(utf16, sizeof utf16 - 1, &list, &error));
    assert_string_equal(list.items[0]->name, "\xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbd\xe2\x82\xac");
    vm_list_free(&list);
}

/* ---- several ---- */

#define DOMAIN(inside)                                                                                       \
    "<domain>" inside "<devices><interface type='bridge'><source bridge='br0'/><target dev='v0'/>"           \
    "<mac address='52:54:00:00:00:01'/></interface></devices></domain>\n"
#define UUID_A "<uuid>18dfa228-cb4d-4ced-af3e-cc670d8e0cdc</uuid>"
#define UUID_B "<uuid>18dfa228-cb4d-4ced-af3e-cc670d8e0cdd</uuid>"
#define TWINS  "4 tap-shared duplicate-mac; 4 tap-shared duplicate-mac"

/* One VM that is defined twice is no two VMs. */
static const struct lint_case definitions[] = {
    {DOMAIN("<name>a</name>") DOMAIN("<name>a</name>"), "0; 0", {0}},
    {DOMAIN("<name>a</name>") "\n" DOMAIN("<name>b</name>"), TWINS, {"a (line 1)", "b (line 3)"}},
    {DOMAIN(UUID_A) DOMAIN(UUID_A), "0; 0", {0}},
    {DOMAIN("<name>a</name>" UUID_A) DOMAIN("<name>a</name>" UUID_A), "0; 0", {0}},
    {DOMAIN("<name>a</name>" UUID_A) DOMAIN("<name>a</name>"), "0; 0", {0}},
    {DOMAIN("<name>a</name>" UUID_A) DOMAIN("<name>b</name>" UUID_A), TWINS, {0}}, /* a copy, half changed */
    {DOMAIN("<name>a</name>" UUID_A) DOMAIN("<name>a</name>" UUID_B), TWINS, {0}},
    {DOMAIN("") DOMAIN(""), TWINS, {0}},
    {"<domainsnapshot><name>1</name>" DOMAIN(UUID_A) "</domainsnapshot><domainsnapshot><name>2</name>" DOMAIN(
         UUID_A) "</domainsnapshot>",
     "0; 0",
     {0}},
    {"qemu -name a " NETWORK " &\nqemu -name a " NETWORK, TWINS, {0}}, /* both run */
};

static void test_definitions(void **state)
{
    (void)state;
    assert_lints(definitions, sizeof definitions / sizeof definitions[0]);
}

#define START(name, tap, mac)                                                                                \
    "qemu-system-x86_64" name " -nic tap,script=no,ifname=" tap ",mac=52:54:00:00:00:" mac "\n"

/* Two files. */
static void test_files(void **state)
{
    static const struct {
        const char *a, *b, *expected, *said;
    } cases[] = {
        {START(" -name a", "tap0", "01"), START(" -name b", "tap1", "02"), "0; 0", NULL},
        {START(" -name a", "tap0", "01"), START(" -name b", "tap1", "01"), "3 duplicate-mac; 3 duplicate-mac",
         "b (b.sh line 1): line 1: -nic"},
        {START(" -name a", "tap0", "01"), START(" -name b", "tap0", "02"), "4 tap-shared; 4 tap-shared",
         "b (b.sh line 1): -nic"},
        /* one VM, started in two ways */
        {START(" -name a", "tap0", "01"), START(" -name a", "tap0", "01"), "0; 0", NULL},
        {START(" -name a", "tap0", "01"), START(" -name a", "tap1", "01"), "0; 0", NULL},
        {START(" -name a", "v0", "01"), DOMAIN("<name>a</name>"), "0; 0", NULL},
        {START(" -name a", "v0", "01"), DOMAIN("<name>b</name>"), TWINS, NULL},
        {START("", "tap0", "01"), START(" -cdrom x", "tap0", "01"), "0; 0", NULL},
        {START("", "tap0", "01"), START("", "tap1", "01"), "3 duplicate-mac; 3 duplicate-mac", NULL},
        {START("", "tap0", "01"), START("", "tap0", "02"), "4 tap-shared; 4 tap-shared", NULL},
        {START(" -name vm$1", "tap$1", "01"), START(" -name vm$1", "tap$1", "01"),
         "3 duplicate-mac; 3 duplicate-mac", NULL},
        {"qemu -nic tap,ifname=tap0,script=no\n", "qemu -nic tap,ifname=tap1,script=no\n",
         "3 duplicate-mac; 3 duplicate-mac", "QEMU's default"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vm_list list = {0};
        char *summary, *words, *error = NULL;
        assert_true(vm_file_parse(cases[i].a, strlen(cases[i].a), &list, &error));
        list.items[0]->file = "a.sh";
        assert_true(vm_file_parse(cases[i].b, strlen(cases[i].b), &list, &error));
        list.items[1]->file = "b.sh";
        lint(&list, NULL, &summary, &words);
        if (strcmp(summary, cases[i].expected) != 0)
            fail_msg("%zu is: %s\n not: %s\n%s", i, summary, cases[i].expected, words);
        assert_words(words, cases[i].said);
        free(summary);
        free(words);
        vm_list_free(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_vms),      cmocka_unit_test(test_vms),       cmocka_unit_test(test_binary),
        cmocka_unit_test(test_cmdline),     cmocka_unit_test(test_encodings), cmocka_unit_test(test_decoding),
        cmocka_unit_test(test_definitions), cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

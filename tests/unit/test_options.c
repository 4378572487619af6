/* The command line: every option, every nonsense, and which command. */
#include "command_words.h"

static struct command_line parsed(const char *text)
{
    struct command_line line;
    const struct command *command;
    if (parse(text, &line, &command) != 0)
        fail_msg("\"%s\" was refused: %s", text, said);
    return line;
}

/* ---- nonsense ---- */

static const struct {
    const char *text;
    const char *names[2]; /* that the message must have */
} NONSENSE[] = {
    {"-c 0 t", {"--count", "1000"}},
    {"-c 1001 t", {"--count", "1001"}},
    {"-c -1 t", {"--count", "-1"}},
    {"-c 3x t", {"--count", "3x"}},
    {"-c '' t", {"--count", "number"}},
    {"-c 99999999999999999999 t", {"--count", "number"}},
    {"--count=0x3 t", {"--count", "0x3"}},
    {"-i -1 t", {"--interval", "-1"}},
    {"-i 61 t", {"--interval", "seconds"}},
    {"-i 1e1 t", {"--interval", "1e1"}},
    {"-i nan t", {"--interval", "nan"}},
    {"-i . t", {"--interval", "seconds"}},
    {"-i 1.2.3 t", {"--interval", "1.2.3"}},
    {"-i 1ms t", {"--interval", "1ms"}},
    {"-i 0,5 t", {"--interval", "0,5"}},
    {"-W 0 t", {"--timeout", "0.001"}},
    {"-W 61 t", {"--timeout", "60"}},
    {"-W inf t", {"--timeout", "inf"}},
    {"--linger -0.1 t", {"--linger", "-0.1"}},
    {"--linger 61 t", {"--linger", "60"}},
    {"-w x t", {"--wait", "x"}},
    {"-w 86401 t", {"--wait", "86400"}},
    {"-S host t", {"--source", "host"}},
    {"-S 10.9.0 t", {"--source", "10.9.0"}},
    {"-S 0.0.0.0 t", {"--source", "host"}},
    {"-S 224.0.0.1 t", {"--source", "host"}},
    {"-S 255.255.255.255 t", {"--source", "host"}},
    {"-S 127.0.0.1 t", {"--source", "host"}},
    {"-S :: t", {"--source", "host"}},
    {"-S ff02::1 t", {"--source", "host"}},
    {"-S ::1 t", {"--source", "host"}},
    {"-S fe80::1%tap0 t", {"--source", "fe80::1%tap0"}},
    {"-m 52:54:00:12:34 t", {"--mac", "52:54:00:12:34"}},
    {"-m 52:54:00:12:34:5g t", {"--mac", "unicast"}},
    {"-m 01:00:5e:00:00:01 t", {"--mac", "unicast"}},
    {"-m 00:00:00:00:00:00 t", {"--mac", "unicast"}},
    {"-m ff:ff:ff:ff:ff:ff t", {"--mac", "unicast"}},
    {"-V 4095 t", {"--vlan", "4094"}},
    {"-V -1 t", {"--vlan", "VID"}},
    {"-V 1,2 t", {"--vlan", "1,2"}},
    {"--pcap-limit 0 t", {"--pcap-limit", "mebibytes"}},
    {"--pcap-limit 1G t", {"--pcap-limit", "1G"}},
    {"-f xml t", {"--format", "text"}},
    {"-f '' t", {"--format", "json"}},
    {"--output '' t", {"--output", "file"}},
    {"--color maybe t", {"--color", "always"}},
    {"--fail-on fault t", {"--fail-on", "unknown"}},
    {"--fail-on '' t", {"--fail-on", "error"}},
    {"--need ipv5 t", {"--need", "ipv4"}},
    {"--need ipv4, t", {"--need", "ipv4"}},
    {"--need ipv4,any t", {"--need", "any"}},
    {"--need '' t", {"--need", "ipv4"}},
    {"--ignore nonsense t", {"--ignore", "explain"}},
    {"--ignore proxy-arp, t", {"--ignore", "explain"}},
    {"--ignore '' t", {"--ignore", "explain"}},
    {"list --ignore proxy-arp", {"--ignore", "list"}},
    {"list -o tap,nonsense", {"--columns", "help list"}},
    {"list -o tap,", {"--columns", "separated by commas"}},
    {"--netns a/b t", {"--netns", "number of a process"}},
    {"--netns .. t", {"--netns", "\"..\""}},
    {"read --netns red t", {"--netns", "read"}},
    {"--netns red --all-netns", {"only one", "--all-netns"}},
    {"--raw t", {"--raw", "check"}},
    {"-4 -6 t", {"-6", "only one"}},
    {"-6 -4 t", {"-4", "only one"}},
    {"--pid 0 t", {"--pid", "0"}},
    {"--pid x t", {"--pid", "x"}},
    {"-c", {"--count", "argument"}},
    {"t --mac", {"--mac", "argument"}},
    {"t -V", {"--vlan", "argument"}},
    {"-x t", {"-x", "unknown"}},
    {"-qx t", {"-x", "unknown"}},
    {"--nonsense t", {"--nonsense", "unknown"}},
    {"--tiemout 3 t", {"--tiemout", "did you mean --timeout?"}},
    {"--colour=auto t", {"--colour", "did you mean --color?"}},
    {"--ver t", {"--ver could be", "--verbose, --version"}},
    {"-c", {"--count needs an argument", "N"}},
    {"--nonsense=1 t", {"--nonsense", "unknown"}},
    {"--quiet=1 t", {"--quiet", "no argument"}},
    {"explain -c 3", {"--count", "explain"}},
    {"explain -4", {"-4 ", "explain"}},
    {"list --wait 3", {"--wait", "list"}},
    {"watch --wait 3 t", {"--wait", "watch"}},
    {"watch --every 0 t", {"--every", "0.1"}},
    {"--every 3 t", {"--every", "check"}},
    {"lint -S 10.9.0.1 x", {"--source", "lint"}},
    {"explain -q", {"--quiet", "explain"}},
    {"help -j", {"--json", "help"}},
    {"version -4", {"-4", "version"}},
    {"list -f xml", {"one of text, json", "list"}},
};

static void test_nonsense(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof NONSENSE / sizeof NONSENSE[0]; i++) {
        struct command_line line;
        const struct command *command;
        if (parse(NONSENSE[i].text, &line, &command) != EXIT_USAGE)
            fail_msg("\"%s\" was taken", NONSENSE[i].text);
        for (size_t j = 0; j < 2; j++)
            if (strstr(said, NONSENSE[i].names[j]) == NULL)
                fail_msg("\"%s\": no \"%s\" in: %s", NONSENSE[i].text, NONSENSE[i].names[j], said);
        assert_non_null(strstr(said, "vmnetcheck --help"));
        assert_null(strstr(said, "--4"));
        assert_null(strstr(said, "--6"));
    }
}

/* ---- what is taken ---- */

static void test_defaults(void **state)
{
    struct command_line line = parsed("tap0");
    (void)state;
    assert_true(line.check.ipv4 && line.check.ipv6);
    assert_int_equal(line.check.count, 3);
    assert_int_equal(line.check.interval_us, 20000);
    assert_false(line.check.interval_given);
    assert_int_equal(line.check.timeout_us, 1000000);
    assert_int_equal(line.check.linger_us, 100000);
    assert_int_equal(line.check.wait_us, 0);
    assert_int_equal(line.check.vlan, VLAN_AUTOMATIC);
    assert_int_equal(line.fail_on, STATUS_WARNING);
    assert_false(line.check.has_mac || line.quiet || line.style.verbose || line.check.deep || line.all);
    assert_ptr_equal(line.format, REPORT_FORMATS[0]);
    assert_int_equal(line.check.source_ipv4.family, IP_NONE);
    assert_int_equal(line.operand_count, 1);
}

static void test_every_option(void **state)
{
    (void)state;
    assert_false(parsed("-4 t").check.ipv6);
    assert_false(parsed("-6 t").check.ipv4);
    assert_int_equal(parsed("-c 1 t").check.count, 1);
    assert_int_equal(parsed("--count=1000 t").check.count, 1000);
    assert_int_equal(parsed("-i 0 t").check.interval_us, 0);
    assert_int_equal(parsed("-i 0.000001 t").check.interval_us, 1);
    assert_int_equal(parsed("-i .5 t").check.interval_us, 500000);
    assert_int_equal(parsed("--interval 60 t").check.interval_us, 60000000);
    assert_true(parsed("-i 0.02 t").check.interval_given);
    assert_int_equal(parsed("-W 0.001 t").check.timeout_us, 1000);
    assert_int_equal(parsed("--timeout 2. t").check.timeout_us, 2000000);
    assert_int_equal(parsed("--linger 0 t").check.linger_us, 0);
    assert_int_equal(parsed("-w 86400 t").check.wait_us, UINT64_C(86400000000));
    assert_int_equal(parsed("--wait 0 t").check.wait_us, 0);
    assert_ip(parsed("-S 10.9.0.1 t").check.source_ipv4, "10.9.0.1");
    assert_ip(parsed("-S fe80::1 t").check.source_ipv6, "fe80::1");
    assert_mac(parsed("-m 52:54:00:12:34:56 t").check.mac, "52:54:00:12:34:56");
    assert_true(parsed("--mac 52-54-00-12-34-56 t").check.has_mac);
    assert_int_equal(parsed("-V 0 t").check.vlan, VLAN_UNTAGGED);
    assert_int_equal(parsed("--vlan 4094 t").check.vlan, 4094);
    assert_string_equal(parsed("-f json t").format->name, "json");
    assert_string_equal(parsed("-j t").format->name, "json");
    assert_string_equal(parsed("--json -f text t").format->name, "text");
    assert_true(parsed("-q t").quiet);
    assert_true(parsed("--verbose t").style.verbose);
    assert_true(parsed("--color always t").style.color);
    assert_false(parsed("--color never t").style.color);
    assert_true(parsed("--deep t").check.deep);
    assert_int_equal(parsed("t").pcap_limit_mib, 100);
    assert_int_equal(parsed("--pcap-limit 7 t").pcap_limit_mib, 7);
    assert_true(parsed("--no-path t").check.no_path);
    assert_true(parsed("--no-libvirt --vm t").no_libvirt);
    assert_true(parsed("--find-rule t").check.find_rule);
    assert_true(parsed("--all").all);
    assert_string_equal(parsed("list --netns red").netns, "red");
    assert_true(parsed("--all-netns").all_netns && parsed("--all-netns").all);
    assert_int_equal(parsed("--pid 17").pid, 17);
    assert_string_equal(parsed("--output x t").output, "x");
    assert_string_equal(parsed("list -o tap,VM").style.columns, "tap,VM");
    assert_true(parsed("list --raw").style.raw);
    assert_true(parsed("list --noheadings").style.no_headings);
    assert_int_equal(parsed("--fail-on warning t").fail_on, STATUS_WARNING);
    assert_int_equal(parsed("--fail-on unknown t").fail_on, STATUS_UNKNOWN);
    assert_int_equal(parsed("--fail-on=error t").fail_on, STATUS_FAULT);
    assert_int_equal(parsed("--need ipv6,ipv4 t").check.need, NEED_IPV4 | NEED_IPV6);
    assert_int_equal(parsed("--need any t").check.need, NEED_ANY);
    struct command_line ignoring = parsed("--ignore proxy-arp,packet-loss --ignore tap-down t");
    for (size_t i = 0; i < FINDING_COUNT; i++)
        assert_int_equal(ignoring.check.ignored[i],
                         i == FINDING_PROXY_ARP || i == FINDING_PACKET_LOSS || i == FINDING_TAP_DOWN);
    assert_string_equal(parsed("--vm web1").vm, "web1");
    assert_string_equal(parsed("--xml -").xml, "-");
    assert_int_equal(parsed("-h").show, SHOW_HELP);
    assert_int_equal(parsed("--version").show, SHOW_VERSION);
    struct command_line line = parsed("-S 10.9.0.1 -S fd00::1 -4jc7 t"); /* one each, and in one word */
    assert_ip(line.check.source_ipv4, "10.9.0.1");
    assert_ip(line.check.source_ipv6, "fd00::1");
    assert_int_equal(line.check.count, 7);
    assert_string_equal(line.format->name, "json");
}

/* So that an option without a test fails here. */
static void test_number_of_options(void **state)
{
    size_t count = 0;
    (void)state;
    for (; OPTION_ROWS[count].take != NULL; count++) {
        const struct option_row *row = &OPTION_ROWS[count];
        assert_true(row->help != NULL && *row->help != '\0' && row->commands != 0);
        assert_true(row->letter != 0 || row->name != NULL);
        for (size_t i = 0; i < count; i++) {
            assert_true(row->letter == 0 || row->letter != OPTION_ROWS[i].letter);
            assert_true(row->name == NULL || OPTION_ROWS[i].name == NULL ||
                        strcmp(row->name, OPTION_ROWS[i].name) != 0);
        }
    }
    assert_int_equal(count, 38);
}

static void test_watch(void **state)
{
    (void)state;
    assert_int_equal(parsed("watch t").every_us, 10000000);
    assert_int_equal(parsed("watch --every 0.5 t").every_us, 500000);
}

static void test_no_color(void **state)
{
    (void)state;
    setenv("NO_COLOR", "1", 1);
    assert_false(parsed("t").style.color);
    assert_true(parsed("--color always t").style.color); /* what is asked for wins */
    unsetenv("NO_COLOR");
}

static void test_commands(void **state)
{
    static const struct {
        const char *text, *command;
        size_t operands;
    } rows[] = {
        {"tap0", "check", 1},
        {"check tap0", "check", 1},
        {"-v check tap0 10.9.0.2", "check", 2},
        {"check -v tap0", "check", 1},
        {"check check", "check", 1},
        {"-- check", "check", 0},
        {"explain", "explain", 0},
        {"explain arp-no-reply -j", "explain", 1},
        {"tap0 explain", "check", 2},
        {"-4 read x.pcap", "read", 1},
        {"list -j", "list", 0},
        {"lint -", "lint", 1},
        {"", "check", 0},
        {"explain -h -c 3", "help", 1},
        {"-h tap0 10.9.0.2", "help", 0},
        {"--version check tap0", "version", 0},
        {"help", "help", 0},
        {"help list", "help", 1},
        {"version", "version", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct command_line line;
        const struct command *command;
        if (parse(rows[i].text, &line, &command) != 0)
            fail_msg("\"%s\": %s", rows[i].text, said);
        assert_string_equal(command->name, rows[i].command);
        assert_int_equal(line.operand_count, rows[i].operands);
    }
}

/* What is nearly a command is none, and no interface either. What is nothing of the kind may be one. */
static void test_near_commands(void **state)
{
    struct command_line line;
    const struct command *command;
    (void)state;
    assert_int_equal(parse("chek tap0", &line, &command), EXIT_USAGE);
    assert_non_null(strstr(said, "did you mean the command check?"));
    assert_int_equal(parse("List", &line, &command), EXIT_USAGE);
    assert_int_equal(parse("check chek", &line, &command), 0);
    assert_int_equal(parse("tapp0 10.9.0.2", &line, &command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonsense),     cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_option), cmocka_unit_test(test_number_of_options),
        cmocka_unit_test(test_watch),        cmocka_unit_test(test_no_color),
        cmocka_unit_test(test_commands),     cmocka_unit_test(test_near_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the operands of a check mean. */
#include "command_words.h"

#include "facts_cache.h"

static struct selection selected;

/* web0, which has an alternative name. */
static int read_one_link(int netns, struct host_facts *ret)
{
    (void)netns;
    *ret = (struct host_facts){.links = memory_new(1, sizeof *ret->links),
                               .link_count = 1,
                               .aliases = memory_new(1, sizeof *ret->aliases),
                               .alias_count = 1};
    ret->links[0] = (struct link_facts){.name = "web0", .ifindex = 7};
    ret->aliases[0] = (struct alias_facts){.ifindex = 7, .name = "the-tap-of-web1"};
    host_facts_index(ret);
    return 0;
}

/* Fills `selected`, which is to be freed. */
static int select_by(const char *text)
{
    static struct command_line line;
    const struct command *command;
    struct report report = {0};
    assert_int_equal(parse(text, &line, &command), 0);
    struct facts_cache *facts = facts_cache_new(0, read_one_link);
    selected = (struct selection){.options = &line.check, .facts = facts};
    listen_to(STDERR_FILENO);
    int status = targets_select(&line, NULL, &selected, &report);
    facts_cache_free(facts);
    if (status == EXIT_USAGE)
        usage_end("text");
    stop_listening();
    assert_null(report.failure);
    return status;
}

/* Addresses belong to the interface before them. */
static void test_operands(void **state)
{
    (void)state;
    assert_int_equal(select_by("-m 52:54:00:12:34:56 tap0 10.9.0.2 fe80::2%tap0 tap1 tap2 10.9.0.4 10.9.0.4"),
                     0);
    assert_int_equal(selected.count, 3);
    assert_string_equal(selected.targets[0].name, "tap0");
    assert_int_equal(selected.targets[0].given_count, 2);
    assert_ip(selected.targets[0].given[0], "10.9.0.2");
    assert_ip(selected.targets[0].given[1], "fe80::2");
    assert_true(selected.targets[0].has_mac);
    assert_string_equal(selected.targets[1].name, "tap1");
    assert_int_equal(selected.targets[1].given_count, 0);
    assert_int_equal(selected.targets[2].given_count, 1); /* once */
    selection_free(&selected);
    assert_int_equal(select_by("tap\033[31m 10.9.0.2"), 0); /* Linux takes it */
    assert_string_equal(selected.targets[0].name, "tap\033[31m");
    selection_free(&selected);
}

/* An interface that is named again is the same target, and its addresses are added. */
static void test_interface_twice(void **state)
{
    (void)state;
    assert_int_equal(select_by("tap0 10.9.0.2 tap1 10.9.1.2 tap0 10.9.0.3 tap1"), 0);
    assert_int_equal(selected.count, 2);
    assert_string_equal(selected.targets[0].name, "tap0");
    assert_int_equal(selected.targets[0].given_count, 2);
    assert_ip(selected.targets[0].given[1], "10.9.0.3");
    assert_int_equal(selected.targets[1].given_count, 1);
    selection_free(&selected);
}

static void test_alternative_name(void **state)
{
    (void)state;
    assert_int_equal(select_by("the-tap-of-web1 10.9.0.2 web0 10.9.0.3"), 0);
    assert_int_equal(selected.count, 1);
    assert_string_equal(selected.targets[0].name, "web0");
    assert_int_equal(selected.targets[0].given_count, 2);
    selection_free(&selected);
}

static void test_wrong_operands(void **state)
{
    static const char *const rows[][2] = {
        {"", "which interface"},
        {"10.9.0.2", "interface before it"},
        {"fe80::1", "interface before it"},
        {"tap0 10.9.0", "10.9.0 is not a valid address"},
        {"tap0 10.9.0.256", "10.9.0.256 is not a valid address"},
        {"tap0 10.9.0.2/24", "without its prefix length: 10.9.0.2\n"},
        {"tap0 fd00:9::2/64", "without its prefix length: fd00:9::2\n"},
        {"10.9.0.2/24 tap0", "without its prefix length: 10.9.0.2\n"},
        {"tap0 10.9.0.2%tap0", "only an IPv6 address has a zone"},
        {"tap0 fe80::1%tap1", "in the zone tap1"},
        {"tap0 fe80::1%", "fe80::1%"},
        {"tap0 fe80:::1", "fe80:::1 is not a valid address"},
        {"tap0 52:54:00:12:34:56", "is a MAC address; the one that the guest must have is given with --mac"},
        {"tap0 web1.example.org", "is the name of a host"},
        {"tap0 0.0.0.0", "no address at all"},
        {"tap0 255.255.255.255", "the broadcast address"},
        {"tap0 224.0.0.1", "a multicast address"},
        {"tap0 127.0.0.1", "a loopback address"},
        {"tap0 ::1", "a loopback address"},
        {"tap0 ff02::1", "a multicast address"},
        {"-4 tap0 fe80::1", "fe80::1 is an IPv6 address, and -4 leaves out that family"},
        {"-6 tap0 10.9.0.2", "10.9.0.2 is an IPv4 address, and -6 leaves out that family"},
        {"../tap0", "name of an interface"},
        {"'tap0\r'", "name of an interface"},
        {"''", "interface"},
        {"tap0 --all", "only one"},
        {"--pid 1 --all", "only one"},
        {"--vm x --pid 1", "only one"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (select_by(rows[i][0]) != EXIT_USAGE || strstr(said, rows[i][1]) == NULL)
            fail_msg("\"%s\": no \"%s\" in: %s", rows[i][0], rows[i][1], said);
        selection_free(&selected);
    }
}

static void test_too_many_addresses(void **state)
{
    char text[1024];
    (void)state;
    for (size_t number = TARGET_ADDRESSES_MAX; number <= TARGET_ADDRESSES_MAX + 1; number++) {
        size_t used = (size_t)snprintf(text, sizeof text, "tap0");
        for (size_t i = 0; i < number; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, " 10.9.0.%zu", i + 1);
        assert_int_equal(select_by(text), number == TARGET_ADDRESSES_MAX ? 0 : EXIT_USAGE);
        selection_free(&selected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operands),           cmocka_unit_test(test_interface_twice),
        cmocka_unit_test(test_alternative_name),   cmocka_unit_test(test_wrong_operands),
        cmocka_unit_test(test_too_many_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

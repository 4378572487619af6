/* The file with a site's defaults. */
#include "command_words.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char place[] = P_tmpdir "/vmnetcheck-site-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int file = mkstemp(place);
    site = place;
    return file < 0 ? -1 : close(file);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(place);
}

static void write_file(const char *text)
{
    FILE *file = fopen(place, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct command_line parsed_with(const char *text, const char *command_text)
{
    struct command_line line;
    const struct command *command;
    write_file(text);
    if (parse(command_text, &line, &command) != 0)
        fail_msg("\"%s\" with \"%s\" was refused: %s", text, command_text, said);
    return line;
}

static void test_defaults(void **state)
{
    (void)state;
    struct command_line line = parsed_with("# ours\n\n  timeout 2 # seconds\nfail-on = error\n\tdeep\n"
                                           "ignore documentation-address,packet-loss",
                                           "tap0");
    assert_int_equal(line.check.timeout_us, 2000000);
    assert_int_equal(line.fail_on, STATUS_FAULT);
    assert_true(line.check.deep);
    assert_true(line.check.ignored[FINDING_DOCUMENTATION_ADDRESS]);
    assert_true(line.check.ignored[FINDING_PACKET_LOSS]);
    listen_to(STDERR_FILENO);
    site_tell(place, &line);
    stop_listening();
    assert_non_null(
        strstr(said, ": timeout 2, fail-on error, deep, ignore documentation-address,packet-loss\n"));
    site_forget(&line);
}

static void test_command_line_wins(void **state)
{
    (void)state;
    struct command_line line = parsed_with("timeout 2\ncount 5\n", "-W 0.5 tap0");
    assert_int_equal(line.check.timeout_us, 500000);
    assert_int_equal(line.check.count, 5);
    site_forget(&line);
}

/* What only some commands take is no mistake of the others. */
static void test_other_commands(void **state)
{
    (void)state;
    struct command_line line = parsed_with("timeout 2\ncolumns tap\n", "lint a.sh");
    assert_int_equal(line.fail_on, STATUS_WARNING);
    site_forget(&line);
}

static void test_no_file(void **state)
{
    struct command_line line;
    const struct command *command;
    (void)state;
    site = "/nonexistent/vmnetcheck.conf";
    assert_int_equal(parse("tap0", &line, &command), 0);
    site = place;
    assert_int_equal(line.site.count, 0);
}

static void test_mistakes(void **state)
{
    static const char *const rows[][2] = {
        {"timeout soon", ":1: timeout takes"},
        {"\ntimeout", ":2: timeout needs an argument, SEC"},
        {"deep yes", ":1: deep takes no argument"},
        {"tiemout 2", ":1: \"tiemout\" is no option that a file can set"},
        {"vm web1", ":1: \"vm\" is no option"}, /* what is to be checked is for whoever runs it to say */
        {"--timeout 2", ":1: \"--timeout\" is no option"},
    };
    struct command_line line;
    const struct command *command;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(rows[i][0]);
        if (parse("tap0", &line, &command) != EXIT_USAGE || strstr(said, rows[i][1]) == NULL)
            fail_msg("\"%s\": no \"%s\" in: %s", rows[i][0], rows[i][1], said);
        site_forget(&line);
        assert_int_equal(parse("--help", &line, &command), 0); /* who asks for help gets it */
        site_forget(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),       cmocka_unit_test(test_command_line_wins),
        cmocka_unit_test(test_other_commands), cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}

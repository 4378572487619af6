/* Help: every command's says its usage, its options and its formats, and no others, in 80 columns. */
#include "cli.h"

#include "capture.h"
#include "page.h"

static void help(const char *command)
{
    char name[32], *operands[] = {name, NULL};
    struct command_line line = {
        .operands = operands, .operand_count = command != NULL, .out = stdout, .commands = COMMANDS};

    snprintf(name, sizeof name, "%s", command != NULL ? command : "");
    listen_to(STDOUT_FILENO);
    int status = command_help(&line);
    stop_listening();
    output_close(&line);
    assert_int_equal(status, 0);
}

static bool has_line_that_begins(const char *text, const char *begin)
{
    char *after_break = text_format("\n%s", begin);
    bool found = strncmp(text, begin, strlen(begin)) == 0 || strstr(text, after_break) != NULL;

    free(after_break);
    return found;
}

static void assert_80_columns(const char *text)
{
    for (size_t length; *text != '\0'; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        if (page_columns(text, length) > 80 || (length > 0 && text[length - 1] == ' '))
            fail_msg("too long, or with blanks at its end: \"%.*s\"", (int)length, text);
    }
}

/* Each form is a line of its own. */
static void assert_usage(const char *forms)
{
    for (const char *label = "Usage: "; *forms != '\0'; label = "       ") {
        size_t length = strcspn(forms, "\n");
        char *line = text_format("%svmnetcheck %.*s\n", label, (int)length, forms);
        assert_true(has_line_that_begins(said, line));
        free(line);
        forms += length + (forms[length] == '\n');
    }
}

static void test_options_of_each_command(void **state)
{
    (void)state;
    for (const struct command *command = COMMANDS; command->name != NULL; command++) {
        help(command->name);
        assert_80_columns(said);
        assert_usage(command->usage);
        for (const struct option_row *row = OPTION_ROWS; row->take != NULL; row++) {
            char *label = option_label(row), *entry = text_format("  %s ", label);
            bool has = has_line_that_begins(said, entry);
            if (has != ((row->commands & command->bit) != 0))
                fail_msg("help %s %s \"%s\":\n%s", command->name, has ? "has" : "lacks", label, said);
            free(entry);
            free(label);
        }
    }
}

static void test_formats_of_each_command(void **state)
{
    (void)state;
    for (const struct command *command = COMMANDS; command->name != NULL; command++) {
        help(command->name);
        for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++) {
            char *entry = text_format("  %-12s%s", REPORT_FORMATS[i]->name, REPORT_FORMATS[i]->about);
            assert_int_equal(has_line_that_begins(said, entry),
                             format_shows(REPORT_FORMATS[i], command->subject));
            free(entry);
        }
    }
}

static void test_general_help(void **state)
{
    (void)state;
    help(NULL);
    assert_80_columns(said);
    assert_true(has_line_that_begins(said, "Usage: vmnetcheck [check] [OPTION]... TAP [ADDRESS]...\n"));
    for (const struct command *command = COMMANDS; command->name != NULL; command++) {
        char *entry = text_format("  %-10s", command->name);
        assert_true(has_line_that_begins(said, entry));
        free(entry);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_of_each_command),
        cmocka_unit_test(test_formats_of_each_command),
        cmocka_unit_test(test_general_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

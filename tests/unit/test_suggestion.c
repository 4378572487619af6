/* What a mistyped word is taken for, and what is no mistyped word. */
#include "cli.h"

#include "unit.h"

static void test_slips(void **state)
{
    static const char *const rows[][2] = {
        {"chek", "check"}, {"chcek", "check"},     {"CHECK", "check"},     {"checkk", "check"},
        {"raed", "read"},  {"red", "read"},        {"lsit", "list"},       {"lists", "list"},
        {"lnt", "lint"},   {"explian", "explain"}, {"explane", "explain"}, {"versoin", "version"},
        {"hlep", "help"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *best = command_suggest(COMMANDS, rows[i][0]);
        if (best == NULL || strcmp(best, rows[i][1]) != 0)
            fail_msg("%s is taken for %s", rows[i][0], best != NULL ? best : "nothing");
    }
}

static void test_no_slips(void **state)
{
    static const char *const rows[] = {"tap0",     "vnet0",
                                       "br0",      "eth0",
                                       "ens1",     "lo",
                                       "veth1a2b", "li",
                                       "virbr0",   "fwpr101p0",
                                       "test",     "host",
                                       "",         "a-word-that-is-longer-than-any-that-is-looked-at-here"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (command_suggest(COMMANDS, rows[i]) != NULL)
            fail_msg("%s is taken for %s", rows[i], command_suggest(COMMANDS, rows[i]));
}

/* The nearest, not the first. */
static void test_nearest(void **state)
{
    struct suggestion suggestion = {.word = "lisst"};
    (void)state;
    suggestion_offer(&suggestion, "lint");
    suggestion_offer(&suggestion, "list");
    assert_string_equal(suggestion.best, "list");
    suggestion_offer(&suggestion, "lint");
    assert_string_equal(suggestion.best, "list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips),
        cmocka_unit_test(test_no_slips),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Text in memory: formats, lists, escapes. */
#include "text.h"

#include "unit.h"

static void assert_escaped(const char *text, size_t length, const char *expected)
{
    char *exact = malloc(length ? length : 1); /* no NUL behind it: a read too far is seen */
    assert_non_null(exact);
    memcpy(exact, text, length);
    char *escaped = text_escape(exact, length);
    assert_string_equal(escaped, expected);
    free(escaped);
    free(exact);
}

static void test_escape(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {"web1", "web1"},
        {"~ a", "~ a"},
        {"\033[2Jx", "\\x1b[2Jx"},
        {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"}, /* CSI as a C1 control */
        {"\xc2\x9f\xc2\xa0", "\\xc2\\x9f\xc2\xa0"},
        {"f\xc3\xbcr", "f\xc3\xbcr"},
        {"\xe2\x82\xac", "\xe2\x82\xac"},
        {"\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7"},
        {"\xc0\xaf", "\\xc0\\xaf"}, /* overlong */
        {"\xc1\xbf", "\\xc1\\xbf"},
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
        {"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* behind U+10FFFF */
        {"\xf5\xff\xfe", "\\xf5\\xff\\xfe"},
        {"\x80", "\\x80"},
        {"\xe2\x82", "\\xe2\\x82"}, /* cut off */
        {"\xf0\x9f\x90", "\\xf0\\x9f\\x90"},
        {"\xc3", "\\xc3"},
        {"\xe2\x82x", "\\xe2\\x82x"},
        {"\xe2\x80\xae"
         "0pat",
         "\\xe2\\x80\\xae"
         "0pat"}, /* right to left: would show "tap0" */
        {"tap\xe2\x80\x8b"
         "0",
         "tap\\xe2\\x80\\x8b"
         "0"},                                        /* zero width */
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},          /* a line separator */
        {"\xd8\x9c", "\\xd8\\x9c"},                   /* Arabic letter mark */
        {"\xc2\xad", "\\xc2\\xad"},                   /* soft hyphen */
        {"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},          /* byte order mark */
        {"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"}, /* a tag */
        {"\xef\xbf\xbe", "\\xef\\xbf\\xbe"},          /* no character, which XML cannot have */
        {"\xf0\x9f\xbf\xbf", "\\xf0\\x9f\\xbf\\xbf"},
        {"\xef\xbf\xbd", "\xef\xbf\xbd"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_escaped(rows[i].text, strlen(rows[i].text), rows[i].expected);
    assert_escaped("a\0b", 3, "a\\x00b");
}

static void test_format(void **state)
{
    (void)state;
    char *text = text_format("%s %d", "tap", 7);
    assert_string_equal(text, "tap 7");
    free(text);
    text = text_format("%0*d", 5000, 1);
    assert_int_equal(strlen(text), 5000);
    free(text);
}

static void test_list(void **state)
{
    (void)state;
    struct text_list list = {0};

    text_list_free(&list);
    for (int i = 0; i < 100; i++)
        text_list_addf(&list, "%d", i);
    text_list_add(&list, strdup("last"));
    assert_int_equal(list.count, 101);
    assert_string_equal(list.items[42], "42");
    assert_string_equal(list.items[100], "last");
    text_list_free(&list);
    assert_int_equal(list.count, 0);
    assert_null(list.items);
}

static void test_memory(void **state)
{
    (void)state;
    static const char zero[64];
    char *memory = memory_new(64, 1);

    assert_memory_equal(memory, zero, sizeof zero);
    memory[63] = 7;
    memory = memory_resize(memory, 1000, 8);
    assert_int_equal(memory[63], 7);
    memory = memory_resize(memory, 0, 8); /* not a free */
    assert_non_null(memory);
    free(memory);
    memory = memory_new(0, 8);
    assert_non_null(memory);
    free(memory);
}

static void test_join(void **state)
{
    struct text_list list = {0};
    (void)state;
    char *text = text_list_join(&list);
    assert_string_equal(text, "");
    free(text);
    text_list_addf(&list, "a");
    text_list_addf(&list, "%s", "");
    text_list_addf(&list, "b");
    text = text_list_join_by(&list, "; ");
    assert_string_equal(text, "a; ; b");
    assert_int_equal(list.count, 0);
    free(text);
    assert_string_equal(text_plural(1, "reply", "replies"), "reply");
    assert_string_equal(text_plural(0, "reply", "replies"), "replies");
    assert_string_equal(text_plural(2, "reply", "replies"), "replies");
}

static void test_plain(void **state)
{
    static const char *const pasted_as_they_are[] = {"web1", "a.b_c-d", "7"};
    static const char *const others[] = {"",  "-f",         "a b", "$(reboot)", "a;b",
                                         "'", "f\xc3\xbcr", "a\n", "../x"};
    (void)state;
    for (size_t i = 0; i < sizeof pasted_as_they_are / sizeof pasted_as_they_are[0]; i++)
        assert_true(text_is_plain(pasted_as_they_are[i]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(text_is_plain(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape), cmocka_unit_test(test_format), cmocka_unit_test(test_list),
        cmocka_unit_test(test_join),   cmocka_unit_test(test_memory), cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

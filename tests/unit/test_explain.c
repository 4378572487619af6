/* `explain` and the manual: every finding has its entry. */
#include "report.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
/* after the headers that it needs */
#include <cmocka.h>

static char *render_explain(const char *kind, const struct finding_row *row)
{
    bool chosen[FINDING_COUNT];
    char *text = NULL;
    size_t size;

    for (size_t i = 0; i < FINDING_COUNT; i++)
        chosen[i] = row == NULL || row == &FINDINGS[i];
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (strcmp(kind, "manual") == 0)
        explain_manual(out, "November 22, 2026");
    else
        format_named(kind)->explain(out, chosen, &(struct report_style){0});
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_explain_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        char *text = render_explain("text", &FINDINGS[i]);
        assert_ptr_equal(strstr(text, FINDINGS[i].name), text);
        assert_non_null(strstr(text, "\n  fix: "));
        free(text);

        text = render_explain("json", &FINDINGS[i]);
        json_t *document = json_loads(text, 0, NULL), *rows = json_object_get(document, "findings");
        assert_int_equal(json_array_size(rows), 1);
        json_t *row = json_array_get(rows, 0);
        assert_string_equal(json_string_value(json_object_get(row, "name")), FINDINGS[i].name);
        char *fix = finding_fix_text(FINDINGS[i].fix, "VM");
        assert_string_equal(json_string_value(json_object_get(row, "fix")), fix);
        free(fix);
        json_decref(document);
        free(text);
    }
}

static void test_explain_all(void **state)
{
    (void)state;
    char *text = render_explain("text", NULL), *json = render_explain("json", NULL);
    json_t *document = json_loads(json, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(document, "findings")), FINDING_COUNT);
    for (size_t i = 0; i < FINDING_COUNT; i++)
        assert_non_null(strstr(text, FINDINGS[i].name));
    json_decref(document);
    free(json);
    free(text);
}

/* Every finding has its entry; and roff gets nothing but ASCII. `make lint` has mandoc look at the rest. */
static void test_manual(void **state)
{
    (void)state;
    char *manual = render_explain("manual", NULL);
    size_t entries = 0;
    for (const char *at = manual; (at = strstr(at, "\n.It Sy ")) != NULL; at++)
        entries++;
    assert_int_equal(entries, FINDING_COUNT);
    for (const char *s = manual; *s != '\0'; s++)
        assert_true(*s == '\n' || (*s >= 0x20 && *s < 0x7f));
    free(manual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain_one),
        cmocka_unit_test(test_explain_all),
        cmocka_unit_test(test_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What `list` prints: whole outputs against golden files. UPDATE_GOLDEN=1 rewrites them. */
#include "tap_list.h"

#include "unit.h"

#include <locale.h>

static char *copy(const char *text)
{
    return text != NULL ? text_format("%s", text) : NULL;
}

static void add_row(struct tap_list *list, const char *interface, const char *state, const char *bridge,
                    const char *address)
{
    list->rows = memory_resize(list->rows, list->count + 1, sizeof *list->rows);
    list->rows[list->count++] =
        (struct tap_row){.interface = copy(interface), .state = state, .bridge = copy(bridge)};
    if (address != NULL)
        text_list_addf(&list->rows[list->count - 1].addresses, "%s", address);
}

static void add_hop(struct tap_list *list, const char *hop, const char *interface)
{
    struct path_result *path = &list->rows[list->count - 1].path;

    path->hops = memory_resize(path->hops, path->count + 1, sizeof *path->hops);
    path->hops[path->count++] = (struct hop_result){.hop = hop, .interface = copy(interface)};
}

static void add_vm(struct tap_list *list, const char *name, long pid, const char *netdev, size_t holders)
{
    struct tap_row *row = &list->rows[list->count - 1];

    row->vm = (struct vm_result){.name = copy(name),
                                 .pid = pid,
                                 .uid = 64055,
                                 .vmm = netdev != NULL ? "qemu" : NULL,
                                 .has_mac = netdev != NULL,
                                 .mac = mac("52:54:00:12:04:11"),
                                 .netdev = copy(netdev),
                                 .has_hub = netdev != NULL,
                                 .hub = 4};
    row->holders = holders;
}

static void make_several(struct tap_list *list)
{
    add_row(list, "tap0", "up", "br0", "10.9.0.1/24");
    text_list_addf(&list->rows[0].addresses, "fd00:9::1/64");
    add_hop(list, "host", "br0");
    add_hop(list, "bridge", "br0");
    add_hop(list, "port", "fwpr0");
    add_hop(list, "tap", "tap0");
    add_vm(list, "web1", 4711, "net0", 1);
    add_row(list, "tap1", "up", NULL, NULL);
    add_vm(list, "web2", 4712, NULL, 3);
    add_row(list, "a-rather-long-n", "unattached", NULL, NULL);
    add_row(list, "tap3", "down", "br0", "10.9.0.1/24");
    add_row(list, "tap4", "missing", NULL, NULL);
    add_vm(list, "w\303\244b", 99, "n\033[31m", 0);
}

/* What most hosts have: it fits a terminal. */
static void make_usual(struct tap_list *list)
{
    add_row(list, "vnet0", "up", "br0", "10.9.0.1/24");
    text_list_addf(&list->rows[0].addresses, "fd00:9::1/64");
    add_vm(list, "web1", 4711, NULL, 1);
    add_row(list, "vnet1", "up", "br0", "10.9.0.1/24");
    text_list_addf(&list->rows[1].addresses, "fd00:9::1/64");
    add_vm(list, "web2", 4712, NULL, 1);
    add_row(list, "vnet2", "unattached", NULL, NULL);
}

static void make_empty(struct tap_list *list)
{
    list->unreadable = 321;
}

static char *render(const struct tap_list *list, const char *format, const struct report_style *style)
{
    static char *text; /* static: gcc 12 warns of a dangling pointer where this is inlined */
    static size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    format_named(format)->taps(out, list, style);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* The version is another one in each build. */
static void hide_version(char *text)
{
    char *found = strstr(text, "\"version\": \""), *end;

    if (found == NULL)
        return;
    found += strlen("\"version\": \"");
    end = strchr(found, '"');
    assert_non_null(end);
    memmove(found + 1, end, strlen(end) + 1);
    *found = '*';
}

static void compare(const char *name, const char *text)
{
    char *path = text_format("tests/unit/golden/list/%s", name), *golden = memory_new(65536, 1);
    FILE *file = fopen(path, getenv("UPDATE_GOLDEN") != NULL ? "w+" : "r");

    assert_non_null(file);
    if (getenv("UPDATE_GOLDEN") != NULL) {
        assert_true(fputs(text, file) >= 0);
        rewind(file);
    }
    assert_true(fread(golden, 1, 65535, file) < 65535);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, golden);
    free(golden);
    free(path);
}

static void test_golden(void **state)
{
    static const struct {
        const char *name;
        void (*make)(struct tap_list *list);
    } cases[] = {{"several", make_several}, {"usual", make_usual}, {"empty", make_empty}};
    static const struct {
        const char *suffix, *format;
        struct report_style style;
    } variants[] = {
        {"txt", "text", {.verbose = false}},
        {"80.txt", "text", {.width = 80}},
        {"color.txt", "text", {.color = true}},
        {"raw.txt", "text", {.raw = true, .no_headings = true, .columns = "vm,TAP,Uuid,vm"}},
        {"path.txt", "text", {.width = 80, .columns = "tap,path,state"}},
        {"json", "json", {.verbose = false}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t v = 0; v < sizeof variants / sizeof variants[0]; v++) {
            struct tap_list list = {0};
            cases[i].make(&list);
            char *text = render(&list, variants[v].format, &variants[v].style),
                 *name = text_format("%s.%s", cases[i].name, variants[v].suffix);
            hide_version(text);
            compare(name, text);
            free(name);
            free(text);
            tap_list_free(&list);
            assert_null(list.rows);
        }
}

static void test_columns(void **state)
{
    (void)state;
    assert_true(tap_list_has_columns("TAP") && tap_list_has_columns("tap,Vm,HUB"));
    assert_false(tap_list_has_columns("") || tap_list_has_columns("TA") || tap_list_has_columns("TAPS") ||
                 tap_list_has_columns("TAP,") || tap_list_has_columns(",TAP"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden), cmocka_unit_test(test_columns)};

    /* libsmartcols never ends where a character cannot be shown. */
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        fputs("this system has no locale C.UTF-8\n", stderr);
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

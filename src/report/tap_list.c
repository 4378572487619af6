/* The table of `list`. */
#include "tap_list.h"
#include "formats.h"
#include "text_parts.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns ---- */

static char *copy(const char *text)
{
    return text != NULL ? text_format("%s", text) : NULL;
}

static char *tap_cell(const struct tap_row *row)
{
    return copy(row->interface);
}

static char *state_cell(const struct tap_row *row)
{
    return copy(row->state);
}

static char *netns_cell(const struct tap_row *row)
{
    return copy(row->netns);
}

static char *bridge_cell(const struct tap_row *row)
{
    return copy(row->bridge);
}

static char *vm_cell(const struct tap_row *row)
{
    return copy(row->vm.name);
}

static char *pid_cell(const struct tap_row *row)
{
    if (row->vm.pid == 0)
        return NULL;
    return row->holders > 1 ? text_format("%ld +%zu", row->vm.pid, row->holders - 1)
                            : text_format("%ld", row->vm.pid);
}

static char *uid_cell(const struct tap_row *row)
{
    return row->vm.pid != 0 ? text_format("%lu", (unsigned long)row->vm.uid) : NULL;
}

static char *uuid_cell(const struct tap_row *row)
{
    return copy(row->vm.uuid);
}

static char *mac_cell(const struct tap_row *row)
{
    char mac[MAC_TEXT_SIZE];

    return row->vm.has_mac ? copy(mac_format(row->vm.mac, mac)) : NULL;
}

static char *netdev_cell(const struct tap_row *row)
{
    return copy(row->vm.netdev);
}

static char *hub_cell(const struct tap_row *row)
{
    return row->vm.has_hub ? text_format("%d", row->vm.hub) : NULL;
}

/* "host>br0>tap0": one word for scripts. */
static char *path_cell(const struct tap_row *row)
{
    struct text_list hops = {0};

    for (size_t i = 0; i < row->path.count; i++)
        text_list_addf(&hops, "%s", i == 0 ? row->path.hops[0].hop : row->path.hops[i].interface);
    return hops.count > 0 ? text_list_join_by(&hops, ">") : NULL;
}

static char *addresses_cell(const struct tap_row *row)
{
    struct text_list copies = {0};

    for (size_t i = 0; i < row->addresses.count; i++)
        text_list_addf(&copies, "%s", row->addresses.items[i]);
    return copies.count > 0 ? text_list_join_by(&copies, "\n") : NULL;
}

static const struct column {
    const char *name;
    char *(*cell)(const struct tap_row *row); /* NULL: there is nothing; the caller frees it */
    enum { ALWAYS, IF_ANY, ON_DEMAND } shown; /* without -o */
    int flags;                                /* of libsmartcols */
} COLUMNS[] = {
    {"TAP", tap_cell, ALWAYS, 0},
    {"STATE", state_cell, ALWAYS, 0},
    {"NETNS", netns_cell, IF_ANY, 0},
    {"BRIDGE", bridge_cell, IF_ANY, 0},
    {"VM", vm_cell, IF_ANY, 0},
    {"PID", pid_cell, IF_ANY, 0},
    {"UID", uid_cell, ON_DEMAND, 0},
    {"UUID", uuid_cell, ON_DEMAND, 0},
    {"MAC", mac_cell, IF_ANY, 0},
    {"NETDEV", netdev_cell, IF_ANY, 0},
    {"HUB", hub_cell, IF_ANY, 0},
    {"PATH", path_cell, ON_DEMAND, 0},
    {"ADDRESSES", addresses_cell, IF_ANY, SCOLS_FL_WRAP},
};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof COLUMNS[0] };

struct choice {
    const struct column *columns[COLUMN_COUNT];
    size_t count;
};

static bool is_chosen(const struct choice *choice, const struct column *column)
{
    for (size_t i = 0; i < choice->count; i++)
        if (choice->columns[i] == column)
            return true;
    return false;
}

/* NAME[,NAME]..., in any case; each once. False if one is no column. */
static bool choose_named(const char *names, struct choice *choice)
{
    for (const char *name = names;; name++) {
        size_t length = strcspn(name, ","), i = 0;
        while (i < COLUMN_COUNT &&
               (strncasecmp(COLUMNS[i].name, name, length) != 0 || COLUMNS[i].name[length] != '\0'))
            i++;
        if (i == COLUMN_COUNT)
            return false;
        if (!is_chosen(choice, &COLUMNS[i]))
            choice->columns[choice->count++] = &COLUMNS[i];
        name += length;
        if (*name == '\0')
            return true;
    }
}

static bool somebody_has(const struct tap_list *list, const struct column *column)
{
    bool found = false;

    for (size_t i = 0; i < list->count && !found; i++) {
        char *cell = column->cell(&list->rows[i]);
        found = cell != NULL;
        free(cell);
    }
    return found;
}

static void choose_default(const struct tap_list *list, struct choice *choice)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (COLUMNS[i].shown == ALWAYS || (COLUMNS[i].shown == IF_ANY && somebody_has(list, &COLUMNS[i])))
            choice->columns[choice->count++] = &COLUMNS[i];
}

bool tap_list_has_columns(const char *names)
{
    struct choice choice = {.count = 0};

    return choose_named(names, &choice);
}

char *tap_list_columns(void)
{
    struct text_list names = {0};

    for (size_t i = 0; i < COLUMN_COUNT; i++)
        text_list_addf(&names, "%s", COLUMNS[i].name);
    return text_list_join(&names);
}

/* ---- the table ---- */

/* libsmartcols fails for want of memory only, and then tells that by NULL. */
static void *or_end(void *made)
{
    if (made == NULL)
        memory_end();
    return made;
}

/* Where there is a width to keep to, a cell of several parts has one a line. */
static void add_columns(struct libscols_table *table, const struct choice *choice, const struct page *page)
{
    for (size_t i = 0; i < choice->count; i++) {
        int flags = choice->columns[i]->flags;
        struct libscols_column *column =
            or_end(scols_table_new_column(table, choice->columns[i]->name, 0.1, flags));
        if (flags & SCOLS_FL_WRAP)
            scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
        if (page->color)
            scols_cell_set_color(scols_column_get_header(column), "\033[1m");
    }
}

/* As it may be shown; the parts of the cell stand in lines of their own, or in one. */
static char *shown_cell(const struct page *page, const char *cell, bool one_line)
{
    struct text_list parts = {0};

    for (const char *part = cell; part != NULL; part = strchr(part, '\n')) {
        part += *part == '\n';
        char *copy_of_part = strndup(part, strcspn(part, "\n"));
        text_list_add(&parts, page_shown(page, or_end(copy_of_part)));
        free(copy_of_part);
    }
    return text_list_join_by(&parts, one_line ? ", " : "\n");
}

static void add_row(struct libscols_table *table, const struct choice *choice, const struct tap_row *row,
                    const struct page *page, bool one_line)
{
    struct libscols_line *line = or_end(scols_table_new_line(table, NULL));

    for (size_t i = 0; i < choice->count; i++) {
        char *cell = choice->columns[i]->cell(row);
        scols_line_refer_data(line, i, shown_cell(page, cell != NULL ? cell : "-", one_line)); /* takes it */
        free(cell);
    }
}

static void print_table(const struct page *page, const struct tap_list *list, const struct choice *choice,
                        const struct report_style *style)
{
    scols_init_debug(0);
    struct libscols_table *table = or_end(scols_new_table());
    scols_table_set_stream(table, page->out);
    scols_table_enable_noencoding(table, 1); /* that is done already, and better */
    scols_table_enable_raw(table, style->raw);
    scols_table_enable_noheadings(table, style->no_headings);
    scols_table_enable_colors(table, style->color);
    scols_table_set_termforce(table, style->width > 0 ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
    if (style->width > 0)
        scols_table_set_termwidth(table, style->width);
    add_columns(table, choice, page);
    for (size_t i = 0; i < list->count; i++)
        add_row(table, choice, &list->rows[i], page, style->raw || style->width == 0);
    scols_print_table(table);
    scols_unref_table(table);
}

static void print_remarks(struct page *page, const struct tap_list *list)
{
    if (list->count == 0 && list->failure == NULL)
        page_paragraph(page, 0, INK_PLAIN, "",
                       "There is no tap in this network namespace, and no VM that names one.");
    if (list->unreadable == 0)
        return;
    char *text =
        text_format("%zu%s", list->unreadable,
                    list->unprivileged ? " (CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are missing)" : "");
    page_paragraph(page, 0, INK_PLAIN,
                   "processes that may hold taps as well, but may not be looked at: ", text);
    free(text);
}

void tap_list_text(FILE *out, const struct tap_list *list, const struct report_style *style)
{
    struct page page = page_of(out, style);
    struct choice choice = {.count = 0};

    if (style->columns != NULL)
        choose_named(style->columns, &choice);
    else
        choose_default(list, &choice);
    print_table(&page, list, &choice, style);
    if (!style->raw)
        print_remarks(&page, list);
}

void tap_list_free(struct tap_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].interface);
        free(list->rows[i].netns);
        free(list->rows[i].bridge);
        verdict_path_free(&list->rows[i].path);
        text_list_free(&list->rows[i].addresses);
        report_vm_free(&list->rows[i].vm);
    }
    free(list->rows);
    free(list->failure);
    host_identity_free(&list->host);
    *list = (struct tap_list){0};
}

/* The table of `list`. */
#include "tap_list.h"
#include "formats.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 9, GAP = 2 };

/* Escaped before it is measured. */
static char *copy(const char *text)
{
    return text != NULL && *text != '\0' ? text_escape(text, strlen(text)) : text_format("-");
}

static char *join(const struct text_list *list)
{
    struct text_list copies = {0};

    for (size_t i = 0; i < list->count; i++)
        text_list_addf(&copies, "%s", list->items[i]);
    return text_list_join(&copies);
}

static void fill_cells(const struct tap_row *row, char *cells[COLUMNS])
{
    char mac[MAC_TEXT_SIZE], *addresses = join(&row->addresses);

    cells[0] = copy(row->interface);
    cells[1] = copy(row->state);
    cells[2] = copy(row->bridge);
    cells[3] = copy(row->vm.name);
    cells[4] = row->vm.pid != 0
                   ? text_format(row->holders > 1 ? "%ld and %zu more" : "%ld", row->vm.pid, row->holders - 1)
                   : copy(NULL);
    cells[5] = copy(row->vm.has_mac ? mac_format(row->vm.mac, mac) : NULL);
    cells[6] = copy(row->vm.netdev);
    cells[7] = row->vm.has_hub ? text_format("%d", row->vm.hub) : copy(NULL);
    cells[8] = copy(addresses);
    free(addresses);
}

static void print_row(struct page *page, char *const cells[COLUMNS], const size_t widths[COLUMNS],
                      enum ink ink)
{
    for (int i = 0; i < COLUMNS; i++)
        page_put(page, ink, cells[i], i + 1 < COLUMNS ? widths[i] + GAP : 0);
    page_end_line(page);
}

void text_taps(FILE *out, const struct tap_list *list, const struct report_style *style)
{
    static const char *const titles[COLUMNS] = {"TAP", "STATE",  "BRIDGE", "VM",       "PID",
                                                "MAC", "NETDEV", "HUB",    "ADDRESSES"};
    struct page page = {.out = out, .width = PAGE_WIDTH, .color = style->color};
    size_t widths[COLUMNS] = {0};
    char *(*cells)[COLUMNS] = memory_new(list->count + 1, sizeof *cells);

    for (int i = 0; i < COLUMNS; i++)
        cells[0][i] = copy(titles[i]);
    for (size_t row = 0; row < list->count; row++)
        fill_cells(&list->rows[row], cells[row + 1]);
    for (size_t row = 0; row <= list->count; row++)
        for (int i = 0; i < COLUMNS; i++) {
            size_t columns = page_columns(cells[row][i], strlen(cells[row][i]));
            widths[i] = columns > widths[i] ? columns : widths[i];
        }
    for (size_t row = 0; row <= list->count; row++) {
        print_row(&page, cells[row], widths, row == 0 ? INK_BOLD : INK_PLAIN);
        for (int i = 0; i < COLUMNS; i++)
            free(cells[row][i]);
    }
    free(cells);
    if (list->unreadable > 0)
        fprintf(out,
                "processes that may hold taps as well, but may not be looked at (CAP_SYS_PTRACE and "
                "CAP_DAC_READ_SEARCH are missing): %zu\n",
                list->unreadable);
}

void tap_list_free(struct tap_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].interface);
        free(list->rows[i].bridge);
        text_list_free(&list->rows[i].addresses);
        vm_result_free(&list->rows[i].vm);
    }
    free(list->rows);
    free(list->failure);
    host_identity_free(&list->host);
    *list = (struct tap_list){0};
}

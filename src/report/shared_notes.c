/* Notes that several targets have. */
#include "text_parts.h"

#include <stdlib.h>
#include <string.h>

struct shared_note {
    const char *text; /* a target's */
    size_t targets;
};

struct shared_notes {
    struct shared_note *items; /* by text, those of one target only among them */
    size_t count;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct shared_note *)a)->text, ((const struct shared_note *)b)->text);
}

static void gather(struct shared_notes *notes, const struct report *report)
{
    size_t total = 0;

    for (size_t i = 0; i < report->target_count; i++)
        total += report->targets[i].verdict.notes.count;
    notes->items = memory_new(total, sizeof *notes->items);
    for (size_t i = 0; i < report->target_count; i++) {
        const struct text_list *list = &report->targets[i].verdict.notes;
        for (size_t n = 0; n < list->count; n++)
            notes->items[notes->count++] = (struct shared_note){list->items[n], 1};
    }
}

struct shared_notes *shared_notes_of(const struct report *report)
{
    struct shared_notes *notes = memory_new(1, sizeof *notes);
    size_t kept = 0;

    gather(notes, report);
    if (notes->count > 0)
        qsort(notes->items, notes->count, sizeof *notes->items, compare);
    for (size_t i = 0; i < notes->count; i++)
        if (kept > 0 && compare(&notes->items[kept - 1], &notes->items[i]) == 0)
            notes->items[kept - 1].targets++;
        else
            notes->items[kept++] = notes->items[i];
    notes->count = kept;
    return notes;
}

bool shared_notes_have(const struct shared_notes *shared, const char *note)
{
    struct shared_note wanted = {.text = note};
    const struct shared_note *found =
        shared->count > 0 ? bsearch(&wanted, shared->items, shared->count, sizeof wanted, compare) : NULL;

    return found != NULL && found->targets > 1;
}

void shared_notes_print(const struct shared_notes *shared, struct page *page)
{
    for (size_t i = 0; i < shared->count; i++) {
        if (shared->items[i].targets < 2)
            continue;
        char *label = text_format("note (%zu of them): ", shared->items[i].targets);
        page_paragraph(page, 0, INK_BOLD, label, shared->items[i].text);
        free(label);
    }
}

void shared_notes_free(struct shared_notes *shared)
{
    if (shared != NULL)
        free(shared->items);
    free(shared);
}

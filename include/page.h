/* Text for a person: colour, line wrapping, and what the terminal can show. Everything that is put on a page
 * is escaped here, so that no string of a guest or of a file can drive the terminal. */
#ifndef VMNETCHECK_PAGE_H
#define VMNETCHECK_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "text.h"

enum { PAGE_WIDTH = 80 /* where nobody says how wide it is */ };

enum ink { INK_PLAIN, INK_BOLD, INK_GOOD, INK_WARN, INK_BAD };

/* Zero-initialised but for `out` and `width`, it is at the start of a line. */
struct page {
    FILE *out;
    size_t width; /* columns */
    bool color;
    bool ascii; /* nothing else can be shown */
    size_t column;
    size_t blanks; /* that stand before what comes next, if anything does in this line */
};

/* Puts text on the line as it is, never wrapped; what comes next stands `width` columns further on, or right
 * behind it if it takes more. */
void page_put(struct page *page, enum ink ink, const char *text, size_t width);
/* Puts text word by word; where a line would get too long, goes on in the next one at column `indent`. */
void page_flow(struct page *page, size_t indent, enum ink ink, const char *text);
/* A paragraph of its own: a label (may be "") and a text; lines after the first are indented two columns
 * more. */
void page_paragraph(struct page *page, size_t indent, enum ink ink, const char *label, const char *text);
void page_end_line(struct page *page);

/* The text as the page would have it, escaped; the caller frees it. */
char *page_shown(const struct page *page, const char *text);
/* The columns that well-formed UTF-8 takes, one for each character. */
size_t page_columns(const char *text, size_t length);

#endif

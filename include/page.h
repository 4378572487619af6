/* Text for a person: colour and line wrapping. Everything that is put on a page is escaped here, so that no
 * string of a guest or of a file can drive the terminal. */
#ifndef VMNETCHECK_PAGE_H
#define VMNETCHECK_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "text.h"

enum { PAGE_WIDTH = 100 };

enum ink { INK_PLAIN, INK_BOLD, INK_GOOD, INK_WARN, INK_BAD };

/* Zero-initialised but for `out` and `width`, it is at the start of a line. */
struct page {
    FILE *out;
    size_t width; /* columns */
    bool color;
    size_t column;
};

/* Puts text on the line as it is, never wrapped; then fills up with blanks to `width` columns (0: no
 * filling). */
void page_put(struct page *page, enum ink ink, const char *text, size_t width);
/* Puts text word by word; where a line would get too long, goes on in the next one at column `indent`. */
void page_flow(struct page *page, size_t indent, const char *text);
/* A paragraph of its own: a label (may be "") and a text; lines after the first are indented two columns
 * more. */
void page_paragraph(struct page *page, size_t indent, enum ink ink, const char *label, const char *text);
void page_end_line(struct page *page);

/* The columns that well-formed UTF-8 takes, one for each character. */
size_t page_columns(const char *text, size_t length);

#endif

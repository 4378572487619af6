/* A page as the user wants reports to look. */
#include "text_parts.h"

struct page page_of(FILE *out, const struct report_style *style)
{
    return (struct page){.out = out,
                         .width = style->width > 0 ? style->width : PAGE_WIDTH,
                         .color = style->color,
                         .ascii = style->ascii};
}

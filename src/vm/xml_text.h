/* Looks XML over before a parser sees it: where documents end, and what was made to be slow. */
#ifndef VMNETCHECK_XML_TEXT_H
#define VMNETCHECK_XML_TEXT_H

#include <stddef.h>

/* What is left of a text that may hold several documents, one after the other. */
struct xml_text {
    const char *at, *end;
    unsigned line; /* of `at` */
};

struct xml_document {
    const char *text;
    size_t size;
    unsigned line;      /* where it begins */
    const char *danger; /* why no parser must see it, or NULL */
};

/* Takes the next document. Its text is NULL at the end. What is no XML between two is left out. */
struct xml_document xml_next_document(struct xml_text *text);

#endif

/* What is used of libxml2, which is loaded when the first XML is read. */
#ifndef VMNETCHECK_LIBXML_H
#define VMNETCHECK_LIBXML_H

#include <libxml/parser.h>
#include <libxml/tree.h>

struct libxml {
    __typeof__(xmlNewParserCtxt) *new_parser;
    __typeof__(xmlFreeParserCtxt) *free_parser;
    __typeof__(xmlCtxtReadMemory) *read_memory;
    __typeof__(xmlCtxtGetLastError) *last_error;
    __typeof__(xmlFreeDoc) *free_document;
    __typeof__(xmlDocGetRootElement) *root;
    __typeof__(xmlGetNoNsProp) *attribute;
    __typeof__(xmlNodeGetContent) *content;
    __typeof__(xmlGetLineNo) *line;
    xmlFreeFunc *free; /* what attribute and content return; a variable */
};

/* NULL if it cannot be loaded; *ret_reason then says why, and the caller frees it. */
const struct libxml *libxml_load(char **ret_reason);

#endif

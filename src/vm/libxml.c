/* libxml2, loaded by dlopen(3). */
#include "libxml.h"
#include "dlopen_note.h"
#include "text.h"

#include <dlfcn.h>
#include <string.h>

DLOPEN_NOTE("libxml2", "reads the definitions of libvirt's domains", DLOPEN_RECOMMENDED, LIBXML);

static bool find_all(void *handle, struct libxml *xml)
{
    const struct {
        const char *name;
        void *place;
    } symbols[] = {
        {"xmlNewParserCtxt", &xml->new_parser},
        {"xmlFreeParserCtxt", &xml->free_parser},
        {"xmlCtxtReadMemory", &xml->read_memory},
        {"xmlCtxtGetLastError", &xml->last_error},
        {"xmlFreeDoc", &xml->free_document},
        {"xmlDocGetRootElement", &xml->root},
        {"xmlGetNoNsProp", &xml->attribute},
        {"xmlNodeGetContent", &xml->content},
        {"xmlGetLineNo", &xml->line},
        {"xmlFree", &xml->free},
    };

    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *symbol = dlsym(handle, symbols[i].name);
        if (symbol == NULL)
            return false;
        memcpy(symbols[i].place, &symbol, sizeof symbol);
    }
    return true;
}

const struct libxml *libxml_load(char **ret_reason)
{
    static struct libxml loaded;

    if (loaded.free != NULL)
        return &loaded;
    struct libxml xml;
    void *handle = dlopen(LIBXML, RTLD_NOW); /* it stays */
    if (handle == NULL || !find_all(handle, &xml)) {
        *ret_reason = text_format("%s", dlerror());
        return NULL;
    }
    loaded = xml;
    return &loaded;
}

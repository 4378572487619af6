/* libvirt's library, loaded by dlopen(3), asked for the XML of one domain. */
#include "libvirt_domain.h"

#include "dlopen_note.h"
#include "libvirt_xml.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBVIRT

#include <dlfcn.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#define LIBVIRT_LIBRARY "libvirt.so.0"
DLOPEN_NOTE("libvirt", "finds domains by their names", DLOPEN_SUGGESTED, LIBVIRT_LIBRARY);

/* What is used of the library. */
struct library {
    void *handle;
    __typeof__(virSetErrorFunc) *set_error_function;
    __typeof__(virGetLastErrorMessage) *last_error;
    __typeof__(virConnectOpenReadOnly) *open;
    __typeof__(virConnectClose) *close;
    __typeof__(virDomainLookupByName) *by_name;
    __typeof__(virDomainLookupByUUIDString) *by_uuid;
    __typeof__(virDomainIsActive) *is_active;
    __typeof__(virDomainGetXMLDesc) *describe;
    __typeof__(virDomainFree) *free;
};

static bool load(struct library *library, char **ret_reason)
{
    const struct {
        const char *name;
        void *place;
    } functions[] = {
        {"virSetErrorFunc", &library->set_error_function},
        {"virGetLastErrorMessage", &library->last_error},
        {"virConnectOpenReadOnly", &library->open},
        {"virConnectClose", &library->close},
        {"virDomainLookupByName", &library->by_name},
        {"virDomainLookupByUUIDString", &library->by_uuid},
        {"virDomainIsActive", &library->is_active},
        {"virDomainGetXMLDesc", &library->describe},
        {"virDomainFree", &library->free},
    };

    if ((library->handle = dlopen(LIBVIRT_LIBRARY, RTLD_NOW)) == NULL) {
        *ret_reason = text_format("%s", dlerror());
        return false;
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *function = dlsym(library->handle, functions[i].name);
        if (function == NULL) {
            *ret_reason = text_format("%s", dlerror());
            return false;
        }
        memcpy(functions[i].place, &function, sizeof function);
    }
    return true;
}

/* Without it, the library prints every error. */
static void keep_quiet(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

static char *describe(const struct library *library, virDomainPtr domain, char **ret_reason)
{
    if (library->is_active(domain) != 1) {
        *ret_reason = text_format("the domain is shut off");
        return NULL;
    }
    char *xml = library->describe(domain, 0);
    if (xml == NULL)
        *ret_reason = text_format("%s", library->last_error());
    return xml;
}

static char *find(const struct library *library, virConnectPtr connection, const char *name,
                  char **ret_reason)
{
    virDomainPtr domain = library->by_name(connection, name);

    if (domain == NULL)
        domain = library->by_uuid(connection, name);
    if (domain == NULL) {
        *ret_reason = text_format("it does not know the name either");
        return NULL;
    }
    char *xml = describe(library, domain, ret_reason);
    library->free(domain);
    return xml;
}

char *libvirt_describe(const char *uri, const char *name, char **ret_reason)
{
    struct library library = {0};

    if (!load(&library, ret_reason))
        return NULL; /* the library stays: it is not made to be unloaded */
    library.set_error_function(NULL, keep_quiet);
    virConnectPtr connection = library.open(uri);
    if (connection == NULL) {
        *ret_reason = text_format("%s", library.last_error());
        return NULL;
    }
    char *xml = find(&library, connection, name, ret_reason);
    library.close(connection);
    return xml;
}

bool libvirt_is_built_in(void)
{
    return true;
}

#else

char *libvirt_describe(const char *uri, const char *name, char **ret_reason)
{
    (void)uri;
    (void)name;
    *ret_reason = text_format("not asked: this program was built without it");
    return NULL;
}

bool libvirt_is_built_in(void)
{
    return false;
}

#endif

struct vm *libvirt_domain_parse(const char *xml, char **ret_reason)
{
    struct vm_list list = {0};
    struct vm *vm = NULL;
    char *error = NULL;

    if (libvirt_xml_parse(xml, strlen(xml), &list, &error))
        vm = list.items[--list.count];
    else
        *ret_reason = text_format("its XML: %s", error);
    free(error);
    vm_list_free(&list);
    return vm;
}

/* libvirt's <domain>: its interfaces, and the QEMU arguments that it passes through. */
#include "libvirt_xml.h"

#include "libxml.h"
#include "qemu_args.h"
#include "xml_text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS_MAX = 4096 };

static const struct libxml *xml; /* set before anything is read */

/* In the file: the document may begin in any line of it. */
static unsigned line_of(const xmlNode *node)
{
    const unsigned *first = node->doc->_private;
    long line = xml->line(node);

    return line > 0 && line < INT_MAX ? *first + (unsigned)line - 1 : 0;
}

static bool is_named(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *child(const xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL; node = node->next)
        if (is_named(node, name))
            return node;
    return NULL;
}

/* A copy of an attribute of a child, or NULL. The caller frees it. */
static char *attribute(const xmlNode *parent, const char *name, const char *key)
{
    xmlNode *node = child(parent, name);
    xmlChar *value = node != NULL ? xml->attribute(node, (const xmlChar *)key) : NULL;
    char *copy = value != NULL ? text_format("%s", (const char *)value) : NULL;

    (*xml->free)(value);
    return copy;
}

static bool attribute_is(const xmlNode *parent, const char *name, const char *key, const char *expected)
{
    char *value = attribute(parent, name, key);
    bool is = value != NULL && strcmp(value, expected) == 0;

    free(value);
    return is;
}

static char *text_of(const xmlNode *parent, const char *name)
{
    xmlNode *node = child(parent, name);
    xmlChar *value = node != NULL ? xml->content(node) : NULL;
    char *copy = value != NULL ? text_format("%s", (const char *)value) : NULL;

    (*xml->free)(value);
    return copy;
}

/* The element as it starts, "<target dev='vnet0'/>": long enough to find it, short enough to quote. */
static char *quote(const xmlNode *node)
{
    char *text = text_format("<%s", (const char *)node->name);

    for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
        xmlChar *value = xml->attribute(node, attr->name);
        char *longer = text_format("%s %s='%.200s'", text, (const char *)attr->name,
                                   value != NULL ? (const char *)value : "");
        free(text);
        (*xml->free)(value);
        text = longer;
        if (strlen(text) > 400)
            break;
    }
    char *closed = text_format("%s>", text);
    free(text);
    return closed;
}

/* Quotes the interface with those children that say what it is. */
static struct vm_source source_of(const xmlNode *interface)
{
    static const char *const told[] = {"mac", "source", "target", "model", "link"};
    struct vm_source source = {.text = quote(interface)};

    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        xmlNode *node = child(interface, told[i]);
        if (node == NULL)
            continue;
        char *part = quote(node), *longer = text_format("%s%s", source.text, part);
        free(source.text);
        free(part);
        source.text = longer;
    }
    source.line = line_of(interface);
    return source;
}

static unsigned read_number(char *text)
{
    char *end;
    unsigned long number = text != NULL ? strtoul(text, &end, 10) : 0;

    if (text == NULL || *end != '\0' || number > UINT_MAX)
        number = 0;
    free(text);
    return (unsigned)number;
}

static void read_mac(struct vm_nic *nic, const xmlNode *interface)
{
    nic->mac_text = attribute(interface, "mac", "address");
    if (nic->mac_text == NULL)
        return; /* libvirt makes one up when it defines the domain */
    bool parsed = mac_parse(nic->mac_text, &nic->mac);
    if (!parsed || !mac_is_zero(nic->mac)) /* likewise */
        nic->mac_origin = parsed ? VM_MAC_GIVEN : VM_MAC_MALFORMED;
}

static const struct {
    const char *type;
    enum vm_backend_kind kind;
    enum vm_socket_kind socket;
} interface_types[] = {
    {"network", VM_BACKEND_TAP, VM_SOCKET_NONE},      {"bridge", VM_BACKEND_TAP, VM_SOCKET_NONE},
    {"ethernet", VM_BACKEND_TAP, VM_SOCKET_NONE},     {"direct", VM_BACKEND_MACVTAP, VM_SOCKET_NONE},
    {"user", VM_BACKEND_USER, VM_SOCKET_NONE},        {"server", VM_BACKEND_SOCKET, VM_SOCKET_LISTEN},
    {"client", VM_BACKEND_SOCKET, VM_SOCKET_CONNECT}, {"mcast", VM_BACKEND_SOCKET, VM_SOCKET_MCAST},
    {"udp", VM_BACKEND_SOCKET, VM_SOCKET_UDP},        {"vhostuser", VM_BACKEND_VHOST_USER, VM_SOCKET_NONE},
    {"vdpa", VM_BACKEND_VHOST_VDPA, VM_SOCKET_NONE},
};

static char *socket_address(const xmlNode *parent)
{
    char *host = attribute(parent, "source", "address"), *port = attribute(parent, "source", "port"),
         *address = NULL;

    if (port != NULL)
        address = text_format("%s:%s", host != NULL ? host : "", port);
    free(host);
    free(port);
    return address;
}

static void read_address(struct vm_backend *backend, const xmlNode *interface)
{
    if (backend->kind == VM_BACKEND_SOCKET)
        backend->address = socket_address(interface);
    if (backend->socket == VM_SOCKET_UDP) {
        xmlNode *source = child(interface, "source");
        char *host = attribute(source, "local", "address"), *port = attribute(source, "local", "port");
        if (port != NULL)
            backend->local_address = text_format("%s:%s", host != NULL ? host : "", port);
        free(host);
        free(port);
    }
    if (backend->kind == VM_BACKEND_VHOST_USER)
        backend->address = attribute(interface, "source", "path");
    if (backend->kind == VM_BACKEND_VHOST_VDPA || backend->kind == VM_BACKEND_MACVTAP)
        backend->address = attribute(interface, "source", "dev");
}

/* The only tag of <vlan>; a trunk has several. */
static unsigned read_tag(const xmlNode *vlan)
{
    unsigned tags = 0;

    for (xmlNode *node = vlan != NULL ? vlan->children : NULL; node != NULL; node = node->next)
        tags += is_named(node, "tag");
    return tags == 1 ? read_number(attribute(vlan, "tag", "id")) : 0;
}

static void read_backend(struct vm_backend *backend, const xmlNode *interface, char *type, const char *id)
{
    backend->type = type;
    for (size_t i = 0; i < sizeof interface_types / sizeof interface_types[0]; i++)
        if (strcmp(type, interface_types[i].type) == 0) {
            backend->kind = interface_types[i].kind;
            backend->socket = interface_types[i].socket;
        }
    if (child(interface, "backend") != NULL && attribute_is(interface, "backend", "type", "passt"))
        backend->kind = VM_BACKEND_PASST;
    backend->id = text_format("%s", id);
    backend->ifname = attribute(interface, "target", "dev");
    backend->script = attribute(interface, "script", "path");
    backend->downscript = attribute(interface, "downscript", "path");
    /* libvirt opens the tap itself: without <script>, QEMU runs none. */
    if (backend->script == NULL)
        backend->script = text_format("no");
    if (backend->downscript == NULL)
        backend->downscript = text_format("no");
    backend->bridge = attribute(interface, "source", "bridge");
    backend->network = attribute(interface, "source", "network");
    backend->tag = read_tag(child(interface, "vlan"));
    backend->queues = read_number(attribute(interface, "driver", "queues"));
    backend->vhost = attribute_is(interface, "driver", "name", "vhost");
    read_address(backend, interface);
    backend->source = source_of(interface);
}

static void read_addresses(struct vm *vm, const char *nic, const xmlNode *interface)
{
    for (xmlNode *node = interface->children; node != NULL; node = node->next) {
        xmlChar *value = is_named(node, "ip") ? xml->attribute(node, (const xmlChar *)"address") : NULL;
        struct ip_addr address;
        if (value != NULL && ip_parse((const char *)value, &address)) {
            xmlChar *prefix = xml->attribute(node, (const xmlChar *)"prefix");
            long length = prefix != NULL ? strtol((const char *)prefix, NULL, 10) : -1;
            struct vm_address *added = vm_add_address(vm);
            added->address = address;
            added->nic = nic;
            added->prefix = length >= 0 && length <= 8 * (long)ip_size(address.family) ? (int)length : -1;
            added->source = (struct vm_source){.text = quote(node), .line = line_of(node)};
            (*xml->free)(prefix);
        }
        (*xml->free)(value);
    }
}

static void read_interface(struct vm *vm, const xmlNode *interface)
{
    xmlChar *value = xml->attribute(interface, (const xmlChar *)"type");
    char *type = text_format("%s", value != NULL ? (const char *)value : "");
    struct vm_nic *nic = vm_add_nic(vm);

    (*xml->free)(value);
    nic->id = attribute(interface, "alias", "name");
    if (nic->id == NULL)
        nic->id = text_format("net%zu", vm->nic_count - 1); /* the name that libvirt gives it */
    nic->model = attribute(interface, "model", "type");
    read_mac(nic, interface);
    nic->link_down = attribute_is(interface, "link", "state", "down");
    nic->source = source_of(interface);
    nic->stands_in = attribute_is(interface, "teaming", "type", "transient");
    read_addresses(vm, nic->id, interface);
    nic->netdev = text_format("host%s", nic->id);
    read_backend(vm_add_backend(vm), interface, type, nic->netdev);
}

/* <qemu:commandline>: arguments that libvirt hands through. */
static void read_passthrough(struct vm *vm, const xmlNode *domain)
{
    const xmlNode *commandline = child(domain, "commandline");
    struct text_list texts = {0};
    struct vm_word *words;
    size_t count = 0;

    for (xmlNode *node = commandline != NULL ? commandline->children : NULL; node != NULL; node = node->next)
        count += is_named(node, "arg");
    if (count == 0)
        return;
    words = memory_new(count, sizeof *words);
    texts.items = memory_new(count, sizeof *texts.items);
    for (xmlNode *node = commandline->children; node != NULL; node = node->next) {
        if (!is_named(node, "arg"))
            continue;
        xmlChar *value = xml->attribute(node, (const xmlChar *)"value");
        texts.items[texts.count] = text_format("%s", value != NULL ? (const char *)value : "");
        words[texts.count] = (struct vm_word){.text = texts.items[texts.count], .line = line_of(node)};
        texts.count++;
        (*xml->free)(value);
    }
    qemu_args_add(vm, words, count);
    text_list_free(&texts);
    free(words);
}

static void read_domain(const xmlNode *domain, struct vm_list *list)
{
    struct vm *vm = vm_new();
    xmlNode *devices = child(domain, "devices");

    vm->name = text_of(domain, "name");
    vm->uuid = text_of(domain, "uuid");
    vm->line = line_of(domain);
    vm->background = vm->defined = true;
    for (xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL; node = node->next) {
        if (!is_named(node, "interface"))
            continue;
        if (vm->nic_count < VM_PORTS_MAX)
            read_interface(vm, node);
        else if (vm->unfollowed.count == 0)
            text_list_addf(&vm->unfollowed, "the rest of the interfaces, after %d,", VM_PORTS_MAX);
    }
    read_passthrough(vm, domain);
    vm_list_add(list, vm);
}

bool libvirt_xml_probable(const char *text, size_t size)
{
    size_t i = 0;

    while (i < size && strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0')
        i++;
    return i < size && text[i] == '<';
}

static char *parser_error(xmlParserCtxt *parser, const struct xml_document *document)
{
    const xmlError *error = xml->last_error(parser);
    const char *message = error != NULL && error->message != NULL ? error->message : "not XML";
    unsigned line = error != NULL && error->line > 0 ? (unsigned)error->line : 1;

    return text_format("line %u: %.*s", document->line + line - 1, (int)strcspn(message, "\n"), message);
}

static void find_domains(const xmlNode *root, struct vm_list *list)
{
    bool is_domain = is_named(root, "domain");

    if (is_domain && !vm_list_is_full(list))
        read_domain(root, list);
    if (is_domain || is_named(root, "network")) /* which has a <domain> of DNS */
        return;
    for (xmlNode *node = root->children; node != NULL; node = node->next)
        if (is_named(node, "domain") && !vm_list_is_full(list))
            read_domain(node, list);
}

/* No XML_PARSE_NOENT, no XML_PARSE_HUGE: entities stay references, and libxml2's own limits hold. UTF-8
 * whatever the document claims: it must be read as it was looked through. */
static void read_document(xmlParserCtxt *parser, struct xml_document *text, struct vm_list *list,
                          char **error)
{
    if (text->danger != NULL) {
        *error = text_format("line %u: %s", text->line, text->danger);
        return;
    }
    xmlDoc *document = xml->read_memory(parser, text->text, (int)text->size, NULL, "UTF-8",
                                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                            XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES);
    if (document == NULL) {
        *error = parser_error(parser, text);
        return;
    }
    document->_private = &text->line;
    find_domains(xml->root(document), list);
    xml->free_document(document);
}

bool libvirt_xml_parse(const char *text, size_t size, struct vm_list *list, char **error)
{
    struct xml_text left = {.at = text, .end = text + size, .line = 1};
    struct xml_document document;
    size_t before = list->count;
    xmlParserCtxt *parser;

    *error = NULL;
    if ((xml = libxml_load(error)) == NULL)
        return false;
    if ((parser = xml->new_parser()) == NULL)
        *error = text_format("no memory");
    for (size_t i = 0; *error == NULL && !list->more && (document = xml_next_document(&left)).text != NULL;
         i++)
        if (i < DOCUMENTS_MAX)
            read_document(parser, &document, list, error);
        else
            *error = text_format("has more than %d documents", DOCUMENTS_MAX);
    if (*error == NULL && list->count == before)
        *error = text_format("has no <domain>");
    if (*error != NULL)
        vm_list_cut(list, before);
    xml->free_parser(parser);
    return *error == NULL;
}

/* -netdev, -net and -nic: their keys as values, and QEMU's defaults. */
#include "qemu_net.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool qemu_is_nic_driver(const char *driver)
{
    /* `-device help`, "Network devices", of the x86, arm, ppc, s390x, riscv, sparc and m68k targets, QEMU
     * 0.12 to 9. Not pvrdma and rocker, which have no netdev. */
    static const char *const drivers[] = {
        "virtio-net-pci",
        "virtio-net",
        "virtio-net-pci-non-transitional",
        "virtio-net-pci-transitional",
        "virtio-net-device",
        "virtio-net-ccw",
        "virtio-net-s390",
        "e1000",
        "e1000-82540em",
        "e1000-82544gc",
        "e1000-82545em",
        "e1000e",
        "igb",
        "i82550",
        "i82551",
        "i82557a",
        "i82557b",
        "i82557c",
        "i82558a",
        "i82558b",
        "i82559a",
        "i82559b",
        "i82559c",
        "i82559er",
        "i82562",
        "i82801",
        "ne2k_isa",
        "ne2k_pci",
        "pcnet",
        "rtl8139",
        "tulip",
        "vmxnet3",
        "usb-net",
        "spapr-vlan",
        "sungem",
        "sunhme",
        "lan9118",
        "eTSEC",
        "xen-net-device",
    };

    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++)
        if (strcmp(driver, drivers[i]) == 0)
            return true;
    return false;
}

static enum vm_backend_kind backend_kind(const char *type)
{
    static const struct {
        const char *type;
        enum vm_backend_kind kind;
    } kinds[] = {
        {"tap", VM_BACKEND_TAP},
        {"bridge", VM_BACKEND_BRIDGE},
        {"user", VM_BACKEND_USER},
        {"socket", VM_BACKEND_SOCKET},
        {"stream", VM_BACKEND_STREAM},
        {"dgram", VM_BACKEND_DGRAM},
        {"vde", VM_BACKEND_VDE},
        {"l2tpv3", VM_BACKEND_L2TPV3},
        {"vhost-user", VM_BACKEND_VHOST_USER},
        {"vhost-vdpa", VM_BACKEND_VHOST_VDPA},
        {"netmap", VM_BACKEND_NETMAP},
        {"passt", VM_BACKEND_PASST},
        {"hubport", VM_BACKEND_HUBPORT},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(type, kinds[i].type) == 0)
            return kinds[i].kind;
    return VM_BACKEND_OTHER;
}

bool qemu_is_net_type(const char *type)
{
    static const char *const others[] = {"nic", "none", "dump", "af-xdp"};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(type, others[i]) == 0)
            return true;
    return backend_kind(type) != VM_BACKEND_OTHER;
}

static bool read_number(const char *text, unsigned *ret)
{
    char *end;

    errno = 0;
    unsigned long number = strtoul(text, &end, 0);
    if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || number > UINT_MAX)
        return false;
    *ret = (unsigned)number;
    return true;
}

static struct vm_hub read_hub(const char *text, enum vm_hub_origin otherwise)
{
    struct vm_hub hub = {.origin = otherwise};

    if (text != NULL)
        hub.origin = read_number(text, &hub.number) ? VM_HUB_GIVEN : VM_HUB_UNKNOWN;
    return hub;
}

struct vm_hub qemu_read_vlan(const struct qemu_options *options)
{
    return read_hub(qemu_option(options, "vlan"), VM_HUB_DEFAULT);
}

enum { QUEUES_MAX = 1024 }; /* MAX_TAP_QUEUES of net/tap.c */

static void read_fds(struct text_list *fds, const struct qemu_options *options)
{
    const char *fd = qemu_option(options, "fd"), *list = qemu_option(options, "fds");

    if (fd != NULL)
        text_list_addf(fds, "%s", fd);
    while (list != NULL && *list != '\0' && fds->count < QUEUES_MAX) {
        size_t length = strcspn(list, ":");
        text_list_addf(fds, "%.*s", (int)length, list);
        list += length + (list[length] == ':');
    }
}

/* "addr.host:addr.port" or the path of a SocketAddress; NULL if there is none. */
static char *socket_address(const struct qemu_options *options, const char *name)
{
    static const char *const parts[] = {"host", "port", "path", "str"};
    const char *values[4];

    for (size_t i = 0; i < 4; i++) {
        char *key = text_format("%s.%s", name, parts[i]);
        values[i] = qemu_option(options, key);
        free(key);
    }
    if (values[0] != NULL || values[1] != NULL)
        return text_format("%s:%s", values[0] != NULL ? values[0] : "", values[1] != NULL ? values[1] : "");
    return values[2] != NULL   ? text_format("%s", values[2])
           : values[3] != NULL ? text_format("%s", values[3])
                               : NULL;
}

static void read_socket(struct vm_backend *backend, const struct qemu_options *options)
{
    static const struct {
        const char *key;
        enum vm_socket_kind kind;
    } kinds[] = {
        {"listen", VM_SOCKET_LISTEN}, {"connect", VM_SOCKET_CONNECT}, {"mcast", VM_SOCKET_MCAST},
        {"udp", VM_SOCKET_UDP},       {"fd", VM_SOCKET_FD},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (qemu_option(options, kinds[i].key) == NULL)
            continue;
        backend->socket = kinds[i].kind;
        backend->address = qemu_option_copy(options, kinds[i].key);
        break;
    }
    backend->local_address = qemu_option_copy(options, "localaddr");
}

static void read_dgram(struct vm_backend *backend, const struct qemu_options *options)
{
    const char *host = qemu_option(options, "remote.host");
    struct ip_addr address;

    backend->address = socket_address(options, "remote");
    backend->local_address = socket_address(options, "local");
    backend->socket = host != NULL && ip_parse(host, &address) && ip_is_multicast(address) ? VM_SOCKET_MCAST
                                                                                           : VM_SOCKET_UDP;
}

static void read_address(struct vm_backend *backend, const struct qemu_options *options)
{
    switch (backend->kind) {
    case VM_BACKEND_SOCKET:
        read_socket(backend, options);
        break;
    case VM_BACKEND_STREAM:
        backend->socket = qemu_option_on(options, "server") ? VM_SOCKET_LISTEN : VM_SOCKET_CONNECT;
        backend->address = socket_address(options, "addr");
        break;
    case VM_BACKEND_DGRAM:
        read_dgram(backend, options);
        break;
    case VM_BACKEND_VDE:
        backend->address = qemu_option_copy(options, "sock");
        break;
    case VM_BACKEND_L2TPV3:
        backend->local_address = qemu_option_copy(options, "src");
        backend->address = qemu_option_copy(options, "dst");
        break;
    case VM_BACKEND_VHOST_USER:
        backend->address = qemu_option_copy(options, "chardev");
        break;
    case VM_BACKEND_VHOST_VDPA:
        backend->address = qemu_option_copy(options, "vhostdev");
        break;
    default:
        break;
    }
}

void qemu_read_backend(struct vm_backend *backend, const struct qemu_options *options)
{
    const char *type = qemu_option(options, "type"), *queues = qemu_option(options, "queues");

    backend->type = text_format("%s", type != NULL ? type : "");
    backend->kind = backend_kind(backend->type);
    backend->id = qemu_option_copy(options, "id");
    backend->ifname = qemu_option_copy(options, "ifname");
    read_fds(&backend->fds, options);
    backend->script = qemu_option_copy(options, "script");
    backend->downscript = qemu_option_copy(options, "downscript");
    backend->bridge = qemu_option_copy(options, "br");
    backend->helper = qemu_option_copy(options, "helper");
    if (queues != NULL)
        (void)read_number(queues, &backend->queues);
    backend->vhost = qemu_option_on(options, "vhost");
    backend->guestfwd =
        qemu_option(options, "guestfwd") != NULL || qemu_option(options, "guestfwd.0.str") != NULL;
    read_address(backend, options);
    if (backend->kind == VM_BACKEND_HUBPORT) {
        backend->hub = read_hub(qemu_option(options, "hubid"), VM_HUB_UNKNOWN);
        backend->peer = qemu_option_copy(options, "netdev");
    }
}

/* net_parse_macaddr of net/util.c. */
static bool parse_legacy_mac(const char *text, struct mac_addr *ret)
{
    struct mac_addr mac = {{0}};
    unsigned number;

    if (read_number(text, &number) && number <= 0xffffff) {
        *ret = (struct mac_addr){{0, 0, 0, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
        return true;
    }
    for (size_t i = 0; i < sizeof mac.bytes; i++) {
        char *end;
        unsigned long byte = strtoul(text, &end, 16);
        if (!isxdigit((unsigned char)*text) || end - text > 2 || byte > UINT8_MAX)
            return false;
        if (i < 5 ? *end != ':' && *end != '-' : *end != '\0')
            return false;
        mac.bytes[i] = (uint8_t)byte;
        text = end + 1;
    }
    *ret = mac;
    return true;
}

void qemu_read_mac(struct vm_nic *nic, const char *text, bool legacy)
{
    if (text == NULL)
        return;
    nic->mac_text = text_format("%s", text);
    if (vm_text_unresolved(&nic->source, text))
        nic->mac_origin = VM_MAC_UNRESOLVED;
    else if (!(legacy ? parse_legacy_mac(text, &nic->mac) : mac_parse(text, &nic->mac)))
        nic->mac_origin = VM_MAC_MALFORMED;
    else if (!mac_is_zero(nic->mac))
        nic->mac_origin = VM_MAC_GIVEN;
}

/* qemu_macaddr_default_if_unset of net/net.c. A MAC that is written later does not keep an earlier NIC from
 * taking it. */
void qemu_default_macs(struct vm *vm, const size_t *order, size_t count, unsigned taken)
{
    static const struct mac_addr base = {{0x52, 0x54, 0x00, 0x12, 0x34, 0}};
    enum { FIRST = 0x56, LAST = 0xfe, NONE_FREE = 0xff };
    bool used[256] = {false};

    for (unsigned i = 0; i < taken; i++)
        used[FIRST + i] = true;
    for (size_t i = 0; i < count; i++) {
        struct vm_nic *nic = &vm->nics[order[i]];
        if (nic->mac_origin == VM_MAC_UNRESOLVED)
            return; /* it may take one of the defaults: which one comes next is not known */
        if (nic->mac_origin == VM_MAC_UNKNOWN) {
            unsigned last = FIRST;
            while (last <= LAST && used[last])
                last++;
            nic->mac = base;
            nic->mac.bytes[5] = (uint8_t)(last <= LAST ? last : NONE_FREE);
            nic->mac_origin = VM_MAC_DEFAULT;
        }
        if (nic->mac_origin != VM_MAC_MALFORMED && memcmp(nic->mac.bytes, base.bytes, 5) == 0)
            used[nic->mac.bytes[5]] = true;
    }
}

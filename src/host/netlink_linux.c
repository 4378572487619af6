/* rtnetlink(7) by libmnl: one request, and all messages of its answer. */
#include "netlink_linux.h"
#include "facts.h"
#include "grow.h"
#include "kernel.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_SIZE = 256,
    ANSWER_SIZE = 32768, /* what the kernel fills at most in one go of a dump */
};

struct netlink {
    struct mnl_socket *socket; /* NULL: none, or the last one was left in the middle of an answer */
    uint32_t sequence;
    _Alignas(struct nlmsghdr) char request[REQUEST_SIZE];
    _Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
};

/* How far the reading of an answer has come. */
struct progress {
    bool finished;
    bool interrupted;
};

int netlink_connect(int netns, bool changes, struct mnl_socket **ret)
{
    int descriptor = kernel_connect(netns, changes);

    if (descriptor < 0)
        return descriptor;
    *ret = mnl_socket_fdopen(descriptor);
    if (*ret != NULL)
        return 0;
    int error = -errno;
    close(descriptor);
    return error;
}

static void disconnect(struct netlink *netlink)
{
    mnl_socket_close(netlink->socket);
    netlink->socket = NULL;
}

/* One for all questions in one network namespace, for as long as the program runs: to open it takes longer
 * than to ask. */
static struct netlink **kept; /* by number of the namespace */
static size_t kept_count;

int netlink_open(int netns, struct netlink **ret)
{
    while (kept_count <= (size_t)netns)
        kept = grow(kept, &kept_count, sizeof *kept);
    if (kept[netns] == NULL)
        kept[netns] = memory_new(1, sizeof *kept[netns]);
    int error = kept[netns]->socket == NULL ? netlink_connect(netns, false, &kept[netns]->socket) : 0;

    if (!error)
        *ret = kept[netns];
    return error;
}

void host_disconnect(void)
{
    for (size_t i = 0; i < kept_count; i++)
        if (kept[i] != NULL && kept[i]->socket != NULL)
            disconnect(kept[i]);
}

struct nlmsghdr *netlink_request(struct netlink *netlink, uint16_t type, uint8_t family, size_t header_size)
{
    struct nlmsghdr *request = mnl_nlmsg_put_header(netlink->request);

    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_REQUEST;
    request->nlmsg_seq = ++netlink->sequence;
    uint8_t *header = mnl_nlmsg_put_extra_header(request, header_size);
    header[0] = family;
    return request;
}

/* The error that a NLMSG_ERROR or NLMSG_DONE carries; both begin with it, an old kernel's NLMSG_DONE may be
 * empty. */
static int carried_error(const struct nlmsghdr *message)
{
    int error = 0;
    if (mnl_nlmsg_get_payload_len(message) >= sizeof error)
        memcpy(&error, mnl_nlmsg_get_payload(message), sizeof error);
    else if (message->nlmsg_type == NLMSG_ERROR)
        error = -EBADMSG;
    return error < 0 ? error : 0;
}

static int read_message(const struct nlmsghdr *message, netlink_reader *reader, void *data,
                        struct progress *progress)
{
    if (message->nlmsg_flags & NLM_F_DUMP_INTR)
        progress->interrupted = true;
    if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
        progress->finished = true;
        return carried_error(message);
    }
    if (!(message->nlmsg_flags & NLM_F_MULTI))
        progress->finished = true;
    return message->nlmsg_type >= NLMSG_MIN_TYPE ? reader(message, data) : 0;
}

static int read_answer(struct netlink *netlink, netlink_reader *reader, void *data, struct progress *progress)
{
    ssize_t received;
    do
        received = mnl_socket_recvfrom(netlink->socket, netlink->answer, sizeof netlink->answer);
    while (received < 0 && errno == EINTR);
    if (received < 0)
        return -errno;

    const struct nlmsghdr *message = (const struct nlmsghdr *)netlink->answer;
    for (int left = (int)received; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        if (!mnl_nlmsg_seq_ok(message, netlink->sequence))
            continue;
        int error = read_message(message, reader, data, progress);
        if (error)
            return error;
    }
    return 0;
}

int netlink_ask(struct netlink *netlink, struct nlmsghdr *request, netlink_reader *reader, void *data)
{
    struct progress progress = {0};

    /* Without an address, which is the kernel's, then. */
    int error = send(mnl_socket_get_fd(netlink->socket), request, request->nlmsg_len, 0) < 0 ? -errno : 0;
    while (!error && !progress.finished)
        error = read_answer(netlink, reader, data, &progress);
    /* A dump that was not read to its end keeps the socket busy. */
    if (!progress.finished)
        disconnect(netlink);
    return error ? error : progress.interrupted ? -EINTR : 0;
}

static int store(const struct nlattr *attribute, void *data)
{
    struct attributes *attributes = data;
    uint16_t type = mnl_attr_get_type(attribute);

    if (type <= ATTRIBUTES_MAX)
        attributes->of[type] = attribute;
    return MNL_CB_OK;
}

const void *netlink_header(const struct nlmsghdr *message, size_t header_size, struct attributes *ret)
{
    if (mnl_nlmsg_get_payload_len(message) < header_size)
        return NULL;
    *ret = (struct attributes){0};
    mnl_attr_parse(message, (unsigned)header_size, store, ret);
    return mnl_nlmsg_get_payload(message);
}

static bool is(const struct nlattr *attribute, enum mnl_attr_data_type type)
{
    return attribute != NULL && mnl_attr_validate(attribute, type) == 0;
}

struct attributes netlink_nested(const struct nlattr *attribute)
{
    struct attributes nested = {0};
    if (is(attribute, MNL_TYPE_NESTED))
        mnl_attr_parse_nested(attribute, store, &nested);
    return nested;
}

uint8_t netlink_u8(const struct nlattr *attribute, uint8_t otherwise)
{
    return is(attribute, MNL_TYPE_U8) ? mnl_attr_get_u8(attribute) : otherwise;
}

uint16_t netlink_u16(const struct nlattr *attribute, uint16_t otherwise)
{
    return is(attribute, MNL_TYPE_U16) ? mnl_attr_get_u16(attribute) : otherwise;
}

uint32_t netlink_u32(const struct nlattr *attribute, uint32_t otherwise)
{
    return is(attribute, MNL_TYPE_U32) ? mnl_attr_get_u32(attribute) : otherwise;
}

uint64_t netlink_u64(const struct nlattr *attribute, uint64_t otherwise)
{
    return is(attribute, MNL_TYPE_U64) ? mnl_attr_get_u64(attribute) : otherwise;
}

const char *netlink_string(const struct nlattr *attribute)
{
    return is(attribute, MNL_TYPE_NUL_STRING) ? mnl_attr_get_str(attribute) : "";
}

bool netlink_mac(const struct nlattr *attribute, struct mac_addr *ret)
{
    if (attribute == NULL || mnl_attr_validate2(attribute, MNL_TYPE_BINARY, sizeof ret->bytes) < 0)
        return false;
    memcpy(ret->bytes, mnl_attr_get_payload(attribute), sizeof ret->bytes);
    return true;
}

bool netlink_ip_of(int family, const void *bytes, size_t size, struct ip_addr *ret)
{
    enum ip_family ip_family = family == AF_INET ? IP_V4 : family == AF_INET6 ? IP_V6 : IP_NONE;

    if (ip_family == IP_NONE || size != ip_size(ip_family))
        return false;
    *ret = ip_from_bytes(ip_family, bytes);
    return true;
}

bool netlink_ip(const struct nlattr *attribute, int family, struct ip_addr *ret)
{
    return attribute != NULL &&
           netlink_ip_of(family, mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute), ret);
}

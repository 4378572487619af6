/* libFuzzer: what the kernel answers to rtnetlink requests; guests and containers have a say in names,
 * addresses and neighbours. Takes the place of libmnl's sockets. */
#include "facts.h"
#include "kernel.h"
#include "wire.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_READ = 4096, MESSAGES_AT_ONCE = 8 };

static struct span input; /* what is left of it */
static uint32_t sequence; /* of the request */

static uint8_t take_byte(void)
{
    if (input.length == 0)
        return 0;
    input.length--;
    return *input.data++;
}

static struct span take_bytes(size_t length)
{
    struct span taken = span_of(input.data, length < input.length ? length : input.length);

    input = span_of(input.data + taken.length, input.length - taken.length);
    return taken;
}

/* ---- the kernel ---- */

static void put_bytes(struct nlmsghdr *message, struct span bytes)
{
    memcpy(mnl_nlmsg_put_extra_header(message, bytes.length), bytes.data, bytes.length);
}

static void put_message(struct nlmsghdr *message)
{
    static const uint16_t types[] = {RTM_NEWLINK,  RTM_NEWADDR, RTM_NEWNEIGH,
                                     RTM_NEWROUTE, NLMSG_ERROR, NLMSG_NOOP};
    static const size_t headers[] = {sizeof(struct ifinfomsg),
                                     sizeof(struct ifaddrmsg),
                                     sizeof(struct ndmsg),
                                     sizeof(struct rtmsg),
                                     sizeof(int),
                                     0};
    uint8_t what = take_byte();
    unsigned kind = what % (sizeof types / sizeof types[0]);

    message->nlmsg_type = types[kind];
    message->nlmsg_flags = NLM_F_MULTI | (what & 0x80 ? NLM_F_DUMP_INTR : 0);
    if (what & 0x40) { /* any bytes */
        put_bytes(message, take_bytes(take_byte()));
        return;
    }
    put_bytes(message, take_bytes(headers[kind]));
    for (unsigned attributes = take_byte() % 16; attributes > 0 && input.length > 0; attributes--) {
        uint16_t type = take_byte();
        struct span value = take_bytes(take_byte() % 64);
        mnl_attr_put(message, type & 0x80 ? NLA_F_NESTED | (type & 0x7f) : type, value.length, value.data);
    }
}

struct mnl_socket {
    int ours, other;
};

static int last_other;

static int connect_kernel(int netns, bool changes)
{
    (void)netns;
    int ends[2];

    (void)changes;
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0)
        return -errno;
    last_other = ends[1];
    return ends[0];
}

static int open_file(int netns, enum kernel_file file)
{
    (void)netns;
    (void)file;
    return -ENOENT;
}

struct mnl_socket *mnl_socket_fdopen(int descriptor)
{
    struct mnl_socket *socket = calloc(1, sizeof *socket);

    *socket = (struct mnl_socket){descriptor, last_other};
    return socket;
}

int mnl_socket_get_fd(const struct mnl_socket *socket)
{
    return socket->ours;
}

int mnl_socket_close(struct mnl_socket *socket)
{
    close(socket->ours);
    close(socket->other);
    free(socket);
    return 0;
}

static void take_requests(const struct mnl_socket *socket)
{
    struct nlmsghdr header;

    while (recv(socket->other, &header, sizeof header, MSG_DONTWAIT) == sizeof header)
        sequence = header.nlmsg_seq;
}

/* Some messages; the end of the dump when the input says so, or is at its end. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size)
{
    char *at = buffer;
    bool ends;

    take_requests(socket);
    if (size < (MESSAGES_AT_ONCE + 1) * 2048)
        abort();
    for (unsigned messages = take_byte() % MESSAGES_AT_ONCE; messages > 0 && input.length > 0; messages--) {
        struct nlmsghdr *message = mnl_nlmsg_put_header(at);
        message->nlmsg_seq = sequence;
        put_message(message);
        at = mnl_nlmsg_get_payload_tail(message);
    }
    ends = input.length == 0 || take_byte() % 2;
    if (ends) {
        struct nlmsghdr *done = mnl_nlmsg_put_header(at);
        done->nlmsg_seq = sequence;
        done->nlmsg_type = NLMSG_DONE;
        at += done->nlmsg_len;
    }
    return at - (char *)buffer;
}

/* ---- who asks ---- */

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void judge(const struct host_facts *facts)
{
    for (size_t i = 0; i < facts->link_count; i++) {
        const struct link_facts *link = &facts->links[i];
        require(memchr(link->name, '\0', sizeof link->name) != NULL);
        (void)facts_link_named(facts, link->name);
        (void)facts_bridge_of(facts, link);
    }
    for (size_t i = 0; i < facts->address_count; i++)
        require(facts->addresses[i].prefix_length <= 8 * ip_size(facts->addresses[i].address.family));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct host_facts facts = {0};
    struct route_facts route;
    char name[LINK_NAME_SIZE];

    if (size > SIZE_MAX_READ)
        return -1;
    kernel_use(&(struct kernel_door){open_file, connect_kernel});
    input = span_of(data, size);
    if (take_byte() % 4 == 0) {
        (void)host_route(0, ip_v4(0x0a090002), (struct ip_addr){0}, 0, &route);
        (void)host_link_name(0, "tap0", name);
    }
    if (host_facts_read(0, &facts) == 0)
        judge(&facts);
    host_facts_free(&facts);
    return 0;
}

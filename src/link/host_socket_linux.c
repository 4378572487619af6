/* Raw sockets (raw(7), RFC 3542 3): echo as any program of the host sends it. */
#include "host_socket.h"
#include "capture_filter.h"
#include "text.h"
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ICMP_HEADER_SIZE = 8, IPV4_HEADER_SIZE = 20, IPV6_HEADER_SIZE = 40, IPV6_VERSION = 0x60 };
enum { HEADERS_SIZE = ETHERNET_HEADER_SIZE + IPV6_HEADER_SIZE };

struct host_link {
    enum ip_family family;
    int descriptor;
    const struct link_means *means;        /* to send */
    uint8_t bytes[HEADERS_SIZE + SNAPLEN]; /* of the frame that was received last */
};

/* ---- sending ---- */

/* The ICMP message of a frame that the builders made: they write no options and no extension headers. */
static struct span message_of(const uint8_t *frame, size_t length, enum ip_family family)
{
    size_t header = ETHERNET_HEADER_SIZE + (family == IP_V4 ? IPV4_HEADER_SIZE : IPV6_HEADER_SIZE);
    size_t said = family == IP_V4 ? (size_t)frame[16] << 8 | frame[17] : (size_t)frame[18] << 8 | frame[19];

    said = family == IP_V4 ? said + ETHERNET_HEADER_SIZE : said + header; /* the rest is padding */
    return span_of(frame + header, (said < length ? said : length) - header);
}

static socklen_t address_of(struct ip_addr destination, int ifindex, struct sockaddr_storage *ret)
{
    struct sockaddr_in6 *to6 = (struct sockaddr_in6 *)ret;
    struct sockaddr_in *to4 = (struct sockaddr_in *)ret;

    memset(ret, 0, sizeof *ret);
    if (destination.family == IP_V4) {
        to4->sin_family = AF_INET;
        memcpy(&to4->sin_addr, destination.bytes, sizeof to4->sin_addr);
        return sizeof *to4;
    }
    to6->sin6_family = AF_INET6;
    memcpy(&to6->sin6_addr, destination.bytes, sizeof to6->sin6_addr);
    to6->sin6_scope_id = ip_is_link_local(destination) ? (uint32_t)ifindex : 0;
    return sizeof *to6;
}

/* From an address that the caller wants: ip(7), RFC 3542 6.2. */
static void set_source(struct msghdr *header, struct ip_addr source)
{
    bool is4 = source.family == IP_V4;
    struct cmsghdr *item = header->msg_control;
    struct in_pktinfo from4 = {0};
    struct in6_pktinfo from6 = {0};

    memcpy(&from4.ipi_spec_dst, source.bytes, sizeof from4.ipi_spec_dst);
    memcpy(&from6.ipi6_addr, source.bytes, sizeof from6.ipi6_addr);
    header->msg_controllen = is4 ? CMSG_SPACE(sizeof from4) : CMSG_SPACE(sizeof from6);
    item->cmsg_level = is4 ? IPPROTO_IP : IPPROTO_IPV6;
    item->cmsg_type = is4 ? IP_PKTINFO : IPV6_PKTINFO;
    item->cmsg_len = is4 ? CMSG_LEN(sizeof from4) : CMSG_LEN(sizeof from6);
    memcpy(CMSG_DATA(item), is4 ? (const void *)&from4 : &from6, is4 ? sizeof from4 : sizeof from6);
}

static bool is_echo_request(const struct host_echo *echo)
{
    uint8_t type = echo->to.family == IP_V4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST;

    return (echo->to.family == IP_V4 || echo->to.family == IP_V6) && ip_may_be_host(echo->to) &&
           echo->size >= ICMP_HEADER_SIZE && echo->size <= HOST_ECHO_MAX &&
           echo->zeros <= HOST_ECHO_ZEROS_MAX && echo->message[0] == type && echo->message[1] == 0;
}

int host_socket_send(int descriptor, const struct host_echo *echo)
{
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = {0};
    static const uint8_t zeros[HOST_ECHO_ZEROS_MAX];
    struct sockaddr_storage to;
    struct iovec parts[] = {{(void *)(uintptr_t)echo->message, echo->size},
                            {(void *)(uintptr_t)zeros, echo->zeros}};

    if (!is_echo_request(echo))
        return -EINVAL;
    struct msghdr header = {.msg_name = &to,
                            .msg_namelen = address_of(echo->to, echo->ifindex, &to),
                            .msg_iov = parts,
                            .msg_iovlen = sizeof parts / sizeof parts[0],
                            .msg_control = control};
    if (echo->from.family == echo->to.family && !ip_is_unspecified(echo->from))
        set_source(&header, echo->from);
    else
        header.msg_control = NULL;
    return sendmsg(descriptor, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static bool are_zeros(struct span bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        if (bytes.data[i] != 0)
            return false;
    return true;
}

static int host_link_send(void *context, int ifindex, const uint8_t *frame, size_t length)
{
    const struct host_link *link = context;
    struct frame decoded;

    if (wire_decode(span_of(frame, length), (uint32_t)length, &decoded) != WIRE_OK ||
        decoded.kind != FRAME_ECHO_REQUEST || decoded.tag_count > 0 ||
        decoded.ip.destination.family != link->family)
        return -EINVAL;
    struct span message = message_of(frame, length, link->family);
    struct host_echo echo = {
        .from = decoded.ip.source, .to = decoded.ip.destination, .ifindex = ifindex, .size = HOST_ECHO_MAX};
    if (message.length < echo.size)
        echo.size = (uint32_t)message.length;
    echo.zeros = (uint32_t)message.length - echo.size;
    if (!are_zeros(span_of(message.data + echo.size, echo.zeros)))
        return -EMSGSIZE;
    memcpy(echo.message, message.data, echo.size);
    return link->means->send_host(link->means->context, &echo);
}

/* ---- receiving ---- */

struct beside {
    struct timespec time;
    struct in6_pktinfo to;
    int hop_limit;
};

static void read_control(struct msghdr *header, struct beside *ret)
{
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL; item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS)
            memcpy(&ret->time, CMSG_DATA(item), sizeof ret->time);
        else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO)
            memcpy(&ret->to, CMSG_DATA(item), sizeof ret->to);
        else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT)
            memcpy(&ret->hop_limit, CMSG_DATA(item), sizeof ret->hop_limit);
    }
}

/* What the kernel does not hand out of a packet: the Ethernet header, and that of IPv6. */
static void write_headers(uint8_t *frame, const struct host_link *link, const struct sockaddr_in6 *from,
                          const struct beside *beside, size_t length)
{
    uint8_t *ip = frame + ETHERNET_HEADER_SIZE;

    memset(frame, 0, ETHERNET_HEADER_SIZE);
    frame[12] = link->family == IP_V4 ? 0x08 : 0x86;
    frame[13] = link->family == IP_V4 ? 0x00 : 0xdd;
    if (link->family == IP_V4)
        return;
    memset(ip, 0, IPV6_HEADER_SIZE);
    ip[0] = IPV6_VERSION;
    ip[4] = (uint8_t)(length >> 8);
    ip[5] = (uint8_t)length;
    ip[6] = IPPROTO_ICMPV6;
    ip[7] = (uint8_t)beside->hop_limit;
    memcpy(ip + 8, &from->sin6_addr, 16);
    memcpy(ip + 24, &beside->to.ipi6_addr, 16);
}

static int host_link_receive(void *context, struct captured *ret_captured)
{
    struct host_link *link = context;
    size_t headers = link->family == IP_V4 ? ETHERNET_HEADER_SIZE : HEADERS_SIZE;
    _Alignas(struct cmsghdr) uint8_t control[256];
    struct sockaddr_in6 from = {0};
    struct iovec place = {.iov_base = link->bytes + headers, .iov_len = SNAPLEN};
    struct msghdr header = {.msg_name = &from,
                            .msg_namelen = sizeof from,
                            .msg_iov = &place,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    struct beside beside = {.hop_limit = 64};
    ssize_t got = recvmsg(link->descriptor, &header, MSG_DONTWAIT | MSG_TRUNC /* the whole length */);

    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    size_t kept = got < SNAPLEN ? (size_t)got : SNAPLEN;
    read_control(&header, &beside);
    write_headers(link->bytes, link, &from, &beside, (size_t)got);
    *ret_captured = (struct captured){
        .direction = DIRECTION_IN,
        .time_us = (uint64_t)beside.time.tv_sec * 1000000 + (uint64_t)beside.time.tv_nsec / 1000,
        .bytes = span_of(link->bytes, headers + kept),
        .wire_length = (uint32_t)(headers + (size_t)got),
    };
    return 1;
}

static uint64_t host_link_lost(void *context)
{
    const struct host_link *link = context;
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof memory;

    return getsockopt(link->descriptor, SOL_SOCKET, SO_MEMINFO, memory, &size) == 0 ? memory[SK_MEMINFO_DROPS]
                                                                                    : 0;
}

static int host_link_descriptor(void *context)
{
    const struct host_link *link = context;
    return link->descriptor;
}

static void host_link_close(void *context)
{
    struct host_link *link = context;

    close(link->descriptor);
    free(link);
}

static const struct link_operations HOST_LINK = {
    .receive = host_link_receive,
    .send = host_link_send,
    .lost = host_link_lost,
    .descriptor = host_link_descriptor,
    .close = host_link_close,
};

/* ---- opening: what takes CAP_NET_RAW ---- */

/* Echo replies with our mark only, at X + 8 of the ICMP message that begins at X: behind the IP header of
 * IPv4, and at once for IPv6. */
static bool set_filter(int descriptor, enum ip_family family)
{
    uint8_t reply = family == IP_V4 ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY;
    struct sock_filter code[] = {
        family == IP_V4 ? (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)
                        : (struct sock_filter)BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, reply, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_IND, 8),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HOST_MARK_1, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_IND, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HOST_MARK_2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog filter = {.len = sizeof code / sizeof code[0], .filter = code};

    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

static bool set(int descriptor, int level, int option)
{
    const int yes = 1;
    return setsockopt(descriptor, level, option, &yes, sizeof yes) == 0;
}

/* All targets of a run share it: for the replies to all, and for requests that wait for an entry of the
 * neighbour table, 3 s where nobody answers. */
static void make_room(int descriptor)
{
    static const int options[][2] = {{SO_RCVBUFFORCE, SO_RCVBUF}, {SO_SNDBUFFORCE, SO_SNDBUF}};
    const int size = 4 << 20;

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (setsockopt(descriptor, SOL_SOCKET, options[i][0], &size, sizeof size) < 0)
            (void)setsockopt(descriptor, SOL_SOCKET, options[i][1], &size, sizeof size);
}

static bool set_options(int descriptor, enum ip_family family)
{
    make_room(descriptor);
    return set_filter(descriptor, family) && set(descriptor, SOL_SOCKET, SO_TIMESTAMPNS) &&
           (family == IP_V4 || (set(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO) &&
                                set(descriptor, IPPROTO_IPV6, IPV6_RECVHOPLIMIT)));
}

int host_socket_open(enum ip_family family)
{
    int descriptor = family == IP_V4 ? socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)
                                     : socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);

    if (descriptor < 0)
        return -errno;
    if (set_options(descriptor, family))
        return descriptor;
    int error = -errno;
    close(descriptor);
    return error;
}

int link_open_host(const struct link_means *means, enum ip_family family, struct link **ret_link)
{
    int descriptor = means->open_host(means->context, family);

    if (descriptor < 0)
        return descriptor;
    struct host_link *link = memory_new(1, sizeof *link);
    *link = (struct host_link){.family = family, .descriptor = descriptor, .means = means};
    *ret_link = link_new(&HOST_LINK, link);
    return 0;
}

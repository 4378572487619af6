/* The host's own stack as a link: what is sent there goes where the host's routes, neighbour table and
 * filters take it, and what comes in has passed all of them. */
#ifndef VMNETCHECK_HOST_SOCKET_H
#define VMNETCHECK_HOST_SOCKET_H

#include "addr.h"
#include "link.h"

/* Sends ICMP and ICMPv6 echo requests and receives the replies that bear the mark of build_host_payload().
 * Frames have an Ethernet header that is made up, as the host makes its own; of what is sent the ICMP message
 * and the destination count, and the interface for a link-local one; what is longer than HOST_ECHO_MAX has to
 * end in zeros. 0 or -errno: -EPERM is a lack of CAP_NET_RAW. */
int link_open_host(const struct link_means *means, enum ip_family family, struct link **ret_link);

enum { HOST_ECHO_MAX = 128, HOST_ECHO_ZEROS_MAX = 9216 };

/* An echo request, as the host is to send it. */
struct host_echo {
    struct ip_addr from; /* unspecified: as the host likes */
    struct ip_addr to;
    int ifindex; /* where a link-local address is */
    uint32_t size;
    uint8_t message[HOST_ECHO_MAX]; /* ICMP or ICMPv6, … */
    uint32_t zeros;                 /* … and as many zeros behind it */
};

/* What takes CAP_NET_RAW. A socket that hears the replies, and can send, or -errno. */
int host_socket_open(enum ip_family family);
/* 0 or -errno; -EINVAL for what is no echo request to one machine. */
int host_socket_send(int descriptor, const struct host_echo *echo);

#endif

/* The host's own stack as a link: what is sent there goes where the host's routes, neighbour table and
 * filters take it, and what comes in has passed all of them. */
#ifndef VMNETCHECK_HOST_SOCKET_H
#define VMNETCHECK_HOST_SOCKET_H

#include "addr.h"
#include "link.h"

/* Sends ICMP and ICMPv6 echo requests and receives the replies that bear the mark of build_host_payload().
 * Frames have an Ethernet header that is made up, as the host makes its own; of what is sent the ICMP message
 * and the destination count, and the interface for a link-local one. 0 or -errno, -EPERM without
 * CAP_NET_RAW. */
int link_open_host(enum ip_family family, struct link **ret_link);

#endif

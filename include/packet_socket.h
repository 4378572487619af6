/* Opening what captures and sends frames: what takes CAP_NET_RAW. */
#ifndef VMNETCHECK_PACKET_SOCKET_H
#define VMNETCHECK_PACKET_SOCKET_H

#include "link.h"

/* A socket that captures this at an interface, or at all of them (ifindex 0), as link_open_packet
 * says. It, or -errno, -EPERM without CAP_NET_RAW; *ret_error then says what failed (owned by the caller). */
int packet_socket_open(int ifindex, enum capture what, char **ret_error);

#endif

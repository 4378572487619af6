/* Options of packet sockets that libpcap does not know. */
#include "sockets.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

void socket_ignore_outgoing(int descriptor)
{
    int on = 1;
    (void)setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
}

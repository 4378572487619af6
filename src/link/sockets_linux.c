/* Options that keep packet sockets from being given frames that nobody reads. */
#include "sockets.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

void socket_ignore_outgoing(int descriptor)
{
    int on = 1;
    (void)setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
}

void socket_receive_nothing(int descriptor)
{
    struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &drop};
    (void)setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

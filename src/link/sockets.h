/* What only the kernel at hand can do with the sockets of libpcap and libnet. */
#ifndef VMNETCHECK_SOCKETS_H
#define VMNETCHECK_SOCKETS_H

/* The capture socket does not see frames that this host sends on the interface, our own among them. Best
 * effort: the capture direction keeps them out as well, only later. */
void socket_ignore_outgoing(int descriptor);

/* A socket that is only sent on takes in nothing: libnet's would queue every frame of the host. Best effort.
 */
void socket_receive_nothing(int descriptor);

#endif

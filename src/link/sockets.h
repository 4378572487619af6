/* What only the kernel at hand can do with libpcap's socket. */
#ifndef VMNETCHECK_SOCKETS_H
#define VMNETCHECK_SOCKETS_H

/* The capture socket does not see frames that this host sends on the interface, our own among them. Best
 * effort: the capture direction keeps them out as well, only later. */
void socket_ignore_outgoing(int descriptor);

#endif

/* Sending and receiving raw frames on interfaces. One handle may serve one interface or many. */
#ifndef VMNETCHECK_LINK_H
#define VMNETCHECK_LINK_H

#include "addr.h"
#include "span.h"
#include "vantage.h"

struct link;

/* One captured frame; `bytes` lives until the next call on the link. */
struct captured {
    int ifindex;
    enum direction direction;
    uint64_t time_us; /* CLOCK_REALTIME of the capture */
    struct span bytes;
    uint32_t wire_length;
    uint32_t number; /* in the file that keeps it, from 1; 0: none does */
};

/* What an implementation provides; `context` is its own. */
struct link_operations {
    /* 1 and *ret_captured, 0 if nothing is there, or -errno (-ENETDOWN, -ENXIO when the interface went
     * away). */
    int (*receive)(void *context, struct captured *ret_captured);
    /* Whether frames are there that were taken from the descriptor already. NULL: never. */
    bool (*pending)(void *context);
    /* The frame's number in the file that keeps it (0: none does), or -errno. */
    int (*send)(void *context, int ifindex, const uint8_t *frame, size_t length);
    uint64_t (*lost)(void *context);  /* frames that were dropped before receive could see them, so far */
    int (*descriptor)(void *context); /* readable when there is something to receive */
    void (*close)(void *context);
};

struct link *link_new(const struct link_operations *operations, void *context);
int link_receive(struct link *link, struct captured *ret_captured);
bool link_pending(const struct link *link);
int link_send(struct link *link, int ifindex, const uint8_t *frame, size_t length);
uint64_t link_lost(struct link *link);
int link_descriptor(struct link *link);
void link_close(struct link *link); /* NULL is fine */

struct host_echo;

/* What a packet socket captures: what comes in; what the host sends or forwards, which is only answers of
 * DHCP servers, routers' advertisements and the echo of the host's own stack, as the rest would be each
 * broadcast of a segment once for each of its ports; or that, and who asks for whom by ARP and ND. */
enum capture { CAPTURES_IN, CAPTURES_OUT, CAPTURES_OUT_ASKED };

/* What it takes rights to do, and who has them. */
struct link_means {
    void *context;
    /* packet_socket_open() of packet_socket.h. */
    int (*open)(void *context, int ifindex, enum capture what, char **ret_error);
    /* The struct sockaddr_ll to send to; NULL: nothing may be sent there. Good until the next call. */
    const void *(*address)(void *context, int ifindex);
    /* host_socket_open() and host_socket_send() of host_socket.h. */
    int (*open_host)(void *context, enum ip_family family);
    int (*send_host)(void *context, const struct host_echo *echo);
    /* evidence_create() of evidence.h. */
    int (*create)(void *context, const char *path);
};

/* Captures and sends by a packet socket: at the interface of that ifindex, whatever it is called meanwhile,
 * or (0) at all, present and future. In: what came in by a port of a bridge comes once more as the bridge's.
 * wanted() sees each frame when it was taken from the socket, in the order in which they came, before anybody
 * else; those for which it is false are passed over; NULL: none. The means must outlive it. 0 or
 * -errno, -EPERM without CAP_NET_RAW; *ret_error then says what failed (owned by the caller). At all, it
 * shows only when sending that an interface went away or down: -ENXIO, -ENETDOWN. */
int link_open_packet(const struct link_means *means, int ifindex, enum capture what,
                     bool (*wanted)(void *context, const struct captured *captured), void *context,
                     struct link **ret_link, char **ret_error);

#endif

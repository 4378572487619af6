/* DHCP messages written byte by byte. */
#ifndef VMNETCHECK_DHCP_FRAMES_H
#define VMNETCHECK_DHCP_FRAMES_H

#include "frames.h"

/* What of a message matters; NULL and 0 stand for what is usual. */
struct dhcp_text {
    unsigned type;
    unsigned operation; /* 1 request, 2 reply */
    const char *client, *client_address, *your_address, *relay;
    const char *requested, *server; /* options; NULL: not there */
    const char *more;               /* options in hexadecimal, behind those */
    const char *name, *file;        /* in hexadecimal */
    bool broadcast;                 /* the flag */
    bool endless;                   /* no option says where the end is */
    uint32_t xid;
};

/* Hexadecimal in a field of this size. */
static inline void put_field(struct writer *w, const char *hex, size_t size)
{
    size_t end = w->length + size;
    put_hex(w, hex);
    put_zeros(w, end - w->length);
}

static inline void put_address_option(struct writer *w, unsigned code, const char *address)
{
    if (address == NULL)
        return;
    put_be16(w, code << 8 | 4);
    put_ip(w, address);
}

static inline void put_dhcp(struct writer *w, const struct dhcp_text *text)
{
    bool reply = text->type == DHCP_OFFER || text->type == DHCP_ACK || text->type == DHCP_NAK;

    put_u8(w, text->operation != 0 ? text->operation : reply ? 2u : 1u);
    put_u8(w, 1);
    put_u8(w, 6);
    put_u8(w, 0);
    put_be32(w, text->xid != 0 ? text->xid : 0x12345678);
    put_be32(w, text->broadcast ? 0x8000 : 0);
    put_ip(w, text->client_address != NULL ? text->client_address : "0.0.0.0");
    put_ip(w, text->your_address != NULL ? text->your_address : "0.0.0.0");
    put_be32(w, 0);
    put_ip(w, text->relay != NULL ? text->relay : "0.0.0.0");
    put_mac(w, text->client != NULL ? text->client : GUEST_MAC);
    put_zeros(w, 10);
    put_field(w, text->name, 64);
    put_field(w, text->file, 128);
    put_be32(w, 0x63825363);
    if (text->type != 0) {
        put_be16(w, 0x3501);
        put_u8(w, text->type);
    }
    put_address_option(w, 50, text->requested);
    put_address_option(w, 54, text->server);
    put_hex(w, text->more);
    if (!text->endless)
        put_u8(w, 255);
}

enum { DHCP_AT = ETHERNET_HEADER_SIZE + 20 + 8, DHCP_OPTIONS_AT = DHCP_AT + 240 };

/* A frame: what asks is broadcast by the client, what answers comes from the server to the client. */
static inline struct writer dhcp_frame(struct dhcp_text text)
{
    struct writer w = {0};
    bool reply = text.type == DHCP_OFFER || text.type == DHCP_ACK || text.type == DHCP_NAK;
    const char *client = text.client != NULL ? text.client : GUEST_MAC;

    put_mac(&w, reply ? client : "ff:ff:ff:ff:ff:ff");
    put_mac(&w, reply ? HOST_MAC : client);
    put_be16(&w, 0x0800);
    size_t ip_at = put_ipv4_from(&w, reply ? HOST_4 : "0.0.0.0", "255.255.255.255", PROTOCOL_UDP);
    size_t at = w.length;
    put_be32(&w, reply ? 67 << 16 | 68 : 68 << 16 | 67);
    put_be32(&w, 0);
    put_dhcp(&w, &text);
    udp_end(&w, ip_at, at);
    ipv4_end(&w, ip_at);
    return w;
}

#endif

/* What DHCP clients behind a target and their servers say to each other (RFC 2131), as observations: what of
 * it is observed, and how far a client got. Pure. */
#ifndef VMNETCHECK_DHCP_EXCHANGE_H
#define VMNETCHECK_DHCP_EXCHANGE_H

#include "observation.h"

/* Until then an offer may still come: dnsmasq and others ping an address first, for up to 3 s. */
enum { DHCP_OFFER_US = 3500000 };

enum { DHCP_SERVERS_MAX = 2 };

/* Where one client stands. Observations are those of the log; NULL: there is none. */
struct dhcp_exchange {
    unsigned discovers;
    const struct observation *unanswered; /* the first DHCPDISCOVER that nothing was offered since */
    const struct observation *untaken;    /* the last offer that another DHCPDISCOVER followed, … */
    const struct observation *again;      /* … and that one */
    const struct observation *nak;        /* since the last DHCPACK, as the ones before */
    const struct observation *ack;        /* the last; none if it began anew since */
    const struct observation *offers[DHCP_SERVERS_MAX]; /* the first of each server, of different ones */
};

/* What a FRAME_DHCP is as an observation. */
struct observation dhcp_message(const struct frame *frame);
/* Observes a DHCP message: what a client asks, that came in, and what one that asked is answered, that goes
 * out. False for all others, and of one client for more than a client can mean. */
bool dhcp_observe(struct observations *observations, const struct frame *frame);
/* Whether a message of this type (enum dhcp_type) is a client's. */
bool dhcp_asks(uint8_t type);
/* Whether an OBSERVED_DHCP is of what a client asks. */
bool dhcp_is_asked(const struct observation *message);
/* Makes *to the last messages in *from, and nothing else. */
void dhcp_keep(struct observations *to, const struct observations *from);

/* The first message of each client; `after` NULL begins. NULL at the end. */
const struct observation *dhcp_next_client(const struct observations *observations,
                                           const struct observation *after);
struct dhcp_exchange dhcp_exchange_of(const struct observations *observations, struct mac_addr client);

#endif

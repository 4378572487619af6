/* DHCP as it is seen: which messages are observed, and how far a client got. */
#include "dhcp_exchange.h"

enum { MESSAGES_MAX = 64, KEPT_MAX = 32 }; /* in a log; from one to the next */

static bool is_answer(uint8_t type)
{
    return type == DHCP_OFFER || type == DHCP_ACK || type == DHCP_NAK;
}

bool dhcp_asks(uint8_t type)
{
    return !is_answer(type);
}

bool dhcp_is_asked(const struct observation *message)
{
    return dhcp_asks(message->dhcp.type);
}

static size_t count_messages(const struct observations *observations)
{
    size_t count = 0;

    for (size_t i = 0; i < observations->count; i++)
        count += observations->items[i].kind == OBSERVED_DHCP;
    return count;
}

/* The address that a message is about: what a client asks for, or is offered or granted. */
static struct ip_addr subject_of(const struct dhcp_fields *dhcp)
{
    struct ip_addr subject = is_answer(dhcp->type)               ? dhcp->your_address
                             : dhcp->requested.family != IP_NONE ? dhcp->requested
                                                                 : dhcp->client_address;

    if (ip_is_unspecified(subject))
        subject = (struct ip_addr){0};
    return subject;
}

struct observation dhcp_message(const struct frame *frame)
{
    const struct dhcp_fields *dhcp = &frame->dhcp;

    return (struct observation){.kind = OBSERVED_DHCP,
                                .time_us = frame->time_us,
                                .at = frame->at,
                                .address = subject_of(dhcp),
                                .mac = dhcp->client,
                                .dhcp = {.type = dhcp->type,
                                         .checksum_bad = dhcp->checksum_bad,
                                         .server = dhcp->server,
                                         .sender = frame->source}};
}

/* Offers to other machines of the segment go out here as well, where they are broadcast. */
bool dhcp_observe(struct observations *observations, const struct frame *frame)
{
    const struct dhcp_fields *dhcp = &frame->dhcp;

    if (frame->kind != FRAME_DHCP ||
        frame->direction != (is_answer(dhcp->type) ? DIRECTION_OUT : DIRECTION_IN) ||
        (is_answer(dhcp->type) &&
         !observation_exists(observations, OBSERVED_DHCP, (struct ip_addr){0}, &dhcp->client)) ||
        count_messages(observations) >= MESSAGES_MAX)
        return false;
    struct observation message = dhcp_message(frame);
    observation_add(observations, &message);
    return true;
}

void dhcp_keep(struct observations *to, const struct observations *from)
{
    size_t count = count_messages(from), left_out = count > KEPT_MAX ? count - KEPT_MAX : 0;

    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (from->items[i].kind != OBSERVED_DHCP)
            continue;
        if (left_out > 0)
            left_out--;
        else
            observation_add(to, &from->items[i]);
    }
}

/* ---- how far a client got ---- */

static bool is_first_of_client(const struct observations *observations, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (observations->items[i].kind == OBSERVED_DHCP &&
            mac_equal(observations->items[i].mac, observations->items[place].mac))
            return false;
    return true;
}

const struct observation *dhcp_next_client(const struct observations *observations,
                                           const struct observation *after)
{
    size_t first = after == NULL ? 0 : (size_t)(after - observations->items) + 1;

    for (size_t i = first; i < observations->count; i++)
        if (observations->items[i].kind == OBSERVED_DHCP && is_first_of_client(observations, i))
            return &observations->items[i];
    return NULL;
}

/* One without an address comes from a proxy that only tells from where to boot (PXE). */
static void take_offer(struct dhcp_exchange *exchange, const struct observation *offer)
{
    size_t place = 0;

    while (place < DHCP_SERVERS_MAX && exchange->offers[place] != NULL &&
           !ip_equal(exchange->offers[place]->dhcp.server, offer->dhcp.server))
        place++;
    if (place < DHCP_SERVERS_MAX && exchange->offers[place] == NULL)
        exchange->offers[place] = offer;
}

/* *open: an offer that the client has not taken yet; NULL: none. */
static void take_message(struct dhcp_exchange *exchange, const struct observation *seen,
                         const struct observation **open)
{
    switch (seen->dhcp.type) {
    case DHCP_DISCOVER:
        exchange->discovers++;
        exchange->ack = NULL;
        if (exchange->unanswered == NULL)
            exchange->unanswered = seen;
        if (*open != NULL) {
            exchange->untaken = *open;
            exchange->again = seen;
        }
        *open = NULL;
        break;
    case DHCP_REQUEST:
        *open = NULL;
        break;
    case DHCP_OFFER:
        if (seen->address.family == IP_NONE)
            break;
        exchange->unanswered = NULL;
        *open = seen;
        take_offer(exchange, seen);
        break;
    case DHCP_ACK:
        exchange->unanswered = exchange->untaken = exchange->again = exchange->nak = NULL;
        exchange->ack = seen;
        break;
    case DHCP_NAK:
        exchange->unanswered = NULL;
        exchange->nak = seen;
        exchange->ack = NULL;
        break;
    }
}

struct dhcp_exchange dhcp_exchange_of(const struct observations *observations, struct mac_addr client)
{
    struct dhcp_exchange exchange = {0};
    const struct observation *open = NULL;

    for (size_t i = 0; i < observations->count; i++)
        if (observations->items[i].kind == OBSERVED_DHCP && mac_equal(observations->items[i].mac, client))
            take_message(&exchange, &observations->items[i], &open);
    return exchange;
}

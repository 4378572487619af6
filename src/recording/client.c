/* DHCP clients: what each asked for and was answered, and what of that is worth judging. */
#include "dhcp_exchange.h"
#include "ending.h"

#include <string.h>

enum {
    COPY_US = 100000, /* a capture may see a frame more than once; nobody asks again that early */
    OWNED_KEPT = 8,   /* addresses of one client */
};

_Static_assert(sizeof(struct client_key) == 8, "no padding");

static void forget_nothing(void *context, void *item)
{
    (void)context;
    (void)item;
}

/* The one that asks, in its own name: what a relay asks for it is a copy. */
static struct client *client_of(struct recording *recording, const struct sighting *sighting, bool asks)
{
    const struct frame *frame = sighting->frame;
    struct client_key key = {.mac = frame->dhcp.client};
    struct client *client = pool_find(&recording->clients, &key);

    if (client != NULL || !asks || !mac_equal(frame->source, frame->dhcp.client))
        return client;
    client = pool_add(&recording->clients, &key, forget_nothing, NULL);
    client->point = sighting->where.ifindex;
    return client;
}

static bool is_copy(const struct client *client, const struct frame *frame)
{
    for (unsigned i = 0; i < client->count; i++)
        if (client->messages[i].digest == frame->digest &&
            recording_since(client->messages[i].seen.time_us, frame->time_us) < COPY_US)
            return true;
    return false;
}

/* When there is no more room the older half goes: how far it got, the newer one shows. */
static void keep_message(struct client *client, const struct frame *frame)
{
    if (client->count == CLIENT_MESSAGES) {
        client->count /= 2;
        memmove(client->messages, client->messages + client->count,
                client->count * sizeof client->messages[0]);
    }
    client->messages[client->count++] =
        (struct client_message){.digest = frame->digest, .seen = dhcp_message(frame)};
}

/* Several interfaces may have recorded the same: the one that it was heard at first is the nearest. */
void client_hears(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;
    bool asks = dhcp_asks(frame->dhcp.type);
    struct client *client = client_of(recording, sighting, asks);

    if (client == NULL || client->point != sighting->where.ifindex || is_copy(client, frame) ||
        (asks && !mac_equal(frame->source, client->key.mac)))
        return;
    client->wants_broadcasts |= asks && frame->dhcp.broadcast;
    keep_message(client, frame);
}

void client_hears_router(struct recording *recording, const struct frame *frame)
{
    recording->router = (struct observation){.kind = OBSERVED_ROUTER,
                                             .time_us = frame->time_us,
                                             .mac = frame->source,
                                             .router = {.advertised = true,
                                                        .autonomous = frame->router.autonomous,
                                                        .managed = frame->router.managed}};
}

/* ---- at the end ---- */

/* Nothing but what a filter for DHCP lets through, and of one machine, may be all of a switched network that
 * came by. */
static bool is_of_one_cable(const struct recording *recording)
{
    return machine_count(recording) == 1 && recording->frames > recording->dhcp_frames;
}

/* Offers to others go by where they are, unless the client cannot be found like that (RFC 2131 4.1), or the
 * user says that all that the client is told would be there. */
static bool is_audible(const struct ending *ending, const struct client *client)
{
    return client->wants_broadcasts || ending->target->given_count > 0 || ending->target->has_mac ||
           machine_is_talked_with(ending->recording, client->key.mac) || is_of_one_cable(ending->recording);
}

/* Where addresses were named, whoever has, or ought to have, one of them. */
static bool is_meant(const struct ending *ending, struct mac_addr mac)
{
    const struct target *target = ending->target;
    struct ip_addr any = {0};

    if (target->has_mac)
        return mac_equal(target->mac, mac);
    return target->given_count == 0 || observation_exists(ending->seen, OBSERVED_HEARD, any, &mac) ||
           observation_exists(ending->seen, OBSERVED_CLAIM, any, &mac);
}

/* That it announced what it gave itself (RFC 3927 2.4) is told apart: then it had asked in vain. */
static void observe_owned(struct ending *ending, const struct owner *owner)
{
    struct ip_addr address = owner->key.address;
    bool announced = owner->claims && address.family == IP_V4 && ip_is_link_local(address);

    observation_add_once(ending->seen, &(struct observation){
                                           .kind = announced ? OBSERVED_CLAIM : OBSERVED_HEARD,
                                           .time_us = owner->claims ? owner->first_claim_us : owner->spoke_us,
                                           .address = address,
                                           .mac = owner->key.mac});
}

/* What the client uses besides; and, of the others, who shows that there is IPv6 to be had. */
static void observe_addresses(struct ending *ending, struct mac_addr mac)
{
    const struct pool *owners = &ending->recording->owners;
    unsigned own = 0, others = 0;

    for (uint32_t i = 0; i < owners->count; i++) {
        const struct owner *owner = pool_at(owners, i);
        bool is_ipv6 = owner->key.address.family == IP_V6 && !ip_is_link_local(owner->key.address);
        if (mac_equal(owner->key.mac, mac) ? own++ < OWNED_KEPT : is_ipv6 && others++ == 0)
            observe_owned(ending, owner);
    }
}

static void observe_client(struct ending *ending, const struct client *client)
{
    bool one_sided = !is_audible(ending, client);

    observe_addresses(ending, client->key.mac);
    for (unsigned i = 0; i < client->count; i++) {
        struct observation message = client->messages[i].seen;
        message.dhcp.one_sided = one_sided;
        observation_add(ending->seen, &message);
    }
}

/* Until when what was not recorded was not said. */
static void observe_end(struct ending *ending)
{
    const struct recording *recording = ending->recording;
    uint64_t until_us = recording->until_us > recording->last_us ? recording->until_us : recording->last_us;

    if (recording->router.kind == OBSERVED_ROUTER)
        observation_add(ending->seen, &recording->router);
    if (recording->lost == 0)
        observation_add(ending->seen, &(struct observation){.kind = OBSERVED_LISTENED, .time_us = until_us});
}

void clients_observe(struct ending *ending)
{
    const struct pool *clients = &ending->recording->clients;
    unsigned heard = 0, one_sided = 0;

    for (uint32_t i = 0; i < clients->count; i++) {
        const struct client *client = pool_at(clients, i);
        if (!is_meant(ending, client->key.mac))
            continue;
        heard++;
        one_sided += !is_audible(ending, client);
        observe_client(ending, client);
    }
    if (heard > 0)
        observe_end(ending);
    if (one_sided > 0)
        text_list_addf(ending->notes,
                       "of %u DHCP %s only broadcasts were recorded, so the answers need not be there; if "
                       "they would be, name the MAC address: vmnetcheck read -m MAC FILE",
                       one_sided, text_plural(one_sided, "client", "clients"));
}

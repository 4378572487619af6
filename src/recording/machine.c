/* Who is there, and who uses and claims which address. */
#include "recorded.h"

static void forget_nothing(void *context, void *item)
{
    (void)context;
    (void)item;
}

static struct station *station_of(struct recording *recording, struct mac_addr mac)
{
    struct station_key key = {.mac = mac};
    struct station *station = pool_find(&recording->stations, &key);

    return station != NULL ? station : pool_add(&recording->stations, &key, forget_nothing, NULL);
}

static bool is_station(struct mac_addr mac)
{
    return !mac_is_multicast(mac) && !mac_is_zero(mac);
}

static bool is_of_one_machine(const struct recording *recording, struct ip_addr address)
{
    return options_want(recording->options, address.family) && !ip_is_unspecified(address) &&
           !ip_is_multicast(address) && !ip_is_limited_broadcast(address) && !ip_is_loopback(address);
}

/* Where the recording lacks destinations, it was made by one of the ends, or by a bridge between them: all
 * that is said to a station is there. */
static void note_station(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;
    bool to_one = is_station(frame->destination);
    bool to_any_one = to_one || (mac_is_zero(frame->destination) && !sighting->where.group &&
                                 sighting->where.direction == DIRECTION_IN);

    if (is_station(frame->source)) {
        struct station *station = station_of(recording, frame->source);
        if (!station->speaks)
            station->spoke_us = frame->time_us;
        if (station->speaks_as.family == IP_NONE && frame->has_ip &&
            is_of_one_machine(recording, frame->ip.source))
            station->speaks_as = frame->ip.source;
        station->speaks = true;
        station->audible |= to_one || sighting->where.direction != DIRECTION_UNKNOWN;
        station->talked_with |= to_any_one;
    }
    if (to_one) {
        struct station *other = station_of(recording, frame->destination);
        other->audible = other->talked_with = true;
    }
}

bool machine_is_wanted(const struct recording *recording, struct ip_addr address)
{
    const struct target *target = recording->target;

    if (!is_of_one_machine(recording, address))
        return false;
    for (size_t i = 0; i < target->given_count; i++)
        if (ip_equal(target->given[i], address))
            return true;
    return target->given_count == 0;
}

static struct talker *talker_of(struct recording *recording, const struct sighting *sighting,
                                struct ip_addr address)
{
    struct talker_key key = {.address = address, .point = sighting->where.ifindex};
    struct talker *talker = pool_find(&recording->talkers, &key);

    return talker != NULL ? talker : pool_add(&recording->talkers, &key, forget_nothing, NULL);
}

/* Where the recording lacks the destination, the packet's own says that it is for one. */
static void note_talk(struct recording *recording, const struct sighting *sighting)
{
    const struct frame *frame = sighting->frame;

    if (!frame->has_ip || mac_is_multicast(frame->destination) || sighting->where.group ||
        ip_is_multicast(frame->ip.destination) || ip_is_limited_broadcast(frame->ip.destination))
        return;
    if (machine_is_wanted(recording, frame->ip.source)) {
        struct talker *talker = talker_of(recording, sighting, frame->ip.source);
        talker->says = true;
        talker->said_us = frame->time_us;
    }
    if (machine_is_wanted(recording, frame->ip.destination))
        talker_of(recording, sighting, frame->ip.destination)->is_told = true;
}

void machine_seen(struct recording *recording, const struct sighting *sighting)
{
    note_station(recording, sighting);
    note_talk(recording, sighting);
}

bool machine_talks(const struct recording *recording, struct ip_addr address, uint32_t point,
                   uint64_t after_us)
{
    struct talker_key key = {.address = address, .point = point};
    const struct talker *talker = pool_find(&recording->talkers, &key);

    return talker != NULL && talker->says && talker->is_told && talker->said_us >= after_us;
}

void machine_passes_on(struct recording *recording, struct mac_addr mac, struct ip_addr asker)
{
    struct station *station = station_of(recording, mac);

    station->relays_many |= station->relays.family != IP_NONE && !ip_equal(station->relays, asker);
    station->relays = asker;
}

static const struct station *known_station(const struct recording *recording, struct mac_addr mac)
{
    struct station_key key = {.mac = mac};

    return pool_find(&recording->stations, &key);
}

bool machine_is_relay(const struct recording *recording, struct mac_addr mac, struct ip_addr address)
{
    const struct station *station = known_station(recording, mac);

    return station != NULL && station->relays.family != IP_NONE &&
           (station->relays_many || !ip_equal(station->relays, address));
}

bool machine_is_heard(const struct recording *recording, struct mac_addr mac)
{
    const struct station *station = known_station(recording, mac);

    return station != NULL && station->speaks;
}

bool machine_is_talked_with(const struct recording *recording, struct mac_addr mac)
{
    const struct station *station = known_station(recording, mac);

    return station != NULL && station->talked_with;
}

unsigned machine_count(const struct recording *recording)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < recording->stations.count; i++)
        count += ((const struct station *)pool_at(&recording->stations, i))->speaks;
    return count;
}

static struct owner *owner_of(struct recording *recording, const struct sighting *sighting,
                              struct ip_addr address, struct mac_addr mac)
{
    struct owner_key key = {.address = address, .point = sighting->where.ifindex, .mac = mac};
    struct owner *owner = pool_find(&recording->owners, &key);

    return owner != NULL ? owner : pool_add(&recording->owners, &key, forget_nothing, NULL);
}

void machine_claims(struct recording *recording, const struct sighting *sighting, struct ip_addr address,
                    struct mac_addr mac)
{
    uint64_t time_us = sighting->frame->time_us;

    if (!is_of_one_machine(recording, address))
        return;
    struct owner *owner = owner_of(recording, sighting, address, mac);
    if (!owner->claims) {
        owner->first_claim_us = time_us;
        owner->claim_frame = sighting->frame->number;
    }
    owner->last_claim_us = time_us;
    owner->claims = true;
}

void machine_speaks(struct recording *recording, const struct sighting *sighting, struct ip_addr address)
{
    if (!is_of_one_machine(recording, address))
        return;
    struct owner *owner = owner_of(recording, sighting, address, sighting->frame->source);
    if (!owner->speaks) {
        owner->spoke_us = sighting->frame->time_us;
        owner->spoke_frame = sighting->frame->number;
    }
    owner->speaks = true;
}

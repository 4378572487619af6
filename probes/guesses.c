/* What a search remembers of the addresses that the guest may have. */
#include "guesses.h"

enum { AGAIN_US = 1000000 /* a question may be lost; but more of them do not make a slow guest quicker */ };

struct guess *guesses_find(struct guesses *guesses, struct ip_addr address)
{
    for (size_t i = 0; i < guesses->count; i++)
        if (ip_equal(guesses->items[i].address, address))
            return &guesses->items[i];
    return NULL;
}

bool guesses_add(struct guesses *guesses, struct ip_addr address, enum address_origin origin, unsigned swept)
{
    if (guesses->count == GUESSES_MAX || guesses_find(guesses, address) != NULL)
        return false;
    guesses->items[guesses->count++] =
        (struct guess){.address = address, .origin = origin, .swept = swept, .early = swept};
    return true;
}

unsigned guesses_count(const struct guesses *guesses, enum address_origin origin)
{
    unsigned count = 0;

    for (size_t i = 0; i < guesses->count; i++)
        count += guesses->items[i].origin == origin;
    return count;
}

void guesses_swept(struct guesses *guesses)
{
    for (size_t i = 0; i < guesses->count; i++) {
        guesses->items[i].early = guesses->items[i].swept + guesses->items[i].asked;
        guesses->items[i].waits = false;
    }
}

/* In the host's name where nobody answers those in nobody's, since some guests and switches drop such a
 * probe. */
static void ask_ipv4(struct probe_env *env, struct ip_addr address, bool by_name)
{
    const struct link_facts *host = path_end(&env->target->path);
    const struct address_facts *own =
        by_name && probe_vid(env) == VID_NONE ? facts_subnet_of(env->facts, host->ifindex, address) : NULL;
    struct packet packet;

    if (own == NULL) {
        probe_send_arp(env, NULL, address);
        return;
    }
    int built = probe_build_arp(env, host->mac, VID_NONE, own->address, address, &packet);
    probe_send(env, AT_TAP, built, &packet);
}

void guesses_ask(struct guesses *guesses, struct probe_env *env, struct ip_addr address, bool by_name)
{
    const struct source *source = address.family == IP_V6 ? source_for(env, address) : NULL;
    struct guess *guess = guesses_find(guesses, address);

    if (address.family == IP_V4)
        ask_ipv4(env, address, by_name);
    else if (source_is_usable(source))
        probe_send_solicitation(env, source, address);
    else
        return;
    if (guess == NULL)
        return;
    guess->asked++;
    guess->asked_us = env->now_us;
    guess->waits = true;
}

void guesses_answered(struct guesses *guesses, struct ip_addr address)
{
    struct guess *guess = guesses_find(guesses, address);

    if (guess == NULL)
        return;
    guess->answers++;
    guess->waits = false;
}

bool guesses_have_drained(const struct guesses *guesses)
{
    for (size_t i = 0; i < guesses->count; i++)
        if (guesses->items[i].answers > guesses->items[i].early)
            return true;
    return false;
}

unsigned guesses_open(const struct guess *guess)
{
    unsigned asked = guess->asked + guess->swept;

    return asked > guess->answers ? asked - guess->answers : 0;
}

bool guesses_is_to_be_asked(const struct guess *guess, uint64_t now_us)
{
    return !guess->waits || now_us >= guess->asked_us + AGAIN_US;
}

struct guess *guesses_untold(struct guesses *guesses)
{
    for (size_t i = 0; i < guesses->count; i++)
        if (guesses->items[i].found && !guesses->items[i].told)
            return &guesses->items[i];
    return NULL;
}

static void observe_outcome(struct probe_env *env, const struct guess *guess)
{
    bool had_its_time = env->now_us >= guess->asked_us + env->options->timeout_us;

    observation_add(env->observations,
                    &(struct observation){.kind = OBSERVED_CHECK,
                                          .time_us = env->now_us,
                                          .address = guess->address,
                                          .mac = MAC_BROADCAST,
                                          .check = {.probe = PROBE_SEARCH,
                                                    .sent = guess->asked,
                                                    .received = guess->answered,
                                                    .concluded = guess->answered || had_its_time}});
}

void guesses_finish(const struct guesses *guesses, struct probe_env *env)
{
    for (size_t i = 0; i < guesses->count; i++)
        if (guesses->items[i].origin == ORIGIN_HEARD && guesses->items[i].asked > 0 &&
            !guesses->items[i].told)
            observe_outcome(env, &guesses->items[i]);
}

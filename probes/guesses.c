/* What a search remembers of the addresses that the guest may have. */
#include "guesses.h"

struct guess *guesses_find(struct guesses *guesses, struct ip_addr address)
{
    for (size_t i = 0; i < guesses->count; i++)
        if (ip_equal(guesses->items[i].address, address))
            return &guesses->items[i];
    return NULL;
}

bool guesses_add(struct guesses *guesses, struct ip_addr address, enum address_origin origin)
{
    if (guesses->count == GUESSES_MAX || guesses_find(guesses, address) != NULL)
        return false;
    guesses->items[guesses->count++] = (struct guess){.address = address, .origin = origin};
    return true;
}

unsigned guesses_count(const struct guesses *guesses, enum address_origin origin)
{
    unsigned count = 0;

    for (size_t i = 0; i < guesses->count; i++)
        count += guesses->items[i].origin == origin;
    return count;
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
        if (guesses->items[i].origin == ORIGIN_HEARD && guesses->items[i].asked > 0)
            observe_outcome(env, &guesses->items[i]);
}

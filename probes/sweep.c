/* The sweep of a search. */
#include "sweep.h"

enum {
    PREFIX_MIN = 22,        /* 1,022 questions: of a larger subnet a part is swept */
    PAUSE_US = 1000,        /* between two bursts, while nobody answers, … */
    GENTLE_PAUSE_US = 4000, /* … and where that may have been too quick */
    MARK_US = 200000,       /* how long an answer is waited for */
};

static void add_subnets_of(struct sweep *sweep, const struct probe_env *env, const struct link_facts *link)
{
    const struct address_facts *own = NULL;

    while (sweep->subnet_count < SWEEP_SUBNETS_MAX &&
           (own = facts_next_address(env->facts, link->ifindex, own)) != NULL)
        if (own->address.family == IP_V4 && own->prefix_length < 32)
            sweep->subnets[sweep->subnet_count++] = own;
}

void sweep_find_subnets(struct sweep *sweep, const struct probe_env *env)
{
    const struct path *path = &env->target->path;

    for (size_t i = 0; i < path->count; i++)
        add_subnets_of(sweep, env, path->hops[i]);
}

void sweep_begin(struct sweep *sweep)
{
    sweep->going = true;
    sweep->subnet = 0;
    sweep->host = 0;
    sweep->due_us = 0;
}

static bool may_be_guest(const struct probe_env *env, struct ip_addr address)
{
    return !target_checks(env->target, address) && facts_own_address(env->facts, 0, address) == NULL;
}

/* Bits of an address that are the host's in a prefix of that length. */
static uint32_t host_bits(unsigned prefix_length)
{
    return prefix_length == 0 ? UINT32_MAX : (UINT32_C(1) << (32 - prefix_length)) - 1;
}

static bool is_reserved(const struct address_facts *subnet, uint32_t address)
{
    uint32_t mask = host_bits(subnet->prefix_length), host = address & mask;

    return mask > 1 && (host == 0 || host == mask);
}

static bool is_too_large(const struct address_facts *subnet)
{
    return subnet->prefix_length < PREFIX_MIN;
}

bool sweep_next(struct sweep *sweep, const struct probe_env *env, struct ip_addr *ret)
{
    while (sweep->subnet < sweep->subnet_count) {
        const struct address_facts *subnet = sweep->subnets[sweep->subnet];
        uint32_t mask = host_bits(is_too_large(subnet) ? SEARCH_PART_LENGTH : subnet->prefix_length);
        uint32_t address = (ip_v4_value(subnet->address) & ~mask) + sweep->host;
        if (sweep->host++ > mask) {
            sweep->subnet++;
            sweep->host = 0;
            continue;
        }
        *ret = ip_v4(address);
        if (!is_reserved(subnet, address) && may_be_guest(env, *ret))
            return true;
    }
    sweep->going = false;
    return false;
}

bool sweep_mark(struct sweep *sweep, bool gently, uint64_t now_us, struct ip_addr *ret)
{
    sweep->is_deaf |= sweep->waits;
    sweep->waits = sweep->marker.family != IP_NONE && !sweep->is_deaf;
    sweep->due_us = now_us + (sweep->waits ? MARK_US : gently || sweep->is_deaf ? GENTLE_PAUSE_US : PAUSE_US);
    sweep->marks += sweep->waits;
    *ret = sweep->marker;
    return sweep->waits;
}

bool sweep_marked(struct sweep *sweep, struct ip_addr address, uint64_t now_us)
{
    bool is_first = sweep->marker.family == IP_NONE;

    if (is_first)
        sweep->marker = address;
    if (!ip_equal(sweep->marker, address))
        return false;
    sweep->mark_answers++;
    if (!is_first && !sweep->waits)
        return false;
    sweep->waits = false;
    sweep->due_us = now_us;
    return sweep->going;
}

unsigned sweep_asked_for(const struct sweep *sweep, struct ip_addr address, unsigned sweeps)
{
    return sweeps + (ip_equal(sweep->marker, address) ? sweep->marks : 0);
}

unsigned sweep_answers_of(const struct sweep *sweep, struct ip_addr address)
{
    return ip_equal(sweep->marker, address) ? sweep->mark_answers : 1;
}

void sweep_answer(struct sweep *sweep, struct ip_addr address, uint64_t now_us)
{
    for (size_t i = 0; i < sweep->answer_count; i++)
        if (ip_equal(sweep->answers[i], address))
            return;
    if (sweep->answer_count > SWEEP_ANSWERS_MAX)
        return;
    sweep->answers[sweep->answer_count++] = address;
    if (sweep->collect_until_us == 0)
        sweep->collect_until_us = now_us + SWEEP_COLLECT_US;
}

bool sweep_believed(struct sweep *sweep, uint64_t now_us, struct ip_addr *ret)
{
    if (sweep->collect_until_us == 0 || now_us < sweep->collect_until_us)
        return false;
    sweep->answers_all |= sweep->answer_count > SWEEP_ANSWERS_MAX;
    if (!sweep->answers_all && sweep->believed_count < sweep->answer_count) {
        *ret = sweep->answers[sweep->believed_count++];
        return true;
    }
    sweep->collect_until_us = 0;
    return false;
}

unsigned sweep_asked(const struct sweep *sweep)
{
    unsigned asked = 0;

    for (size_t i = 0; i < sweep->subnet_count; i++)
        asked += sweep->asked[i];
    return asked;
}

void sweep_finish(const struct sweep *sweep, struct probe_env *env)
{
    for (size_t i = 0; i < sweep->subnet_count; i++) {
        const struct address_facts *subnet = sweep->subnets[i];
        observation_add(env->observations,
                        &(struct observation){.kind = OBSERVED_SEARCH,
                                              .time_us = env->now_us,
                                              .search = {.means = SEARCH_SWEEP,
                                                         .asked = sweep->asked[i],
                                                         .subnet = subnet->address,
                                                         .prefix_length = subnet->prefix_length,
                                                         .too_large = is_too_large(subnet),
                                                         .answers_all = sweep->answers_all}});
    }
}

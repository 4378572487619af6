/* Which sources tell a guest's prefix length: for each bit one whose first difference from the guest's
 * address is that bit. */
#include "horizon.h"

#include "hash.h"

enum { VARIANTS = 3, ALL_BITS_V4 = 32, NEAREST_V4 = 30, USUAL_V4 = 24, USUAL_V6 = 64 };

/* What is longer than the host's prefix, and what is shorter, is told to the bit for IPv4, and nearly so for
 * IPv6. */
static const uint8_t WITHIN_V6[] = {65, 80, 81, 96, 97, 112, 113, 120, 121, 124, 125, 126, 127};
enum { BEYOND_V6 = 16, STEP_V6 = 4 };

/* The private block that holds an address (RFC 1918, RFC 6598), by its length. Beyond it are others, to whom
 * the guest's gateway would send its reply. 32: it is in none. */
static unsigned private_length(struct ip_addr address)
{
    static const struct {
        uint8_t prefix[4];
        unsigned length;
    } blocks[] = {{{10}, 8}, {{172, 16}, 12}, {{192, 168}, 16}, {{100, 64}, 10}};

    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        if (ip_in_prefix(address, ip_from_bytes(IP_V4, blocks[i].prefix), blocks[i].length))
            return blocks[i].length;
    return ALL_BITS_V4;
}

/* The bits behind the one that differs are its opposite: then it is neither the first nor the last address of
 * any subnet that holds both, which are no sources (RFC 1122 3.2.1.3). In a /24 of its own it is either, so
 * that nobody has it. */
static struct ip_addr differing_v4(struct ip_addr address, unsigned bit, unsigned variant)
{
    uint32_t value = ip_v4_value(address), mask = UINT32_C(1) << (ALL_BITS_V4 - bit);
    uint32_t flipped = (value ^ mask) & ~(mask - 1), rest = flipped & mask ? 0 : mask - 1;

    return ip_v4(flipped | (rest ^ variant));
}

/* The rest is at random, but always the same. */
static struct ip_addr differing_v6(struct ip_addr address, unsigned bit, unsigned variant)
{
    struct ip_addr other = address;
    struct {
        struct ip_addr address;
        uint32_t bit, variant;
    } seed = {address, bit, variant};
    uint32_t hash = hash_bytes(&seed, sizeof seed);

    other.bytes[(bit - 1) / 8] ^= (uint8_t)(0x80 >> (bit - 1) % 8);
    for (unsigned i = bit; i < 8 * sizeof other.bytes; i++)
        other.bytes[i / 8] ^= (uint8_t)((hash >> i % 32 & 1) << (7 - i % 8));
    return other;
}

static void add(struct horizon_sources *sources, enum way_source of, struct ip_addr address, unsigned shared)
{
    if (sources->count < HORIZON_SOURCES_MAX)
        sources->items[sources->count++] =
            (struct horizon_source){.of = of, .address = address, .shared = shared};
}

/* One that is known to be somebody's is none. */
static void add_differing(const struct probe_env *env, struct horizon_sources *sources,
                          struct ip_addr address, unsigned bit)
{
    for (unsigned variant = 0; variant < VARIANTS; variant++) {
        struct ip_addr candidate = address.family == IP_V4 ? differing_v4(address, bit, variant)
                                                           : differing_v6(address, bit, variant);
        if (borrow_has_owner(env, candidate) || borrow_is_gateway(env, candidate))
            continue;
        add(sources, WAY_NEAR, candidate, bit - 1);
        return;
    }
}

/* Of the benchmark networks 198.18.0.0/15 (RFC 2544 C.2.2) and 2001:2::/48 (RFC 5180 8), which are on no
 * link. */
static struct ip_addr far_from(struct ip_addr address)
{
    uint32_t hash = hash_bytes(&address, sizeof address);
    struct ip_addr far = {IP_V6, {0x20, 0x01, 0x00, 0x02}};

    if (address.family == IP_V4)
        return ip_v4(UINT32_C(0xc6120000) | (hash & 0x1ffff));
    memcpy(far.bytes + 8, &hash, sizeof hash);
    far.bytes[15] = 1;
    return far;
}

/* The length of the host's prefix that holds the address; the usual one where it has none. */
static unsigned own_length(const struct probe_env *env, struct ip_addr address, bool *ret_known)
{
    const struct address_facts *own =
        facts_subnet_of(env->facts, path_end(&env->target->path)->ifindex, address);

    *ret_known = own != NULL;
    if (own != NULL)
        return own->prefix_length;
    return address.family == IP_V4 ? USUAL_V4 : USUAL_V6;
}

static void choose_within(const struct probe_env *env, struct ip_addr address, unsigned length,
                          struct horizon_sources *sources)
{
    if (address.family == IP_V4)
        for (unsigned bit = length + 1; bit <= NEAREST_V4; bit++)
            add_differing(env, sources, address, bit);
    for (size_t i = 0; address.family == IP_V6 && i < sizeof WITHIN_V6; i++)
        if (WITHIN_V6[i] > length)
            add_differing(env, sources, address, WITHIN_V6[i]);
}

static void choose_beyond(const struct probe_env *env, struct ip_addr address, unsigned length,
                          struct horizon_sources *sources)
{
    if (address.family == IP_V4)
        for (unsigned bit = length; bit > private_length(address); bit--)
            add_differing(env, sources, address, bit);
    for (unsigned bits = 0; address.family == IP_V6 && length == USUAL_V6 && bits <= BEYOND_V6;
         bits += STEP_V6)
        add_differing(env, sources, address, length - bits);
}

void horizon_choose(const struct probe_env *env, struct ip_addr address, bool within,
                    struct horizon_sources *ret)
{
    bool is_known;
    unsigned length = own_length(env, address, &is_known);

    *ret = (struct horizon_sources){0};
    add(ret, WAY_FAR, far_from(address), 0);
    if (within)
        choose_within(env, address, length, ret);
    else if (is_known)
        choose_beyond(env, address, length, ret);
}

struct horizon_source *horizon_find(struct horizon_sources *sources, struct ip_addr address)
{
    for (size_t i = 0; i < sources->count; i++)
        if (ip_equal(sources->items[i].address, address))
            return &sources->items[i];
    return NULL;
}

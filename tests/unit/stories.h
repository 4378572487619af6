/* Stories of what was recorded, each told in every medium, of both families, tagged and not, cut off and
 * whole, with other delays, and with stamps that are a little out of order. */
#ifndef VMNETCHECK_STORIES_H
#define VMNETCHECK_STORIES_H

#include "talk.h"

enum { SECOND = 1000000, ROUND_TRIP = 300, ROUNDS = 4, WHOLE = 2048 };

struct telling {
    enum medium medium;
    bool v6;
    int vid;
    size_t snaplen;
    int64_t delay_us; /* of what comes again */
    int64_t disorder_us;
};

static struct recorder file;
static const struct telling *told;

/* ---- frames as they are told ---- */

static inline const char *host_ip(void)
{
    return told->v6 ? "fd00:9::1" : HOST_4;
}

static inline const char *guest_ip(void)
{
    return told->v6 ? "fd00:9::2" : GUEST_4;
}

static inline void add(int64_t after_us, struct writer frame, bool sent)
{
    record_as(&file, told->medium, after_us, &frame, sent, told->snaplen);
}

static inline struct writer request(unsigned sequence)
{
    return echo((struct packet_spec){HOST_MAC, GUEST_MAC, host_ip(), guest_ip(), sequence, 64, told->vid},
                false, sequence);
}

static inline struct writer reply_from(const char *from_mac, unsigned sequence, unsigned ip_id, unsigned ttl)
{
    return echo((struct packet_spec){from_mac, HOST_MAC, guest_ip(), host_ip(), ip_id, ttl, told->vid}, true,
                sequence);
}

static inline struct writer reply(unsigned sequence, unsigned ip_id)
{
    return reply_from(GUEST_MAC, sequence, ip_id, 64);
}

static inline struct writer who_has(void)
{
    return told->v6 ? neighbour(HOST_MAC, "33:33:ff:00:00:02", false, host_ip(), "ff02::1:ff00:2", guest_ip(),
                                told->vid)
                    : arp(HOST_MAC, "ff:ff:ff:ff:ff:ff", ARP_REQUEST, host_ip(), guest_ip(), told->vid);
}

static inline struct writer is_at(void)
{
    return told->v6 ? neighbour(GUEST_MAC, HOST_MAC, true, guest_ip(), host_ip(), guest_ip(), told->vid)
                    : arp(GUEST_MAC, HOST_MAC, ARP_REPLY, guest_ip(), host_ip(), told->vid);
}

/* ---- telling ---- */

struct story {
    const char *name;
    void (*tell)(void);
    const char *v4, *v6; /* what is found */
    const char *undirected,
        *undirected_v6; /* where the medium does not tell directions, if that is another one */
    int64_t longest_us; /* longer delays are another story; 0: none is too long */
    bool named;         /* the guest's address */
    bool could_not_tell, undirected_unknown;
    bool only_v4;
    bool whole; /* told of whole frames only: what matters is at their end */
};

static inline void print_findings(const struct verdict *verdict, char *text, size_t size)
{
    *text = '\0';
    for (size_t i = 0; i < verdict->finding_count; i++) {
        const char *name = FINDINGS[verdict->findings[i].id].name;
        if (strstr(text, name) == NULL)
            snprintf(text + strlen(text), size - strlen(text), "%s%s", *text ? " " : "", name);
    }
}

/* How many errors there are: 0 or 1. */
static inline unsigned tell(const struct story *story)
{
    const char *expected = told->v6 ? story->v6 : story->v4;
    struct verdict verdict;
    char seen[200];

    bool unknown = story->could_not_tell || (story->undirected_unknown && !tells_direction(told->medium));
    const char *undirected = told->v6 ? story->undirected_v6 : story->undirected;
    if (undirected != NULL && !tells_direction(told->medium))
        expected = undirected;
    begin_as(&file, told->medium);
    story->tell();
    diagnose_with(&file, &READ_DEFAULTS, story->named ? guest_ip() : NULL, &verdict);
    print_findings(&verdict, seen, sizeof seen);
    bool right = strcmp(seen, expected) == 0 && (verdict.status == STATUS_UNKNOWN) == unknown;
    if (!right)
        print_error("%s, medium %d, %s, VID %d, snaplen %zu, delay %ld us, disorder %ld us: \"%s\" (status "
                    "%d), not \"%s\"\n",
                    story->name, told->medium, told->v6 ? "IPv6" : "IPv4", told->vid, told->snaplen,
                    (long)told->delay_us, (long)told->disorder_us, seen, verdict.status, expected);
    verdict_free(&verdict);
    return !right;
}

static inline void tell_all(const struct story *stories, size_t count)
{
    static const int64_t delays_us[] = {0, 3, 100, 1000, 3000, 10000};
    unsigned wrong = 0;

    for (size_t s = 0; s < count; s++)
        for (unsigned way = 0; way < MEDIA * 16; way++)
            for (size_t delay = 0; delay < sizeof delays_us / sizeof delays_us[0]; delay++) {
                struct telling telling = {.medium = way % MEDIA,
                                          .v6 = way / MEDIA & 1,
                                          .vid = way / MEDIA & 2 ? 7 : 0,
                                          .snaplen = way / MEDIA & 4 ? 96 : WHOLE,
                                          .delay_us = delays_us[delay],
                                          .disorder_us = way / MEDIA & 8 ? ROUND_TRIP + 5 : 0};
                told = &telling;
                if ((stories[s].longest_us == 0 || delays_us[delay] <= stories[s].longest_us) &&
                    (!stories[s].whole || telling.snaplen == WHOLE) && !(stories[s].only_v4 && telling.v6))
                    wrong += tell(&stories[s]);
            }
    assert_int_equal(wrong, 0);
}

#endif

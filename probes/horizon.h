/* What shows what a guest takes for its link: sources near and far, and whom it asks for to answer them.
 * Private to probes/horizon*.c. */
#ifndef VMNETCHECK_HORIZON_H
#define VMNETCHECK_HORIZON_H

#include "source.h"

enum { HORIZON_SOURCES_MAX = 40, HORIZON_GATEWAYS_MAX = 4 };

/* A question that is not answered is asked again after one second and after two, and given up after three
 * (arp(7), RFC 4861 10). Whatever was asked already: in one of two volleys this far apart, or between them,
 * it is asked again. */
enum { HORIZON_AGAIN_US = 1200000 };

struct horizon_source {
    enum way_source of;
    struct ip_addr address;
    unsigned shared; /* leading bits that it has in common with the guest's address */
    bool is_taken;   /* somebody answers for it */
    bool is_asked;   /* the guest asked who has it */
    bool is_answered;
    bool is_sent; /* the guest sent its reply, to: */
    struct mac_addr to;
    struct frame_numbers frames; /* requests from it, and what shows what the guest made of them */
};

struct horizon_sources {
    struct horizon_source items[HORIZON_SOURCES_MAX];
    size_t count;
};

/* Somebody for whom the guest asked, who may be its gateway. */
struct horizon_gateway {
    struct ip_addr address;
    unsigned times;    /* that it did so at once, and not as a repetition */
    uint64_t asked_us; /* when it did last, … */
    uint64_t began_us; /* … and when it began to, the last time */
    bool is_answered;
    struct frame_numbers frames; /* those questions */
};

struct horizon_gateways {
    struct horizon_gateway items[HORIZON_GATEWAYS_MAX];
    size_t count;
};

/* Chooses sources for an address, of which it is yet to be asked whether anybody has them. `within`: they are
 * to tell prefixes that are longer than the host's, otherwise those that are shorter. The first one is far,
 * on no link. */
void horizon_choose(const struct probe_env *env, struct ip_addr address, bool within,
                    struct horizon_sources *ret);
/* NULL if it is none of them. */
struct horizon_source *horizon_find(struct horizon_sources *sources, struct ip_addr address);

/* For whom the guest asked, when, by which frame, and whether at once after it was sent a request. */
struct horizon_question {
    struct ip_addr address;
    uint64_t time_us;
    uint32_t frame;
    bool at_once;
};

/* True: it is a new question. What is the host's own, or one of our sources, is none: whether the host
 * answers for it, the host knows better. */
bool horizon_asked(const struct probe_env *env, struct horizon_gateways *gateways,
                   const struct horizon_question *question);
void horizon_answered(struct horizon_gateways *gateways, struct ip_addr address);
/* When one that nobody answers for was asked for last. */
uint64_t horizon_asked_us(const struct horizon_gateways *gateways);
/* The one that was asked for most often of those that nobody answers for. NULL: there is none. */
const struct horizon_gateway *horizon_worst(const struct horizon_gateways *gateways);

#endif

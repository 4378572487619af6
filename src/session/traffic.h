/* What comes in besides answers: our own frames, broadcasts, frames of other VLANs. A zeroed one has seen
 * nothing. Pure. */
#ifndef VMNETCHECK_TRAFFIC_H
#define VMNETCHECK_TRAFFIC_H

#include "probe.h"

enum {
    TRAFFIC_SENT_MIN = 32,         /* a volley, and as much again */
    TRAFFIC_SENT_MAX = 512,        /* more frames than a check sends before they would be back */
    TRAFFIC_HOST_SLOTS = 16,       /* those that the host repeats meanwhile are few */
    TRAFFIC_BROADCAST_SLOTS = 512, /* as many as come in within a tenth of a second of a storm */
    TRAFFIC_TAGS_NOTED = 16        /* VLANs of one trunk that anybody reads */
};

struct sent_frame {
    uint32_t digest;
    unsigned times; /* sent: ARP requests are all alike; 0: the place is free */
    unsigned alike; /* so many more of them may be the kernel's */
    unsigned returns;
};

struct traffic {
    struct sent_frame *sent; /* by digest */
    size_t sent_slots, sent_count;
    unsigned returns;
    struct sent_frame of_host[TRAFFIC_HOST_SLOTS]; /* the kernel's own frames that came in, likewise */
    bool loops;
    uint32_t *last_broadcast; /* digests, TRAFFIC_BROADCAST_SLOTS: of those in one place, that of the last */
    uint64_t broadcasts, repeated;
    struct frame_numbers came, first_broadcasts; /* of those that came back; of broadcasts */
    unsigned tags_noted;
};

void traffic_free(struct traffic *traffic); /* what it holds */
/* A frame that we are about to send, as it will be on the wire. */
void traffic_sent(struct traffic *traffic, const struct packet *packet);
/* A frame that came in on the target. */
void traffic_frame(struct traffic *traffic, struct probe_env *env, const struct frame *frame);
/* Whether frames of ours came back: whatever we send then makes it worse. */
bool traffic_returns(const struct traffic *traffic);
/* Whether frames go round: one came back more often than it was sent. */
bool traffic_loops(const struct traffic *traffic);
/* Whether so many broadcasts came in since started_us that they are a storm. */
bool traffic_is_storm(const struct traffic *traffic, uint64_t started_us, uint64_t now_us);
/* Observes what was counted since started_us. */
void traffic_finish(const struct traffic *traffic, struct probe_env *env, uint64_t started_us);

#endif

/* The probes of one session: which of them to start when, by their descriptors; none is known by name.
 * Pure. */
#ifndef VMNETCHECK_PROBER_H
#define VMNETCHECK_PROBER_H

#include "probe.h"

struct verdict;

/* Zero-initialised but for env, which the session owns, it has started nothing. */
struct prober {
    struct probe_env *env;
    unsigned vantages; /* that there are, besides AT_TAP: bits VANTAGE_BIT() */
    struct probe **items;
    size_t count;
    size_t finished_count;                   /* of them: the first so many said what came of them */
    uint64_t added_us[TARGET_ADDRESSES_MAX]; /* since when each address of the target is asked for */
    uint64_t silence_due_us; /* when the silence of an address may start a probe; 0: that is not known */
};

bool prober_has_vantages(const struct prober *prober, unsigned needed);

/* Starts what is started for the target, of which the user named no address (`unnamed`) or some; for an
 * address that was just added to the target's; and for addresses that were silent for long enough. */
void prober_start_for_target(struct prober *prober, bool unnamed);
void prober_start_for(struct prober *prober, size_t target_address);
void prober_start_for_silences(struct prober *prober);
/* Starts what the findings or the user (--deep) ask for, or doubts, and was not started yet; those that come
 * last only if there is nothing else. Returns how many there were. */
size_t prober_start_wanted(struct prober *prober, const struct verdict *verdict);
/* The vantages that some of these need and that are not there. */
unsigned prober_wanted_vantages(const struct prober *prober, const struct verdict *verdict);

/* Hands a frame to the probes that hear where it was captured; true if it answered one of them. */
bool prober_frame(struct prober *prober, const struct frame *frame);
/* Hands the kernel's answer to the probe that waits for it. */
void prober_told(struct prober *prober, const struct trace_answer *answer);
/* Calls those that are due. */
void prober_timer(struct prober *prober);
/* When the next one is due, or may be started; 0: never. */
uint64_t prober_due(const struct prober *prober);
/* Whether nothing is left to be sent or waited for. */
bool prober_done(const struct prober *prober);

/* Whether a probe that looks at the host's facts has a doubt to settle; and those facts. */
bool prober_wants_glance(const struct prober *prober);
void prober_glance(struct prober *prober, const struct host_facts *now);

void prober_finish(struct prober *prober); /* each says what came of it, once */
void prober_free(struct prober *prober);   /* after prober_finish */

#endif

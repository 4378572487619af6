/* Who may hear and send on which interface. One target has a packet socket for each interface; several share
 * one packet socket for all, so that a thousand of them cost one descriptor. What goes out is heard by
 * another one, which all share; but not what is sent here. Knows neither checks nor runs. */
#ifndef VMNETCHECK_TAPS_H
#define VMNETCHECK_TAPS_H

#include "link.h"
#include "vantage.h"

struct evidence;
struct facts_cache;
struct loop;
struct netns;
struct tap;
struct taps;

/* Whom to tell. */
struct tap_user {
    void *context;
    bool hears_out; /* also what goes out there, as far as link_open_packet hears it */
    void (*frame)(void *context, enum vantage at, const struct captured *captured);
    /* The interface went away (ENODEV) or down (ENETDOWN), or it cannot be listened to any more. Leaving the
     * tap here is fine. */
    void (*lost)(void *context, enum vantage at, int error);
};

/* Of a network namespace, by its number and what it is; it must outlive the taps. many: one socket for all;
 * hears_questions: who asks for whom by ARP and ND is heard of what goes out, too. `evidence` (NULL: none)
 * gets every frame; the means must outlive it. 0 or -errno. */
int taps_open(struct loop *loop, int netns, const struct netns *where, struct facts_cache *facts, bool many,
              bool hears_questions, struct evidence *evidence, const struct link_means *means,
              struct taps **ret);
void taps_close(struct taps *taps); /* all must have left; NULL is fine */
/* Called whenever something becomes of any interface there, after those who listen to it were told. */
void taps_on_change(struct taps *taps, void (*changed)(void *context), void *context);

/* Lets somebody hear and send at an interface that is up; what follows from a frame is called from the loop,
 * never from here. 0, or -errno (-EPERM without CAP_NET_RAW) and why in *ret_reason (owned by the caller). */
int taps_join(struct taps *taps, enum vantage at, int ifindex, const char *interface,
              const struct tap_user *user, struct tap **ret, char **ret_reason);
void tap_leave(struct tap *tap); /* NULL is fine */
int tap_ifindex(const struct tap *tap);
/* The frame's number in the file that keeps it (0: none does), or -errno. */
int tap_send(const struct tap *tap, const uint8_t *frame, size_t length);
/* What its user did not get since the last time: what was lost before it could be captured (on whatever
 * interface, where all share one socket), and what was passed over because it was too much. */
void tap_losses(struct tap *tap, uint64_t *ret_lost, uint64_t *ret_passed_over);

#endif

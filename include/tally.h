/* How often one kind of question was asked, answered and answered again, and how long the answers took: of
 * the probes that a check sends and of what others asked in a recording alike. Pure. */
#ifndef VMNETCHECK_TALLY_H
#define VMNETCHECK_TALLY_H

#include "observation.h"

/* Zero-initialised is empty. */
struct tally {
    unsigned sent;
    unsigned received;                           /* that got an answer */
    unsigned duplicates;                         /* further copies of answers */
    unsigned bad_checksums;                      /* what would be answers but for their checksum */
    struct frame_numbers unanswered, spoilt;     /* questions; those with a bad checksum */
    uint64_t rtt_min_us, rtt_max_us, rtt_sum_us; /* of first copies */
};

/* A question that was sent got its first answer. */
void tally_answer(struct tally *tally, uint64_t rtt_us);
/* An answer came that has a bad checksum. */
void tally_spoilt(struct tally *tally, const struct frame *frame);
/* Adds what was counted elsewhere of the same kind of question. */
void tally_add(struct tally *tally, const struct tally *other);
/* Writes it into the outcome of a check, and leaves alone what a tally does not know. */
void tally_outcome(const struct tally *tally, struct check_observation *outcome);

#endif

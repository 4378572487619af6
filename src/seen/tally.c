/* Questions and answers, counted. */
#include "tally.h"

void tally_answer(struct tally *tally, uint64_t rtt_us)
{
    tally_add(tally, &(struct tally){
                         .received = 1, .rtt_min_us = rtt_us, .rtt_max_us = rtt_us, .rtt_sum_us = rtt_us});
}

void tally_add(struct tally *tally, const struct tally *other)
{
    if (other->received > 0 && (tally->received == 0 || other->rtt_min_us < tally->rtt_min_us))
        tally->rtt_min_us = other->rtt_min_us;
    if (other->rtt_max_us > tally->rtt_max_us)
        tally->rtt_max_us = other->rtt_max_us;
    tally->rtt_sum_us += other->rtt_sum_us;
    tally->sent += other->sent;
    tally->received += other->received;
    tally->duplicates += other->duplicates;
    tally->bad_checksums += other->bad_checksums;
}

void tally_outcome(const struct tally *tally, struct check_observation *outcome)
{
    outcome->sent = tally->sent;
    outcome->received = tally->received;
    outcome->duplicates = tally->duplicates;
    outcome->bad_checksums = tally->bad_checksums;
    outcome->rtt_min_us = tally->rtt_min_us;
    outcome->rtt_max_us = tally->rtt_max_us;
    outcome->rtt_avg_us = tally->received > 0 ? tally->rtt_sum_us / tally->received : 0;
}

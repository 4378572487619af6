/* Questions and answers, counted. */
#include "tally.h"

void tally_answer(struct tally *tally, uint64_t rtt_us)
{
    tally_add(tally, &(struct tally){
                         .received = 1, .rtt_min_us = rtt_us, .rtt_max_us = rtt_us, .rtt_sum_us = rtt_us});
}

void tally_spoilt(struct tally *tally, const struct frame *frame)
{
    tally->bad_checksums++;
    observation_keep_frame(&tally->spoilt, frame->number);
}

static void add_frames(struct frame_numbers *numbers, const struct frame_numbers *others)
{
    for (size_t i = 0; i < FRAMES_KEPT; i++)
        observation_keep_frame(numbers, others->of[i]);
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
    add_frames(&tally->unanswered, &other->unanswered);
    add_frames(&tally->spoilt, &other->spoilt);
}

void tally_outcome(const struct tally *tally, struct check_observation *outcome)
{
    outcome->sent = tally->sent;
    outcome->received = tally->received;
    outcome->duplicates = tally->duplicates;
    outcome->bad_checksums = tally->bad_checksums;
    outcome->unanswered = tally->unanswered;
    outcome->spoilt = tally->spoilt;
    outcome->rtt_min_us = tally->rtt_min_us;
    outcome->rtt_max_us = tally->rtt_max_us;
    outcome->rtt_avg_us = tally->received > 0 ? tally->rtt_sum_us / tally->received : 0;
}

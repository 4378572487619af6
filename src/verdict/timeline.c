/* When questions were answered, and copies of the answers came; and when one was asked last that nobody
 * answered. */
#include "grow.h"
#include "judgement.h"

#include <stdlib.h>

enum { MOMENTS_MAX = 512 }; /* a picture of more shows no more */

static bool is_of_check(const struct verdict *verdict, const char *name, struct ip_addr address)
{
    for (size_t i = 0; i < verdict->check_count; i++)
        if (verdict->checks[i].name == name && ip_equal(verdict->checks[i].address, address))
            return true;
    return false;
}

static void add(struct verdict *verdict, struct moment_result moment)
{
    if (verdict->moment_count == MOMENTS_MAX || !is_of_check(verdict, moment.name, moment.address))
        return;
    verdict->moments = grow(verdict->moments, &verdict->moment_count, sizeof *verdict->moments);
    verdict->moments[verdict->moment_count - 1] = moment;
}

static void add_reply(struct verdict *verdict, const struct observation *seen)
{
    const struct reply_observation *reply = &seen->reply;
    struct moment_result moment = {.name = probe_name(reply->probe),
                                   .address = seen->address,
                                   .kind = reply->copy > 0 ? MOMENT_COPY : MOMENT_ANSWER,
                                   .time_us = seen->time_us,
                                   .count = 1};

    if (reply->copy == 0)
        moment.rtt_us = reply->rtt_us < seen->time_us ? reply->rtt_us : seen->time_us;
    add(verdict, moment);
}

static void add_loss(struct verdict *verdict, const struct observation *seen)
{
    const struct check_observation *check = &seen->check;

    if (check->lost_us != 0 && check->sent > check->received)
        add(verdict, (struct moment_result){.name = probe_name(check->probe),
                                            .address = seen->address,
                                            .kind = MOMENT_LOSS,
                                            .time_us = check->lost_us,
                                            .count = check->sent - check->received});
}

/* From then on, when the first question was asked. */
static void begin_at_zero(struct verdict *verdict)
{
    uint64_t first_us = UINT64_MAX;

    for (size_t i = 0; i < verdict->moment_count; i++) {
        uint64_t asked_us = verdict->moments[i].time_us - verdict->moments[i].rtt_us;
        first_us = asked_us < first_us ? asked_us : first_us;
    }
    for (size_t i = 0; i < verdict->moment_count; i++)
        verdict->moments[i].time_us -= first_us;
}

void timeline_add(struct judgement *judgement)
{
    const struct observations *seen = judgement->input->seen;

    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].kind == OBSERVED_REPLY)
            add_reply(judgement->verdict, &seen->items[i]);
        else if (seen->items[i].kind == OBSERVED_CHECK)
            add_loss(judgement->verdict, &seen->items[i]);
    begin_at_zero(judgement->verdict);
}

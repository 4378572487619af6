/* What is left to a process of its time. */
#include "patience.h"

uint64_t patience_left(const struct processor_time *time, uint64_t since_us, uint64_t limit_us)
{
    uint64_t queued_us = time->queued_us < since_us ? time->queued_us : since_us;
    uint64_t used_us = time->runnable ? time->ran_us : since_us - queued_us;

    return used_us < limit_us ? limit_us - used_us : 0;
}

/* A capture file, read frame by frame and judged as a recording. */
#include "diagnosis.h"
#include "recording.h"
#include "replay.h"

#include <stdlib.h>

static void judge(struct recording *recording, const struct check_options *options, struct target *target,
                  struct verdict *ret)
{
    struct observations seen = {0};
    struct text_list notes = {0};
    struct scope scope = SCOPE_RECORDING;

    recording_end(recording, target, &seen, &notes);
    scope.many_machines = recording_has_many_machines(recording);
    verdict_evaluate(
        &(struct verdict_input){.target = target, .options = options, .seen = &seen, .scope = scope}, ret);
    observations_free(&seen);
    for (size_t i = 0; i < notes.count; i++)
        text_list_addf(&ret->notes, "%s", notes.items[i]);
    text_list_free(&notes);
}

void diagnosis_of_capture(FILE *file, const struct check_options *options, struct target *target, int stop,
                          struct verdict *ret)
{
    struct replay *replay;
    struct recorded_frame frame;
    unsigned long frames = 0;
    char *broken = NULL;

    if (!replay_open(file, stop, &replay, &broken)) {
        *ret = (struct verdict){.status = STATUS_UNKNOWN};
        text_list_add(&ret->unknown, broken);
        return;
    }
    struct recording *recording = recording_open(options, target);
    while (replay_next(replay, &frame, &broken)) {
        recording_frame(recording, &frame);
        frames++;
    }
    recording_lost(recording, replay_lost(replay));
    recording_goes_on(recording, replay_ended_us(replay));
    judge(recording, options, target, ret);
    if (replay_was_stopped(replay))
        text_list_addf(&ret->notes, "interrupted: what comes after %lu %s was not read", frames,
                       text_plural(frames, "frame", "frames"));
    else if (broken != NULL)
        text_list_addf(&ret->notes,
                       "the file is damaged or cut off after %lu %s, and what follows was not read: %s",
                       frames, text_plural(frames, "frame", "frames"), broken);
    free(broken);
    recording_close(recording);
    replay_close(replay);
}

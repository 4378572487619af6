/* A recording as a passive check: what other programs asked in it counts as probes, and who answered as
 * replies. Pure; time is that of the frames' stamps. Takes bounded memory and, for each frame, bounded
 * time. */
#ifndef VMNETCHECK_RECORDING_H
#define VMNETCHECK_RECORDING_H

#include "observation.h"
#include "options.h"
#include "target.h"
#include "text.h"

struct recording;

/* Of the options, families, time-out and VLAN matter. The addresses that target->given names are diagnosed,
 * or, if there is none, those that were asked for most. Both must outlive the recording. */
struct recording *recording_open(const struct check_options *options, const struct target *target);
void recording_close(struct recording *recording); /* NULL is fine */

/* The next frame of the file. Undecodable ones are counted. */
void recording_frame(struct recording *recording, const struct recorded_frame *frame);
/* So many frames are said to be missing. */
void recording_lost(struct recording *recording, uint64_t frames);
/* It went on until then, whether or not there were frames. */
void recording_goes_on(struct recording *recording, uint64_t until_us);

/* Whether more than the two ends of one cable speak in it. */
bool recording_has_many_machines(const struct recording *recording);
/* Ends it, once: fills target->addresses and appends what was seen. *notes gets what else is worth
 * knowing. */
void recording_end(struct recording *recording, struct target *target, struct observations *seen,
                   struct text_list *notes);

#endif

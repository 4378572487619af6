/* Capture files, pcap and pcapng, read frame by frame with libpcap. */
#ifndef VMNETCHECK_REPLAY_H
#define VMNETCHECK_REPLAY_H

#include "link.h"
#include "wire.h"

#include <stdio.h>

struct replay;

/* Takes the file over, also if it fails. False if it is no capture, or of what is no Ethernet: *ret_error
 * says so (owned by the caller). */
bool replay_open(FILE *file, struct replay **ret_replay, char **ret_error);
enum recorded_as replay_recorded_as(const struct replay *replay);
/* The next frame, with the file's time stamp, and as ifindex a number of the interface that recorded it: 0 if
 * there is only one, or the file does not tell. False at the end; if that is because the file is damaged, cut
 * off or cannot be read on, *ret_error says so (owned by the caller), otherwise it is NULL. */
bool replay_next(struct replay *replay, struct captured *ret_captured, char **ret_error);
void replay_close(struct replay *replay); /* NULL is fine */

#endif

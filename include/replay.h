/* Capture files, pcap and pcapng, read frame by frame with libpcap. */
#ifndef VMNETCHECK_REPLAY_H
#define VMNETCHECK_REPLAY_H

#include "wire.h"

#include <stdio.h>

struct replay;

/* Takes the file over, also if it fails. Once the descriptor `stop` (-1: none) can be read, nothing more is.
 * False if it is no capture, or of what is no Ethernet: *ret_error says so (owned by the caller). */
bool replay_open(FILE *file, int stop, struct replay **ret_replay, char **ret_error);
/* The next frame; its bytes live until the next call. False at the end; if that is because the file is
 * damaged, cut off or cannot be read on, *ret_error says so (owned by the caller), otherwise it is NULL. */
bool replay_next(struct replay *replay, struct recorded_frame *ret_frame, char **ret_error);
bool replay_was_stopped(const struct replay *replay);
/* How many frames the capture had lost, as far as the file says so and was read. */
uint64_t replay_lost(const struct replay *replay);
/* Until when it was captured, as far as the file says so and was read; otherwise 0. */
uint64_t replay_ended_us(const struct replay *replay);
void replay_close(struct replay *replay); /* NULL is fine */

#endif

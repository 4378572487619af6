/* Which interface recorded the frames of a pcapng file: libpcap does not tell. Inside of src/link only. */
#ifndef VMNETCHECK_PCAPNG_H
#define VMNETCHECK_PCAPNG_H

#include <stdint.h>
#include <stdio.h>

struct pcapng;

/* A file to be read instead of `inner`, which it takes over; closing it closes both. *ret_pcapng follows what
 * is read from it, belongs to it, and lives as long. NULL if there is no memory. */
FILE *pcapng_follow(FILE *inner, struct pcapng **ret_pcapng);
/* The interface of the next frame, to be called once for each of them after it was read: a number that is
 * another one for each interface; 0 for all frames of files that are no pcapng. */
uint32_t pcapng_next_interface(struct pcapng *pcapng);

#endif

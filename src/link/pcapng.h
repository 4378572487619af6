/* What a pcapng file says of its frames that libpcap does not tell: which interface recorded them, which way
 * they went, and how many were lost. Inside of src/link only. */
#ifndef VMNETCHECK_PCAPNG_H
#define VMNETCHECK_PCAPNG_H

#include "wire.h"

#include <stdio.h>

struct pcapng;

struct pcapng_frame {
    uint32_t interface; /* another number for each; 0 for all frames of files that are no pcapng */
    enum direction direction;
};

/* A file to be read instead of `inner`, which it takes over; closing it closes both. *ret_pcapng follows what
 * is read from it, belongs to it, and lives as long. Once the descriptor `stop` (-1: none) can be read,
 * reading fails, and *ret_stopped, which has to live as long, is true. NULL if there is no memory. */
FILE *pcapng_follow(FILE *inner, int stop, bool *ret_stopped, struct pcapng **ret_pcapng);
/* The next frame; to be called once for each of them after it was read. */
struct pcapng_frame pcapng_next(struct pcapng *pcapng);
/* How many frames were dropped before they came into the file, as far as it says so and was read. */
uint64_t pcapng_lost(const struct pcapng *pcapng);

/* Until when it was captured, by a clock with units of a microsecond; 0: the file does not say so. */
uint64_t pcapng_ended_us(const struct pcapng *pcapng);

/* ---- the blocks, without the file ---- */

struct pcapng *pcapng_new(void);
void pcapng_free(struct pcapng *pcapng);
/* The next bytes of the file. */
void pcapng_see(struct pcapng *pcapng, const void *bytes, size_t length);

#endif

/* A capture file from its first frame to the verdict. */
#ifndef VMNETCHECK_DIAGNOSIS_H
#define VMNETCHECK_DIAGNOSIS_H

#include "verdict.h"

#include <stdio.h>

/* Reads the file, which it takes over, until its end or until the descriptor `stop` (-1: none) can be read,
 * and writes *ret, which the caller frees. The target's name, given addresses and MAC are filled in; its
 * addresses are added. What is no capture, or none of Ethernet, gets the status STATUS_UNKNOWN and the
 * reason; of a damaged one, what can be read is diagnosed. */
void diagnosis_of_capture(FILE *file, const struct check_options *options, struct target *target, int stop,
                          struct verdict *ret);

#endif

/* QEMU's monitor, for who may ask it but four questions (qmp_relay() of qmp.h). Private to src/priv. */
#ifndef VMNETCHECK_RELAY_H
#define VMNETCHECK_RELAY_H

#include "rights.h"

/* Connects to the monitor at this path that is that process's, within a second, and leaves a process between
 * it and *ret_end. What came of it (enum qmp_result), or -errno where nothing could be tried. */
int relay_connect(const struct rights *rights, const char *path, pid_t pid, int *ret_end);

#endif

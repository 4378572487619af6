/* What the code under test writes to standard output or standard error. */
#ifndef VMNETCHECK_TEST_CAPTURE_H
#define VMNETCHECK_TEST_CAPTURE_H

#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

static char said[65536];
static int heard_descriptor, descriptor_before, capture_file;

static inline void listen_to(int descriptor)
{
    fflush(NULL);
    heard_descriptor = descriptor;
    capture_file = open(P_tmpdir, O_TMPFILE | O_RDWR, 0600);
    assert_true(capture_file >= 0);
    descriptor_before = dup(descriptor);
    dup2(capture_file, descriptor);
}

/* Afterwards `said` has it. */
static inline void stop_listening(void)
{
    fflush(NULL);
    dup2(descriptor_before, heard_descriptor);
    close(descriptor_before);
    ssize_t length = pread(capture_file, said, sizeof said - 1, 0);
    said[length > 0 ? length : 0] = '\0';
    close(capture_file);
}

#endif

/* The bytes of a file are followed as they pass by on their way to libpcap, also where they come by a
 * pipe. */
#include "pcapng.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct followed {
    FILE *inner;
    int stop;
    bool *stopped;
    struct pcapng *pcapng;
};

/* Until there is something to read, or it is enough. */
static bool may_read(struct followed *followed, int descriptor)
{
    struct pollfd waits[] = {{.fd = descriptor, .events = POLLIN}, {.fd = followed->stop, .events = POLLIN}};

    while (followed->stop >= 0 && poll(waits, 2, -1) < 0 && errno == EINTR)
        continue;
    *followed->stopped = waits[1].revents != 0;
    return !*followed->stopped;
}

/* Of a pipe it takes what is there, rather than wait for more. */
static ssize_t read_some(struct followed *followed, int descriptor, char *buffer, size_t size)
{
    if (may_read(followed, descriptor))
        return read(descriptor, buffer, size);
    errno = EINTR;
    return -1;
}

static ssize_t followed_read(void *cookie, char *buffer, size_t size)
{
    struct followed *followed = cookie;
    int descriptor = fileno(followed->inner); /* a file in memory has none */
    ssize_t got = descriptor >= 0 ? read_some(followed, descriptor, buffer, size)
                                  : (ssize_t)fread(buffer, 1, size, followed->inner);

    if (got > 0)
        pcapng_see(followed->pcapng, buffer, (size_t)got);
    return got;
}

static int followed_close(void *cookie)
{
    struct followed *followed = cookie;
    int result = fclose(followed->inner);

    pcapng_free(followed->pcapng);
    free(followed);
    return result;
}

FILE *pcapng_follow(FILE *inner, int stop, bool *ret_stopped, struct pcapng **ret_pcapng)
{
    struct followed *followed = memory_new(1, sizeof *followed);

    *ret_stopped = false;
    *followed =
        (struct followed){.inner = inner, .stop = stop, .stopped = ret_stopped, .pcapng = pcapng_new()};
    FILE *file =
        fopencookie(followed, "r", (cookie_io_functions_t){.read = followed_read, .close = followed_close});
    if (file == NULL)
        followed_close(followed);
    else
        *ret_pcapng = followed->pcapng;
    return file;
}

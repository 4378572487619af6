/* The bytes of a file are followed as they pass by on their way to libpcap, also where they come by a
 * pipe. */
#include "pcapng.h"
#include "text.h"

#include <stdlib.h>
#include <unistd.h>

struct followed {
    FILE *inner;
    struct pcapng *pcapng;
};

static ssize_t followed_read(void *cookie, char *buffer, size_t size)
{
    struct followed *followed = cookie;
    int descriptor = fileno(followed->inner);
    /* Of a pipe takes what is there, rather than wait for more. A file in memory has no descriptor. */
    ssize_t got =
        descriptor >= 0 ? read(descriptor, buffer, size) : (ssize_t)fread(buffer, 1, size, followed->inner);

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

FILE *pcapng_follow(FILE *inner, struct pcapng **ret_pcapng)
{
    struct followed *followed = memory_new(1, sizeof *followed);

    *followed = (struct followed){.inner = inner, .pcapng = pcapng_new()};
    FILE *file =
        fopencookie(followed, "r", (cookie_io_functions_t){.read = followed_read, .close = followed_close});
    if (file == NULL)
        followed_close(followed);
    else
        *ret_pcapng = followed->pcapng;
    return file;
}

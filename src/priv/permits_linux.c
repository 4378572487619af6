/* A table of addresses of packet sockets (packet(7)), by ifindex, in a file of memory that two processes
 * share. */
#include "permits.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

union permit {
    struct sockaddr_ll address; /* zero: there is none */
    char size[PERMIT_SIZE];
};

enum { PERMITS_MAX = PERMITS_SIZE / sizeof(union permit), PAGE_OF_PERMITS = 4096 / sizeof(union permit) };

struct permits {
    int file; /* shorter than where it is mapped: behind its end there is nothing */
    union permit *table;
    size_t room, count; /* half of the room stays free */
};

/* Whole pages: each of them takes its time before the first frame. */
static size_t room_for(size_t interfaces)
{
    size_t pages = interfaces / (PAGE_OF_PERMITS / 2) + 1;

    return pages < PERMITS_MAX / PAGE_OF_PERMITS ? pages * PAGE_OF_PERMITS : PERMITS_MAX;
}

int permits_new(size_t interfaces, struct permits **ret)
{
    struct permits *permits = memory_new(1, sizeof *permits);

    _Static_assert(sizeof(union permit) == PERMIT_SIZE && PERMITS_PLACE % PERMITS_SIZE == 0,
                   "what the filter sees");
    permits->room = room_for(interfaces);
    permits->file = memfd_create("vmnetcheck-interfaces", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (permits->file < 0 || ftruncate(permits->file, (off_t)(permits->room * PERMIT_SIZE)) < 0)
        goto fail;
    permits->table = mmap(NULL, PERMITS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, permits->file, 0);
    if (permits->table == MAP_FAILED)
        goto fail;
    *ret = permits;
    return 0;
fail:;
    int error = -errno;
    if (permits->file >= 0)
        close(permits->file);
    free(permits);
    return error;
}

/* To a raw socket an address of no family is the host itself. */
void permits_forbid(struct permits *permits)
{
    for (size_t i = 0; i < permits->room; i++)
        permits->table[i].address.sll_family = AF_PACKET;
}

void permits_free(struct permits *permits)
{
    if (permits == NULL)
        return;
    munmap(permits->table, PERMITS_SIZE);
    close(permits->file);
    free(permits);
}

/* Nothing is written there any more but by who has it mapped already. */
int permits_confine(struct permits *permits)
{
    const int seals = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    void *place = (void *)PERMITS_PLACE;

    munmap(permits->table, PERMITS_SIZE);
    if (fcntl(permits->file, F_ADD_SEALS, seals) < 0)
        return -errno;
    permits->table = mmap(place, PERMITS_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, permits->file, 0);
    if (permits->table == MAP_FAILED)
        return -errno;
    close(permits->file);
    return permits->table == place ? 0 : -EEXIST; /* an old kernel takes the place for a wish */
}

static size_t place_of(const struct permits *permits, int ifindex)
{
    size_t place = (unsigned)ifindex % permits->room;

    while (permits->table[place].address.sll_ifindex != 0 &&
           permits->table[place].address.sll_ifindex != ifindex)
        place = (place + 1) % permits->room;
    return place;
}

bool permits_add(struct permits *permits, int ifindex)
{
    if (ifindex <= 0)
        return false;
    union permit *permit = &permits->table[place_of(permits, ifindex)];
    if (permit->address.sll_ifindex == ifindex)
        return true;
    if (permits->count >= permits->room / 2)
        return false;
    permits->count++;
    permit->address = (struct sockaddr_ll){.sll_family = AF_PACKET, .sll_ifindex = ifindex};
    return true;
}

const void *permits_find(const struct permits *permits, int ifindex)
{
    const union permit *permit = &permits->table[place_of(permits, ifindex)];

    return ifindex > 0 && permit->address.sll_ifindex == ifindex ? &permit->address : NULL;
}

size_t permits_address_size(void)
{
    return sizeof(struct sockaddr_ll);
}

/* What has to do with sending: the worker may capture and send at tap0, not at tap1. */
#include "attack.h"

#include "host_socket.h"
#include "permits.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* With a socket that hears and could send everywhere. */
static long send_frame(const void *address)
{
    static const uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 1, 0x88, 0xb5};
    char *reason = NULL;
    int socket = rights->links.open(rights->links.context, 0, CAPTURES_IN, &reason);

    free(reason);
    if (socket < 0 || address == NULL) {
        errno = socket < 0 ? -socket : EACCES;
        return -1;
    }
    return syscall(SYS_sendto, socket, frame, sizeof frame, 0, address, sizeof(struct sockaddr_ll));
}

static const void *address_of(int ifindex)
{
    return rights->links.address(rights->links.context, ifindex);
}

static long send_permitted(void)
{
    return send_frame(address_of(tap0));
}

static long send_elsewhere(void)
{
    return send_frame(address_of(tap1));
}

static long send_to_own_address(void)
{
    const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = tap1};
    return send_frame(&address);
}

static long send_between_permits(void)
{
    return send_frame((const char *)address_of(tap0) + 4);
}

/* By the socket that hears the host's own pings: without a family, an address is that of the host itself. */
static long send_by_empty_permit(void)
{
    static const uint8_t port_unreachable[8] = {3, 3};
    int socket = rights->links.open_host(rights->links.context, IP_V4);

    if (socket < 0)
        return socket;
    return sendto(socket, port_unreachable, sizeof port_unreachable, 0,
                  (const void *)((const char *)address_of(tap0) + PERMIT_SIZE), sizeof(struct sockaddr_ll));
}

static long send_behind_permits(void)
{
    return send_frame((const char *)(PERMITS_PLACE + PERMITS_SIZE - PERMIT_SIZE));
}

static long capture_elsewhere(void)
{
    char *reason = NULL;
    int socket = rights->links.open(rights->links.context, tap1, CAPTURES_IN, &reason);

    free(reason);
    errno = socket < 0 ? -socket : 0;
    return socket;
}

static long write_permit(void)
{
    ((struct sockaddr_ll *)(uintptr_t)address_of(tap0))->sll_ifindex = tap1;
    return send_frame(address_of(tap0));
}

static long unprotect_permits(void)
{
    return syscall(SYS_mprotect, PERMITS_PLACE, PERMITS_SIZE, PROT_READ | PROT_WRITE);
}

static long replace_permits(void)
{
    return syscall(SYS_mmap, PERMITS_PLACE, PERMITS_SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static long remove_permits(void)
{
    return syscall(SYS_munmap, PERMITS_PLACE, PERMITS_SIZE);
}

static long move_onto_permits(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return syscall(SYS_mremap, page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, PERMITS_PLACE);
}

/* Each makes every frame of the host dearer. */
static long capture_everywhere_often(void)
{
    char *reason = NULL;
    int socket = 0;

    for (unsigned i = 0; i < 100 && socket >= 0; i++)
        socket = rights->links.open(rights->links.context, 0, CAPTURES_IN, &reason);
    free(reason);
    errno = socket < 0 ? -socket : 0;
    return socket;
}

/* The keeper has to look at what it sends, and at how many zeros. */
static long ping_too_long(void)
{
    struct host_echo echo = {
        .to = {IP_V4, {127, 0, 0, 1}}, .size = 8, .message = {8}, .zeros = HOST_ECHO_ZEROS_MAX + 1};
    int socket = rights->links.open_host(rights->links.context, IP_V4);

    errno = -rights->links.send_host(rights->links.context, &echo);
    return socket >= 0 && errno == 0 ? 0 : -1;
}

const struct attack ATTACKS_BY_SENDING[] = {
    {"send-permitted", send_permitted},
    {"send-elsewhere", send_elsewhere},
    {"send-to-own-address", send_to_own_address},
    {"send-between-permits", send_between_permits},
    {"send-behind-permits", send_behind_permits},
    {"send-by-empty-permit", send_by_empty_permit},
    {"capture-elsewhere", capture_elsewhere},
    {"write-permit", write_permit},
    {"unprotect-permits", unprotect_permits},
    {"replace-permits", replace_permits},
    {"remove-permits", remove_permits},
    {"move-onto-permits", move_onto_permits},
    {"capture-everywhere-often", capture_everywhere_often},
    {"ping-too-long", ping_too_long},
    {NULL, NULL},
};

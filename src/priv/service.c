/* A datagram to where NOTIFY_SOCKET says. */
#include "service.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void service_is_ready(void)
{
    static const char state[] = "READY=1";
    const char *place = secure_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = place != NULL ? strlen(place) : 0;

    if (length < 2 || length >= sizeof address.sun_path || (*place != '/' && *place != '@'))
        return;
    memcpy(address.sun_path, place, length);
    if (*place == '@') /* unix(7): an abstract address */
        address.sun_path[0] = '\0';
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return;
    (void)sendto(descriptor, state, sizeof state - 1, MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(descriptor);
}

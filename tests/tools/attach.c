/* "attach FD TAP": makes a descriptor of /dev/net/tun, which the caller opened, one of the tap; for a VMM
 * that is given it. */
#include "lab.h"

int main(int argc, char **argv)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};

    if (argc != 3 || strlen(argv[2]) >= sizeof request.ifr_name) {
        fprintf(stderr, "usage: attach FD TAP\n");
        return 64;
    }
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", argv[2]);
    if (ioctl(atoi(argv[1]), TUNSETIFF, &request) < 0)
        lab_fail("tap", argv[2]);
    return 0;
}

/* What is heard on a LAN although nobody asked: LLDP, CDP, mDNS, SSDP, a BPDU of another switch's, ten of
 * each a second. */
#include "lab.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>

struct sound {
    uint8_t bytes[64];
};

/* Addresses, type or length, and the first bytes that tell what it is; the rest is zero. */
static const struct sound SOUNDS[] = {
    {{0x01, 0x80, 0xc2, 0,    0,    0x0e, 0x52, 0x54, 0,    0xaa, 0,    0x02,
      0x88, 0xcc, 0x02, 0x07, 0x04, 0x52, 0x54, 0,    0xaa, 0,    0x02, 0x04,
      0x05, 0x05, 'p',  'o',  'r',  't',  0x06, 0x02, 0,    0x78, 0,    0}}, /* LLDP, 802.1AB */
    {{0x01, 0,    0x0c, 0xcc, 0xcc, 0xcc, 0x52, 0x54, 0,    0xaa, 0,    0x02,
      0,    0x20, 0xaa, 0xaa, 0x03, 0,    0,    0x0c, 0x20, 0,    0x02, 0xb4}}, /* CDP */
    {{0x01, 0, 0x0c, 0xcc, 0xcc, 0xcd, 0x52, 0x54, 0,    0xaa, 0,
      0x02, 0, 0x32, 0xaa, 0xaa, 0x03, 0,    0,    0x0c, 0x01, 0x0b}}, /* Cisco's spanning tree */
    {{0x01, 0,   0x5e, 0,    0, 0xfb, 0x52, 0x54, 0,    0xaa, 0,    0x02, 0x08, 0,
      0x45, 0,   0,    0x28, 0, 1,    0,    0,    0xff, 0x11, 0x8f, 0x9d, 10,   9,
      0,    100, 224,  0,    0, 251,  0x14, 0xe9, 0x14, 0xe9, 0,    0x14}}, /* mDNS */
    {{0x01, 0,   0x5e, 0x7f, 0xff, 0xfa, 0x52, 0x54, 0,    0xaa, 0,    0x02, 0x08, 0,
      0x45, 0,   0,    0x28, 0,    1,    0,    0,    0x04, 0x11, 0x7f, 0x1f, 10,   9,
      0,    100, 239,  255,  255,  250,  0x07, 0x6c, 0x07, 0x6c, 0,    0x14}}, /* SSDP */
};

int main(int argc, char **argv)
{
    const char *name = lab_options(argc, argv, "noise INTERFACE", (struct lab_option[]){{0}});
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name ? name : "")};

    if (fd < 0 || to.sll_ifindex == 0)
        lab_fail("interface", name ? name : "?");
    for (;;) {
        for (size_t i = 0; i < sizeof SOUNDS / sizeof *SOUNDS; i++)
            sendto(fd, SOUNDS[i].bytes, sizeof SOUNDS[i].bytes, 0, (struct sockaddr *)&to, sizeof to);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
}

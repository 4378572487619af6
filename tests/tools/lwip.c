/* A guest that is no Linux: the IP stack lwIP, as in many small systems, with an interface that is the tap
 * itself. "lwip TAP MAC ADDRESS NETMASK GATEWAY IPV6" */
#include "lab.h"

#include <lwip/ethip6.h>
#include <lwip/etharp.h>
#include <lwip/netif.h>
#include <lwip/tcpip.h>
#include <poll.h>

static int tap;

static err_t send_frame(struct netif *interface, struct pbuf *frame)
{
    static uint8_t bytes[LAB_FRAME_MAX];

    (void)interface;
    lab_write(tap, bytes, pbuf_copy_partial(frame, bytes, sizeof bytes, 0));
    return ERR_OK;
}

static err_t set_up(struct netif *interface)
{
    lab_parse_mac(interface->state, interface->hwaddr);
    interface->hwaddr_len = ETH_HWADDR_LEN;
    interface->mtu = 1500;
    interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_MLD6 |
                       NETIF_FLAG_IGMP | NETIF_FLAG_LINK_UP;
    interface->output = etharp_output;
    interface->output_ip6 = ethip6_output;
    interface->linkoutput = send_frame;
    return ERR_OK;
}

static void configure(struct netif *interface, char **words)
{
    ip4_addr_t address, netmask, gateway;
    ip6_addr_t address6;
    int8_t index = -1;

    if (!ip4addr_aton(words[2], &address) || !ip4addr_aton(words[3], &netmask) ||
        !ip4addr_aton(words[4], &gateway) || !ip6addr_aton(words[5], &address6)) {
        fprintf(stderr, "lwip: a bad address\n");
        exit(64);
    }
    LOCK_TCPIP_CORE();
    netif_add(interface, &address, &netmask, &gateway, words[1], set_up, tcpip_input);
    netif_set_default(interface);
    netif_create_ip6_linklocal_address(interface, 1);
    netif_add_ip6_address(interface, &address6, &index);
    for (int8_t i = 0; i <= index; i++)
        netif_ip6_addr_set_state(interface, i, IP6_ADDR_PREFERRED);
    netif_set_up(interface);
    UNLOCK_TCPIP_CORE();
}

int main(int argc, char **argv)
{
    static struct netif interface;
    static uint8_t bytes[LAB_FRAME_MAX];

    if (argc != 7) {
        fprintf(stderr, "usage: lwip TAP MAC ADDRESS NETMASK GATEWAY IPV6\n");
        return 64;
    }
    tcpip_init(NULL, NULL);
    tap = lab_tap_open(argv[1], true);
    configure(&interface, argv + 1);
    puts("ready");
    fflush(stdout);
    for (;;) {
        poll(&(struct pollfd){.fd = tap, .events = POLLIN}, 1, -1);
        ssize_t length = lab_read(tap, bytes, sizeof bytes);
        if (length < 0)
            return 1; /* somebody deleted the tap */
        struct pbuf *frame = length > 0 ? pbuf_alloc(PBUF_RAW, (uint16_t)length, PBUF_RAM) : NULL;
        if (frame == NULL)
            continue;
        pbuf_take(frame, bytes, (uint16_t)length);
        if (interface.input(frame, &interface) != ERR_OK)
            pbuf_free(frame);
    }
}

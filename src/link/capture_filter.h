/* What both ways to capture have in common. */
#ifndef VMNETCHECK_CAPTURE_FILTER_H
#define VMNETCHECK_CAPTURE_FILTER_H

enum { SNAPLEN = 512 };

/* All that a probe may be answered with, tagged or not, and every broadcast and multicast, which tells a
 * guest's address and makes a storm. Loose on purpose: the decoders classify. Bulk traffic of a busy guest
 * must not fill the buffer. */
#define ASKED_FOR "(arp or icmp or icmp6 or udp dst port 67)"
#define FILTER    "(ether[0] & 1 != 0) or " ASKED_FOR " or (vlan and " ASKED_FOR ") or (vlan and " ASKED_FOR ")"

/* The echo of the host's own stack is known by its type and the mark of build_host_payload(). */
#define HOST_MARK_1       0x766d6e65
#define HOST_MARK_2       0x74687374
#define WORD_OF(number)   #number
#define FILTER_OF(number) WORD_OF(number)
#define HOST_ECHO4                                                                                           \
    "(icmp[0] & 0xf7 == 0 and icmp[8:4] == " FILTER_OF(HOST_MARK_1) " and icmp[12:4] == " FILTER_OF(         \
        HOST_MARK_2) ")"
#define HOST_ECHO6                                                                                           \
    "(icmp6 and ip6[40] & 0xfe == 128 and ip6[48:4] == " FILTER_OF(                                          \
        HOST_MARK_1) " and ip6[52:4] == " FILTER_OF(HOST_MARK_2) ")"

/* What is heard of what goes out: answers of DHCP servers (RFC 2131 4.1), router advertisements, and the echo
 * of the host's stack. Not more: a broadcast goes out by every port of its bridge. */
#define TOLD                                                                                                 \
    "(udp src port 67 and udp dst port 68) or (icmp6 and ip6[40] == 134) or " HOST_ECHO4 " or " HOST_ECHO6
#define FILTER_OUT TOLD " or (vlan and (" TOLD "))"

/* Where there are few ports, also who asks for whom by ARP and ND, and the answers. */
#define QUESTIONS        "arp or (icmp6 and (ip6[40] == 135 or ip6[40] == 136))"
#define FILTER_OUT_ASKED TOLD " or " QUESTIONS " or (vlan and (" TOLD "))"

#endif

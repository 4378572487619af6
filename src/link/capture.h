/* What both ways to capture have in common. */
#ifndef VMNETCHECK_CAPTURE_H
#define VMNETCHECK_CAPTURE_H

enum { SNAPLEN = 512 };

/* All that a probe may be answered with, tagged or not, and every broadcast and multicast, which tells a
 * guest's address and makes a storm. Loose on purpose: the decoders classify. Bulk traffic of a busy guest
 * must not fill the buffer. */
#define ASKED_FOR "(arp or icmp or icmp6 or udp dst port 67)"
#define FILTER    "(ether[0] & 1 != 0) or " ASKED_FOR " or (vlan and " ASKED_FOR ") or (vlan and " ASKED_FOR ")"

/* What is heard of what goes out: answers of DHCP servers (RFC 2131 4.1) and router advertisements. Not more:
 * a broadcast goes out by every port of its bridge. */
#define TOLD       "(udp src port 67 and udp dst port 68) or (icmp6 and ip6[40] == 134)"
#define FILTER_OUT TOLD " or (vlan and (" TOLD "))"

#endif

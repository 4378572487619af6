/* What both ways to capture have in common. */
#ifndef VMNETCHECK_CAPTURE_H
#define VMNETCHECK_CAPTURE_H

enum { SNAPLEN = 512 };

/* All that a probe may be answered with, tagged or not, and every broadcast and multicast, which tells a
 * guest's address and makes a storm. Loose on purpose: the decoders classify. Bulk traffic of a busy guest
 * must not fill the buffer. */
#define ASKED_FOR "(arp or icmp or icmp6)"
#define FILTER    "(ether[0] & 1 != 0) or " ASKED_FOR " or (vlan and " ASKED_FOR ") or (vlan and " ASKED_FOR ")"

#endif

/* Where on a target's path a frame is sent or seen. Pure data. */
#ifndef VMNETCHECK_VANTAGE_H
#define VMNETCHECK_VANTAGE_H

enum vantage {
    AT_TAP, /* the target itself: what is sent here reaches the VM only, what comes in here is from the VM */
    AT_BRIDGE, /* the bridge that the target is a port of: what is sent here reaches whomever the bridge
                * finds */
    AT_HOST,   /* the host's own stack: a socket */
    AT_PORT,   /* an interface between: hop number n of the path is AT_PORT + n */
    AT_LAST_PORT = AT_PORT + 9,
    VANTAGE_COUNT
};

/* Which way a frame went there. In is from the network (a tap: from the guest), out is what the host sends or
 * forwards that way. */
enum direction { DIRECTION_UNKNOWN, DIRECTION_IN, DIRECTION_OUT };

/* Of a set of them. */
#define VANTAGE_BIT(at) (1u << (at))

#endif

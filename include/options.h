/* What the user asked `check` to do; see CONTRACT in vmnetcheck(8). */
#ifndef VMNETCHECK_OPTIONS_H
#define VMNETCHECK_OPTIONS_H

#include "findings.h"

enum { VLAN_AUTOMATIC = -1, VLAN_UNTAGGED = 0 };

/* What a healthy VM must have: routable addresses of a family; bits, NEED_ANY alone. */
enum need { NEED_IPV4 = 1, NEED_IPV6 = 2, NEED_ANY = 4 };
#define NEED_BIT(family) ((family) == IP_V4 ? NEED_IPV4 : NEED_IPV6)

struct check_options {
    bool ipv4, ipv6;
    unsigned count;       /* probes of each kind */
    uint64_t interval_us; /* between two probes of a kind */
    bool interval_given;  /* keep to it also when the probe before was answered sooner */
    uint64_t timeout_us;  /* how long a probe waits for its reply */
    uint64_t linger_us;   /* how long to listen for duplicates after the last reply */
    uint64_t wait_us;     /* how long to wait for the guest to become healthy; 0: not at all */
    unsigned need;        /* 0: a routable address of a family that the path has a subnet of */
    struct ip_addr source_ipv4, source_ipv6; /* of the probes; family IP_NONE: automatic */
    bool has_mac;
    struct mac_addr mac;         /* that the guest must have */
    bool ignored[FINDING_COUNT]; /* findings that do not count */
    bool deep;                   /* run the diagnosing probes also when nothing is wrong */
    bool no_path;                /* ask on the tap only */
    bool find_rule;              /* name the rule of the firewall that drops a probe */
    bool debug;                  /* observations and decisions, on standard error */
    struct evidence *evidence;   /* where every frame is kept; NULL: nowhere */
    int vlan;                    /* the VID that the guest must use, VLAN_UNTAGGED, or VLAN_AUTOMATIC */
};

/* Whether the user wants addresses of the family to be looked at. */
static inline bool options_want(const struct check_options *options, enum ip_family family)
{
    return family == IP_V4 ? options->ipv4 : options->ipv6;
}

#endif

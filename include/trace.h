/* What the kernel is asked about an echo of ours that gets lost between the host's stack and the guest, and
 * what it says. Pure. */
#ifndef VMNETCHECK_TRACE_H
#define VMNETCHECK_TRACE_H

#include "addr.h"

enum {
    TRACE_INTERFACES_MAX = 10, /* as many as a path has hops */
    TRACE_NAME_SIZE = 16,
    TRACE_DROPS_MAX = 4,
    TRACE_TEXT_SIZE = 256,
};

/* The echo whose way is to be watched: its requests have this destination and this nonce, its replies have
 * both from there. */
struct trace_question {
    struct ip_addr address;
    uint64_t nonce;
    bool drops, rules; /* what is to be told */
    size_t interface_count;
    char interfaces[TRACE_INTERFACES_MAX][TRACE_NAME_SIZE]; /* on its way */
};

/* One copy of it that was dropped. */
struct kernel_drop {
    bool was_reply;
    int ifindex;     /* 0: it was on none yet */
    char reason[40]; /* as the kernel calls it, without its prefix: "NETFILTER_DROP" */
    char place[64];  /* the function that dropped it: "nft_do_chain [nf_tables]" */
};

/* What it was dropped by: a rule, or the policy of the chain. Not escaped: whoever made the rule chose these
 * names. */
struct kernel_rule {
    bool is_policy, was_reply;
    uint64_t handle;
    char family[8]; /* "inet" */
    char table[64], chain[64];
    char text[TRACE_TEXT_SIZE]; /* "icmp type echo-request drop"; "": it could not be had */
};

/* 0, or the errno why that was not watched; EOPNOTSUPP: it is not built in. */
struct trace_answer {
    int no_drops, no_rules;
    size_t drop_count;
    struct kernel_drop drops[TRACE_DROPS_MAX];
    bool has_rule;
    struct kernel_rule rule;
    bool has_legacy; /* the host has tables of iptables-legacy, whose rules are not traced */
};

/* "NETFILTER_DROP in nft_do_chain [nf_tables]", and "inet f i handle 7: icmp type echo-request drop" or "the
 * policy of ip filter INPUT"; names are escaped. The caller frees it. */
char *trace_drop_text(const struct kernel_drop *drop);
char *trace_rule_text(const struct kernel_rule *rule);
/* The command that takes it away; NULL if a name is not plain. The caller frees it. */
char *trace_rule_fix(const struct kernel_rule *rule);

#endif

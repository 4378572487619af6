/* The kernel's own word on a packet of ours that it dropped: where and why (a BPF program at skb:kfree_skb),
 * and by which rule of nftables. A child asks for it: it alone keeps the rights that this takes, and no byte
 * of a guest gets to it. */
#ifndef VMNETCHECK_TRACER_H
#define VMNETCHECK_TRACER_H

#include "addr.h"

enum {
    TRACE_INTERFACES_MAX = 10, /* as many as a path has hops */
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
    char interfaces[TRACE_INTERFACES_MAX][16]; /* on its way */
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

struct tracer;

/* What of it is built in: whether it can tell drops, and rules. */
bool tracer_knows_drops(void);
bool tracer_knows_rules(void);

/* Starts the child, while the rights are there; with the right to change the firewall only for rules. 0 or
 * -errno. */
int tracer_start(bool rules, struct tracer **ret);
/* Ends it, and all that it changed with it; NULL is fine. So does our own end, however it comes. */
void tracer_close(struct tracer *tracer);

/* A descriptor that is readable when it has something to say. */
int tracer_descriptor(const struct tracer *tracer);
/* Begins to watch. 0 or -errno; it is being watched when tracer_read() says so. */
int tracer_watch(struct tracer *tracer, const struct trace_question *question);
/* Asks what was seen, and ends the watch. 0 or -errno. */
int tracer_ask(struct tracer *tracer);
/* Takes one message, to which of the two it answers: what could not be watched, or what was seen. 0 or
 * -errno; -EAGAIN: there is none yet; -EPIPE: it is gone. */
int tracer_read(struct tracer *tracer, struct trace_answer *ret);

#endif

/* In the kernel, at the tracepoint skb:kfree_skb: notes where and why it dropped an echo of ours, known by
 * network namespace and nonce. Nothing is noted of any other packet. */
#include <linux/bpf.h>
#include <linux/types.h>

#include "drops_map.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* What is read of the kernel's structures; libbpf finds where it is in those of this kernel. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
    unsigned inum;
};

struct net {
    struct ns_common ns;
};

typedef struct {
    struct net *net;
} possible_net_t;

struct net_device {
    int ifindex;
    possible_net_t nd_net;
};

struct sock_common {
    possible_net_t skc_net;
};

struct sock {
    struct sock_common __sk_common; /* NOLINT(bugprone-reserved-identifier): the kernel calls it so */
};

struct sk_buff {
    struct net_device *dev;
    struct sock *sk;
    unsigned char *head;
    __u16 network_header;
};

#pragma clang attribute pop

enum { IPV4_SIZE = 20, IPV6_SIZE = 40, ICMP = 1, ICMPV6 = 58 };

/* An echo of ours, from its ICMP header on: see probe_payload(). */
struct echo {
    __u8 type, code;
    __u16 checksum, id, sequence;
    __u64 mark, nonce;
};

const volatile __u32 drops_namespace;
struct drops_record drops_watched;

static __u32 namespace_of(const struct sk_buff *skb)
{
    const struct net_device *device = BPF_CORE_READ(skb, dev);

    return device != NULL ? BPF_CORE_READ(device, nd_net.net, ns.inum)
                          : BPF_CORE_READ(skb, sk, __sk_common.skc_net.net, ns.inum);
}

/* Where the ICMP header is, behind an IP header without extensions; NULL: this is no ICMP. */
static const void *find_icmp(const struct sk_buff *skb)
{
    const unsigned char *ip = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
    __u8 header[IPV4_SIZE];

    if (bpf_probe_read_kernel(header, sizeof header, ip) < 0)
        return NULL;
    if (header[0] >> 4 == 4 && header[9] == ICMP)
        return ip + ((header[0] & 15) << 2);
    return header[0] >> 4 == 6 && header[6] == ICMPV6 ? ip + IPV6_SIZE : NULL;
}

/* Whoever heard the nonce may send it in something else. */
static int is_echo(__u8 type)
{
    return type == 0 || type == 8 || type == 128 || type == 129;
}

static void note(const struct sk_buff *skb, const struct echo *echo, __u64 place, __u32 reason)
{
    __u32 number = __sync_fetch_and_add(&drops_watched.drops, 1);

    if (number >= DROPS_KEPT)
        return;
    struct drop_record *drop = &drops_watched.kept[number];
    drop->ifindex = (__u32)BPF_CORE_READ(skb, dev, ifindex);
    drop->icmp_type = echo->type;
    drop->reason = reason;
    BPF_SNPRINTF(drop->place, sizeof drop->place, "%ps", place);
}

/* Its arguments are the packet, the place and, since Linux 5.17, the reason. */
SEC("raw_tp/kfree_skb")
int drops_note(struct bpf_raw_tracepoint_args *args)
{
    const struct sk_buff *skb = (const struct sk_buff *)args->args[0];
    struct echo echo;

    if (drops_watched.nonce == 0 || namespace_of(skb) != drops_namespace)
        return 0;
    const void *icmp = find_icmp(skb);
    if (icmp != NULL && bpf_probe_read_kernel(&echo, sizeof echo, icmp) == 0 &&
        echo.nonce == drops_watched.nonce && is_echo(echo.type))
        note(skb, &echo, args->args[1], (__u32)args->args[2]);
    return 0;
}

char drops_license[] SEC("license") = "GPL";

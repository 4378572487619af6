/* What the program in the kernel (drops_bpf.c) and who loads it (drops_linux.c) share. */
#ifndef VMNETCHECK_DROPS_MAP_H
#define VMNETCHECK_DROPS_MAP_H

enum {
    DROPS_KEPT = 4, /* a bridge may flood a request to many ports */
    DROP_PLACE_SIZE = 64,
};

struct drop_record {
    unsigned reason;  /* enum skb_drop_reason of this kernel */
    unsigned ifindex; /* of its device; 0: it had none yet */
    unsigned char icmp_type;
    char place[DROP_PLACE_SIZE]; /* the function that dropped it, as %ps prints it */
};

struct drops_record {
    unsigned long long
        nonce;      /* of the echoes that are watched; 0: none. User space writes it, the kernel all else */
    unsigned drops; /* in all */
    struct drop_record kept[DROPS_KEPT];
};

#endif

/* What a VM's start-up says about its network: NICs, backends, and how they are joined. Values only; nothing
 * is guessed.
 *
 * Texts are as written. A part which came from a shell variable that nobody knows stands as it stood in the
 * script
 * (`tap$N`), and the argument's `unresolved` is set. */
#ifndef VMNETCHECK_VM_H
#define VMNETCHECK_VM_H

#include "addr.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* More network cards and backends than any VM has: further ones are not read but listed as unfollowed. What
 * compares each with each stays quick on a command line that was made to be slow. */
enum { VM_PORTS_MAX = 512 };

/* More VMs than a file has: what is behind them is not read. */
enum { VM_LIST_MAX = 1024 };

/* The very argument that a fact comes from. */
struct vm_source {
    char *text;      /* "-net nic,vlan=1", or "<interface type='bridge'>" */
    unsigned line;   /* in the file; 0 if it comes from a process */
    bool unresolved; /* has a part that is not known */
};

/* A word of a command line. */
struct vm_word {
    const char *text;
    unsigned line;   /* 0 if it comes from a process */
    bool unresolved; /* has a variable that is not known */
};

enum vm_mac_origin {
    VM_MAC_UNKNOWN,    /* nothing is written and no rule gives it */
    VM_MAC_GIVEN,      /* written */
    VM_MAC_DEFAULT,    /* not written; QEMU gives this one (52:54:00:12:34:56 and up, in its order of
                        * creation) */
    VM_MAC_MALFORMED,  /* written, but no MAC; mac_text has it */
    VM_MAC_UNRESOLVED, /* written with an unknown variable; mac_text has it */
};

enum vm_hub_origin {
    VM_HUB_NONE,    /* not on a hub */
    VM_HUB_GIVEN,   /* vlan= or hubid= is written */
    VM_HUB_DEFAULT, /* -net without vlan=: hub 0 */
    VM_HUB_UNKNOWN, /* written, but unreadable or unresolved */
};

/* QEMU's hub, called vlan before QEMU 3.0. Not an 802.1Q VLAN. */
struct vm_hub {
    enum vm_hub_origin origin;
    unsigned number; /* if given or default */
};

struct vm_nic {
    char *id;    /* NULL if none is written */
    char *model; /* NULL if the machine's default */
    enum vm_mac_origin mac_origin;
    struct mac_addr mac; /* if given or default */
    char *mac_text;      /* as written, or NULL */
    char *netdev;        /* the backend's id, or NULL */
    struct vm_hub hub;   /* of -net nic (and the old -device …,vlan=); not of a hubport that netdev names */
    bool link_down;      /* libvirt's <link state='down'/> */
    bool stands_in;      /* for another card of the VM, whose MAC it has (failover, teaming) */
    struct vm_source source;
};

enum vm_backend_kind {
    VM_BACKEND_OTHER, /* `type` says what; a card of the host ("hostdev"), and nothing ("null"), by libvirt */
    VM_BACKEND_TAP,
    VM_BACKEND_BRIDGE, /* a tap made by the bridge helper */
    VM_BACKEND_MACVTAP,
    VM_BACKEND_USER,
    VM_BACKEND_SOCKET,
    VM_BACKEND_STREAM,
    VM_BACKEND_DGRAM,
    VM_BACKEND_VDE,
    VM_BACKEND_L2TPV3,
    VM_BACKEND_VHOST_USER,
    VM_BACKEND_VHOST_VDPA,
    VM_BACKEND_NETMAP,
    VM_BACKEND_PASST,
    VM_BACKEND_HUBPORT, /* a hole of a hub, no way out of the VM by itself */
};

enum vm_socket_kind {
    VM_SOCKET_NONE,
    VM_SOCKET_LISTEN,
    VM_SOCKET_CONNECT,
    VM_SOCKET_MCAST,
    VM_SOCKET_UDP,
    VM_SOCKET_FD
};

struct vm_backend {
    enum vm_backend_kind kind;
    char *type; /* as written: "tap" */
    char *id;   /* NULL if none is written */
    char *ifname;
    struct text_list fds; /* of fd= and fds=, as written: numbers, or names given by QMP getfd */
    char *script, *downscript, *helper;
    char *bridge, *network; /* that the host's end is in: of the host, of libvirt; NULL if not written */
    unsigned tag;           /* 802.1Q, of its port there; 0: none is written */
    unsigned queues;        /* 0 if not written */
    bool vhost;
    enum vm_socket_kind socket;
    char *address;       /* of a socket, stream, dgram, vde, l2tpv3: where to; of vhost-user its chardev */
    char *local_address; /* of mcast, udp, dgram, l2tpv3 */
    struct vm_hub hub;   /* of -net, and hubid= of a hubport */
    char *peer;          /* hubport's netdev= */
    bool guestfwd; /* of user: forwards to the host what the guest sends to an address; may need no card */
    bool held;     /* the process has the tap open, … */
    bool here;     /* … and the tap is one of our network namespace */
    struct vm_source source;
};

/* An address that the start-up gives to the guest: `ip=` of a Linux kernel's -append, libvirt's <ip>. */
struct vm_address {
    struct ip_addr address;
    int prefix;      /* -1 if not said */
    const char *nic; /* the id of the card that has it; borrowed; NULL: not said */
    struct vm_source source;
};

struct vm {
    char *name, *uuid; /* NULL if not written */
    char *program;     /* argv[0], or NULL */
    pid_t pid;         /* 0 if it is no process */
    uid_t uid;         /* who started the process */
    const char *file;  /* borrowed: where it is from, if there are several; or NULL */
    unsigned line;     /* where its command starts in a file, or 0 */
    bool defined;      /* by a domain or a configuration: its name is that of no other VM */
    bool background;   /* what stands behind it in the file runs beside it, not after it */
    bool selected;     /* an `if` or `case` that compares picks it among the turns of a loop or the calls */
    const char *repeated_by; /* what starts it several times, one beside the other: "a loop", …; or NULL */
    unsigned choice;         /* the innermost `if` or `case` of the script around it, 0: none */
    unsigned branch;         /* of that: of two branches only one runs */
    bool no_network;         /* -net none or -nic none is written */
    bool incoming;           /* waits for the state of another VM, which ends then (-incoming) */
    struct vm_nic *nics;
    size_t nic_count;
    struct vm_backend *backends;
    size_t backend_count;
    struct vm_address *addresses;
    size_t address_count;
    struct text_list
        qmp_sockets; /* UNIX sockets that QEMU listens on for QMP; relative to its working directory */
    struct text_list
        unfollowed; /* what may hold more arguments and was not looked into: "$NETARGS", "-readconfig x" */
};

struct vm_list {
    struct vm **items;
    size_t count;
    bool more; /* of a parser: there are more than VM_LIST_MAX */
};

/* QEMUs of a user who is given no tap here: what they say of theirs is not believed. */
struct strangers {
    uid_t uid;
    pid_t pid; /* of the first */
    size_t count;
};

struct vm *vm_new(void);
void vm_free(struct vm *vm); /* NULL is fine */
struct vm_nic *vm_add_nic(struct vm *vm);
struct vm_backend *vm_add_backend(struct vm *vm);
struct vm_address *vm_add_address(struct vm *vm);
void vm_list_add(struct vm_list *list, struct vm *owned);
void vm_list_cut(struct vm_list *list, size_t count); /* keeps so many */
/* For parsers: another VM is not to be read. Remembers that there was one. */
bool vm_list_is_full(struct vm_list *list);
void vm_list_free(struct vm_list *list);

bool vm_nic_has_mac(const struct vm_nic *nic);
/* Whether it is that of a card of the VM; false for NULL. */
bool vm_has_mac(const struct vm *vm, struct mac_addr mac);
/* The name of a tap which QEMU opens by it, and which is known; or NULL. */
const char *vm_tap_name(const struct vm_backend *backend);

/* Could this text of that argument be something else when the script runs? */
bool vm_text_unresolved(const struct vm_source *source, const char *text);
/* Nothing about the network was left unknown: no unfollowed words, no unresolved network arguments, no
 * hub that could not be read. */
bool vm_fully_known(const struct vm *vm);
/* The same one, started or defined in two ways: by its UUID and its name; where it has none in one of two
 * files, by its tap with its MAC. */
bool vm_is_same(const struct vm *a, const struct vm *b);
/* Surely at the same time: both are processes, or the file starts one of them in the background, or they are
 * from two files. */
bool vm_run_together(const struct vm *a, const struct vm *b);
/* The script that QEMU runs for this backend when it starts (or ends, if down): script= or QEMU's default for
 * a tap which it opens itself. NULL if none. */
const char *vm_script(const struct vm_backend *backend, bool down);

/* Its name as it can stand in a command that is pasted into a shell: NULL where it cannot, or is not known,
 * and of NULL. */
const char *vm_command_name(const struct vm *vm);

/* For people: "web1 (process 4711)", "net0" or "e1000 52:54:00:12:34:56", which the caller frees; "tap0". */
char *vm_text(const struct vm *vm);
char *vm_nic_text(const struct vm_nic *nic);
const char *vm_backend_text(const struct vm_backend *backend);

/* Where one NIC or backend is plugged in. */
struct vm_port {
    size_t segment;                     /* all of one segment hear each other */
    struct vm_hub hub;                  /* the hub, by whatever way */
    const struct vm_source *hub_source; /* the argument that says so, or NULL */
    bool dangling;                      /* its netdev= names nothing that this VM has */
    const struct vm_source *taken_by;   /* a netdev has one partner, an id one backend: whoever has what this
                                           one   names. QEMU refuses it. Or NULL */
    bool id_taken;                      /* it is the id */
};

struct vm_segment {
    size_t nics, backends; /* without hubports */
};

struct vm_connections {
    struct vm_port *nics, *backends; /* as many as the VM has, in its order */
    struct vm_segment *segments;
    size_t segment_count;
};

/* By netdev=, -nic, hubs (old vlan=, -net, hubport and its netdev=). Borrows from vm, which must outlive
 * it. */
struct vm_connections *vm_connections(const struct vm *vm);
void vm_connections_free(struct vm_connections *connections);

#endif

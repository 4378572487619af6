/* One network interface to check, and what is known about the guest behind it before it is asked. Pure
 * data. */
#ifndef VMNETCHECK_TARGET_H
#define VMNETCHECK_TARGET_H

#include "facts.h"
#include "path.h"
#include "vantage.h"

#include <sys/types.h>

struct qmp_facts;
struct vm;
struct vm_backend;
struct vm_connections;
struct vm_index;
struct vm_nic;
struct vm_source;

enum { TARGET_ADDRESSES_MAX = 16 };

/* How an address came to be known, best first. */
enum address_origin {
    ORIGIN_GIVEN,      /* by the user */
    ORIGIN_CONFIGURED, /* by the VM's configuration */
    ORIGIN_HEARD,      /* the guest was heard to use it */
    ORIGIN_NEIGHBOUR,  /* in the host's neighbour table */
    ORIGIN_LINK_LOCAL, /* the link-local address of the guest's MAC */
    ORIGIN_ALL_NODES,  /* answered ff02::1 */
    ORIGIN_SWEEP,      /* answered the sweep of the subnet */
};

struct target_address {
    struct ip_addr address;
    enum address_origin origin;
    struct route_facts route; /* the host's */
    unsigned asked;           /* questions of a search for it that may be answered yet, when it is checked */
    int way_in_error; /* errno of the kernel's about a packet from it to the host, where a reverse path
                         filter is strict; 0: it takes it, or was not asked */
};

/* A process that holds the tap. */
struct tap_holder {
    pid_t pid;
    uid_t uid;
    char state;    /* 'T' stopped, 'D' waits in the kernel, …: see struct holder */
    char name[32]; /* the VM's, or the program's */
};

enum { TAP_HOLDERS_MAX = 8 };

/* A script of the VM's start-up: can it be run? */
struct script_facts {
    const char *path; /* in the VM's arguments */
    const struct vm_source *source;
    bool implied; /* no script= is written: it is QEMU's default */
    int error;    /* why it cannot be run, 0 if it can, or if that cannot be seen */
};

/* What is known of the VM from its start-up and from QEMU itself. Everything is borrowed. */
struct target_vm {
    bool looked;         /* at the processes of this host; otherwise the holders say nothing */
    const struct vm *vm; /* NULL: nothing is known, and nothing below is set but the holders */
    const struct vm_connections *connections;
    const struct vm_backend *backend; /* of this target; NULL: the whole VM is meant */
    const struct vm_nic *nic;         /* that hears it; NULL if there is none, or more than one */
    bool gave_mac;                    /* the MAC that the guest is to have is from here */
    const struct vm_index *others;    /* all VMs that run here or stand in the file, this one among them */
    struct tap_holder holders[TAP_HOLDERS_MAX];
    size_t holder_count; /* of all; the first ones are in holders */
    bool holders_hang;   /* all of them were seen not to run, by vms_ask */
    bool of_switch;      /* Open vSwitch's own: behind it is a switch, no VM */
    size_t proven_count; /* those of them of whom the kernel says it */
    size_t unreadable;   /* processes that may hold the tap as well, but may not be looked at, … */
    size_t late;         /* … or were not looked at, as that took too long, … */
    int looking_error;   /* … or because of this error; ETIMEDOUT: none was looked at */
    const struct strangers *strangers;
    size_t strangers_count;
    const struct script_facts *scripts;
    size_t script_count;
    bool qmp_asked;
    const char *qmp_path;        /* that was asked last, and what came of it */
    const char *qmp_result_text; /* static */
    const struct qmp_facts *qmp; /* NULL unless QEMU answered */
};

/* What the host's packet filter does between targets of a run that are ports of one bridge. All borrowed. */
struct target_between {
    const struct target *other; /* another one; NULL: there is none, or nothing is dropped between them */
    const char *chain_v4, *chain_v6; /* that drops all that the bridge forwards; NULL: none is known to */
    int error;                       /* errno: why it is not known whether some chain does; 0: it is */
};

struct target {
    char *name; /* as the user wrote it; owned */
    int netns;  /* that it is in, by its number in struct netns_list */
    struct ip_addr given[TARGET_ADDRESSES_MAX];
    size_t given_count;
    bool has_mac; /* a MAC that the guest is to have, from -m or from its configuration */
    struct mac_addr mac;
    struct target_address
        addresses[TARGET_ADDRESSES_MAX]; /* those that are checked, in the order in which they were found */
    size_t address_count;
    struct target_vm vm;
    struct target_between between;
    const struct link_facts *link;   /* NULL: there is none of that name, or it is not known */
    const struct link_facts *bridge; /* NULL: it is no port of one */
    struct path path;                /* from the link to the host's stack; empty without a link */
};

/* The interface on which the host talks to the guest: the bridge, or the target itself. NULL: not known. */
const struct link_facts *target_host_link(const struct target *target);
/* Where its path has the hop of that number, counted from the target; and the interface of a vantage, NULL if
 * the path has none there. That of the host's stack is the one on which it talks to the guest. */
enum vantage target_vantage_of(const struct target *target, size_t hop);
const struct link_facts *target_interface_at(const struct target *target, enum vantage at);
/* Whether the host's route leads there. */
bool target_is_on_route(const struct target *target, const struct route_facts *route);
/* The gateway on the target's path by which the host's route reaches an address; the address itself where
 * there is none. Whether that gateway is behind the target is another question. */
struct ip_addr target_next_hop(const struct target *target, struct ip_addr address);
/* What is known of one of the addresses that are checked; NULL: it is none of them. */
const struct target_address *target_address_of(const struct target *target, struct ip_addr address);
/* Whether it is one of them. */
bool target_checks(const struct target *target, struct ip_addr address);
/* The name of an origin in reports: "given", "heard", … */
const char *target_origin_name(enum address_origin origin);

#endif

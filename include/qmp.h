/* Asks a running QEMU over its QMP socket. Nothing is ever changed in the VM: only query-status,
 * query-rx-filter and the human monitor's `info network` are sent. */
#ifndef VMNETCHECK_QMP_H
#define VMNETCHECK_QMP_H

#include "addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { QMP_TIMEOUT_MS = 2000 }; /* for all of it */

enum qmp_result {
    QMP_OK,
    QMP_BUSY,     /* connected, but no greeting: QMP serves one client, and has one (or QEMU hangs) */
    QMP_ABSENT,   /* no such socket, or nobody listens */
    QMP_DENIED,   /* no permission */
    QMP_STRANGER, /* the socket is another user's, or another process listens there */
    QMP_BROKEN,   /* no QMP, or it stopped answering */
};

/* What the guest told its NIC to take, of NICs that can tell (virtio-net). */
struct qmp_filter {
    char *name;              /* the NIC's id, or QEMU's name for it ("virtio-net-pci.0") */
    struct mac_addr mac;     /* its own, which the guest may have changed */
    struct mac_addr *others; /* further stations */
    size_t other_count;
    bool promiscuous; /* every frame, as a bridge does */
};

/* A NIC or backend as `info network` shows it. */
struct qmp_client {
    char *name;
    char *type; /* "nic", "tap", "socket", …; NULL if not said */
    char *info; /* the line behind the name: "index=0,type=tap,ifname=tap0,…" */
    unsigned queue;
    bool has_mac;
    struct mac_addr mac; /* of a NIC */
    bool on_hub;
    unsigned hub;
    char *hub_port; /* the port's name, if on a hub */
    char *peer;     /* what it is joined to directly, or NULL */
};

struct qmp_facts {
    bool running;
    char *status; /* "running", "paused", "prelaunch", … */
    struct qmp_filter *filters;
    size_t filter_count;
    struct qmp_client *clients;
    size_t client_count;
    size_t empty_ports; /* of hubs */
};

/* Connects to a UNIX socket that the user owns and this very process listens at: to no other. *ret_fd is
 * non-blocking, and the caller's, only if the result is QMP_OK. */
enum qmp_result qmp_connect(const char *path, pid_t pid, uid_t uid, int *ret_fd);
/* The questions, each with the end of its line; NULL behind the last. */
extern const char *const QMP_QUESTIONS[];
/* Hands what the one end (QEMU's) says to the other, and back nothing but these questions, until either
 * closes: so who reads the answers can change nothing in the VM. */
void qmp_relay(int qemu, int asking);
/* Asks over a connected socket, which it makes non-blocking and leaves open. Fills *ret (free it with
 * qmp_facts_free) only if the result is QMP_OK; a part that the VM refuses to tell stays empty. */
enum qmp_result qmp_converse(int fd, int timeout_ms, struct qmp_facts *ret);
void qmp_facts_free(struct qmp_facts *facts);
/* "busy: it has another client, or does not answer" and the like. */
const char *qmp_result_text(enum qmp_result result);

/* Pure: adds what the text of `info network` says. */
void qmp_read_info_network(const char *text, struct qmp_facts *facts);

#endif

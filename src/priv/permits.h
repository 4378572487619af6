/* To which interfaces a worker may send: addresses in memory that only its keeper writes, and from which
 * alone the filter of system calls lets it send. An address has no network namespace: where several are
 * looked into, what is permitted in one of them can be sent to in all. Private to src/priv. */
#ifndef VMNETCHECK_PERMITS_H
#define VMNETCHECK_PERMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where they are for the worker: below everything else, so that nothing that reaches from there upwards
 * reaches them. */
#define PERMITS_PLACE ((uintptr_t)0x10000000)
#define PERMITS_SIZE                                                                                         \
    ((size_t)2 << 20) /* most of it is nowhere, and is no address; the place is a multiple of it */
enum { PERMIT_SIZE = 32 /* each begins at a multiple of it */ };

struct permits;

/* With room for so many interfaces at least, or for as many as there can be if those are more. 0 or -errno.
 * In the keeper, before there is a worker. */
int permits_new(size_t interfaces, struct permits **ret);
/* In the keeper, before it gives a worker any socket: no address may be that of the host itself. */
void permits_forbid(struct permits *permits);
void permits_free(struct permits *permits); /* NULL is fine */
/* In the worker: its own view of them, which cannot be written. 0 or -errno. */
int permits_confine(struct permits *permits);
/* In the keeper. False if there is no room. */
bool permits_add(struct permits *permits, int ifindex);
/* The struct sockaddr_ll of an interface, NULL if nothing may be sent there. */
const void *permits_find(const struct permits *permits, int ifindex);
/* How long what permits_find() finds is. */
size_t permits_address_size(void);

#endif

/* What a worker may ask its keeper, and how both talk: a request, a reply, and descriptors beside it. Private
 * to src/priv. */
#ifndef VMNETCHECK_REQUEST_H
#define VMNETCHECK_REQUEST_H

#include "host_socket.h"
#include "netns.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { REQUEST_TEXT_SIZE = 4096, REPLY_TEXT_SIZE = 512, REPLY_FDS_MAX = 2 };

enum request_kind {
    REQUEST_INPUT,  /* a file that the command line names */
    REQUEST_SCRIPT, /* why nobody can run what is at a path */
    REQUEST_OUTPUT, /* the output is complete, and takes its name */
    REQUEST_READY,  /* what stays has begun */
    REQUEST_SAYS,   /* what there is to say is written from here on */
    REQUEST_SAID,   /* all was said, with this exit status */
    REQUEST_KERNEL_FILE,
    REQUEST_KERNEL_SOCKET,
    REQUEST_PACKET_SOCKET,
    REQUEST_PERMITS, /* to look again where it may send: interfaces come and go */
    REQUEST_PROCESSES,
    REQUEST_STATE,
    REQUEST_QMP,
    REQUEST_DOMAIN,
    REQUEST_TRACER,
    REQUEST_EVIDENCE,
    REQUEST_HOST_SOCKET,
    REQUEST_HOST_ECHO,
    REQUEST_NETNS,      /* the network namespace of a process, to be one of those that are looked into */
    REQUEST_FORWARDING, /* what the packet filter drops of what a bridge forwards */
    REQUEST_KINDS,
};

struct request {
    enum request_kind kind;
    uint32_t serial; /* of the reply, too: one that nobody waits for any more is passed over */
    int netns;       /* where, by its number in struct netns_list */
    int number[2];   /* as the kind has them */
    struct host_echo echo;
    char text[REQUEST_TEXT_SIZE];
};

struct reply {
    uint32_t serial;
    int result; /* 0, what was asked for, or -errno */
    uint64_t time_us;
    struct netns_id netns;
    char text[REPLY_TEXT_SIZE];
    int fds[REPLY_FDS_MAX]; /* -1: none. Of the receiver */
};

/* 0 or -errno. */
int request_send(int channel, const struct request *request);
int request_reply(int channel, const struct reply *reply);
/* A file of memory that holds a text, for a reply that is too short for it: its descriptor, or -errno. */
int request_hold_text(const char *text);
/* 1, 0 if nobody is there any more, -EBADMSG for what is none, or -errno. What is received is as whoever sent
 * it likes, but that its text ends. */
int request_receive(int channel, struct request *ret);
int request_await_reply(int channel, struct reply *ret);

#endif

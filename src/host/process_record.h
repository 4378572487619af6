/* What a pass over the processes says of them, record after record in a file. Private to src/host. */
#ifndef VMNETCHECK_PROCESS_RECORD_H
#define VMNETCHECK_PROCESS_RECORD_H

#include "holders.h"

#include <stdint.h>

enum record_kind {
    RECORD_PASS,    /* the first: what the pass found */
    RECORD_PROCESS, /* one that holds a tap, or a QEMU that counts */
    RECORD_USER,    /* all processes of one user were looked at */
};

struct record_head {
    uint32_t size; /* of the record, with this */
    enum record_kind kind;
};

struct pass_record {
    struct record_head head;
    size_t processes; /* that are worth a closer look */
    size_t unreadable, late;
    struct netns_id net; /* from which it looked */
    int error;
};

/* Behind it: its taps, then the bytes of its texts, without an end. */
struct process_record {
    struct record_head head;
    pid_t pid;
    uid_t uid;
    char state;
    bool is_qemu, readable;
    struct netns_id netns;
    uint32_t tap_count; /* struct held_tap each */
    uint32_t command_size, folder_size, arguments_size;
};

struct user_record {
    struct record_head head;
    size_t processes; /* of those that are worth a closer look */
    size_t unreadable;
    struct strangers strangers;
    int error;
};

#endif

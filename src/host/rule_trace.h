/* How nftables is told to trace our echo, and what its trace says of a drop. Pure; private to src/host. */
#ifndef VMNETCHECK_RULE_TRACE_H
#define VMNETCHECK_RULE_TRACE_H

#include "tracer.h"

enum { TRACE_PACKETS_MAX = 32 };

/* One message of the trace. */
struct trace_step {
    uint32_t packet;         /* the kernel's number for it */
    bool has_direction;      /* it shows what packet it is, and so: */
    bool was_reply, is_echo; /* otherwise it is the ARP or ND question that the echo depends on */
    int in, out;             /* ifindexes; 0: none */
    bool is_drop, is_policy; /* the verdict, and whether it is that of the chain */
    struct kernel_rule rule; /* where; without the text */
};

/* What was seen so far. Zero-initialised is nothing. */
struct trace_log {
    int interfaces[TRACE_INTERFACES_MAX]; /* that the echo may have to do with; what others drop is not
                                           * ours */
    size_t interface_count;
    struct trace_step packets[TRACE_PACKETS_MAX]; /* the last step that showed each */
    unsigned packet_count;
    bool has_drop, drop_of_echo;
    struct kernel_rule drop;
};

/* The family of a table, by its number in netfilter: "inet"; NULL: none that is known. */
const char *rule_trace_family(unsigned number);

/* The commands that make one of our tables, whose rules mark the packets of a question for tracing; NULL
 * where such a family has none of them. The table goes with the socket that made it. The caller frees it. */
char *rule_trace_script(const char *family, const char *table, const struct trace_question *question);
/* The command that lists a chain; NULL if a name is not one that a command may contain. The caller frees
 * it. */
char *rule_trace_list_command(const struct kernel_rule *rule);
/* The text of the rule of this handle in such a list, a part of it. NULL if it is not there. */
const char *rule_trace_find(const char *list, uint64_t handle, size_t *ret_length);

/* Whose packet it is, by its network and transport header (of any length). False: of neither. */
bool rule_trace_direction(const struct trace_question *question, const uint8_t *network, size_t network_size,
                          const uint8_t *transport, size_t transport_size, struct trace_step *step);
void rule_trace_note(struct trace_log *log, const struct trace_step *step);

#endif

/* "trace [--hold] ADDRESS INTERFACE...": sends an echo request by a socket of this host, waits, and prints
 * what the kernel says became of it: the drops, and the rule. Of the program itself it is only the tracer. */
#include "text.h"
#include "tracer.h"
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static _Noreturn void die(const char *what, int error)
{
    fprintf(stderr, "trace: %s: %s\n", what, strerror(error));
    exit(71);
}

static void answer(struct tracer *tracer, struct trace_answer *ret)
{
    struct pollfd pollfd = {.fd = tracer_descriptor(tracer), .events = POLLIN};

    poll(&pollfd, 1, 5000);
    int error = tracer_read(tracer, ret);
    if (error < 0)
        die("answer", -error);
}

/* By a raw socket, as ping(8) has it where there are no ping sockets. */
static void send_echo(const struct trace_question *question)
{
    bool is_ipv4 = question->address.family == IP_V4;
    int socket_of_ours =
        socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_RAW, is_ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    uint8_t message[8 + PROBE_PAYLOAD_SIZE] = {is_ipv4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST};
    struct sockaddr_in to4 = {.sin_family = AF_INET};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6};
    ssize_t sent;

    build_probe_payload(question->nonce, message + 8);
    if (is_ipv4) {
        uint32_t sum = 0;
        for (size_t i = 0; i < sizeof message; i += 2)
            sum += (uint32_t)(message[i] << 8 | message[i + 1]);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = ~((sum & 0xffff) + (sum >> 16));
        message[2] = (uint8_t)(sum >> 8);
        message[3] = (uint8_t)sum;
        memcpy(&to4.sin_addr, question->address.bytes, 4);
        sent = sendto(socket_of_ours, message, sizeof message, 0, (struct sockaddr *)&to4, sizeof to4);
    } else {
        memcpy(&to6.sin6_addr, question->address.bytes, 16);
        sent = sendto(socket_of_ours, message, sizeof message, 0, (struct sockaddr *)&to6, sizeof to6);
    }
    printf("sent: %s\n", sent < 0 ? strerror(errno) : "yes");
}

int main(int argc, char **argv)
{
    struct trace_question question = {.nonce = UINT64_C(0x0123456789abcdef), .drops = true, .rules = true};
    struct trace_answer seen;
    struct tracer *tracer;

    bool holds = argc > 1 && strcmp(argv[1], "--hold") == 0;
    argv += holds;
    argc -= holds;
    if (argc < 2 || argc > 2 + TRACE_INTERFACES_MAX || !ip_parse(argv[1], &question.address)) {
        fprintf(stderr, "usage: trace ADDRESS INTERFACE...\n");
        return 64;
    }
    for (int i = 2; i < argc; i++)
        snprintf(question.interfaces[question.interface_count++], sizeof question.interfaces[0], "%s",
                 argv[i]);
    int error = tracer_start(true, &tracer);
    if (error == 0)
        error = tracer_watch(tracer, &question);
    if (error < 0)
        die("start", -error);
    answer(tracer, &seen);
    printf("drops: %s; rules: %s\n", strerror(seen.no_drops), strerror(seen.no_rules));
    fflush(stdout);
    if (holds)
        pause();
    send_echo(&question);
    usleep(300000);
    tracer_ask(tracer);
    answer(tracer, &seen);
    for (size_t i = 0; i < seen.drop_count; i++)
        printf("dropped the %s at interface %d: %s in %s\n", seen.drops[i].was_reply ? "reply" : "request",
               seen.drops[i].ifindex, seen.drops[i].reason, seen.drops[i].place);
    if (seen.has_rule)
        printf("%s of %s %s %s handle %llu dropped the %s: %s\n", seen.rule.is_policy ? "policy" : "rule",
               seen.rule.family, seen.rule.table, seen.rule.chain, (unsigned long long)seen.rule.handle,
               seen.rule.was_reply ? "reply" : "request", seen.rule.text);
    tracer_close(tracer);
    return 0;
}

/* The child that asks the kernel what became of a packet, and how it is spoken with. */
#include "tracer.h"
#include "drops_linux.h"
#include "privileges.h"
#include "rule_watch_linux.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct tracer {
    int socket;
    pid_t child;    /* 0: another process's */
    bool was_asked; /* otherwise it has nothing to clean up */
};

enum trace_request_kind { REQUEST_TRACE, REQUEST_ANSWER };

struct trace_request {
    enum trace_request_kind kind;
    struct trace_question question;
};

bool tracer_knows_drops(void)
{
#ifdef HAVE_BPF
    return true;
#else
    return false;
#endif
}

bool tracer_knows_rules(void)
{
#ifdef HAVE_NFTABLES
    return true;
#else
    return false;
#endif
}

/* ---- the child ---- */

struct tracing {
    struct drops *drops; /* loaded once */
    struct rule_watch *rules;
    bool watches_drops;
};

/* Filled in: why not, if so. */
static void begin(struct tracing *tracing, const struct trace_question *question, struct trace_answer *answer)
{
    struct kernel_rule nobody_wants;

    rule_watch_end(tracing->rules, &nobody_wants);
    tracing->rules = NULL;
    tracing->watches_drops = false;
    if (question->drops && tracing->drops == NULL)
        answer->no_drops = -drops_open(&tracing->drops);
    if (question->drops && tracing->drops != NULL) {
        drops_watch(tracing->drops, question->nonce);
        tracing->watches_drops = true;
    }
    if (question->rules)
        answer->no_rules = -rule_watch_begin(question, &tracing->rules);
}

/* Each line is the name of a table, of iptables-legacy only: proc(5). */
static bool has_lines(const char *path)
{
    FILE *file = fopen(path, "re");
    bool has = file != NULL && fgetc(file) != EOF;

    if (file != NULL)
        fclose(file);
    return has;
}

static void end(struct tracing *tracing, struct trace_answer *answer)
{
    if (tracing->watches_drops) {
        answer->drop_count = drops_seen(tracing->drops, answer->drops);
        drops_watch(tracing->drops, 0);
    }
    answer->has_rule = rule_watch_end(tracing->rules, &answer->rule);
    answer->has_legacy = has_lines("/proc/net/ip_tables_names") || has_lines("/proc/net/ip6_tables_names");
    tracing->rules = NULL;
    tracing->watches_drops = false;
}

/* Whoever asks may have read what guests sent. */
static bool is_question(const struct trace_question *question)
{
    bool fine = (question->address.family == IP_V4 || question->address.family == IP_V6) &&
                question->interface_count <= TRACE_INTERFACES_MAX;

    for (size_t i = 0; fine && i < question->interface_count; i++)
        fine = memchr(question->interfaces[i], '\0', TRACE_NAME_SIZE) != NULL;
    return fine;
}

/* Until the other end is gone. */
static void serve(int socket)
{
    struct tracing tracing = {0};
    struct trace_request request;

    while (recv(socket, &request, sizeof request, 0) == sizeof request) {
        struct trace_answer answer = {0};
        if (request.kind == REQUEST_TRACE && !is_question(&request.question))
            break;
        if (request.kind == REQUEST_TRACE)
            begin(&tracing, &request.question, &answer);
        else
            end(&tracing, &answer);
        if (send(socket, &answer, sizeof answer, MSG_NOSIGNAL) < 0)
            break;
    }
}

/* The terminal's signals are for the parent, whose end is ours. */
static _Noreturn void be_child(int socket, bool rules, pid_t parent)
{
    static const int for_parent[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};

    for (size_t i = 0; i < sizeof for_parent / sizeof for_parent[0]; i++)
        signal(for_parent[i], SIG_IGN);
    if (privileges_keep_tracing(rules) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        serve(socket);
    _exit(0);
}

/* ---- the parent ---- */

int tracer_start(bool rules, struct tracer **ret)
{
    int ends[2];
    pid_t parent = getpid();

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        be_child(ends[1], rules, parent);
    }
    int error = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return -error;
    }
    struct tracer *tracer = memory_new(1, sizeof *tracer);
    *tracer = (struct tracer){.socket = ends[0], .child = child};
    *ret = tracer;
    return 0;
}

/* It is killed rather than asked to go: it may be loading. Who has done something is waited for, so that
 * nothing of it outlives us; where it cannot be killed, it ends when it finds its socket closed. */
void tracer_close(struct tracer *tracer)
{
    if (tracer == NULL)
        return;
    close(tracer->socket);
    bool killed = tracer->child > 0 && kill(tracer->child, SIGKILL) == 0;
    while (tracer->child > 0 && waitpid(tracer->child, NULL, killed && tracer->was_asked ? 0 : WNOHANG) < 0 &&
           errno == EINTR)
        ;
    free(tracer);
}

int tracer_lend(struct tracer *tracer)
{
    int descriptor = dup(tracer->socket);

    tracer->was_asked = true; /* for all that we know */
    return descriptor >= 0 ? descriptor : -errno;
}

struct tracer *tracer_adopt(int descriptor)
{
    struct tracer *tracer = memory_new(1, sizeof *tracer);

    tracer->socket = descriptor;
    return tracer;
}

int tracer_descriptor(const struct tracer *tracer)
{
    return tracer->socket;
}

static int ask(struct tracer *tracer, const struct trace_request *request)
{
    tracer->was_asked = true;
    return send(tracer->socket, request, sizeof *request, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int tracer_watch(struct tracer *tracer, const struct trace_question *question)
{
    struct trace_request request = {.kind = REQUEST_TRACE, .question = *question};

    return ask(tracer, &request);
}

int tracer_ask(struct tracer *tracer)
{
    struct trace_request request = {.kind = REQUEST_ANSWER};

    return ask(tracer, &request);
}

#define END(text) ((text)[sizeof(text) - 1] = '\0')

/* The child sees no byte of a guest; what it says is believed within these bounds. */
static void bound(struct trace_answer *answer)
{
    if (answer->drop_count > TRACE_DROPS_MAX)
        answer->drop_count = TRACE_DROPS_MAX;
    for (size_t i = 0; i < TRACE_DROPS_MAX; i++) {
        END(answer->drops[i].reason);
        END(answer->drops[i].place);
    }
    END(answer->rule.family);
    END(answer->rule.table);
    END(answer->rule.chain);
    END(answer->rule.text);
}

int tracer_read(struct tracer *tracer, struct trace_answer *ret)
{
    ssize_t size = recv(tracer->socket, ret, sizeof *ret, MSG_DONTWAIT);

    if (size < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    if (size != sizeof *ret)
        return -EPIPE;
    bound(ret);
    return 0;
}

/* The process that has the rights: starts the worker, serves it, and ends like it. */
#include "keeper.h"

#include "confine.h"
#include "interrupts.h"
#include "privileges.h"
#include "request.h"
#include "text.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct keeper {
    const struct grants *grants;
    const struct rights *rights;
    int channel;
    bool done; /* the worker said so, and its status */
    int status;
};

/* ---- requests: each is answered by what struct rights says, if it was granted ---- */

static void serve_input(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    const struct grants *grants = keeper->grants;
    size_t i = 0;

    while (i < grants->input_count && strcmp(grants->inputs[i], request->text) != 0)
        i++;
    ret->fds[0] = i < grants->input_count ? keeper->rights->open_input(keeper->rights->context, request->text)
                                          : -EACCES;
    ret->result = ret->fds[0] < 0 ? ret->fds[0] : 0;
}

/* Who reads no file has no path from one. */
static void serve_script(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    if (keeper->grants->input_count > 0)
        ret->result = keeper->rights->look_at_script(keeper->rights->context, request->text);
}

static void serve_output(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    (void)request;
    ret->result = keeper->grants->keep_output(keeper->grants->context);
}

static void serve_done(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    (void)ret;
    keeper->done = true;
    keeper->status = request->number[0];
}

static void (*const SERVE[REQUEST_KINDS])(struct keeper *keeper, const struct request *request,
                                          struct reply *ret) = {
    [REQUEST_INPUT] = serve_input,
    [REQUEST_SCRIPT] = serve_script,
    [REQUEST_OUTPUT] = serve_output,
    [REQUEST_DONE] = serve_done,
};

/* What was opened is the worker's alone, whether it got it or not. */
static void answer(struct keeper *keeper, const struct request *request)
{
    struct reply reply = {.serial = request->serial, .result = -EACCES, .fds = {-1, -1}};

    SERVE[request->kind](keeper, request, &reply);
    if (!keeper->done)
        (void)request_reply(keeper->channel, &reply);
    for (size_t i = 0; i < REPLY_FDS_MAX; i++)
        if (reply.fds[i] >= 0)
            close(reply.fds[i]);
}

static void serve(struct keeper *keeper)
{
    static struct request request;
    int got;

    while (!keeper->done && ((got = request_receive(keeper->channel, &request)) > 0 || got == -EINTR))
        if (got > 0)
            answer(keeper, &request);
    close(keeper->channel); /* the worker does not wait for us */
}

/* ---- signals: the first one is the worker's, the second one ends both ---- */

static volatile sig_atomic_t worker_to_tell, told;

static void tell_worker(int number)
{
    if (told || worker_to_tell == 0) {
        signal(number, SIG_DFL);
        raise(number);
    }
    told = 1;
    kill((pid_t)worker_to_tell, WORKER_SIGNAL);
}

static void take_signals(pid_t worker)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = tell_worker}, before;

    worker_to_tell = worker;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        sigaction(taken[i], &action, &before);
        if (taken[i] == SIGHUP && before.sa_handler == SIG_IGN) /* nohup(1) */
            signal(taken[i], SIG_IGN);
    }
}

/* ---- the end ---- */

static int fail(const struct work *work, char *owned_reason)
{
    int status = work->fail(work->context, owned_reason);

    free(owned_reason);
    return status;
}

/* A worker that said what its status is has nothing more to do: it needs not be waited for. */
static int end(const struct keeper *keeper, const struct work *work, pid_t worker)
{
    int state = 0;

    if (keeper->done && confine_is_meant)
        return keeper->status;
    while (waitpid(worker, &state, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(state))
        return WEXITSTATUS(state);
    int number = WTERMSIG(state);
    if (number == SIGPIPE) {
        signal(number, SIG_DFL);
        raise(number);
    }
    return fail(work,
                told ? text_format("interrupted")
                     : text_format("the process that reads what others wrote was ended by signal %d (%s)%s",
                                   number, strsignal(number),
                                   number == SIGSYS ? ": it tried what it has no right to" : ""));
}

int keeper_run(const struct grants *grants, const struct work *work)
{
    struct keeper keeper = {.grants = grants, .rights = &RIGHTS_OF_OURS};
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail(work, text_format("starting: %s", strerror(errno)));
    pid_t worker = fork();
    if (worker == 0)
        worker_main(ends[1], grants->output, work);
    close(ends[1]);
    if (worker < 0) {
        close(ends[0]);
        return fail(work, text_format("starting: %s", strerror(errno)));
    }
    keeper.channel = ends[0];
    take_signals(worker);
    (void)privileges_keep_serving(); /* what cannot be given up is not used */
    serve(&keeper);
    return end(&keeper, work, worker);
}

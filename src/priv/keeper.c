/* The process that has the rights: starts the worker, serves it, and ends like it. */
#include "keeper.h"

#include "confine.h"
#include "interrupts.h"
#include "clock.h"
#include "interfaces.h"
#include "privileges.h"
#include "serve.h"
#include "text.h"
#include "tracer.h"
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* It waits for an answer: if what it asked for cannot be sent, that is one; if nothing can, nothing comes any
 * more. */
static void send_reply(int channel, const struct reply *reply)
{
    int error = request_reply(channel, reply);
    const struct reply failed = {.serial = reply->serial, .result = error, .fds = {-1, -1}};

    if (error < 0 && request_reply(channel, &failed) < 0)
        shutdown(channel, SHUT_RDWR);
}

/* What was opened is the worker's alone, whether it got it or not. */
static void answer(struct keeper *keeper, const struct request *request)
{
    struct reply reply = {.serial = request->serial, .result = -EACCES, .fds = {-1, -1}};

    serve_request(keeper, request, &reply);
    send_reply(keeper->channel, &reply);
    for (size_t i = 0; i < REPLY_FDS_MAX; i++)
        if (reply.fds[i] >= 0)
            close(reply.fds[i]);
}

static void end_passes(struct keeper *keeper, bool now)
{
    for (size_t i = 0; i < PASSES_MAX; i++)
        if (keeper->passes[i] != NULL && holders_pass_expire(keeper->passes[i], now))
            keeper->passes[i] = NULL;
}

/* In ms, for poll(2). */
static int until_a_pass_ends(const struct keeper *keeper)
{
    uint64_t now_us = clock_now(), first_us = UINT64_MAX;

    for (size_t i = 0; i < PASSES_MAX; i++) {
        uint64_t until_us =
            keeper->passes[i] != NULL ? holders_pass_ticket(keeper->passes[i]).until_us : UINT64_MAX;
        first_us = until_us < first_us ? until_us : first_us;
    }
    return first_us == UINT64_MAX ? -1 : first_us > now_us ? (int)((first_us - now_us + 999) / 1000) : 0;
}

/* For a request, or until a pass has ended or has to. *ret_asked: there is a request. As poll(2). */
static int wait_for_any(const struct keeper *keeper, bool *ret_asked)
{
    struct pollfd ready[1 + PASSES_MAX] = {{.fd = keeper->channel, .events = POLLIN}};

    for (size_t i = 0; i < PASSES_MAX; i++)
        ready[1 + i] =
            (struct pollfd){.fd = keeper->passes[i] != NULL ? holders_pass_ticket(keeper->passes[i]).end : -1,
                            .events = POLLIN};
    int count = poll(ready, 1 + PASSES_MAX, until_a_pass_ends(keeper));
    *ret_asked = count > 0 && ready[0].revents != 0;
    return count;
}

static void serve(struct keeper *keeper)
{
    static struct request request;
    int got = 1;

    while ((got > 0 || got == -EINTR || got == -EBADMSG)) {
        bool asked;
        int count = wait_for_any(keeper, &asked);
        got = asked ? request_receive(keeper->channel, &request) : count >= 0 ? 1 : -errno;
        if (asked && got > 0)
            answer(keeper, &request);
        end_passes(keeper, false);
    }
    end_passes(keeper, true);
    (void)shutdown(keeper->channel,
                   SHUT_RDWR); /* the worker does not wait for us, whoever else has it open */
    close(keeper->channel);
}

/* ---- signals: the first one is the worker's, the second one ends both ---- */

static volatile sig_atomic_t keeper_itself, worker_to_tell, told;

/* In a process that we started it is what it always is. */
static void tell_worker(int number)
{
    if (told || getpid() != (pid_t)keeper_itself) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    told = 1;
    if (worker_to_tell != 0)
        kill((pid_t)worker_to_tell, WORKER_SIGNAL);
}

/* Of what does not end it, as often as it comes. */
static void hand_on(int number)
{
    if (getpid() == (pid_t)keeper_itself && worker_to_tell != 0)
        kill((pid_t)worker_to_tell, number == SIGUSR1 ? STATE_SIGNAL : ANEW_SIGNAL);
}

static void take(const sigset_t *signals, void (*handler)(int number))
{
    static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    struct sigaction action = {.sa_handler = handler};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (sigismember(signals, all[i]))
            sigaction(all[i], &action, NULL);
    sigprocmask(SIG_UNBLOCK, signals, NULL);
}

static void take_signals(pid_t worker)
{
    sigset_t ending, others;

    keeper_itself = getpid();
    worker_to_tell = worker;
    interrupts_list(&ending);
    interrupts_list_others(&others);
    take(&others, hand_on);
    take(&ending, tell_worker);
}

/* ---- the end ---- */

static int fail(const struct work *work, bool says, char *owned_reason)
{
    interrupts_hold(false); /* nobody else can end it, if nobody takes what it says */
    int status = work->fail(work->context, owned_reason, says);

    free(owned_reason);
    return status;
}

static char *why_it_ended(int state)
{
    int number = WIFSIGNALED(state) ? WTERMSIG(state) : 0;

    if (number == 0)
        return text_format("out of memory");
    if (told && number == WORKER_SIGNAL)
        return text_format("interrupted");
    return text_format("the process that reads what others wrote was ended by signal %d (%s)%s", number,
                       strsignal(number), number == SIGSYS ? ": it tried what it has no right to" : "");
}

static int end(const struct keeper *keeper, const struct work *work, pid_t worker)
{
    siginfo_t ended;
    int state = 0;
    pid_t heard;

    while (waitid(P_PID, (id_t)worker, &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        continue;
    worker_to_tell = 0; /* before its number may be another's */
    while ((heard = waitpid(worker, &state, 0)) < 0 && errno == EINTR)
        continue;
    int error = errno;
    if (heard == worker && WIFEXITED(state) && WEXITSTATUS(state) != WORKER_WITHOUT_MEMORY)
        return WEXITSTATUS(state);
    if (keeper->said == SAID_ALL)
        return keeper->status;
    if (heard == worker && WIFSIGNALED(state) && WTERMSIG(state) == SIGPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return fail(work, keeper->said == SAID_PART,
                heard == worker
                    ? why_it_ended(state)
                    : text_format("how the process that reads what others wrote ended was not heard: %s",
                                  strerror(error)));
}

/* Closing a packet socket makes the kernel wait for its RCU grace periods, some 8 ms each and three for one
 * capture. Nobody needs to wait for that after the verdict: we have copies, so that the worker does not, and
 * a child has them until ours are closed, and closes them by ending. */
static void leave_closing_to_child(const struct keeper *keeper)
{
    int ends[2];

    if (pipe(ends) < 0)
        return;
    pid_t child = fork();
    if (child == 0) {
        char byte;
        for (int standard = 0; standard <= STDERR_FILENO; standard++)
            close(standard);
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) < 0);
    }
    for (size_t i = 0; i < keeper->space_count && child > 0; i++)
        for (size_t h = 0; h < keeper->spaces[i].held_count; h++)
            close(keeper->spaces[i].held[h]);
    close(ends[0]); /* the other end closes when we end */
}

static void end_spaces(struct keeper *keeper)
{
    bool holds = false;

    for (size_t i = 0; i < keeper->space_count; i++) {
        tracer_close(keeper->spaces[i].tracer);
        holds |= keeper->spaces[i].held_count > 0;
    }
    if (holds)
        leave_closing_to_child(keeper);
    free(keeper->spaces);
}

/* Whether it has to go from one network namespace to another. */
static bool enters(const struct grants *grants)
{
    return grants->spaces->count > 1 || grants->more_spaces != SPACES_THESE;
}

int keeper_run(const struct grants *grants, const struct work *work)
{
    struct keeper keeper = {.grants = grants, .rights = &RIGHTS_OF_OURS};
    int ends[2], error = permits_new(interfaces_most(grants), &keeper.permits);

    if (error < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail(work, false, text_format("starting: %s", strerror(error < 0 ? -error : errno)));
    /* Who started us may have them ignored: then nobody hears how the worker ended, nor it what is told. */
    signal(SIGCHLD, SIG_DFL);
    signal(WORKER_SIGNAL, SIG_DFL);
    pid_t worker = fork();
    if (worker == 0)
        worker_main(ends[1], grants->output, keeper.permits, work);
    close(ends[1]);
    if (worker < 0) {
        close(ends[0]);
        return fail(work, false, text_format("starting: %s", strerror(errno)));
    }
    keeper.channel = ends[0];
    serve_make_room(&keeper);
    take_signals(worker);
    permits_forbid(keeper.permits); /* while the worker begins */
    serve_ahead(&keeper);
    (void)privileges_reduce(enters(grants)); /* what cannot be given up is not used */
    serve(&keeper);
    permits_free(keeper.permits);
    int status = end(&keeper, work, worker);
    end_spaces(&keeper);
    return status;
}

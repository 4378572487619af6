/* What a worker cannot do itself, it asks its keeper for. */
#include "worker.h"

#include "confine.h"
#include "interrupts.h"
#include "request.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int keeper; /* the channel to it; this process has one */

/* Fills *ret, also where there is no answer. Its result. */
static int ask(struct request *request, struct reply *ret)
{
    static uint32_t serial;
    int error;

    request->serial = ++serial;
    error = request_send(keeper, request);
    while (error == 0) {
        int got = request_await_reply(keeper, ret);
        if (got > 0 && ret->serial == request->serial)
            return ret->result;
        for (size_t i = 0; got > 0 && i < REPLY_FDS_MAX; i++)
            if (ret->fds[i] >= 0)
                close(ret->fds[i]);
        error = got == 0 ? -EPIPE : got < 0 ? got : 0;
    }
    *ret = (struct reply){.result = error, .fds = {-1, -1}};
    return error;
}

static struct request request_of(enum request_kind kind, const char *text)
{
    struct request request = {.kind = kind};

    snprintf(request.text, sizeof request.text, "%s", text);
    return request;
}

static int open_input(void *context, const char *name)
{
    struct request request = request_of(REQUEST_INPUT, name);
    struct reply reply;

    (void)context;
    if (strlen(name) >= sizeof request.text)
        return -ENAMETOOLONG;
    int error = ask(&request, &reply);
    return error < 0 ? error : reply.fds[0];
}

static int look_at_script(void *context, const char *path)
{
    struct request request = request_of(REQUEST_SCRIPT, path);
    struct reply reply;

    (void)context;
    int result = strlen(path) < sizeof request.text ? ask(&request, &reply) : 0;
    return result > 0 ? result : 0; /* who could not be asked has not said that nobody can run it */
}

static int keep_output(void *context)
{
    struct request request = request_of(REQUEST_OUTPUT, "");
    struct reply reply;

    (void)context;
    return ask(&request, &reply);
}

static const struct rights RIGHTS_OF_A_WORKER = {
    .look_at_script = look_at_script,
    .open_input = open_input,
    .keep_output = keep_output,
};

/* ---- the process ---- */

static int work_confined(const struct work *work)
{
    static struct rights rights;
    struct text_list missing = {0};
    int error = confine(&missing);

    if (error < 0) {
        char *reason = text_format("giving up all rights: %s", strerror(-error));
        int status = work->fail(work->context, reason);
        free(reason);
        return status;
    }
    rights = RIGHTS_OF_A_WORKER;
    rights.unconfined = missing.count > 0 ? text_list_join(&missing) : NULL;
    return work->run(work->context, &rights);
}

/* The keeper does not wait for our end, in which the kernel takes its time to close what captures; but who
 * waits for what we say until it is complete, waits for these. */
static void close_standard(int output)
{
    for (int standard = 0; standard <= STDERR_FILENO; standard++)
        close(standard);
    if (output > STDERR_FILENO)
        close(output);
}

void worker_main(int channel, int output, const struct work *work)
{
    struct request done = request_of(REQUEST_DONE, "");

    keeper = channel;
    interrupts_by_keeper();
    confine_descriptors(channel, output);
    work->prepare(work->context);
    done.number[0] = work_confined(work);
    if (confine_is_meant)
        close_standard(output);
    (void)request_send(keeper, &done);
    exit(done.number[0]);
}

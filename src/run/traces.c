/* Questions to the tracer, one after another. */
#include "traces.h"
#include "loop.h"
#include "text.h"
#include "tracer.h"

#include <errno.h>
#include <stdlib.h>

enum { ADMITTED_MAX = 8 }; /* in a run: where more are lost, they have a cause in common */

struct traces {
    struct loop *loop;
    int (*start)(void *context, struct tracer **ret); /* NULL: it was, or there is nobody */
    void *context;
    struct tracer *tracer;         /* NULL: there is none, … */
    int error;                     /* … for this errno */
    const struct trace_user *user; /* for whom it watches; NULL: nobody wants to know */
    bool watches;
    unsigned admitted, unanswered;
};

static void close_tracer(struct traces *traces)
{
    if (traces->tracer == NULL)
        return;
    loop_unwatch(traces->loop, tracer_descriptor(traces->tracer));
    tracer_close(traces->tracer);
    traces->tracer = NULL;
}

static void give_up(struct traces *traces, int error)
{
    close_tracer(traces);
    traces->error = error;
    traces->user = NULL;
}

static void readable(void *context)
{
    struct traces *traces = context;
    struct trace_answer answer;
    int error = tracer_read(traces->tracer, &answer);

    if (error == -EAGAIN || error == -EINTR)
        return;
    if (error < 0) {
        give_up(traces, -error);
        return;
    }
    const struct trace_user *user = traces->user;
    if (--traces->unanswered == 0 && !traces->watches)
        traces->user = NULL;
    if (user != NULL)
        user->told(user->context, &answer);
}

struct traces *traces_open(struct loop *loop, int (*start)(void *context, struct tracer **ret), void *context)
{
    struct traces *traces = memory_new(1, sizeof *traces);

    *traces = (struct traces){
        .loop = loop, .start = start, .context = context, .error = tracer_knows_drops() ? EPERM : EOPNOTSUPP};
    return traces;
}

void traces_close(struct traces *traces)
{
    if (traces == NULL)
        return;
    close_tracer(traces);
    free(traces);
}

static void start(struct traces *traces)
{
    if (traces->start == NULL)
        return;
    bool started = traces->start(traces->context, &traces->tracer) == 0;
    traces->start = NULL;
    if (started && loop_watch(traces->loop, tracer_descriptor(traces->tracer), readable, traces) < 0) {
        tracer_close(traces->tracer);
        traces->tracer = NULL;
    }
}

static bool admit(struct traces *traces, struct trace_user *user)
{
    if (user->is_admitted)
        return true;
    user->is_admitted = traces->admitted < ADMITTED_MAX;
    traces->admitted += user->is_admitted;
    return user->is_admitted;
}

int traces_watch(struct traces *traces, struct trace_user *user, const struct trace_question *question)
{
    start(traces);
    if (traces->tracer == NULL)
        return -traces->error;
    if (!admit(traces, user))
        return -EBUSY;
    if (traces->watches || traces->unanswered > 0)
        return -EAGAIN;
    int error = tracer_watch(traces->tracer, question);
    if (error < 0)
        return error;
    user->is_admitted = false; /* that was it */
    traces->unanswered++;
    traces->watches = true;
    traces->user = user;
    return 0;
}

int traces_ask(struct traces *traces, const struct trace_user *user)
{
    if (traces->tracer == NULL)
        return -traces->error;
    if (traces->user != user || !traces->watches)
        return -EINVAL;
    int error = tracer_ask(traces->tracer);
    traces->unanswered += error == 0;
    traces->watches = false;
    return error;
}

void traces_leave(struct traces *traces, struct trace_user *user)
{
    if (traces == NULL)
        return;
    if (user->is_admitted) { /* its turn did not come */
        user->is_admitted = false;
        traces->admitted--;
    }
    if (traces->user != user)
        return;
    if (traces->watches)
        traces_ask(traces, user);
    traces->user = NULL;
}

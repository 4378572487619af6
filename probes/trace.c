/* Where the host's own echo gets lost, why? Sends some more of them while the kernel watches what becomes of
 * them, and takes its word. */
#include "stack.h"

#include <errno.h>
#include <string.h>

/* The kernel asks once a second who has an address (RETRANS_TIME_US): so long it takes until that question is
 * seen to be dropped. Loading what watches takes 20 ms, on a busy machine 250 (the BTF of the kernel); others
 * may have to have their turn before. */
enum {
    REQUESTS = 3,
    PAUSE_US = 100000,
    LONG_PAUSE_US = 600000,
    TURN_US = 50000,
    ANSWER_US = 3000000,
    PATIENCE_US = 10000000
};

enum trace_stage { WANTS_WATCH, WAITS_FOR_WATCH, SENDS, WAITS_FOR_ANSWER, TRACED };

struct trace_state {
    enum trace_stage step;
    struct trace_question question;
    struct trace_answer answer;
    uint16_t id;
    unsigned sent;
    bool is_settled; /* it left, or was refused: no question to the neighbours is waited for */
    bool answered;
    uint64_t give_up_us;
};

static void end(struct probe *probe, int error)
{
    struct trace_state *state = probe->state;

    if (error != 0)
        state->answer.no_drops = state->answer.no_rules = error;
    state->step = TRACED;
    probe->done = true;
    probe->due_us = 0;
}

/* Errors end it: it is evidence, and no verdict hangs on it. */
static void want_watch(struct probe *probe)
{
    struct trace_state *state = probe->state;
    struct probe_env *env = probe->env;
    int error = env->trace(env->context, &state->question);

    if (error == -EAGAIN && env->now_us < state->give_up_us) {
        probe->due_us = env->now_us + TURN_US;
    } else if (error < 0) {
        end(probe, -error);
    } else {
        state->step = WAITS_FOR_WATCH;
        probe->due_us = env->now_us + ANSWER_US;
    }
}

static void send_next(struct probe *probe)
{
    struct trace_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (state->sent < REQUESTS && !state->answered) {
        state->is_settled |= stack_send_request(probe, probe->address, state->id, ++state->sent,
                                                state->question.nonce, PROBE_PAYLOAD_SIZE) < 0;
        probe->due_us = env->now_us + (state->is_settled ? PAUSE_US : LONG_PAUSE_US);
        return;
    }
    int error = env->trace(env->context, NULL);
    state->step = WAITS_FOR_ANSWER;
    probe->due_us = env->now_us + ANSWER_US;
    if (error < 0)
        end(probe, -error);
}

static void stop_watch(struct probe *probe)
{
    const struct trace_state *state = probe->state;
    struct probe_env *env = probe->env;

    if (state->step == WAITS_FOR_WATCH || state->step == SENDS)
        env->trace(env->context, NULL);
}

static void trace_timer(struct probe *probe)
{
    const struct trace_state *state = probe->state;

    switch (state->step) {
    case WANTS_WATCH:
        want_watch(probe);
        break;
    case SENDS:
        send_next(probe);
        break;
    case WAITS_FOR_WATCH:
    case WAITS_FOR_ANSWER:
        stop_watch(probe);
        end(probe, ETIMEDOUT);
        break;
    case TRACED:
        break;
    }
}

static void trace_told(struct probe *probe, const struct trace_answer *answer)
{
    struct trace_state *state = probe->state;

    if (state->step == WAITS_FOR_WATCH) {
        state->answer = *answer;
        state->step = SENDS;
        if (answer->no_drops != 0 && (!state->question.rules || answer->no_rules != 0)) {
            stop_watch(probe);
            end(probe, 0);
        } else {
            send_next(probe);
        }
    } else if (state->step == WAITS_FOR_ANSWER) {
        int no_drops = state->answer.no_drops, no_rules = state->answer.no_rules;
        state->answer = *answer;
        state->answer.no_drops = no_drops;
        state->answer.no_rules = no_rules;
        end(probe, 0);
    }
}

static void copy_name(char to[TRACE_NAME_SIZE], const char *name)
{
    memcpy(to, name, strnlen(name, TRACE_NAME_SIZE - 1));
}

static void fill_question(struct probe *probe)
{
    struct trace_state *state = probe->state;
    struct probe_env *env = probe->env;
    const struct path *path = &env->target->path;
    struct trace_question *question = &state->question;

    question->address = probe->address;
    question->nonce = env->random(env->context);
    question->drops = true;
    question->rules = env->options->find_rule;
    for (size_t i = 0; i < path->count && i < TRACE_INTERFACES_MAX; i++)
        copy_name(question->interfaces[question->interface_count++], path->hops[i]->name);
}

static void trace_start(struct probe *probe)
{
    struct trace_state *state = probe->state;
    struct probe_env *env = probe->env;

    state->id = (uint16_t)env->random(env->context);
    state->give_up_us = env->now_us + PATIENCE_US;
    fill_question(probe);
    want_watch(probe);
}

static bool trace_frame(struct probe *probe, const struct frame *frame)
{
    struct trace_state *state = probe->state;

    if (!stack_has_nonce(frame, state->id, state->question.nonce))
        return false;
    state->answered |= frame->kind == FRAME_ECHO_REPLY && frame->at == AT_HOST;
    if (state->step == SENDS && !state->is_settled) {
        state->is_settled = true;
        probe->due_us = probe->env->now_us + PAUSE_US;
    }
    return true;
}

static void trace_finish(struct probe *probe)
{
    struct trace_state *state = probe->state;

    stop_watch(probe);
    observation_add(probe->env->observations,
                    &(struct observation){.kind = OBSERVED_TRACE,
                                          .time_us = probe->env->now_us,
                                          .address = probe->address,
                                          .at = AT_HOST,
                                          .trace = {.answered = state->answered, .answer = &state->answer}});
}

const struct probe_class PROBE_CLASS_TRACE = {
    .id = PROBE_TRACE,
    .starts = STARTS_LAST,
    .needs = VANTAGE_BIT(AT_HOST),
    .hears = ANYWHERE,
    .hears_out = ANYWHERE,
    .state_size = sizeof(struct trace_state),
    .start = trace_start,
    .frame = trace_frame,
    .told = trace_told,
    .timer = trace_timer,
    .finish = trace_finish,
};

/* An event loop: epoll(7), one timerfd for all timers, a signalfd. */
#include "loop.h"
#include "clock.h"
#include "interrupts.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, TIMERS_US = 1000 /* how long timers fire before descriptors have their turn */ };

struct watch {
    int descriptor;
    void (*ready)(void *context);
    void *context;
};

struct loop {
    int epoll, timerfd, signalfd;
    struct watch **watches;
    size_t watch_count;
    struct watch timer_watch, signal_watch;
    struct timer **heap; /* heap[0] is the next to fire */
    size_t heap_count, heap_capacity;
    uint64_t armed_us; /* what the timerfd is set to, 0: nothing */
    void (*interrupted)(void *context);
    void *interrupted_context;
    void (*signalled)(void *context, int number);
    void *signalled_context;
    bool stopped;
};

/* ---- timers: a binary heap by due time ---- */

static void place(struct loop *loop, struct timer *timer, size_t index)
{
    loop->heap[index] = timer;
    timer->place = index + 1;
}

static void sift_up(struct loop *loop, size_t index)
{
    struct timer *timer = loop->heap[index];

    while (index > 0 && loop->heap[(index - 1) / 2]->due_us > timer->due_us) {
        place(loop, loop->heap[(index - 1) / 2], index);
        index = (index - 1) / 2;
    }
    place(loop, timer, index);
}

static void sift_down(struct loop *loop, size_t index)
{
    struct timer *timer = loop->heap[index];

    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= loop->heap_count)
            break;
        if (child + 1 < loop->heap_count && loop->heap[child + 1]->due_us < loop->heap[child]->due_us)
            child++;
        if (loop->heap[child]->due_us >= timer->due_us)
            break;
        place(loop, loop->heap[child], index);
        index = child;
    }
    place(loop, timer, index);
}

void loop_disarm(struct loop *loop, struct timer *timer)
{
    if (timer->place == 0)
        return;
    size_t index = timer->place - 1;
    struct timer *last = loop->heap[--loop->heap_count];
    timer->place = 0;
    if (last == timer)
        return;
    place(loop, last, index);
    sift_up(loop, index);
    sift_down(loop, last->place - 1);
}

void loop_arm(struct loop *loop, struct timer *timer, uint64_t due_us)
{
    loop_disarm(loop, timer);
    if (loop->heap_count == loop->heap_capacity) {
        loop->heap_capacity = loop->heap_capacity == 0 ? 16 : 2 * loop->heap_capacity;
        loop->heap = memory_resize(loop->heap, loop->heap_capacity, sizeof(struct timer *));
    }
    timer->due_us = due_us;
    place(loop, timer, loop->heap_count++);
    sift_up(loop, timer->place - 1);
}

/* Fires what was due at turn_us, when the descriptors had their turn. */
static void fire_due(struct loop *loop, uint64_t turn_us)
{
    uint64_t begun_us = clock_now();

    while (!loop->stopped && loop->heap_count > 0 && loop->heap[0]->due_us <= turn_us) {
        struct timer *timer = loop->heap[0];
        loop_disarm(loop, timer);
        timer->fired(timer->context);
        if (clock_now() - begun_us >= TIMERS_US)
            break;
    }
}

static bool is_due(const struct loop *loop)
{
    return loop->heap_count > 0 && loop->heap[0]->due_us <= clock_now();
}

static int set_timerfd(struct loop *loop)
{
    uint64_t due_us = loop->heap_count > 0 ? loop->heap[0]->due_us : 0;
    struct itimerspec spec = {
        .it_value = {.tv_sec = (time_t)(due_us / 1000000), .tv_nsec = (long)(due_us % 1000000) * 1000}};

    if (due_us == loop->armed_us)
        return 0;
    loop->armed_us = due_us;
    return timerfd_settime(loop->timerfd, TFD_TIMER_ABSTIME, &spec, NULL) < 0 ? -errno : 0;
}

static void timerfd_ready(void *context)
{
    struct loop *loop = context;
    uint64_t expirations;

    if (read(loop->timerfd, &expirations, sizeof expirations) == sizeof expirations)
        loop->armed_us = 0;
}

/* ---- descriptors and signals ---- */

static int add(struct loop *loop, struct watch *watch)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = watch};
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->descriptor, &event) < 0 ? -errno : 0;
}

int loop_watch(struct loop *loop, int descriptor, void (*ready)(void *context), void *context)
{
    struct watch *watch = memory_new(1, sizeof *watch);

    *watch = (struct watch){descriptor, ready, context};
    int error = add(loop, watch);
    if (error < 0) {
        free(watch);
        return error;
    }
    loop->watches = memory_resize(loop->watches, loop->watch_count + 1, sizeof(struct watch *));
    loop->watches[loop->watch_count++] = watch;
    return 0;
}

void loop_unwatch(struct loop *loop, int descriptor)
{
    for (size_t i = 0; i < loop->watch_count; i++) {
        if (loop->watches[i]->descriptor != descriptor)
            continue;
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, descriptor, NULL);
        loop->watches[i]->ready = NULL; /* freed by loop_close: an event for it may be waiting in loop_run */
        loop->watches[i]->descriptor = -1;
        return;
    }
}

static void signalfd_ready(void *context)
{
    struct loop *loop = context;
    struct signalfd_siginfo info;
    sigset_t others;

    if (read(loop->signalfd, &info, sizeof info) != sizeof info)
        return;
    interrupts_list_others(&others);
    if (sigismember(&others, (int)info.ssi_signo)) {
        if (loop->signalled != NULL)
            loop->signalled(loop->signalled_context, (int)info.ssi_signo);
        return;
    }
    interrupts_hold(false);
    if (loop->interrupted != NULL)
        loop->interrupted(loop->interrupted_context);
}

void loop_on_interrupt(struct loop *loop, void (*interrupted)(void *context), void *context)
{
    loop->interrupted = interrupted;
    loop->interrupted_context = context;
}

void loop_on_signal(struct loop *loop, void (*signalled)(void *context, int number), void *context)
{
    loop->signalled = signalled;
    loop->signalled_context = context;
}

static void list_signals(sigset_t *ret)
{
    sigset_t others;

    interrupts_list(ret);
    interrupts_list_others(&others);
    for (int number = 1; number < SIGRTMIN; number++)
        if (sigismember(&others, number))
            sigaddset(ret, number);
}

int loop_open(struct loop **ret_loop)
{
    struct loop *loop = memory_new(1, sizeof *loop);
    sigset_t signals;
    int error;

    list_signals(&signals);
    interrupts_hold(true);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->signalfd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (loop->epoll < 0 || loop->timerfd < 0 || loop->signalfd < 0) {
        error = -errno;
        goto fail;
    }
    loop->timer_watch = (struct watch){loop->timerfd, timerfd_ready, loop};
    loop->signal_watch = (struct watch){loop->signalfd, signalfd_ready, loop};
    error = add(loop, &loop->timer_watch);
    if (error == 0)
        error = add(loop, &loop->signal_watch);
    if (error < 0)
        goto fail;
    *ret_loop = loop;
    return 0;
fail:
    loop_close(loop);
    return error;
}

void loop_close(struct loop *loop)
{
    if (loop == NULL)
        return;
    for (size_t i = 0; i < loop->watch_count; i++)
        free(loop->watches[i]);
    free(loop->watches);
    free(loop->heap);
    if (loop->epoll >= 0)
        close(loop->epoll);
    if (loop->timerfd >= 0)
        close(loop->timerfd);
    if (loop->signalfd >= 0)
        close(loop->signalfd);
    free(loop);
}

int loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS_MAX];

    loop->stopped = false;
    while (!loop->stopped) {
        bool due = is_due(loop);
        int error = due ? 0 : set_timerfd(loop);
        if (error < 0)
            return error;
        int count = epoll_wait(loop->epoll, events, EVENTS_MAX, due ? 0 : -1);
        uint64_t turn_us = clock_now();
        if (count < 0 && errno != EINTR)
            return -errno;
        for (int i = 0; i < count && !loop->stopped; i++) {
            struct watch *watch = events[i].data.ptr;
            if (watch->ready != NULL)
                watch->ready(watch->context);
        }
        fire_due(loop, turn_us);
    }
    return 0;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

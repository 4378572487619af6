/* Who is told by whom that it is enough. */
#include "interrupts.h"

#include <stddef.h>

static bool by_keeper, stays;

/* As nohup(1) has it. */
static bool is_ignored(int number)
{
    struct sigaction now;

    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void interrupts_list(sigset_t *ret)
{
    sigemptyset(ret);
    if (by_keeper) {
        sigaddset(ret, WORKER_SIGNAL);
        return;
    }
    sigaddset(ret, SIGINT);
    sigaddset(ret, SIGTERM);
    if (!stays && !is_ignored(SIGHUP))
        sigaddset(ret, SIGHUP);
}

void interrupts_list_others(sigset_t *ret)
{
    sigemptyset(ret);
    if (!stays)
        return;
    sigaddset(ret, by_keeper ? STATE_SIGNAL : SIGUSR1);
    if (!is_ignored(SIGHUP))
        sigaddset(ret, ANEW_SIGNAL);
}

static void hold_others(void)
{
    sigset_t others;

    interrupts_list_others(&others);
    sigprocmask(SIG_BLOCK, &others, NULL);
}

void interrupts_stay(void)
{
    stays = true;
    hold_others();
}

void interrupts_hold(bool yes)
{
    sigset_t signals;

    interrupts_list(&signals);
    sigprocmask(yes ? SIG_BLOCK : SIG_UNBLOCK, &signals, NULL);
}

void interrupts_by_keeper(void)
{
    static const int from_terminal[] = {SIGHUP, SIGINT, SIGTERM};
    sigset_t held;

    interrupts_list(&held);
    sigaddset(&held, WORKER_SIGNAL); /* who started us may have it blocked */
    for (size_t i = stays ? 1 : 0; i < sizeof from_terminal / sizeof from_terminal[0]; i++)
        signal(from_terminal[i], SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &held, NULL); /* what came until now came to the keeper, too */
    by_keeper = true;
    hold_others();
}

void interrupts_are_late(void)
{
    if (by_keeper)
        interrupts_hold(true);
}

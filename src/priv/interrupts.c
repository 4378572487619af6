/* Who is told by whom that it is enough. */
#include "interrupts.h"

#include <stddef.h>

static bool by_keeper;

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
    if (!is_ignored(SIGHUP))
        sigaddset(ret, SIGHUP);
}

void interrupts_hold(bool yes)
{
    sigset_t signals;

    interrupts_list(&signals);
    sigprocmask(yes ? SIG_BLOCK : SIG_UNBLOCK, &signals, NULL);
}

void interrupts_by_keeper(void)
{
    static const int from_terminal[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t held;

    interrupts_list(&held);
    sigaddset(&held, WORKER_SIGNAL); /* who started us may have it blocked */
    for (size_t i = 0; i < sizeof from_terminal / sizeof from_terminal[0]; i++)
        signal(from_terminal[i], SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &held, NULL); /* what came until now came to the keeper, too */
    by_keeper = true;
}

void interrupts_are_late(void)
{
    if (by_keeper)
        interrupts_hold(true);
}

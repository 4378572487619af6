/* That it is enough, as something to be waited for with others: a signal that comes just before a wait would
 * not end it. */
#include "interrupts.h"

#include <errno.h>
#include <sys/signalfd.h>

int interrupts_open(void)
{
    sigset_t signals;

    interrupts_list(&signals);
    interrupts_hold(true);
    int descriptor = signalfd(-1, &signals, SFD_CLOEXEC);
    int error = errno;
    if (descriptor < 0)
        interrupts_hold(false);
    return descriptor < 0 ? -error : descriptor;
}

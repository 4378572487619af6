/* capabilities(7): what is kept, what is given up, and what is said where one is missing. */
#include "privileges.h"
#include "text.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/limits.h>
#include <sys/prctl.h>
#include <unistd.h>

static const capng_type_t SETS = CAPNG_EFFECTIVE | CAPNG_PERMITTED;
enum { KEPT_MAX = 9 };

/* Keeps those that are there, of the calling thread's. */
static int keep(const unsigned *wanted, size_t count)
{
    bool have[KEPT_MAX];

    for (size_t i = 0; i < count; i++)
        have[i] = capng_have_capability(CAPNG_PERMITTED, wanted[i]);
    capng_clear(CAPNG_SELECT_CAPS);
    for (size_t i = 0; i < count; i++)
        if (have[i])
            capng_update(CAPNG_ADD, SETS, wanted[i]);
    return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}

int privileges_reduce(bool enters)
{
    static const unsigned needed[] = {CAP_NET_RAW,      CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
                                      CAP_DAC_OVERRIDE, CAP_KILL,      CAP_BPF,        CAP_PERFMON,
                                      CAP_SYS_ADMIN /* last */};

    _Static_assert(sizeof needed / sizeof needed[0] == KEPT_MAX, "room for all");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return keep(needed, enters ? KEPT_MAX : KEPT_MAX - 1);
}

int privileges_keep_reading(void)
{
    static const unsigned needed[] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_NET_ADMIN};

    return keep(needed, sizeof needed / sizeof needed[0]);
}

int privileges_keep_tracing(bool rules)
{
    static const unsigned needed[] = {CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return keep(needed, rules ? 3 : 2);
}

int privileges_drop(void)
{
    return keep(NULL, 0);
}

void privileges_as_caller(bool yes)
{
    if (getuid() == 0)
        return;
    capng_get_caps_process();
    for (unsigned capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (capng_have_capability(CAPNG_PERMITTED, capability))
            capng_update(yes ? CAPNG_DROP : CAPNG_ADD, CAPNG_EFFECTIVE, capability);
    capng_apply(CAPNG_SELECT_CAPS);
}

bool privileges_may_read(void)
{
    return capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_PTRACE) &&
           capng_have_capability(CAPNG_EFFECTIVE, CAP_DAC_READ_SEARCH);
}

static char *advice(const char *what, const char *missing, const char *capabilities)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

    return text_format("no permission to %s: %s is missing; run as root, or once: setcap %s+ep %.*s", what,
                       missing, capabilities, length > 0 ? (int)length : 10,
                       length > 0 ? path : "vmnetcheck");
}

char *privileges_advice(void)
{
    return advice("capture packets", "CAP_NET_RAW", "cap_net_raw");
}

char *privileges_advice_to_enter(void)
{
    return advice("look into another network namespace", "CAP_SYS_ADMIN", "cap_net_raw,cap_sys_admin");
}

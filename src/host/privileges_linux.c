#include "privileges.h"
#include "text.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/limits.h>
#include <sys/prctl.h>
#include <unistd.h>

static const capng_type_t SETS = CAPNG_EFFECTIVE | CAPNG_PERMITTED;
static const unsigned NEEDED[] = {CAP_NET_RAW, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};

int privileges_reduce(void)
{
    bool have[sizeof NEEDED / sizeof NEEDED[0]];

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    for (size_t i = 0; i < sizeof NEEDED / sizeof NEEDED[0]; i++)
        have[i] = capng_have_capability(CAPNG_PERMITTED, NEEDED[i]);
    capng_clear(CAPNG_SELECT_CAPS);
    for (size_t i = 0; i < sizeof NEEDED / sizeof NEEDED[0]; i++)
        if (have[i])
            capng_update(CAPNG_ADD, SETS, NEEDED[i]);
    return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}

int privileges_drop(bool keep_capture)
{
    keep_capture = keep_capture && capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW);
    capng_clear(CAPNG_SELECT_CAPS);
    if (keep_capture)
        capng_update(CAPNG_ADD, SETS, CAP_NET_RAW);
    return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}

char *privileges_advice(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

    return text_format("no permission to capture packets: CAP_NET_RAW is missing; run as root, or once: "
                       "setcap cap_net_raw+ep %.*s",
                       length > 0 ? (int)length : 10, length > 0 ? path : "vmnetcheck");
}

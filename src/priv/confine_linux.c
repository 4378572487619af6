/* Another user, no capability, an empty root, Landlock, and the filter of system calls. */
#include "confine.h"

#include "text.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef UNCONFINED
const bool confine_is_meant = false;
#else
const bool confine_is_meant = true;
#endif

void confine_descriptors(int kept, int other)
{
    const int kept_all[] = {kept < other ? kept : other, kept < other ? other : kept};
    int from = STDERR_FILENO + 1;

    for (size_t i = 0; i < 2; i++) {
        if (kept_all[i] > from)
            close_range((unsigned)from, (unsigned)kept_all[i] - 1, 0);
        if (kept_all[i] >= from)
            from = kept_all[i] + 1;
    }
    close_range((unsigned)from, ~0U, 0);
}

/* Above all that are given to users, services and containers (https://systemd.io/UIDS-GIDS/): with the number
 * of the process, which has 22 bits, a user that nobody else is. */
enum { FIRST_UID = 0x70000000, OVERFLOW_UID = 65534 };

static bool become(uid_t uid)
{
    return setresgid(uid, uid, uid) == 0 && setresuid(uid, uid, uid) == 0;
}

/* Who is not root stays himself: what he may do, the rest takes away. In a user namespace only some are
 * there. */
static bool leave_root(void)
{
    if (getuid() != 0)
        return setresuid(getuid(), getuid(), getuid()) == 0;
    return setgroups(0, NULL) == 0 && (become(FIRST_UID + (uid_t)getpid()) || become(OVERFLOW_UID));
}

static bool leave_capabilities(void)
{
    capng_clear(CAPNG_SELECT_ALL);
    return capng_apply(CAPNG_SELECT_CAPS) == 0 &&
           prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
}

static bool leave_bounds(void)
{
    capng_get_caps_process();
    capng_clear(CAPNG_SELECT_BOUNDS);
    return capng_apply(CAPNG_SELECT_BOUNDS) == 0;
}

/* A folder that is everywhere: it has only what says of our own descriptors how far they are read. */
static bool leave_root_folder(void)
{
    return chroot("/proc/self/fdinfo") == 0 && chdir("/") == 0;
}

/* All that the kernel knows to restrict, by version of its interface: landlock(7). */
static bool leave_files(void)
{
    static const unsigned bits[] = {0, 13, 14, 15, 15, 16};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 1)
        return false;
    size_t known = sizeof bits / sizeof bits[0] - 1,
           newest = (size_t)version < known ? (size_t)version : known;
    struct landlock_ruleset_attr all = {.handled_access_fs = (UINT64_C(1) << bits[newest]) - 1};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    bool done = rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (rules >= 0)
        close(rules);
    return done;
}

int confine(struct text_list *ret_missing)
{
    if (!confine_is_meant)
        return 0;
    /* Who is not root has no right to the first two, and no use for the second. */
    bool is_root = getuid() == 0;
    if (!leave_bounds() && is_root)
        text_list_addf(ret_missing, "an empty bounding set");
    if (!leave_root_folder() && is_root)
        text_list_addf(ret_missing, "an empty root folder");
    if (!leave_root())
        text_list_addf(ret_missing, "another user");
    if (!leave_capabilities())
        return -errno;
    /* No dump of what it sees, and nobody with its uid looks into it; ends when the keeper ends. */
    if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    if (!leave_files())
        text_list_addf(ret_missing, "Landlock");
    int error = confine_filter();
    if (error == -EINVAL || error == -ENOSYS)
        text_list_addf(ret_missing, "seccomp");
    return error == -EINVAL || error == -ENOSYS ? 0 : error;
}

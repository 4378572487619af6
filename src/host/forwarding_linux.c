/* The host's ruleset, by libnftables. */
#include "forwarding.h"

#include <errno.h>

#ifdef HAVE_NFTABLES

#include "nft_library_linux.h"
#include "privileges.h"
#include "text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHAIN_SIZE = 256, TABLE_NAME_SIZE = 64, LOOK_S = 1 };

/* What a look came to. */
struct looked {
    int result;
    char chain[CHAIN_SIZE];
};

/* br_netfilter need not be there. */
static bool are_all_handed(enum ip_family family)
{
    int descriptor = open(family == IP_V4 ? "/proc/sys/net/bridge/bridge-nf-call-iptables"
                                          : "/proc/sys/net/bridge/bridge-nf-call-ip6tables",
                          O_RDONLY | O_CLOEXEC);
    char value = '0';
    bool is_read = descriptor >= 0 && read(descriptor, &value, 1) == 1;

    if (descriptor >= 0)
        close(descriptor);
    return is_read && value != '0';
}

/* A table of iptables-legacy is there, whose rules nftables does not know. */
static bool has_legacy_filter(enum ip_family family)
{
    FILE *names = fopen(family == IP_V4 ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names", "re");
    char name[TABLE_NAME_SIZE];
    bool found = false;

    while (names != NULL && !found && fgets(name, sizeof name, names) != NULL)
        found = strcmp(name, "filter\n") == 0;
    if (names != NULL)
        fclose(names);
    return found;
}

/* What was put out before, owned by the caller, with the text of the same rules if they need it. */
static char *text_beside(const struct nft_library *library, struct nft_ctx *nft, char **ret_ruleset)
{
    *ret_ruleset = text_format("%s", library->output(nft));
    bool is_there = forwarding_needs_text(*ret_ruleset);
    if (is_there) {
        library->set_flags(nft, NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS);
        is_there = library->run(nft, "list ruleset") == 0;
    }
    return text_format("%s", is_there ? library->output(nft) : "");
}

/* Chains alone, without a rule that might accept, are read soon: mostly they say enough. */
static int judge(const struct nft_library *library, struct nft_ctx *nft, const char *bridge,
                 enum ip_family family, char **ret_chain)
{
    static const char *const commands[] = {"list chains", "list ruleset"};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char *chain = NULL, *ruleset;
        if (library->run(nft, commands[i]) != 0)
            return -EPERM;
        char *text = text_beside(library, nft, &ruleset);
        bool is_dropped = forwarding_is_dropped(ruleset, text, bridge, family, &chain);
        free(ruleset);
        free(text);
        if (!is_dropped)
            return 0;
        free(*ret_chain);
        *ret_chain = chain;
    }
    return 1;
}

static int look(const char *bridge, enum ip_family family, char **ret_chain)
{
    struct nft_library library;

    if (!nft_library_load(&library))
        return -EOPNOTSUPP;
    struct nft_ctx *nft = nft_library_context(&library, NFT_CTX_OUTPUT_JSON);
    if (nft == NULL)
        return -ENOMEM;
    int result = judge(&library, nft, bridge, family, ret_chain);
    library.close(nft);
    return result;
}

static _Noreturn void be_looker(const char *bridge, enum ip_family family, int end)
{
    struct looked looked = {0};
    char *chain = NULL;

    signal(SIGALRM, SIG_DFL);
    alarm(LOOK_S);
    (void)privileges_keep_tracing(true);
    looked.result = look(bridge, family, &chain);
    strncpy(looked.chain, chain != NULL ? chain : "", sizeof looked.chain - 1);
    _exit(write(end, &looked, sizeof looked) != sizeof looked);
}

/* In a network namespace of a user's own, the rules are that user's, as many and as odd as he likes: they are
 * read by a process that has no right to anything else, and not for long. */
static int look_apart(const char *bridge, enum ip_family family, struct looked *ret)
{
    int ends[2];

    if (pipe(ends) < 0)
        return -errno;
    pid_t child = fork();
    int error = child < 0 ? -errno : 0;
    if (child == 0)
        be_looker(bridge, family, ends[1]);
    close(ends[1]);
    ssize_t got = -1;
    while (child > 0 && (got = read(ends[0], ret, sizeof *ret)) < 0 && errno == EINTR)
        continue;
    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return error != 0 ? error : got == sizeof *ret ? 0 : -ETIMEDOUT;
}

int forwarding_look(const char *bridge, enum ip_family family, bool is_handed, char **ret_chain)
{
    struct looked looked = {0};

    if (!is_handed && !are_all_handed(family))
        return 0;
    int error = look_apart(bridge, family, &looked);
    if (error < 0)
        return error;
    if (looked.result == 1)
        *ret_chain = text_format("%s", looked.chain);
    return looked.result == 0 && has_legacy_filter(family) ? -ENOPROTOOPT : looked.result;
}

#else

int forwarding_look(const char *bridge, enum ip_family family, bool is_handed, char **ret_chain)
{
    (void)bridge;
    (void)family;
    (void)is_handed;
    (void)ret_chain;
    return -EOPNOTSUPP;
}

#endif

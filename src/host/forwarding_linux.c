/* The host's ruleset, by libnftables. */
#include "forwarding.h"

#include <errno.h>

#ifdef HAVE_NFTABLES

#include "nft_library_linux.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

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

/* Chains alone, without a rule that might accept, are read soon: mostly they say enough. */
static int judge(const struct nft_library *library, struct nft_ctx *nft, const char *bridge,
                 enum ip_family family, char **ret_chain)
{
    static const char *const commands[] = {"list chains", "list ruleset"};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char *chain = NULL;
        if (library->run(nft, commands[i]) != 0)
            return -EPERM;
        if (!forwarding_is_dropped(library->output(nft), bridge, family, &chain))
            return 0;
        free(*ret_chain);
        *ret_chain = chain;
    }
    return 1;
}

int forwarding_look(const char *bridge, enum ip_family family, bool is_handed, char **ret_chain)
{
    struct nft_library library;
    char *chain = NULL;

    if (!is_handed && !are_all_handed(family))
        return 0;
    if (!nft_library_load(&library))
        return -EOPNOTSUPP;
    struct nft_ctx *nft = nft_library_context(&library, NFT_CTX_OUTPUT_JSON);
    if (nft == NULL)
        return -ENOMEM;
    int result = judge(&library, nft, bridge, family, &chain);
    library.close(nft);
    if (result == 1)
        *ret_chain = chain;
    else
        free(chain);
    return result;
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

/* Loading libnftables. */
#ifdef HAVE_NFTABLES

#include "nft_library_linux.h"

#include "dlopen_note.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LIBNFTABLES "libnftables.so.1"
DLOPEN_NOTE("nftables", "names the rule of the firewall that drops a packet", DLOPEN_RECOMMENDED,
            LIBNFTABLES);

bool nft_library_load(struct nft_library *ret)
{
    const struct {
        const char *name;
        void *place;
    } functions[] = {
        {"nft_ctx_new", &ret->open},
        {"nft_ctx_free", &ret->close},
        {"nft_ctx_buffer_output", &ret->keep_output},
        {"nft_ctx_buffer_error", &ret->keep_errors},
        {"nft_ctx_get_output_buffer", &ret->output},
        {"nft_ctx_output_set_flags", &ret->set_flags},
        {"nft_run_cmd_from_buffer", &ret->run},
    };
    void *handle = dlopen(LIBNFTABLES, RTLD_NOW);

    for (size_t i = 0; handle != NULL && i < sizeof functions / sizeof functions[0]; i++) {
        void *function = dlsym(handle, functions[i].name);
        if (function == NULL)
            return false;
        memcpy(functions[i].place, &function, sizeof function);
    }
    return handle != NULL;
}

struct nft_ctx *nft_library_context(const struct nft_library *library, unsigned flags)
{
    struct nft_ctx *nft = library->open(NFT_CTX_DEFAULT);

    if (nft == NULL)
        return NULL;
    library->keep_output(nft);
    library->keep_errors(nft);
    library->set_flags(nft, flags);
    return nft;
}

#else

/* ISO C wants something in each file. */
typedef int nft_library_is_not_there;

#endif

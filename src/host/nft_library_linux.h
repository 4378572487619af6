/* libnftables, which is loaded when it is wanted. Private to src/host. */
#ifndef VMNETCHECK_NFT_LIBRARY_LINUX_H
#define VMNETCHECK_NFT_LIBRARY_LINUX_H

#include <nftables/libnftables.h>
#include <stdbool.h>

struct nft_library {
    __typeof__(nft_ctx_new) *open;
    __typeof__(nft_ctx_free) *close;
    __typeof__(nft_ctx_buffer_output) *keep_output;
    __typeof__(nft_ctx_buffer_error) *keep_errors;
    __typeof__(nft_ctx_get_output_buffer) *output;
    __typeof__(nft_ctx_output_set_flags) *set_flags;
    __typeof__(nft_run_cmd_from_buffer) *run;
};

/* False if it is not there. It stays: it is not made to be unloaded. */
bool nft_library_load(struct nft_library *ret);
/* A context that keeps what it puts out, as the flags say; NULL: there is no memory. */
struct nft_ctx *nft_library_context(const struct nft_library *library, unsigned flags);

#endif

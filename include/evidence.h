/* Keeps the frames that a check sends and sees in a capture file (pcapng, Ethernet), which other tools can
 * read. */
#ifndef VMNETCHECK_EVIDENCE_H
#define VMNETCHECK_EVIDENCE_H

#include "link.h"

struct evidence;

/* Creates the file, and leaves what is in it. A descriptor or -errno. */
int evidence_create(const char *path);
/* Begins with a file that the means create, and takes the place of what is in it as soon as there is a frame
 * to keep; it does not become larger than so many bytes, but for its end. 0 or -errno; *ret_error then says
 * what failed (owned by the caller). */
int evidence_open(const struct link_means *means, const char *path, uint64_t limit,
                  struct evidence **ret_evidence, char **ret_error);
/* Says what an interface is called, when one begins to listen there; netns: the number of its network
 * namespace. NULL is fine. */
void evidence_name(struct evidence *evidence, int netns, int ifindex, const char *name);
/* Completes the file. What went wrong while it was written, now or before, is in *ret_error (owned by the
 * caller), otherwise that is NULL. NULL is fine. */
void evidence_close(struct evidence *evidence, char **ret_error);

/* A link that is `inner`, which it takes over, but for that all frames are kept; the evidence must outlive
 * it. netns: where it is. Errors of writing never reach who uses the link. Without evidence it is `inner`
 * itself. */
struct link *link_with_evidence(struct link *inner, struct evidence *evidence, int netns);

#endif

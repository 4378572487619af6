/* Loads the program that notes what the kernel drops of our echoes, and reads what it noted. */
#include "drops_linux.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_BPF

#include <bpf/btf.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/stat.h>

#include "drops_map.h"

#include <drops.skel.h>

struct drops {
    struct drops_program *program;
    struct btf *types; /* the kernel's, when a name was wanted */
};

static int keep_quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
    (void)level;
    (void)format;
    (void)arguments;
    return 0;
}

/* The nonce is told when there is one to be watched. */
static int describe(struct drops_program *program)
{
    struct stat here;

    if (stat("/proc/self/ns/net", &here) < 0)
        return -errno;
    program->rodata->drops_namespace = (unsigned)here.st_ino;
    return 0;
}

int drops_open(struct drops **ret)
{
    libbpf_set_print(keep_quiet); /* else it explains failures on standard error */
    struct drops_program *program = drops_program__open();
    int error = program != NULL ? describe(program) : -errno;

    if (error == 0)
        error = drops_program__load(program);
    if (error == 0)
        error = drops_program__attach(program);
    if (error < 0) {
        drops_program__destroy(program);
        return error;
    }
    struct drops *drops = memory_new(1, sizeof *drops);
    drops->program = program;
    *ret = drops;
    return 0;
}

void drops_close(struct drops *drops)
{
    if (drops == NULL)
        return;
    btf__free(drops->types);
    drops_program__destroy(drops->program);
    free(drops);
}

void drops_watch(struct drops *drops, uint64_t nonce)
{
    volatile struct drops_record *watched = &drops->program->bss->drops_watched;

    watched->nonce = 0;
    watched->drops = 0;
    watched->nonce = nonce;
}

/* As its BTF has it; the subsystems' own reasons (from 1 << 16 on) are in their modules', and get their
 * number only. */
static const char *name_of(struct drops *drops, unsigned reason)
{
    static const char prefix[] = "SKB_DROP_REASON_";

    if (drops->types == NULL && (drops->types = btf__load_vmlinux_btf()) == NULL)
        return NULL;
    __s32 id = btf__find_by_name_kind(drops->types, "skb_drop_reason", BTF_KIND_ENUM);
    const struct btf_type *type = id >= 0 ? btf__type_by_id(drops->types, (__u32)id) : NULL;
    for (__u16 i = 0; type != NULL && i < btf_vlen(type); i++) {
        const struct btf_enum *value = &btf_enum(type)[i];
        const char *name = btf__name_by_offset(drops->types, value->name_off);
        if ((unsigned)value->val == reason && name != NULL)
            return strncmp(name, prefix, sizeof prefix - 1) == 0 ? name + sizeof prefix - 1 : name;
    }
    return NULL;
}

static struct kernel_drop drop_of(struct drops *drops, const struct drop_record *record)
{
    struct kernel_drop drop = {.was_reply = record->icmp_type == ICMP_ECHOREPLY ||
                                            record->icmp_type == ICMP6_ECHO_REPLY,
                               .ifindex = (int)record->ifindex};
    const char *name = name_of(drops, record->reason);

    if (name != NULL)
        snprintf(drop.reason, sizeof drop.reason, "%s", name);
    else
        snprintf(drop.reason, sizeof drop.reason, "reason %#x", record->reason);
    memcpy(drop.place, record->place, sizeof drop.place - 1);
    return drop;
}

size_t drops_seen(struct drops *drops, struct kernel_drop ret[TRACE_DROPS_MAX])
{
    _Static_assert((int)DROPS_KEPT == (int)TRACE_DROPS_MAX, "all that is kept can be told");
    _Static_assert(sizeof ret->place == DROP_PLACE_SIZE, "it fits");
    const struct drops_record *watched = &drops->program->bss->drops_watched;
    size_t count = watched->drops < DROPS_KEPT ? watched->drops : DROPS_KEPT;

    for (size_t i = 0; i < count; i++)
        ret[i] = drop_of(drops, &watched->kept[i]);
    return count;
}

#else

int drops_open(struct drops **ret)
{
    (void)ret;
    return -EOPNOTSUPP;
}

void drops_close(struct drops *drops)
{
    (void)drops;
}

void drops_watch(struct drops *drops, uint64_t nonce)
{
    (void)drops;
    (void)nonce;
}

size_t drops_seen(struct drops *drops, struct kernel_drop ret[TRACE_DROPS_MAX])
{
    (void)drops;
    (void)ret;
    return 0;
}

#endif

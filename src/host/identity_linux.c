/* Which host this is, by machine-id(5), the kernel and ip-netns(8). */
#include "identity.h"

#include "netns_linux.h"
#include "text.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The first word of a file, NULL if it has none. */
static char *read_word(const char *path)
{
    char word[64];
    FILE *file = fopen(path, "re");
    bool found = file != NULL && fscanf(file, "%63s", word) == 1;

    if (file != NULL)
        fclose(file);
    return found ? text_format("%s", word) : NULL;
}

static char *read_name(void)
{
    char name[256];

    return gethostname(name, sizeof name) == 0 && name[0] != '\0' ? text_format("%s", name) : NULL;
}

static char *read_netns(void)
{
    struct netns_id own = {0};

    return netns_id_at(AT_FDCWD, "/proc/self/ns/net", &own) == 0 ? netns_name_of(own) : NULL;
}

void host_identity_read(struct host_identity *ret)
{
    *ret = (struct host_identity){
        .name = read_name(),
        .machine_id = read_word("/etc/machine-id"),
        .boot_id = read_word("/proc/sys/kernel/random/boot_id"),
        .netns = read_netns(),
    };
}

void host_identity_free(struct host_identity *identity)
{
    free(identity->name);
    free(identity->machine_id);
    free(identity->boot_id);
    free(identity->netns);
    *identity = (struct host_identity){0};
}

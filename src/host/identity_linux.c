/* Which host this is, by machine-id(5), the kernel and ip-netns(8). */
#include "identity.h"

#include "namespace_linux.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char NAMESPACES[] = "/run/netns";

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

static bool is_same(const struct stat *ours, const char *name)
{
    char *path = text_format("%s/%s", NAMESPACES, name);
    bool same = namespace_compare(AT_FDCWD, path, ours) == 1;

    free(path);
    return same;
}

/* A name of a network namespace is a file that the namespace is mounted on. */
static char *read_netns(void)
{
    struct stat ours;
    DIR *folder = stat("/proc/self/ns/net", &ours) == 0 ? opendir(NAMESPACES) : NULL;
    char *found = NULL;

    if (folder == NULL)
        return NULL;
    for (struct dirent *entry; found == NULL && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.' && is_same(&ours, entry->d_name))
            found = text_format("%s", entry->d_name);
    closedir(folder);
    return found;
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

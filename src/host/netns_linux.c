/* namespaces(7): two files are one namespace if they are one inode of one device. A name of ip-netns(8) is a
 * file that the namespace is mounted on. */
#include "netns_linux.h"

#include "privileges.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char NAMES[] = "/run/netns";

int netns_id_at(int directory, const char *path, struct netns_id *ret)
{
    struct stat status;

    if (fstatat(directory, path, &status, AT_EMPTY_PATH) < 0)
        return -errno;
    *ret = (struct netns_id){status.st_dev, status.st_ino};
    return 0;
}

char *netns_name_of(struct netns_id id)
{
    DIR *folder = opendir(NAMES);
    struct netns_id its = {0};
    char *found = NULL;

    if (folder == NULL)
        return NULL;
    for (struct dirent *entry; found == NULL && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.' && netns_id_at(dirfd(folder), entry->d_name, &its) == 0 &&
            netns_equal(its, id))
            found = text_format("%s", entry->d_name);
    closedir(folder);
    return found;
}

/* Whatever may lie there: it is opened without waiting for anybody, and asked what it is. */
static int open_file(const char *path, struct netns *ret)
{
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (descriptor < 0)
        return -errno;
    if (ioctl(descriptor, NS_GET_NSTYPE) != CLONE_NEWNET || netns_id_at(descriptor, "", &ret->id) < 0) {
        close(descriptor);
        return -EINVAL;
    }
    ret->descriptor = descriptor;
    return 0;
}

static int open_by_caller(char *owned_path, struct netns *ret)
{
    privileges_as_caller(true);
    int error = open_file(owned_path, ret);
    privileges_as_caller(false);
    free(owned_path);
    return error;
}

/* Of a process. */
static bool is_number(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && length < 10 && strspn(text, "0123456789") == length;
}

bool netns_is_name(const char *text)
{
    return *text != '\0' && *text != '.' && strchr(text, '/') == NULL;
}

int netns_open_of(pid_t pid, struct netns *ret)
{
    struct netns netns = {.descriptor = -1};
    int error = open_by_caller(text_format("/proc/%ld/ns/net", (long)pid), &netns);

    if (error < 0)
        return error;
    netns.name = netns_name_of(netns.id);
    if (netns.name == NULL)
        netns.name = text_format("%ld", (long)pid);
    *ret = netns;
    return 0;
}

int netns_open(const char *name, struct netns *ret)
{
    struct netns netns = {.descriptor = -1};
    int error = open_by_caller(text_format("%s/%s", NAMES, name), &netns);

    if (error == -ENOENT && is_number(name))
        return netns_open_of((pid_t)strtol(name, NULL, 10), ret);
    if (error < 0)
        return error;
    netns.name = text_format("%s", name);
    *ret = netns;
    return 0;
}

static bool has(const struct netns_list *list, struct netns_id id)
{
    for (size_t i = 0; i < list->count; i++)
        if (netns_equal(list->items[i].id, id))
            return true;
    return false;
}

/* One that was deleted meanwhile was none. */
static void add_named(struct netns_list *list, const char *name, struct text_list *ret_failures)
{
    struct netns netns;
    int error = netns_open(name, &netns);

    if (error == 0 && !has(list, netns.id)) {
        netns.elsewhere = true;
        netns_list_add(list, netns);
    } else if (error == 0) {
        netns_free(&netns);
    } else if (error != -ENOENT) {
        text_list_addf(ret_failures,
                       "what has the name of a network namespace, \"%s\", cannot be looked into: %s", name,
                       error == -EINVAL ? "it is none" : strerror(-error));
    }
}

void netns_open_named(struct netns_list *list, struct text_list *ret_failures)
{
    struct dirent **entries;
    int count = scandir(NAMES, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        if (netns_is_name(entries[i]->d_name))
            add_named(list, entries[i]->d_name, ret_failures);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

int netns_open_own(struct netns *ret)
{
    struct netns netns = {.descriptor = -1};
    int error = open_file("/proc/self/ns/net", &netns);

    if (error < 0)
        return error;
    netns.name = netns_name_of(netns.id);
    *ret = netns;
    return 0;
}

int netns_enter(const struct netns *netns)
{
    return setns(netns->descriptor, CLONE_NEWNET) < 0 ? -errno : 0;
}

/* A /proc that a test makes, in a folder of its own. */
#ifndef VMNETCHECK_FAKE_PROC_H
#define VMNETCHECK_FAKE_PROC_H

#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char root[] = "/tmp/vmnetcheck-root.XXXXXX";

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_text(int pid, const char *name, const char *text)
{
    char *path = text_format("%s/%d/%s", root, pid, name);

    write_file(path, text, strlen(text));
    free(path);
}

static void make_link(int pid, const char *name, const char *target)
{
    char *path = text_format("%s/%d/%s", root, pid, name);

    unlink(path);
    assert_int_equal(symlink(target, path), 0);
    free(path);
}

/* Its executable; NULL: the kernel's own. */
static void runs(int pid, const char *executable)
{
    if (executable != NULL)
        make_link(pid, "exe", executable);
}

static void belongs_to(int pid, unsigned uid)
{
    char *text =
        text_format("Name:\tx\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t%d\nUid:\t%u\t0\t0\t0\n", pid, uid);

    write_text(pid, "status", text);
    free(text);
}

/* Blanks between the arguments; net: "here" or "elsewhere". Root's, and its executable is what the first
 * argument says. */
static void make_process(int pid, const char *cmdline, const char *net)
{
    static const char *const folders[] = {"", "/fd", "/fdinfo", "/ns"};
    char *text = text_format("%s", cmdline), *path, *target;
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] == ' ')
            text[i] = '\0';
    for (size_t i = 0; i < 4; i++) {
        path = text_format("%s/%d%s", root, pid, folders[i]);
        assert_int_equal(mkdir(path, 0755), 0);
        free(path);
    }
    path = text_format("%s/%d/cmdline", root, pid);
    write_file(path, text, size);
    free(path);
    path = text_format("%s/%d/ns/net", root, pid);
    target = text_format("%s/%s", root, net);
    assert_int_equal(link(target, path), 0);
    free(target);
    free(path);
    make_link(pid, "cwd", "/srv/vms");
    belongs_to(pid, 0);
    runs(pid, size > 0 ? text : NULL);
    free(text);
}

static void make_descriptor(int pid, int fd, const char *node)
{
    char *name = text_format("fd/%d", fd);

    make_link(pid, name, node);
    free(name);
}

/* tap: NULL for a descriptor of /dev/net/tun that is not attached. */
static void hold(int pid, int fd, const char *node, const char *tap)
{
    char *name = text_format("fdinfo/%d", fd);
    char *text = text_format("pos:\t0\nflags:\t0104002\nmnt_id:\t25\n%s%s%s", tap ? "iff:\t" : "",
                             tap ? tap : "", tap ? "\n" : "");

    make_descriptor(pid, fd, node);
    write_text(pid, name, text);
    free(text);
    free(name);
}

static int remove_all(void **state)
{
    char *command = text_format("rm -rf %s", root);
    int status = system(command);

    (void)state;
    free(command);
    return status;
}

/* With a namespace "here", which is ours, and another, "elsewhere". */
static int make_root(void)
{
    char *here, *path;

    if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
        return -1;
    here = text_format("%s/here", root);
    write_file(here, "", 0);
    path = text_format("%s/elsewhere", root);
    write_file(path, "", 0);
    free(path);
    path = text_format("%s/self", root);
    assert_int_equal(mkdir(path, 0755), 0);
    free(path);
    path = text_format("%s/self/ns", root);
    assert_int_equal(mkdir(path, 0755), 0);
    free(path);
    path = text_format("%s/self/ns/net", root);
    assert_int_equal(link(here, path), 0);
    free(path);
    free(here);
    return 0;
}

#endif

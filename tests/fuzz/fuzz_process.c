/* libFuzzer: what proc(5) says of a process, which its owner has a say in: names, paths, arguments. */
#include "process_linux.h"

#include "qemu_args.h"
#include "vm.h"
#include "wire.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_READ = 8192 };

static struct span input; /* what is left of it */
static char root[] = "/dev/shm/fuzz-process-XXXXXX";
static int proc = -1;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static struct span take_part(void)
{
    size_t length = input.length > 1 ? input.data[0] | (size_t)input.data[1] << 8 : 0;
    size_t head = input.length > 1 ? 2 : input.length;

    if (length > input.length - head)
        length = input.length - head;
    struct span part = span_of(input.data + head, length);
    input = span_of(part.data + length, input.length - head - length);
    return part;
}

static void remove_root(void)
{
    static const char *const files[] = {"1/status", "1/cmdline", "1/exe", "1/cwd", "1/fd/3", "1/fdinfo/3"};
    static const char *const folders[] = {"1/fd", "1/fdinfo", "1"};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlinkat(proc, files[i], 0);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        unlinkat(proc, folders[i], AT_REMOVEDIR);
    rmdir(root);
}

static void make_root(void)
{
    if (proc >= 0)
        return;
    require(mkdtemp(root) != NULL);
    proc = open(root, O_RDONLY | O_DIRECTORY);
    require(mkdirat(proc, "1", 0700) == 0 && mkdirat(proc, "1/fd", 0700) == 0 &&
            mkdirat(proc, "1/fdinfo", 0700) == 0);
    atexit(remove_root);
}

static void write_part(const char *path)
{
    struct span part = take_part();
    int file = openat(proc, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    require(file >= 0 && write(file, part.data, part.length) == (ssize_t)part.length);
    close(file);
}

static void link_part(const char *path)
{
    struct span part = take_part();
    char target[PROCESS_TEXT_SIZE] = "x";

    if (part.length > 0 && part.length < sizeof target && part.data[0] != 0)
        memcpy(target, part.data, part.length);
    unlinkat(proc, path, 0);
    require(symlinkat(target, proc, path) == 0);
}

static void look(const struct process *process)
{
    static char arguments[SIZE_MAX_READ], text[PROCESS_TEXT_SIZE];
    struct held_tap tap;
    uid_t uid;
    char state;
    int descriptors = openat(process->directory, "fd", O_RDONLY | O_DIRECTORY);

    (void)process_status(process, &uid, &state);
    if (process_program(process, text) == 0)
        require(strchr(text, '/') == NULL && strlen(text) < sizeof text);
    (void)process_folder(process, text);
    if (process_tap(process, descriptors, "3", &tap) > 0)
        require(memchr(tap.name, '\0', sizeof tap.name) != NULL);
    close(descriptors);
    ssize_t size = process_arguments(process, arguments, sizeof arguments);
    require(size >= 0 && size < (ssize_t)sizeof arguments);
    vm_free(qemu_cmdline_parse(arguments, (size_t)size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct process process;

    if (size > SIZE_MAX_READ)
        return -1;
    make_root();
    input = span_of(data, size);
    write_part("1/status");
    write_part("1/fdinfo/3");
    link_part("1/exe");
    link_part("1/fd/3");
    link_part("1/cwd");
    write_part("1/cmdline");
    require(process_open(proc, 1, &process) == 0);
    look(&process);
    process_close(&process);
    return 0;
}

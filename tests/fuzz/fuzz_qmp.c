/* libFuzzer: any bytes as all that a QMP server sends before it hangs up, and as the text of `info
 * network`. */
#include "qmp.h"

#include "sane_vm.h"

#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_conversation(const uint8_t *data, size_t size)
{
    struct qmp_facts facts = {0};
    int fds[2];

    require(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    require(size == 0 || send(fds[0], data, size, 0) == (ssize_t)size);
    require(shutdown(fds[0], SHUT_WR) == 0);
    enum qmp_result result = qmp_converse(fds[1], QMP_TIMEOUT_MS, &facts);
    require(result == QMP_OK ? facts.status != NULL : facts.status == NULL && result == QMP_BROKEN);
    qmp_facts_free(&facts);
    close(fds[0]);
    close(fds[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qmp_facts facts = {0};

    if (size > 32768) /* must fit into the socket */
        return -1;
    char *text = text_format("%.*s", (int)size, (const char *)data);
    qmp_read_info_network(text, &facts);
    for (size_t i = 0; i < facts.client_count; i++)
        require(facts.clients[i].name != NULL && facts.clients[i].info != NULL);
    qmp_facts_free(&facts);
    free(text);
    fuzz_conversation(data, size);
    return 0;
}

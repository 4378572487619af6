/* Between QEMU and who reads what it says: a process that reads nothing of it. */
#include "qmp.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { QUESTION_MAX = 256 };

struct asked_line {
    char text[QUESTION_MAX];
    size_t size;
};

static bool is_question(const struct asked_line *said)
{
    for (size_t i = 0; QMP_QUESTIONS[i] != NULL; i++)
        if (strlen(QMP_QUESTIONS[i]) == said->size && memcmp(QMP_QUESTIONS[i], said->text, said->size) == 0)
            return true;
    return false;
}

/* For as long as whoever it is from is there; -1: it need not be. */
static bool send_all(int to, int from, const char *bytes, size_t size)
{
    struct pollfd ends[] = {{.fd = to, .events = POLLOUT}, {.fd = from}};

    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(to, bytes + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            sent += (size_t)n;
        else if ((errno != EAGAIN && errno != EINTR) || poll(ends, 2, -1) < 0 || ends[1].revents != 0)
            return false;
    }
    return true;
}

static bool hand_answer(int qemu, int asking)
{
    char bytes[4096];
    ssize_t got = recv(qemu, bytes, sizeof bytes, MSG_DONTWAIT);

    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    return send_all(asking, -1, bytes, (size_t)got);
}

/* Byte by byte: a line is a question or it is not, whatever comes behind it. */
static bool hand_question(int asking, int qemu, struct asked_line *said)
{
    char byte;
    ssize_t got = recv(asking, &byte, 1, MSG_DONTWAIT);

    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    if (said->size == sizeof said->text)
        return false;
    said->text[said->size++] = byte;
    if (byte != '\n')
        return true;
    bool fine = is_question(said) && send_all(qemu, asking, said->text, said->size);
    said->size = 0;
    return fine;
}

void qmp_relay(int qemu, int asking)
{
    struct pollfd ends[] = {{.fd = qemu, .events = POLLIN}, {.fd = asking, .events = POLLIN}};
    struct asked_line said = {.size = 0};
    bool open = true;

    while (open && (poll(ends, 2, -1) > 0 || errno == EINTR)) {
        if (ends[0].revents != 0)
            open = hand_answer(qemu, asking);
        if (open && ends[1].revents != 0)
            open = hand_question(asking, qemu, &said);
    }
}

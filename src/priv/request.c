/* Messages over a pair of sockets that keeps their bounds (SOCK_SEQPACKET), as short as their text is. */
#include "request.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static int result_of(ssize_t sent)
{
    return sent < 0 ? -errno : 0;
}

/* Not sendmsg(2): whom that sends to no filter can see. */
int request_send(int channel, const struct request *request)
{
    size_t size = offsetof(struct request, text) + strlen(request->text) + 1;
    ssize_t sent;

    do
        sent = send(channel, request, size, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return result_of(sent);
}

static void attach(struct msghdr *header, const int *fds, size_t count)
{
    header->msg_controllen = CMSG_SPACE(count * sizeof *fds);
    struct cmsghdr *item = CMSG_FIRSTHDR(header);
    *item = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof *fds)};
    memcpy(CMSG_DATA(item), fds, count * sizeof *fds);
}

int request_reply(int channel, const struct reply *reply)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof reply->fds)] = {0};
    struct iovec place = {(void *)reply, sizeof *reply};
    struct msghdr header = {.msg_iov = &place, .msg_iovlen = 1};
    size_t count = 0;
    ssize_t sent;

    while (count < REPLY_FDS_MAX && reply->fds[count] >= 0)
        count++;
    if (count > 0) {
        header.msg_control = control;
        attach(&header, reply->fds, count);
    }
    do
        sent = sendmsg(channel, &header, MSG_NOSIGNAL | MSG_DONTWAIT); /* who asks, waits for the answer */
    while (sent < 0 && errno == EINTR);
    return result_of(sent);
}

int request_receive(int channel, struct request *ret)
{
    ssize_t got = recv(channel, ret, sizeof *ret, 0);

    if (got <= 0)
        return got < 0 ? -errno : 0;
    size_t size = (size_t)got;
    bool whole = size > offsetof(struct request, text) && ((const char *)ret)[size - 1] == '\0' &&
                 (unsigned)ret->kind < REQUEST_KINDS;
    return whole ? 1 : -EBADMSG;
}

static void detach(struct msghdr *header, int fds[REPLY_FDS_MAX])
{
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL; item = CMSG_NXTHDR(header, item))
        if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS &&
            item->cmsg_len <= CMSG_LEN(REPLY_FDS_MAX * sizeof *fds))
            memcpy(fds, CMSG_DATA(item), item->cmsg_len - CMSG_LEN(0));
}

static void refuse(struct reply *reply, int error)
{
    for (size_t i = 0; i < REPLY_FDS_MAX; i++) {
        if (reply->fds[i] >= 0)
            close(reply->fds[i]);
        reply->fds[i] = -1;
    }
    reply->result = error;
}

int request_await_reply(int channel, struct reply *ret)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof ret->fds)] = {0};
    struct iovec place = {ret, sizeof *ret};
    struct msghdr header = {
        .msg_iov = &place, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got;

    do
        got = recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return got < 0 ? -errno : 0;
    for (size_t i = 0; i < REPLY_FDS_MAX; i++)
        ret->fds[i] = -1;
    detach(&header, ret->fds);
    if (header.msg_flags & MSG_CTRUNC) /* there was no room for them here */
        refuse(ret, -EMFILE);
    ret->text[sizeof ret->text - 1] = '\0';
    return (size_t)got == sizeof *ret ? 1 : -EBADMSG;
}

int request_hold_text(const char *text)
{
    int file = memfd_create("vmnetcheck-domain", MFD_CLOEXEC);
    size_t size = strlen(text);

    if (file < 0 || write(file, text, size) == (ssize_t)size)
        return file < 0 ? -errno : file;
    close(file);
    return -EIO;
}

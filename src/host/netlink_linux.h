/* Questions to the kernel by rtnetlink. Private to src/host. */
#ifndef VMNETCHECK_NETLINK_LINUX_H
#define VMNETCHECK_NETLINK_LINUX_H

#include "addr.h"

#include <libmnl/libmnl.h>

enum { ATTRIBUTES_MAX = 127 };

struct netlink;

/* Takes one message of an answer. 0, or -errno to give up. */
typedef int netlink_reader(const struct nlmsghdr *message, void *data);

/* A socket by kernel_connect(). 0 or -errno. */
int netlink_connect(int netns, bool changes, struct mnl_socket **ret);
/* The one that asks for this process in that network namespace, and stays connected. 0 or -errno. */
int netlink_open(int netns, struct netlink **ret);

/* The start of a request of this type, with a zeroed header of `header_size` bytes whose first byte is the
 * family. It lives in the netlink until the next one; attributes are put behind it by mnl_attr_put. */
struct nlmsghdr *netlink_request(struct netlink *netlink, uint16_t type, uint8_t family, size_t header_size);

/* Sends the request and hands each message of the answer to the reader. 0 or -errno: that of the reader, that
 * of the kernel's answer, or -EINTR if what a dump describes changed meanwhile. After the last, all of the
 * answer was read. After any other error netlink_open() has to be called before it is asked again. */
int netlink_ask(struct netlink *netlink, struct nlmsghdr *request, netlink_reader *reader, void *data);

/* The attributes of a message or of a nested attribute by type; NULL those that it lacks. */
struct attributes {
    const struct nlattr *of[ATTRIBUTES_MAX + 1];
};

/* The fixed header of a message and the attributes behind it. NULL if the message is too short for its
 * header. */
const void *netlink_header(const struct nlmsghdr *message, size_t header_size, struct attributes *ret);
/* The attributes inside one, none if it is NULL or malformed. */
struct attributes netlink_nested(const struct nlattr *attribute);

/* The value of an attribute, `otherwise` if it is NULL or has another size. */
uint8_t netlink_u8(const struct nlattr *attribute, uint8_t otherwise);
uint16_t netlink_u16(const struct nlattr *attribute, uint16_t otherwise);
uint32_t netlink_u32(const struct nlattr *attribute, uint32_t otherwise);
uint64_t netlink_u64(const struct nlattr *attribute, uint64_t otherwise);
/* "" if it is NULL or not NUL-terminated. */
const char *netlink_string(const struct nlattr *attribute);
/* False, *ret untouched, if it is NULL or has another size. */
bool netlink_mac(const struct nlattr *attribute, struct mac_addr *ret);
/* `family` is AF_INET or AF_INET6. */
bool netlink_ip(const struct nlattr *attribute, int family, struct ip_addr *ret);
bool netlink_ip_of(int family, const void *bytes, size_t size, struct ip_addr *ret);

#endif

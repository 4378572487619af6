/* Which host a report is about, so that reports of several can be told apart. */
#ifndef VMNETCHECK_IDENTITY_H
#define VMNETCHECK_IDENTITY_H

/* Strings are owned, NULL where unknown. */
struct host_identity {
    char *name;
    char *machine_id; /* of this installation, machine-id(5) */
    char *boot_id;    /* since when it runs */
    char *netns;      /* the name of our network namespace (ip-netns(8)); NULL if it has none */
};

void host_identity_read(struct host_identity *ret);
void host_identity_free(struct host_identity *identity); /* leaves it empty */

#endif

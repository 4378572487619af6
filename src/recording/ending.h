/* What is made of a recording when it has ended. Inside of src/recording only. */
#ifndef VMNETCHECK_ENDING_H
#define VMNETCHECK_ENDING_H

#include "recorded.h"

/* The conversations of one address, as recorded at one point. */
struct topic {
    struct conversation **conversations;
    size_t conversation_count;
    bool audible; /* answers to those who ask would have been recorded; if to some of them only, the others do
                     not count */
    unsigned asked, answered, duplicates;
    bool in_earnest;
};

struct ending {
    struct recording *recording;
    struct target *target;
    struct observations *seen;
    struct text_list *notes;
    struct conversation **conversations; /* sorted by address, point and asker */
    struct topic *topics;
    size_t topic_count;
};

/* What the clients of DHCP said and were told, once it is known who is heard as which address. */
void clients_observe(struct ending *ending);
/* Sums up the conversations, once they are closed. */
void topics_find(struct ending *ending);
struct ip_addr topic_address(const struct topic *topic);
/* Why it need not mean anything that nobody answered ARP or ND for the address. */
enum doubt topic_doubt(const struct ending *ending, const struct topic *topic);
/* Where exactly two machines speak, the one that does not ask for the address, and so ought to have it; NULL
 * if there is no such. */
const struct station *topic_other_end(const struct ending *ending, const struct topic *topic);

#endif

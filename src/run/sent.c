/* By hash and interface: a frame of somebody else's is taken for ours once in four billion times. */
#include "sent.h"
#include "hash.h"

void sent_add(struct sent *sent, int ifindex, struct span frame)
{
    uint32_t hash = hash_bytes(frame.data, frame.length);
    unsigned place = (hash + (unsigned)ifindex) % SENT_SLOTS;

    if (sent->slots[place].hash != hash || sent->slots[place].ifindex != ifindex)
        sent->slots[place].times = 0;
    sent->slots[place].hash = hash;
    sent->slots[place].ifindex = ifindex;
    sent->slots[place].times++;
}

bool sent_take(struct sent *sent, int ifindex, struct span frame)
{
    uint32_t hash = hash_bytes(frame.data, frame.length);
    unsigned place = (hash + (unsigned)ifindex) % SENT_SLOTS;

    if (sent->slots[place].times == 0 || sent->slots[place].hash != hash ||
        sent->slots[place].ifindex != ifindex)
        return false;
    sent->slots[place].times--;
    return true;
}

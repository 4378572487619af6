/* Reads libvirt's domain XML. Pure: no file and no network is touched, no entity is expanded. */
#ifndef VMNETCHECK_LIBVIRT_XML_H
#define VMNETCHECK_LIBVIRT_XML_H

#include "vm.h"

/* Does it start like XML? Of a text without a byte order mark. */
bool libvirt_xml_probable(const char *text, size_t size);
/* Adds a VM for each <domain>: the root of a document, or one right below it (<domstatus>, <domainsnapshot>,
 * several in a wrapper). Documents may stand one after the other, as virt-install prints them. False, *list
 * untouched and *error set (the caller frees it), if one is not well-formed, has a document type, is larger
 * than 1 MiB, too deep or otherwise made to be slow, if there are too many, or no domain. */
bool libvirt_xml_parse(const char *text, size_t size, struct vm_list *list, char **error);

#endif

/*
 * link/resident.h - what an embedded media driver keeps resident.
 */
#ifndef TPI_LINK_RESIDENT_H
#define TPI_LINK_RESIDENT_H

/**
 * Drop this process's page table entries of shared mappings of files below `dir`. The files keep their memory and contents; a page that is used
 * again costs one minor fault. For after start-up: Aeron allocates its files (which is what makes a lack of space an error, and stays) and then
 * also maps every page of them, of which it uses a few.
 * @return number of mappings, or TP_EIO where /proc cannot be read.
 */
int tpi_resident_release(const char *dir);

#endif

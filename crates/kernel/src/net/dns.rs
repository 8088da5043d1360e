//! Questions to DNS: the TXT records that prove a domain.

//! Outgoing HTTP: bounded in size and time, and never to an address that is not public.

//! What happened: the events list, webhook endpoints and their deliveries.

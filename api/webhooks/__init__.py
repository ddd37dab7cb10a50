"""Take the providers' webhooks in. What is in them is read later, by a worker."""

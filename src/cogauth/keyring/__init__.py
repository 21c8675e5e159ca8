"""The keys of issuers: when to ask for them, how often, and who waits for the answer."""

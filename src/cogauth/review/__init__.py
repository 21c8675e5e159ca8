"""Review: what a policy comes to, worked out for people who read it; nothing here decides a request."""

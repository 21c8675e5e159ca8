"""What is in force, and how a request and what its token proves become a decision by it."""

"""The configuration file: how it is read, what its tables mean, and what is told of its mistakes."""

"""Fuzzing: what must hold of any bytes, the bytes to start from, and the driver. No part of what is installed."""

"""Development tools: real servers started, waited for and stopped again; no part of the wheel."""

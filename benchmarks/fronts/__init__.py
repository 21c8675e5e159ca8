"""The applications that are served: bare, behind cogauth, and behind others."""

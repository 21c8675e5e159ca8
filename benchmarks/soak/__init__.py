"""The soak: `cogauth serve` for minutes, while keys rotate, files change and processes die; each answer is checked."""

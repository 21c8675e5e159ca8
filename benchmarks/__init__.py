"""How fast cogauth is: one file per question, one harness."""

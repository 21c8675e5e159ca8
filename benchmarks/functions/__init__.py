"""Lambda functions of several makers, each run as Lambda runs it, so that their starts and answers can be timed."""

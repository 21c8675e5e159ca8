"""
What CloudWatch and X-Ray are told of an authorizer, by Powertools for AWS Lambda (extra `lambda`).

`LoggerObserver`, `MetricsObserver` and `TracerObserver` are in modules of their own, so that nobody imports what is not
used. `observers_of` makes those that an environment names; `watched` tells them where an invocation begins and ends.
"""

from cogauth_lambda.observe.chosen import as_one, observers_of
from cogauth_lambda.observe.invocations import Invocation, InvocationObserver, watched

__all__ = ["Invocation", "InvocationObserver", "as_one", "observers_of", "watched"]

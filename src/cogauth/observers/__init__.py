"""
Observers that are ready to use: `Authorizer(verifier, policy, observe=LogObserver())`.

`LogObserver` writes log lines and `AuditObserver` one record per decision; `several` makes one observer of many.
`decision_fields` and `fetch_fields` give the fields that they write to observers of your own. Those that need another
library are in modules of their own: `PrometheusObserver` in `cogauth.observers.prometheus`, `OpenTelemetryObserver` in
`cogauth.observers.opentelemetry`.
"""

from cogauth.observers.audit import AuditObserver
from cogauth.observers.fields import decision_fields, fetch_fields
from cogauth.observers.log import LogObserver
from cogauth.observers.several import several

__all__ = ["AuditObserver", "LogObserver", "decision_fields", "fetch_fields", "several"]

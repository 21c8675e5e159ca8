"""What an API Gateway is told: the IAM document that says of every route of an api what the policy says of it."""

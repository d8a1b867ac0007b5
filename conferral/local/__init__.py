"""The whole system on one machine: a private broker, an embedded store, a mailbox and every role, supervised."""

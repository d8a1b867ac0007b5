"""The credential store: the only service that touches the database. Roles: rpc, relay, reader."""

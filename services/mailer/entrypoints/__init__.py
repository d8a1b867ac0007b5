"""How the mailer is driven: by commands on the bus."""

"""The mailer's outside: SMTP, templates by digest, its own templates."""

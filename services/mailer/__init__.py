"""The mailer: claims deliveries, completes their email and hands it to a mail server over SMTP. Stateless."""
